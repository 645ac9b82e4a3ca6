"""CPU beside rates: what a request costs the web processes and PostgreSQL, by /proc (Linux).

Rates move with the neighbours of a machine, CPU repeats. The kernel's count of each thread is summed over the
server's processes and over every process of PostgreSQL, before and after the same load.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dukcapil.core.db import rows
from tests.benchmarks import load
from tests.benchmarks.rows import PORT, row

#: Seconds of each load.
SECONDS = 6
#: Seconds after which a process that ended has been fetched by its parent.
_FETCHED = 0.4


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU of one request, and how many were answered in a second."""

    web: float
    database: float
    rate: float
    statuses: dict[int, int]

    @property
    def whole(self) -> float:
        return self.web + self.database


class Process(NamedTuple):
    parent: int
    said: str
    #: Milliseconds of its children that have ended.
    ended: float


def _processes() -> dict[int, Process]:
    tick = 1000 / os.sysconf("SC_CLK_TCK")
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (path / "stat").read_text().rpartition(")")[2].split()
                ended = tick * (int(stat[13]) + int(stat[14]))
                found[int(path.name)] = Process(int(stat[1]), (path / "cmdline").read_text(), ended)
    return found


def _beneath(root: int, every: dict[int, Process]) -> set[int]:
    """A process and all that it started."""
    found = {root}
    while more := {pid for pid, one in every.items() if one.parent in found} - found:
        found |= more
    return found


def server(port: int = PORT) -> int:
    """The process of granian that listens on a port."""
    every, said = _processes(), f"--port\0{port}\0"
    [root] = [
        pid
        for pid, one in every.items()
        if said in one.said and (one.parent not in every or said not in every[one.parent].said)
    ]
    return root


def database() -> int:
    """PostgreSQL's first process, of the engines of this run."""
    [[backend]] = rows("SELECT pg_backend_pid()")
    return _processes()[backend].parent


def milliseconds(root: int) -> float:
    """CPU of a process and of all beneath it so far, also of those that have ended."""
    every, spent = _processes(), 0.0
    for pid in _beneath(root, every):
        spent += every[pid].ended
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                spent += int(task.read_text().split()[0]) / 1e6
    return spent


def spent(web: int | None, work: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of CPU that a server and PostgreSQL spend on this work."""
    postgres = database()
    before = milliseconds(web) if web else 0, milliseconds(postgres)
    work()
    time.sleep(_FETCHED)  # no event tells that a parent fetched its child's count
    return (milliseconds(web) if web else 0) - before[0], milliseconds(postgres) - before[1]


def cost(
    requests: Iterator[bytes],
    clients: int,
    seconds: float = SECONDS,
    *,
    port: int = PORT,
    root: int | None = None,
    expect: int | None = None,
) -> Cost:
    """Of one request of a load. `expect`: the status of every answer."""
    done: list[load.Result] = []
    last: dict[int, bytearray] = {}

    def send() -> None:
        result, bodies = load.answered(port, clients, requests, seconds=seconds)
        done.append(result)
        last.update(bodies)

    web, postgres = spent(root or server(port), send)
    statuses = dict(done[0].statuses)
    count = sum(statuses.values())
    assert count, "nothing was answered"
    wrong = [last[status][-500:] for status in statuses if status != expect]
    assert expect is None or not wrong, (statuses, wrong)
    return Cost(web / count, postgres / count, done[0].rate, statuses)


def told(name: str, found: Cost) -> dict[str, Any]:
    """A row of what a request costs, without a goal."""
    title = f"{name}: CPU of web, of PostgreSQL"
    return row(title, found.web, found.database, "reported", "ms", ok=True)


def at_most(name: str, subject: float, baseline: float, goal: float) -> dict[str, Any]:
    """A row of CPU that may be so many times the baseline's."""
    ok = subject <= goal * baseline
    return row(f"CPU: {name}", subject, baseline, f"<= {goal:g}", "ms", ok)


def at_least(name: str, subject: float, baseline: float, goal: float, unit: str) -> dict[str, Any]:
    """A row of a rate that is at least this part of the baseline's."""
    return row(name, subject, baseline, f">= {goal:g}", unit, subject >= goal * baseline)
