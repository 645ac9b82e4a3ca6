"""A mail server on loopback: speaks SMTP (RFC 5321), keeps what it is handed, refuses for a while."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast


@dataclass
class Mailbox:
    port: int = 0
    #: (to whom, what), in the order of arrival.
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    #: While true, every recipient is answered with 451: come again later.
    busy: bool = False
    #: Addresses that nobody has here: answered with 550, for good.
    unknown: set[str] = field(default_factory=set)
    #: Mailboxes that take nothing now: answered with 552.
    full: set[str] = field(default_factory=set)
    #: What every recipient is refused with by a rule of the server, if by any.
    policy: str = ""
    asked: int = 0

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for recipients, mail in self.mails if address in recipients]

    def texts(self, address: str) -> list[str]:
        return [f"{mail['subject']}\n{mail.get_content()}" for mail in self.to(address)]


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = cast("Any", self.server).box
        self._say("220 127.0.0.1 ready")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                box.asked += 1
                if box.busy:
                    self._say("451 come again later")
                    continue
                address = line.partition("<")[2].partition(">")[0]
                if address in box.full:
                    self._say("552 5.2.2 mailbox full")
                    continue
                if box.policy or address in box.unknown:
                    self._say(box.policy or "550 5.1.1 no such mailbox")
                    continue
                recipients.append(address)
            if verb == "DATA":
                self._say("354 go on")
                mail = message_from_bytes(self._content(), policy=policy.default)
                box.mails.append((recipients, cast("EmailMessage", mail)))
                recipients = []
            self._say("221 bye" if verb == "QUIT" else "250 fine")
            if verb == "QUIT":
                return

    def _content(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Mailbox


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.box = Mailbox(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.box
        finally:
            server.shutdown()
            thread.join()
