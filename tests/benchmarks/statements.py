"""Bookings and records beside pgbench with their very statements (`recorded`), by turns.

make bench ROWS="statements"
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from tests import world
from tests.benchmarks import recorded
from tests.benchmarks.cpu import Cost, at_least, at_most, cost, told
from tests.benchmarks.crowd import crowd
from tests.benchmarks.floor import booking_call, record_body, record_call
from tests.benchmarks.rows import admin, row
from tests.benchmarks.scripts import BLOCK, person_id

CLIENTS, ROUNDS, EACH = 8, 3, 170
#: Transactions of one connection of pgbench in one of its runs.
TAKEN = EACH + 2 * recorded.WARM
#: Nobody of the crowd comes twice: what a load, the recording and pgbench take.
RECORDED, LOAD, BENCH = 0, 10, 10_000


@dataclass
class _Turns:
    """Rounds of a load and of pgbench, one after the other: a busy moment meets both."""

    call: Callable[[str], bytes]
    script: str
    ours: list[Cost] = field(default_factory=list)
    bench: list[recorded.Ran] = field(default_factory=list)
    #: One connection of pgbench: nobody waits for anybody.
    alone: recorded.Ran = field(default_factory=lambda: recorded.Ran(0, 0))

    def run(self) -> None:
        many = CLIENTS * EACH
        for turn in range(ROUNDS):
            people = range(LOAD + turn * many, LOAD + (turn + 1) * many)
            calls = [self.call(person_id(number)) for number in people]
            self.ours.append(cost(iter(calls), CLIENTS, 60, expect=201))
            first = BENCH + turn * TAKEN
            self.bench.append(recorded.pgbench(self.script, CLIENTS, EACH, first))
        self.alone = recorded.pgbench(self.script, 1, EACH, BENCH + ROUNDS * TAKEN)

    def ours_ms(self) -> Cost:
        """By its median round."""
        return sorted(self.ours, key=lambda one: one.whole)[len(self.ours) // 2]

    def bench_ms(self) -> float:
        return statistics.median(one.database for one in self.bench)

    def told(self, name: str) -> Iterator[dict[str, Any]]:
        ours = self.ours_ms().whole
        for which, theirs in (("8 connections", self.bench_ms()), ("one", self.alone.database)):
            title = f"CPU: {name} / pgbench of its statements, {which}"
            yield row(title, ours, theirs, "reported", "ms", ok=True)

    def rates(self) -> tuple[float, float]:
        ours = statistics.median(one.rate for one in self.ours)
        return ours, statistics.median(one.rate for one in self.bench)


def statements(made: world.World) -> Iterator[dict[str, Any]]:
    crowd(made, 0, BENCH + CLIENTS * BLOCK)
    yield from _bookings(made)
    yield from _records(made)


def _bookings(made: world.World) -> Iterator[dict[str, Any]]:
    token = str(made["operator"].token)
    # A session for each: who takes the first free place passes by all that were taken.
    places = (ROUNDS * CLIENTS + 1) * TAKEN + 10
    ours, theirs = (
        str(world.make_session(made, world.make_event(made), {"recording": places}).pk)
        for _n in range(2)
    )

    def send(person: str) -> None:
        body = {"session": theirs, "resident": person, "services": ["recording"]}
        _post("/api/v1/appointments/", token, body)

    before = _many("registrations_appointment")
    turns = _Turns(
        lambda person: booking_call(token, ours, person), recorded.record(send, RECORDED)
    )
    turns.run()
    _check(before, _many("registrations_appointment"))
    rate, bench = turns.rates()
    yield told("booking made", turns.ours_ms())
    yield from turns.told("booking")
    name = "bookings made, 8 clients / pgbench of their statements"
    yield at_least(name, rate, bench, 0.4, "req/s")
    name = "booking / PostgreSQL in that pgbench"
    yield at_most(name, turns.ours_ms().whole, turns.bench_ms(), 2.5)


def _records(made: world.World) -> Iterator[dict[str, Any]]:
    token = str(made["operator"].token)

    def send(person: str) -> None:
        _post("/api/v1/service-records/", token, record_body(person))

    before = _many("registrations_servicerecord")
    turns = _Turns(lambda person: record_call(token, person), recorded.record(send, RECORDED))
    turns.run()
    _check(before, _many("registrations_servicerecord"))
    rate, bench = turns.rates()
    yield told("service record, one of another person each", turns.ours_ms())
    yield from turns.told("service record")
    name = "one office's records, 8 clients / pgbench of their statements"
    yield at_least(name, rate, bench, 0.4, "req/s")


def _post(path: str, token: str, body: dict[str, Any]) -> None:
    """In this process, by the application as the server has it."""
    answer = Client().post(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Token {token}", "Host": "127.0.0.1"},
    )
    assert answer.status_code == 201, answer.content


def _many(table: str) -> int:
    return int(admin(f"SELECT count(*) FROM {table}"))


def _check(before: int, after: int) -> None:
    """pgbench wrote what the product writes: nothing was refused, nothing rolled back."""
    wanted = before + 3 + ROUNDS * CLIENTS * (EACH + TAKEN) + TAKEN
    assert after == wanted, (before, after, wanted)
