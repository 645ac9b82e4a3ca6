"""A small HTTP load generator on loopback: keep-alive clients, bounded in count and time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Result:
    seconds: float
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / self.seconds


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _client(port: int, requests: Iterator[bytes], until: float, seen: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for data in requests:
        if time.perf_counter() > until:
            break
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        seen[int(head[9:12])] += 1
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        await reader.readexactly(length)
    writer.close()


async def _run(port: int, clients: int, requests: Iterator[bytes], seconds: float) -> Result:
    seen: Counter[int] = Counter()
    start = time.perf_counter()
    until = start + seconds
    await asyncio.gather(*(_client(port, requests, until, seen) for _n in range(clients)))
    return Result(time.perf_counter() - start, seen)


def run(port: int, clients: int, requests: Iterator[bytes], seconds: float = 5) -> Result:
    """Send requests until there are no more or the time is over, whichever comes first."""
    return asyncio.run(_run(port, clients, requests, seconds))
