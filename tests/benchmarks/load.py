"""A small HTTP load generator on loopback: keep-alive clients, bounded in count and time."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass
class Result:
    seconds: float
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / self.seconds


def request(method: str, path: str, token: str, body: bytes = b"", coding: str = "") -> bytes:
    """`coding`: what it takes besides plain bytes, as real clients say without being asked."""
    takes = f"Accept-Encoding: {coding}\r\n" if coding else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n"
        f"Content-Type: application/json\r\n{takes}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Run:
    """What all clients of one load share."""

    def __init__(self, port: int, requests: Iterator[bytes], until: float) -> None:
        self.port, self.requests, self.until = port, requests, until
        self.seen: Counter[int] = Counter()
        #: Of a kind of answer the last one, for who wants to know what was wrong.
        self.bodies: dict[int, bytearray] = {}

    def next(self) -> bytes | None:
        return None if time.perf_counter() > self.until else next(self.requests, None)

    async def client(self) -> None:
        """One after another on one connection; on a new one where the server closes it."""
        loop = asyncio.get_running_loop()
        open_again = True
        while open_again:
            done: asyncio.Future[bool] = loop.create_future()
            await loop.create_connection(
                lambda done=done: _Line(self, done), "127.0.0.1", self.port
            )
            open_again = await done


class _Line(asyncio.Protocol):
    """A connection. It costs a third of what asyncio's streams cost: the load stands beside what is measured."""

    def __init__(self, run: _Run, done: asyncio.Future[bool]) -> None:
        self.run, self.done = run, done
        self.buffer, self.needed, self.status, self.closes = bytearray(), -1, 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        data = self.run.next()
        if data is None:
            self._ends(again=False)
        else:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.needed < 0:
            self._read_head()
        if 0 <= self.needed <= len(self.buffer):
            self.run.seen[self.status] += 1
            self.run.bodies[self.status] = self.buffer
            self.buffer, self.needed = bytearray(), -1
            if self.closes:
                self._ends(again=True)
            else:
                self._send()

    def _read_head(self) -> None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        self.status = int(self.buffer[9:12])
        length = _LENGTH.search(self.buffer, 0, end)
        assert length or self.status == 204, self.buffer[:end]
        self.closes = bool(_CLOSES.search(self.buffer, 0, end))
        self.needed = end + 4 + (int(length[1]) if length else 0)

    def _ends(self, *, again: bool) -> None:
        self.transport.close()
        self.done.set_result(again)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("closed before it answered"))


async def _run(run: _Run, clients: int) -> None:
    await asyncio.gather(*(run.client() for _n in range(clients)))


def run(port: int, clients: int, requests: Iterator[bytes], seconds: float = 5) -> Result:
    """Send requests until there are no more or the time is over, whichever comes first."""
    return answered(port, clients, requests, seconds)[0]


def answered(
    port: int, clients: int, requests: Iterator[bytes], seconds: float = 5
) -> tuple[Result, dict[int, Any]]:
    """The same, and of each kind of answer the last one."""
    start = time.perf_counter()
    whole = _Run(port, requests, start + seconds)
    asyncio.run(_run(whole, clients))
    return Result(time.perf_counter() - start, whole.seen), whole.bodies
