"""CPU beside rates: what a request costs the web processes and PostgreSQL, by /proc (Linux).

    make bench ROWS="floor"

Rates move with the neighbours of a machine, CPU repeats. The kernel's count of each thread is summed over the
server's processes and over every process of PostgreSQL, before and after the same load.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dukcapil.core.db import rows
from dukcapil.core.ids import uuid7
from tests import world
from tests.benchmarks import load
from tests.benchmarks.rows import PORT, admin, forever, row

#: Seconds of each load.
SECONDS = 6


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


def _processes() -> dict[int, tuple[int, str]]:
    """pid -> (parent, command line)."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (path / "stat").read_text().rpartition(")")[2].split()
                found[int(path.name)] = int(stat[1]), (path / "cmdline").read_text()
    return found


def beneath(root: int) -> set[int]:
    """A process and all that it started."""
    parents, found = _processes(), {root}
    while more := {pid for pid, (parent, _said) in parents.items() if parent in found} - found:
        found |= more
    return found


def server() -> int:
    """The process of granian that listens on our port."""
    every, port = _processes(), f"--port\0{PORT}\0"
    [root] = [
        pid
        for pid, (parent, said) in every.items()
        if port in said and port not in every.get(parent, (0, ""))[1]
    ]
    return root


def database() -> int:
    """PostgreSQL's first process, of the engines of this run."""
    [[backend]] = rows("SELECT pg_backend_pid()")
    return _processes()[backend][0]


def milliseconds(root: int) -> float:
    """CPU of a process, its threads and children so far."""
    spent = 0
    for pid in beneath(root):
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                spent += int(task.read_text().split()[0])
    return spent / 1e6


def cost(requests: Iterator[bytes], clients: int, seconds: float = SECONDS) -> Cost:
    web, postgres = server(), database()
    before = milliseconds(web), milliseconds(postgres)
    done = load.run(PORT, clients, requests, seconds=seconds)
    after = milliseconds(web), milliseconds(postgres)
    count = sum(done.statuses.values())
    assert count, "nothing was answered"
    web_ms, postgres_ms = (
        (late - early) / count for late, early in zip(after, before, strict=True)
    )
    return Cost(web_ms, postgres_ms, done.rate, dict(done.statuses))


def told(name: str, found: Cost) -> dict[str, Any]:
    title = f"{name}: CPU of web, of PostgreSQL"
    return row(title, found.web, found.database, "reported", "ms", ok=True)


def floor(made: world.World) -> Iterator[dict[str, Any]]:
    """A call that does nothing, a record and a refused booking, each with its CPU."""
    token = str(made["operator"].token)
    ping_call = load.request("GET", "/api/v1/ping/", token)
    load.run(PORT, 8, itertools.repeat(ping_call, 200))
    ping = cost(forever(ping_call), 64)
    yield told("ping, 64 clients", ping)
    insert = cost(_inserts(token), 8)
    yield told("view with one INSERT", insert)
    record = cost(_records(made, token), 8)
    assert set(record.statuses) == {201}, record.statuses
    yield told("service record", record)
    ratio = record.whole / insert.whole
    yield row(
        "CPU: service record / view with one INSERT",
        *(record.whole, insert.whole, "<= 3", "ms", ratio <= 3),
    )
    refused = cost(_refused(made, token), 8)
    assert set(refused.statuses) == {409}, refused.statuses
    yield told("booking, refused as full", refused)
    ratio = refused.whole / ping.whole
    yield row("CPU: refused booking / ping", *(refused.whole, ping.whole, "<= 2", "ms", ratio <= 2))


def _inserts(token: str) -> Iterator[bytes]:
    admin(
        "DROP TABLE IF EXISTS bench_plain; CREATE TABLE bench_plain (id uuid PRIMARY KEY, body text);"
        " GRANT INSERT ON bench_plain TO web"
    )
    return forever(load.request("POST", "/bench/insert/", token))


def _records(made: world.World, token: str) -> Iterator[bytes]:
    people = [world.make_resident(made) for _n in range(500)]
    moment = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()

    def bodies() -> Iterator[bytes]:
        for one in itertools.cycle(people):
            body = {
                "id": str(uuid7()),
                "service": "family_card",
                "outcome": "done",
                "resident": str(one.pk),
                "occurred_at": moment,
            }
            yield load.request("POST", "/api/v1/service-records/", token, json.dumps(body).encode())

    return bodies()


def _refused(made: world.World, token: str) -> Iterator[bytes]:
    session = world.make_session(made, world.make_event(made), {"recording": 1})
    people = [world.make_resident(made) for _n in range(200)]

    def call(person: Any) -> bytes:
        body = {"session": str(session.pk), "resident": str(person.pk), "services": ["recording"]}
        return load.request("POST", "/api/v1/appointments/", token, json.dumps(body).encode())

    load.run(PORT, 1, iter([call(people[0])]))
    return itertools.cycle([call(person) for person in people[1:]])


MEASURES: tuple[Callable[[world.World], Iterator[dict[str, Any]]], ...] = (floor,)
