"""Ends connections whose other side does not take in its answer.

Granian sets no limit here, and an answer that nobody reads keeps its connection and its memory for
as long as the other side likes. The kernel tells how much of it has arrived (Linux).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

#: Seconds between two looks, and how many in a row have to find a connection slow.
EVERY, LOOKS = 5.0, 4
#: Bytes a second that an answer on its way has to be taken in with.
SLOWEST = 1024
_FDS = Path("/proc/self/fd")
#: Where struct tcp_info says how many bytes have been acknowledged.
_BYTES_ACKED, _TCP_INFO = 120, 192


class Watch:
    """The connections of this process's listening sockets, looked at every few seconds."""

    def __init__(self, every: float = EVERY) -> None:
        self.every = every
        #: inode of the socket -> bytes that had arrived, slow looks in a row.
        self._seen: dict[int, tuple[int, int]] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        if _FDS.is_dir() and hasattr(socket, "TCP_INFO"):
            loop.call_later(self.every, self._again, loop)

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self.look()
        finally:
            loop.call_later(self.every, self._again, loop)

    def look(self) -> int:
        """Ends those that were slow for long enough; returns how many."""
        seen, ended = {}, 0
        for inode, connection in _connections():
            with contextlib.suppress(OSError):
                arrived = _arrived(connection)
                before, slow = self._seen.get(inode, (arrived - SLOWEST * int(self.every), 0))
                if _on_its_way(connection) and arrived - before < SLOWEST * self.every:
                    slow += 1
                else:
                    slow = 0
                seen[inode] = (arrived, slow)
                if slow >= LOOKS:
                    # Without this the kernel would go on offering what nobody takes.
                    connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                    connection.shutdown(socket.SHUT_RDWR)
                    ended += 1
        self._seen = seen
        return ended


def _connections() -> Iterator[tuple[int, socket.socket]]:
    """Those to a port on which this process listens; never the ones to the database."""
    held = []
    for entry in _FDS.iterdir():
        with contextlib.suppress(OSError, ValueError):
            fd = int(entry.name)
            held.append((os.fstat(fd).st_ino, socket.socket(fileno=fd)))
    try:
        known = [(inode, one, *at) for inode, one in held if (at := _address(one))]
        ports = {port for _inode, _one, port, listens in known if listens}
        for inode, one, port, listens in known:
            if port in ports and not listens:
                yield inode, one
    finally:
        for _inode, one in held:
            one.detach()  # they are granian's


def _address(one: socket.socket) -> tuple[int, bool] | None:
    """Its own port, and whether it listens there; None where it was closed meanwhile, or has no port."""
    if one.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    with contextlib.suppress(OSError):
        listens = bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        return int(one.getsockname()[1]), listens
    return None


def _arrived(one: socket.socket) -> int:
    info = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO)
    return int(struct.unpack_from("Q", info, _BYTES_ACKED)[0])


def _on_its_way(one: socket.socket) -> int:
    waiting = fcntl.ioctl(one.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    return int(struct.unpack("i", waiting)[0])
