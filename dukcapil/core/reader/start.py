"""Starts readers, and keeps one that is ready: a clerk waits for the reading, not for the start.

A reader reads one file and ends; the next one is started while the answer is being made.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).resolve().parents[3]


def _calamine() -> str:
    """Where its compiled module lies. It is not imported here: that is for the reader alone."""
    found = find_spec("python_calamine")
    folders = [Path(place) for place in (found and found.submodule_search_locations) or ()]
    return next((str(path) for one in folders for path in one.glob("_python_calamine*.so")), "")


CODE = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r});"
    f" from dukcapil.core.reader import child; child.CALAMINE = {_calamine()!r}; child.main()"
)
#: Without the environment, the user's folders and the packages: the standard library is enough,
#: and one compiled module where the file is XLS or ODS.
COMMAND = [sys.executable, "-I", "-S", "-c", CODE]

_ready: list[subprocess.Popen[bytes]] = []
_lock = threading.Lock()


def reader_of(file: IO[bytes], arguments: Iterable[str]) -> subprocess.Popen[bytes]:
    """A reader that inherits the file's descriptor, with all that is left in it."""
    return _start(file.fileno(), arguments)


def reader_given(content: bytes, arguments: Iterable[str]) -> subprocess.Popen[bytes]:
    """The reader that is ready, or a new one, at work on this."""
    with _lock:
        process = _ready.pop() if _ready else None
    if process is None or process.poll() is not None:
        process = _start(subprocess.PIPE)
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it has ended; who listens to it finds out
            process.stdin.write(" ".join(arguments).encode() + b"\n" + content)
            process.stdin.close()
    return process


def make_ready() -> None:
    with _lock:
        if not _ready:
            _ready.append(_start(subprocess.PIPE))


@atexit.register
def forget() -> None:
    """End the one that waits. It would end anyway, with our end of its stdin."""
    with _lock:
        while _ready:
            with _ready.pop() as process:
                process.kill()


def _start(stdin: int, arguments: Iterable[str] = ()) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {"env": {"LC_ALL": "C.UTF-8"}, "cwd": "/", "start_new_session": True}
    return subprocess.Popen(  # noqa: S603 - our own command; what it reads is not ours
        [*COMMAND, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback may show what stands in the file
        **options,
    )


# Of two processes that share a reader each would get half of what it says.
os.register_at_fork(after_in_child=_ready.clear)
