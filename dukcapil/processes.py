"""Child processes that end with their parent, and a lock so that each folder has one parent."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from dukcapil import mounts

PR_SET_PDEATHSIG = 1

#: Granian's options for the web processes, wherever they are started (docs/adr/0028): ten seconds for
#: the headers and between two requests, and room for connections that only wait for their bodies.
WEB = (
    *("--interface", "rsgi", "--http", "1", "--no-ws"),
    *("--http1-header-read-timeout", "10000", "--http1-buffer-size", "65536"),
    *("--backlog", "1024", "--backpressure", "1024"),
    *("--no-access-log", "--log-level", "warning"),
)

#: Celery's options for the worker that makes plans: it loads the solvers, and gives their memory back by
#: ending after each plan.
PLANS = "plans"
PLANNER = (
    *("worker", "--queues", PLANS, "--hostname", "plans@%h", "--concurrency", "1"),
    *("--max-tasks-per-child", "1", "--without-gossip", "--without-mingle"),
)


#: Objects more than before, so that the interpreter's collector looks at them: while modules are imported,
#: which takes some 300,000, and afterwards.
_WHILE_IMPORTING, _AFTERWARDS = 1_000_000, 50_000


def collect_seldom() -> None:
    """First of all in a process. While thousands of modules are imported the interpreter's collector finds
    nothing, and to look for it takes an eighth of a start.
    """
    if not gc.get_freeze_count():
        gc.set_threshold(_WHILE_IMPORTING, 20, 50)


def begin_work() -> None:
    """What was imported stays, and the little that could be collected of it, so the collector leaves it alone from
    now on; and what it does not touch stays one copy in memory with the children of a worker. Once, after
    `collect_seldom`: what a process that works left to be collected would stay as well.
    """
    # Not by how many stay, which the interpreter counts one by one.
    if gc.get_threshold()[0] != _WHILE_IMPORTING:
        return
    gc.freeze()
    gc.set_threshold(_AFTERWARDS, 20, 50)


def die_with_parent(sig: int = signal.SIGTERM) -> None:
    """Ask the kernel to end this process when the thread that started it is gone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)
        if os.getppid() == 1:  # it went before we asked
            os._exit(1)


def child_setup(
    death_signal: int, uid: int | None = None, closed: dict[Path, list[Path]] | None = None
) -> Callable[[], None]:
    """What a child does between fork and exec. `closed`: see `mounts.open_way`.

    The kernel forgets the death signal when the user changes, so that comes first.
    """
    parent = os.getpid()

    def setup() -> None:
        if uid is not None:
            mounts.open_way(closed or {})
            os.setgroups([])
            os.setgid(pwd.getpwuid(uid).pw_gid)
            os.setuid(uid)
        die_with_parent(death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return setup


def spawn(
    command: list[str],
    *,
    death_signal: int = signal.SIGTERM,
    uid: int | None = None,
    closed: dict[Path, list[Path]] | None = None,
    env: dict[str, str] | None = None,
    log: Path | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that cannot outlive this process."""
    out = open_log(log) if log else None
    try:
        return subprocess.Popen(  # noqa: S603 - our own commands
            command,
            preexec_fn=child_setup(death_signal, uid, closed),  # noqa: PLW1509 - no threads here
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            env=env,
            cwd=cwd,
        )
    finally:
        if out:
            out.close()


def open_log(path: Path) -> BinaryIO:
    """For adding to it. Its owner alone reads it, also when it was made before this was so."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(fd, 0o600)
    return os.fdopen(fd, "ab")


def stop(process: subprocess.Popen[bytes], sig: int, patience: float = 10) -> None:
    if process.poll() is not None:
        return
    process.send_signal(sig)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


# --- what ends is started again -------------------------------------------------------------------

#: Seconds between two starts at most, and seconds of life after which earlier ends are forgotten.
LONGEST_PAUSE, CALM = 30.0, 30.0


class Pauses:
    """Nothing the first time, then one second, two, four ... while something keeps ending.

    What ends at every start would otherwise take the machine's time from those that live.
    """

    def __init__(self, longest: float = LONGEST_PAUSE) -> None:
        self.longest = longest
        self.ends = 0

    def after(self, lived: float) -> float:
        """Seconds to wait now that it ended after so many seconds."""
        self.ends = 1 if lived >= CALM else self.ends + 1
        return min(self.longest, 2.0 ** min(self.ends - 2, 16)) if self.ends > 1 else 0.0


class Kept:
    """A child that is started again whenever it ends, for as long as we run ourselves."""

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        longest: float = LONGEST_PAUSE,
    ) -> None:
        self.name = name
        self.start = start
        self.pauses = Pauses(longest)
        self.due: float | None = None
        self._start()

    def look(self, tell: Callable[[str], object]) -> None:
        """To be called again and again; says what ended and why, and when it starts again."""
        now = time.monotonic()
        if self.due is None and self.process.poll() is not None:
            pause = self.pauses.after(now - self.began)
            self.due = now + pause
            when = f"in {pause:g} s" if pause else "at once"
            tell(f"{self.name} had stopped ({how_it_ended(self.process)}); started again {when}.")
        if self.due is not None and now >= self.due:
            self._start()

    def _start(self) -> None:
        self.process = self.start()
        self.began = time.monotonic()
        self.due = None


def how_it_ended(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit {code}"


# --- one supervisor for each folder ---------------------------------------------------------------


class AlreadyRuns(Exception):
    """Another supervisor has the folder."""


def _started(pid: int) -> str | None:
    """Start time of a process in clock ticks, so that a recycled pid is not mistaken for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


@contextlib.contextmanager
def folder_lock(var: Path) -> Iterator[None]:
    var.mkdir(parents=True, exist_ok=True)
    path = var / "serve.lock"
    with contextlib.suppress(FileNotFoundError, ValueError):
        pid, _, started = path.read_text().partition(" ")
        if _started(int(pid)) is not None and _started(int(pid)) == started.strip():
            raise AlreadyRuns(
                f"Another `manage.py serve` (process {pid}) already runs on {var}. "
                "Stop it first, or set DUKCAPIL_VAR to another folder."
            )
    path.write_text(f"{os.getpid()} {_started(os.getpid())}")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
