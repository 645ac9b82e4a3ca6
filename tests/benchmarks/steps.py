"""Pages at an event by CPU, in one process: `python -m tests.benchmarks.steps [rounds] [say|profile NAME]`.

Django's test client and the backend of its connection, by the kernel's count (`schedstat`); the better
quarter of the rounds, each beside ping of the same run.
`say` lists the statements of one request, `profile NAME` where its Python goes. The goals are those of `screens`.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import said

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

PEOPLE = 60
_LEDGER = 200
HTMX = {"HX-Request": "true"}


def _prepare() -> Any:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415
    from events.planning.services.sessions import set_stations  # noqa: PLC0415
    from registrations.booking.services.appointments import book, check_in  # noqa: PLC0415
    from tests import world  # noqa: PLC0415

    made = world.make_world()
    event = world.make_event(made)
    session = world.make_session(made, event, {"recording": 400, "ikd_activation": 400})
    by = made["operator"].actor
    with scoped(by.scope):
        set_stations(by=by, event=event, stations={"Meja rekam": ["recording"]})
        for number in range(PEOPLE):
            person = world.make_resident(made, name=f"Warga {number}")
            visit = book(by=by, session=session, resident=person, services=["recording"])
            check_in(by=by, appointment=visit)
    for number in range(_LEDGER):
        world.record(made, world.make_resident(made, name=f"Lain {number}"))
    # As autovacuum does, which the engines of tests have not.
    engines.as_superuser("ANALYZE")
    return made, session, event.stations.get()


def _cpu(backend: int) -> tuple[float, float]:
    """Milliseconds so far: of this process, of its backend."""
    ran = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])
    return 1000 * time.process_time(), ran / 1e6


class Steps:
    """What a browser of a clerk asks, by name; each returns one answer."""

    def __init__(self, made: Any, session: Any, station: Any, rounds: int) -> None:
        from django.conf import settings  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        from dukcapil.accounts.models import User  # noqa: PLC0415
        from tests import world  # noqa: PLC0415

        settings.ALLOWED_HOSTS = ["*"]
        self.client = Client()
        self.client.force_login(User.objects.get(username="operator"))
        self.token = made["operator"].token
        self.queue = f"/sesi/{session.pk}/"
        self.desk = f"{self.queue}meja/?station={station.pk}"
        self.session, self.made, self.world = session, made, world
        self.served: list[str] = []
        self.once: list[str] = []
        self.seen: dict[str, str] = {}
        count = range(rounds + 14)
        self.arriving = [world.make_resident(made, name=f"Baru {n}") for n in count]
        self.more = [world.make_resident(made, name=f"Lagi {n}") for n in count]

    def all(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        yield "ping", self.ping
        yield "queue, poll with nothing new", self.poll
        yield "queue, whole page", lambda: self.client.get(self.queue)
        yield "desk, whole page", lambda: self.client.get(self.desk)
        yield "desk: walk-in", self.walk_in
        yield "desk: call", self.call
        yield "desk: log", self.log
        yield "desk: person opened", self.opened
        yield "today", lambda: self.client.get("/hari-ini/")
        yield "today, poll with nothing new", self.today_poll

    def ping(self) -> Any:
        return self.client.get("/api/v1/ping/", headers={"Authorization": f"Bearer {self.token}"})

    def poll(self) -> Any:
        return self._poll(self.queue)

    def today_poll(self) -> Any:
        return self._poll("/hari-ini/")

    def _poll(self, path: str) -> Any:
        headers = HTMX | {"HX-Target": "live"}
        answer = self.client.get(path, headers=headers | {"X-Seen": self.seen.get(path, "")})
        if found := said.seen(answer.content.decode()):
            self.seen[path] = found
        return answer

    def walk_in(self) -> Any:
        resident = self.arriving.pop()
        data = {"do": "walk-in", "resident": str(resident.pk), "services": "recording"}
        return self.client.post(self.desk, data, headers=HTMX)

    def call(self) -> Any:
        answer = self.client.post(self.desk, {"do": "call"}, headers=HTMX)
        text = answer.content.decode()
        if person := said.called(text):
            self.served.append(person)
            self.once.append(said.once(text))
        return answer

    def log(self) -> Any:
        data = {"do": "log", "service": "recording", "outcome": "done", "receiver": "self"}
        data |= {"resident": self.served.pop(0), "once": self.once.pop(0)}
        answer = self.client.post(self.desk, data, headers=HTMX)
        assert "panel saved" in answer.content.decode(), answer.content.decode()[:3000]
        return answer

    def opened(self) -> Any:
        resident = self.more.pop()
        return self.client.get(f"{self.desk}&person={resident.pk}", headers=HTMX)


def _measure(steps: Steps, rounds: int) -> None:
    from dukcapil.core.db import rows  # noqa: PLC0415

    [[backend]] = rows("SELECT pg_backend_pid()")
    for name, ask in steps.all():
        for _n in range(6):
            ask()
        found = []
        for _n in range(rounds):
            before = _cpu(backend)
            ask()
            after = _cpu(backend)
            found.append((after[0] - before[0], after[1] - before[1]))
        best = sorted(found, key=sum)[: max(1, rounds // 4)]
        web, database = (sum(column) / len(best) for column in zip(*best, strict=True))
        if name == "ping":
            floor = web + database
        print(
            f"{name:32} {web:6.2f} + {database:5.2f} ms  {(web + database) / floor:5.1f} pings",
            flush=True,
        )


def _says(steps: Steps, rounds: int) -> None:
    """The statements of a request, each with the CPU of its backend in microseconds: the middle of the rounds."""
    from django.db import connection  # noqa: PLC0415

    from dukcapil.core.db import rows  # noqa: PLC0415

    [[backend]] = rows("SELECT pg_backend_pid()")
    asked: list[tuple[str, float]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        before = _cpu(backend)[1]
        try:
            return execute(sql, params, many, context)
        finally:
            asked.append((re.sub(r"\s+", " ", sql), _cpu(backend)[1] - before))

    for name, ask in steps.all():
        for _n in range(6):
            ask()
        took: list[list[tuple[str, float]]] = []
        for _n in range(rounds):
            asked.clear()
            with connection.execute_wrapper(watch):
                ask()
            took.append(list(asked))
        print(f"== {name}: {len(took[-1])}")
        for same in zip(*took, strict=False):
            middle = sorted(cpu for _sql, cpu in same)[len(same) // 2]
            print(f"    {1000 * middle:6.0f} {same[-1][0][:190]}")


def _profiles(steps: Steps, wanted: str, rounds: int) -> None:
    for name, ask in steps.all():
        for _n in range(4):
            ask()
        if re.search(wanted, name):
            profile = cProfile.Profile()
            for _n in range(rounds):
                profile.enable()
                ask()
                profile.disable()
            print(f"== {name}")
            for order in ("cumulative", "tottime"):
                pstats.Stats(profile).sort_stats(order).print_stats(
                    70 if order == "cumulative" else 30
                )
        if name == "desk: call":
            for _n in range(rounds):
                ask()


def main(rounds: int, what: str = "", wanted: str = "") -> None:
    steps = Steps(*_prepare(), rounds)
    if what == "say":
        _says(steps, rounds)
    elif what == "profile":
        _profiles(steps, wanted, rounds)
    else:
        _measure(steps, rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24, *sys.argv[2:])
