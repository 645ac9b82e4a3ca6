"""Callers without a login who send slowly, or promise much: raw sockets against a served process."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import statistics
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from dukcapil import embedded, processes

#: The front as it is served, and what stood there before it: the control.
FRONT = (*processes.WEB, "dukcapil.rsgi:application")
WITHOUT_FRONT = (
    *("--interface", "wsgi", "--blocking-threads", "4", "--backlog", "1024", "--no-ws"),
    *("--log-level", "warning", "dukcapil.wsgi:application"),
)


@contextlib.contextmanager
def served(log: Path, command: tuple[str, ...] = FRONT, workers: int = 2) -> Iterator[int]:
    """The web processes alone, on this test's database; gives their port."""
    port = embedded.free_port()
    database = settings.DATABASES["default"]["NAME"]
    url = embedded.database_url(Path(os.environ["DUKCAPIL_VAR"]), "web") or ""
    process = processes.spawn(
        [
            *(sys.executable, "-m", "granian", *command),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        ],
        env={
            **os.environ,
            "DUKCAPIL_DB_ROLE": "web",
            "DUKCAPIL_SUPERVISED": "1",
            "DATABASE_WEB_URL": url.replace(f"/{embedded.DATABASE}", f"/{database}"),
        },
        cwd=settings.BASE_DIR,
        death_signal=signal.SIGKILL,
        log=log,
    )
    try:
        deadline = time.monotonic() + 60
        while seconds_of_health(port) is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield port
    finally:
        processes.stop(process, signal.SIGTERM)


def seconds_of_health(port: int, timeout: float = 3) -> float | None:
    """How long /healthz takes to answer; None when it does not."""
    began = time.monotonic()
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=timeout).close()
    except OSError:
        return None
    return time.monotonic() - began


def head(path: str, length: int, *more: str, method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


#: Without one, Django refuses a page's form before it reads the body; anybody may make one up.
FORM = (f"Cookie: csrf={'a' * 32}", "Content-Type: application/x-www-form-urlencoded")


class Slow:
    """Connections that each promise a body and send four bytes of it."""

    def __init__(
        self, port: int, number: int, path: str = "/akun/masuk/", promised: int = 2**20
    ) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
        self.sockets = []
        for _n in range(number):
            one = socket.create_connection(("127.0.0.1", port), timeout=10)
            one.sendall(head(path, promised, *FORM) + b"four")
            self.sockets.append(one)

    def statuses(self, seconds: float) -> dict[int | None, int]:
        """What each was told within that time, and that its connection ended; None: nothing."""
        told: dict[int | None, int] = {}
        deadline = time.monotonic() + seconds
        for one in self.sockets:
            status = status_of(one, deadline)
            told[status] = told.get(status, 0) + 1
        return told

    def close(self) -> None:
        for one in self.sockets:
            one.close()


def status_of(connection: socket.socket, deadline: float, *, closed: bool = True) -> int | None:
    """The status on a connection, which the server then closes; None when it does not."""
    said, ended = b"", False
    with contextlib.suppress(ConnectionError):
        while not ended and (closed or not said):
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                return None
            said, ended = said + piece, not piece
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.") else None


def sent(port: int, data: bytes, body: int = 0, seconds: float = 10) -> tuple[int | None, int]:
    """Sends `data` and up to `body` bytes more; the status, and how many of these were taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        taken, piece = 0, b"a" * 65536
        with contextlib.suppress(OSError):
            connection.sendall(data)
            while taken < body:
                taken += connection.send(piece[: body - taken])
        return status_of(connection, time.monotonic() + seconds, closed=False), taken


class Silent:
    """Connections that ask thirty times for a large file and read nothing."""

    def __init__(
        self, port: int, number: int, path: str = "/static/geo/regencies.topo.json"
    ) -> None:
        self.sockets = []
        for _n in range(number):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", port))
            one.sendall(head(path, 0, method="GET") * 30)
            self.sockets.append(one)

    def cut_off(self, seconds: float) -> int:
        """How many were cut off within that time; it reads nothing meanwhile."""
        deadline = time.monotonic() + seconds
        poll = select.poll()
        for one in self.sockets:
            poll.register(one, 0)  # hang-ups are told without being asked for
        gone: set[int] = set()
        while time.monotonic() < deadline and len(gone) < len(self.sockets):
            for fd, _event in poll.poll(1000):
                gone.add(fd)
                poll.unregister(fd)
        return len(gone)

    def close(self) -> None:
        for one in self.sockets:
            one.close()


def attacked(port: int, number: int, patience: float, **more: Any) -> dict[str, Any]:
    """/healthz while `number` slow bodies are on their way, and what became of them."""
    slow = Slow(port, number, **more)
    try:
        waits = [seconds_of_health(port) for _n in range(20)]
        answered = sorted(one for one in waits if one is not None)
        return {
            "connections": number,
            "health asked": len(waits),
            "health answered": len(answered),
            "health ms": round(statistics.median(answered) * 1000, 1) if answered else None,
            "told": slow.statuses(patience),
        }
    finally:
        slow.close()
