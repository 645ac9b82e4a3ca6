"""A way for another user to a program that lies where only root may go, such as a Python under /root.

No folder's mode is changed. The process gets a view of its own of the file system (Linux, a mount
namespace), in which the closed folder is an empty one that holds nothing but what the program needs.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterable
from pathlib import Path

CLONE_NEWNS = 0x20000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18


def closed_folders(paths: Iterable[Path], passes: Callable[[Path], bool]) -> dict[Path, list[Path]]:
    """The topmost folder on the way to each path that does not let the user pass."""
    closed: dict[Path, list[Path]] = {}
    for path in {path.resolve() for path in paths}:
        for folder in reversed(path.parents):
            if not passes(folder):
                closed.setdefault(folder, []).append(path)
                break
    return closed


def open_way(closed: dict[Path, list[Path]]) -> None:
    """Between fork and exec, as root. Raises OSError where this is not allowed."""
    if not closed:
        return
    here = Path.cwd()
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.unshare(CLONE_NEWNS))
    _mount(libc, "none", Path("/"), None, MS_REC | MS_PRIVATE)
    os.umask(0o022)
    for folder, paths in closed.items():
        # Held open: the folder is about to be covered.
        held = {path: os.open(path, os.O_PATH) for path in sorted(paths)}
        _mount(libc, "tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711,size=1m")
        for path, fd in held.items():
            path.mkdir(parents=True, exist_ok=True)
            _mount(libc, f"/proc/self/fd/{fd}", path, None, MS_BIND | MS_REC)
            os.close(fd)
    os.chdir(here)


def _mount(
    libc: ctypes.CDLL, what: str, where: Path, kind: str | None, flags: int, data: str = ""
) -> None:
    _check(
        libc.mount(
            what.encode(),
            os.fsencode(where),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() or None,
        )
    )


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
