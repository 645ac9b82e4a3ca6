"""Thirty clerks at one event through HTTP: `make load`, five minutes; ends with what went wrong.

Ten stand at the door and let people in (half booked, half walk-ins), twenty call and log. Each
takes a second or two a person, as people do. Their browsers send what the pages have them send: the
queue beside the desk is asked for anew after each step and every ten seconds, the board in the hall
every five, and two who only look leave the queue open. Afterwards: no error, nobody doubled, numbers
without a gap, calls in the queue's order, and every rule of `verify_invariants` holds.
"""

from __future__ import annotations

import http.client
import os
import queue
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks import said

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

DOOR, SERVING = 10, 20
#: Seconds that a person takes at the door and at a table.
AT_DOOR, AT_TABLE = (0.5, 1.5), (1.0, 2.5)
#: They come by the hundred each minute; more than are served.
A_SECOND = 12
#: Seconds after which an open page asks for news, as `live` writes into it; and screens that only look.
DESK_ASKS, BOARD_ASKS, QUEUE_ASKS, BOARDS, QUEUES = 10, 5, 10, 1, 2
#: 99 of 100 answers come within this many milliseconds.
GOAL = 500
#: Calls within this many seconds of each other happened at once: neither came first.
AT_ONCE = 1.0


def _prepare(seconds: float) -> Any:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415
    from events.planning.services.sessions import set_stations  # noqa: PLC0415
    from registrations.booking.services.appointments import book  # noqa: PLC0415
    from tests import world  # noqa: PLC0415

    made = world.make_world()
    event = world.make_event(made)
    people = int(A_SECOND * seconds)
    session = world.make_session(made, event, {"recording": people, "ikd_activation": people})
    by = made["operator"].actor
    arriving: queue.Queue[tuple[str, str]] = queue.Queue()
    with scoped(by.scope):
        stations = {"Meja rekam": ["recording"], "Meja IKD": ["ikd_activation"]}
        set_stations(by=by, event=event, stations=stations)
        for number in range(people):
            person = world.make_resident(made, name=f"Warga {number}")
            if number % 2:
                arriving.put(("walk-in", str(person.pk)))
                continue
            wanted = ["recording", "ikd_activation"] if number % 4 else ["recording"]
            visit = book(by=by, session=session, resident=person, services=wanted)
            arriving.put(("check-in", str(visit.pk)))
    return made, session, list(event.stations.order_by("pk")), arriving


class Clerk(threading.Thread):
    """One browser with a keep-alive connection, a session of its own and a page that is open."""

    asks = DESK_ASKS

    def __init__(self, port: int, cookie: str, csrf: str, path: str, until: float) -> None:
        super().__init__()
        #: What was shown last, as the page says it; and when it is asked for anew.
        self.shown, self.due = "", 0.0
        self.kinds: dict[str, list[float]] = {"step": [], "refresh": [], "poll": [], "page": []}
        self.port, self.path, self.until = port, path, until
        self.headers = {
            "Cookie": f"{cookie}; csrf={csrf}",
            "X-CSRFToken": csrf,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.opens()
        while time.time() < self.until:
            try:
                if not self.one():
                    return
            except Exception as error:
                self.seen[f"error {type(error).__name__}"] += 1
                self.line.close()

    def one(self) -> bool:
        raise NotImplementedError

    def send(self, **fields: str) -> str:
        """A button; then, as its answer tells htmx, the queue beside it."""
        answer, text = self._asks("step", fields["do"], "POST", self.headers, urlencode(fields))
        if 'role="alert"' in text:
            refused = re.search(r'role="alert"[^>]*>([^<]*)', text)
            self.seen[f"{fields['do']} said: {refused[1].strip() if refused else '?'}"] += 1
        if answer.headers.get("HX-Trigger") == "desk":
            self.refreshes("refresh")
        return text

    def opens(self) -> None:
        _answer, text = self._asks("page", "page", "GET", {"Cookie": self.headers["Cookie"]})
        self._shows(text)

    def refreshes(self, kind: str) -> None:
        headers = {"Cookie": self.headers["Cookie"], "HX-Request": "true", "HX-Target": "live"}
        answer, text = self._asks(kind, kind, "GET", headers | {"X-Seen": self.shown})
        if answer.status == HTTPStatus.OK:
            self._shows(text)
        elif answer.status == HTTPStatus.NO_CONTENT:
            # Nothing is exchanged: the clock of the page goes on.
            self.due = max(self.due, time.time()) if kind == "refresh" else time.time() + self.asks

    def waits(self, least: float, most: float) -> None:
        """As long as a person takes; the page asks for news meanwhile."""
        until = time.time() + random.uniform(least, most)
        while (now := time.time()) < until:
            if now >= self.due:
                self.refreshes("poll")
            time.sleep(max(0.0, min(until, self.due) - time.time()))

    def _shows(self, text: str) -> None:
        self.shown = said.seen(text)
        self.due = time.time() + self.asks

    def _asks(
        self, kind: str, what: str, method: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[http.client.HTTPResponse, str]:
        start = time.perf_counter()
        answer = self._answer(method, headers, body)
        text = answer.read().decode()
        self.kinds[kind].append(time.perf_counter() - start)
        self.seen[f"{what} {answer.status}"] += 1
        return answer, text

    def _answer(
        self, method: str, headers: dict[str, str], body: str | None
    ) -> http.client.HTTPResponse:
        """The server closes a connection on which nothing is asked for ten seconds (`processes.WEB`), just as a
        page asks again, by an end or by a reset: a browser asks on a new one, and so does this, once. A button is
        never sent twice.
        """
        try:
            self.line.request(method, self.path, body, headers)
            return self.line.getresponse()
        except ConnectionResetError:
            if method != "GET":
                raise
            self.seen["asked again on a new connection"] += 1
            self.line.close()
            self.line.request(method, self.path, body, headers)
            return self.line.getresponse()


class Screen(Clerk):
    """Nobody sits there: the board in the hall, or a queue that somebody left open."""

    def one(self) -> bool:
        self.waits(1, 1)
        return True


class Board(Screen):
    asks = BOARD_ASKS


class Door(Clerk):
    def __init__(self, arriving: queue.Queue[tuple[str, str]], *args: Any) -> None:
        super().__init__(*args)
        self.arriving = arriving

    def one(self) -> bool:
        try:
            how, who = self.arriving.get_nowait()
        except queue.Empty:
            return False
        field = "visit" if how == "check-in" else "resident"
        more = {} if how == "check-in" else {"services": "recording"}
        self.send(do=how, **{field: who}, **more)
        self.waits(*AT_DOOR)
        return True


class Serving(Clerk):
    def __init__(self, service: str, *args: Any) -> None:
        super().__init__(*args)
        self.service = service

    def one(self) -> bool:
        text = self.send(do="call")
        person = said.called(text)
        if not person:
            self.waits(0.5, 0.5)
            return True
        self.waits(*AT_TABLE)
        failed = random.random() < 0.05
        outcome = {"outcome": "failed", "reason": "network"} if failed else {"outcome": "done"}
        answer = self.send(
            do="log",
            resident=person,
            service=self.service,
            once=said.once(text),
            **outcome,
        )
        if "panel saved" in answer:
            return True
        # No IKD for whom the recording failed: the clerk says so, and goes on.
        why = re.search(r"<li>(?:<a[^>]*>[^<]*</a>: )?([^<]+)</li>", answer)
        self.seen[f"log refused: {why[1].strip() if why else '?'}"] += 1
        answer = self.send(
            do="log",
            resident=person,
            service=self.service,
            once=said.once(answer),
            outcome="failed",
            reason="other",
        )
        if "panel saved" not in answer:
            self.seen["log not saved"] += 1
        return True


def _clerks(made: Any, session: Any, stations: Any, arriving: Any, seconds: float) -> list[Clerk]:
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from dukcapil.accounts.models import User  # noqa: PLC0415
    from tests.benchmarks.rows import PORT  # noqa: PLC0415

    def browser(until: float, path: str) -> tuple[Any, ...]:
        client = Client()
        client.force_login(User.objects.get(username="operator"))
        name = settings.SESSION_COOKIE_NAME
        return PORT, f"{name}={client.cookies[name].value}", "x" * 32, path, until

    until = time.time() + seconds
    found: list[Clerk] = []
    queue_path = f"/sesi/{session.pk}/"
    for number in range(DOOR + SERVING):
        station = stations[number % 3 == 0]
        common = browser(until, f"{queue_path}meja/?station={station.pk}")
        found.append(
            Door(arriving, *common) if number < DOOR else Serving(station.services[0], *common)
        )
    found += [Board(*browser(until, f"{queue_path}papan/")) for _n in range(BOARDS)]
    return [*found, *(Screen(*browser(until, queue_path)) for _n in range(QUEUES))]


def _judge(session: Any) -> dict[str, int]:
    """What must be nothing, each by itself."""
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415
    from dukcapil.core.command import use_role  # noqa: PLC0415
    from dukcapil.core.db import EVERYBODY, rows  # noqa: PLC0415
    from reports.invariants.selectors import broken  # noqa: PLC0415

    with scoped(EVERYBODY):
        twice = rows(
            "SELECT count(*) FROM (SELECT resident_id, service FROM registrations_servicerecord"
            " WHERE row_kind = 'record' GROUP BY 1, 2 HAVING count(*) > 1) again"
        )[0][0]
        first, last, many = rows(
            "SELECT coalesce(min(queue_number), 1), coalesce(max(queue_number), 0), count(*)"
            " FROM registrations_appointment WHERE session_id = %s AND queue_number IS NOT NULL",
            [str(session.pk)],
        )[0]
        # Of people with one service: somebody called later, though there before and first in line.
        late = rows(
            "SELECT count(*) FROM registrations_appointment one JOIN registrations_appointment two"
            "  ON two.session_id = one.session_id AND two.queue_number < one.queue_number"
            " WHERE one.session_id = %s AND array_length(one.services, 1) = 1"
            "  AND two.services = one.services"
            "  AND two.called_at > one.called_at + make_interval(secs => %s)",
            [str(session.pk), AT_ONCE],
        )[0][0]
    use_role("owner")
    with scoped(EVERYBODY):
        wrong = broken()
    return {
        "services logged twice for one person": twice,
        "gaps in the numbers of the queue": last - many + (first - 1),
        "people called before somebody who stood before them": late,
        "rules broken": len(wrong),
    }


def _spread(clerks: list[Clerk], *kinds: str) -> tuple[float, float, int]:
    """Half and 99 of 100 answers of these kinds came within so many milliseconds; and how many there are."""
    took = sorted(1000 * one for clerk in clerks for kind in kinds for one in clerk.kinds[kind])
    return took[len(took) // 2], took[len(took) * 99 // 100], len(took)


def main(seconds: float) -> int:
    made, session, stations, arriving = _prepare(seconds)
    from django.db import connection  # noqa: PLC0415

    from dukcapil import processes  # noqa: PLC0415
    from tests.benchmarks.rows import web  # noqa: PLC0415

    server = web()
    try:
        clerks = _clerks(made, session, stations, arriving, seconds)
        for clerk in clerks:
            clerk.start()
        for clerk in clerks:
            clerk.join()
    finally:
        connection.close()
        processes.stop(server, signal.SIGTERM)
    seen: Counter[str] = sum((clerk.seen for clerk in clerks), Counter())
    for what, many in sorted(seen.items()):
        print(f"{many:6} {what}")
    every = _spread(clerks, "page", "step", "refresh", "poll")
    for kind in ("page", "step", "refresh", "poll"):
        half, most, many = _spread(clerks, kind)
        print(f"{many:6} {kind}: half within {half:.0f} ms, 99 of 100 within {most:.0f} ms")
    print(
        f"{every[2]} requests by {len(clerks)} browsers in {seconds:.0f} s; half within {every[0]:.0f} ms,"
        f" 99 of 100 within {every[1]:.0f} ms (goal {GOAL})"
    )
    bad = {
        "answers other than 200, and 204 for nothing new": sum(
            n
            for what, n in seen.items()
            if re.fullmatch(r"\S+ \d+", what) and not re.search(r" 200$|(refresh|poll) 204$", what)
        ),
        "errors": sum(n for what, n in seen.items() if what.startswith("error")),
        "records not saved": seen["log not saved"],
        f"99 of 100 not within {GOAL} ms": int(every[1] > GOAL),
        **_judge(session),
    }
    for what, many in bad.items():
        print(f"{what}: {many}")
    return 1 if any(bad.values()) else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 300))
