"""Thirty clerks at one event through HTTP: `make load`, five minutes; ends with what went wrong.

Ten stand at the door and let people in (half booked, half walk-ins), twenty call and log. Each
takes a second or two a person, as people do. Afterwards: no error, nobody doubled, numbers without
a gap, calls in the queue's order, and every rule of `verify_invariants` holds.
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
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

DOOR, SERVING = 10, 20
#: Seconds that a person takes at the door and at a table.
AT_DOOR, AT_TABLE = (0.5, 1.5), (1.0, 2.5)
PEOPLE = 3600
#: Calls within this many seconds of each other happened at once: neither came first.
AT_ONCE = 1.0


def _prepare() -> Any:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_database()
    for role in ("owner", "web", "worker"):
        os.environ[f"DATABASE_{role.upper()}_URL"] = engines.database_url(role)
    import django  # noqa: PLC0415

    django.setup()
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415
    from events.planning.services.sessions import set_stations  # noqa: PLC0415
    from registrations.booking.services.appointments import book  # noqa: PLC0415
    from tests import world  # noqa: PLC0415

    made = world.make_world()
    event = world.make_event(made)
    session = world.make_session(made, event, {"recording": PEOPLE, "ikd_activation": PEOPLE})
    by = made["operator"].actor
    arriving: queue.Queue[tuple[str, str]] = queue.Queue()
    with scoped(by.scope):
        stations = {"Meja rekam": ["recording"], "Meja IKD": ["ikd_activation"]}
        set_stations(by=by, event=event, stations=stations)
        for number in range(PEOPLE):
            person = world.make_resident(made, name=f"Warga {number}")
            if number % 2:
                arriving.put(("walk-in", str(person.pk)))
                continue
            wanted = ["recording", "ikd_activation"] if number % 4 else ["recording"]
            visit = book(by=by, session=session, resident=person, services=wanted)
            arriving.put(("check-in", str(visit.pk)))
    return made, session, list(event.stations.order_by("pk")), arriving


class Clerk(threading.Thread):
    """One browser with a keep-alive connection and a session of its own."""

    def __init__(self, port: int, cookie: str, csrf: str, path: str, until: float) -> None:
        super().__init__()
        self.port, self.path, self.until = port, path, until
        self.headers = {
            "Cookie": f"{cookie}; csrf={csrf}",
            "X-CSRFToken": csrf,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.seen: Counter[str] = Counter()
        self.took: list[float] = []

    def run(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
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
        start = time.perf_counter()
        self.line.request("POST", self.path, urlencode(fields), self.headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        self.took.append(time.perf_counter() - start)
        self.seen[f"{fields['do']} {answer.status}"] += 1
        if 'role="alert"' in text:
            refused = re.search(r'role="alert"[^>]*>([^<]*)', text)
            self.seen[f"{fields['do']} said: {refused[1].strip() if refused else '?'}"] += 1
        return text


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
        time.sleep(random.uniform(*AT_DOOR))
        return True


class Serving(Clerk):
    def __init__(self, service: str, *args: Any) -> None:
        super().__init__(*args)
        self.service = service

    def one(self) -> bool:
        text = self.send(do="call")
        found = re.search(
            r'name="do" value="log"><input type="hidden" name="resident" value="([^"]+)', text
        )
        if found is None:
            time.sleep(0.5)
            return True
        time.sleep(random.uniform(*AT_TABLE))
        failed = random.random() < 0.05
        outcome = {"outcome": "failed", "reason": "network"} if failed else {"outcome": "done"}
        once = re.search(r'name="once" value="([^"]+)', text)
        answer = self.send(
            do="log",
            resident=found[1],
            service=self.service,
            once=once[1] if once else "",
            **outcome,
        )
        if "panel saved" in answer:
            return True
        # No IKD for whom the recording failed: the clerk says so, and goes on.
        why = re.search(r"<li>(?:<a[^>]*>[^<]*</a>: )?([^<]+)</li>", answer)
        self.seen[f"log refused: {why[1].strip() if why else '?'}"] += 1
        once = re.search(r'name="once" value="([^"]+)', answer)
        answer = self.send(
            do="log",
            resident=found[1],
            service=self.service,
            once=once[1] if once else "",
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

    until = time.time() + seconds
    found: list[Clerk] = []
    for number in range(DOOR + SERVING):
        client = Client()
        client.force_login(User.objects.get(username="operator"))
        cookie = (
            f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        )
        station = stations[number % 3 == 0]
        path = f"/sesi/{session.pk}/meja/?station={station.pk}"
        common = (PORT, cookie, "x" * 32, path, until)
        found.append(
            Door(arriving, *common) if number < DOOR else Serving(station.services[0], *common)
        )
    return found


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


def main(seconds: float) -> int:
    made, session, stations, arriving = _prepare()
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
    took = sorted(one for clerk in clerks for one in clerk.took)
    for what, many in sorted(seen.items()):
        print(f"{many:6} {what}")
    print(
        f"{len(took)} requests by {len(clerks)} clerks in {seconds:.0f} s; half within"
        f" {1000 * took[len(took) // 2]:.0f} ms, 99 of 100 within {1000 * took[len(took) * 99 // 100]:.0f} ms"
    )
    bad = {
        "answers other than 200": sum(
            n for what, n in seen.items() if re.fullmatch(r"\S+ \d+", what) and " 200" not in what
        ),
        "errors": sum(n for what, n in seen.items() if what.startswith("error")),
        "records not saved": seen["log not saved"],
        **_judge(session),
    }
    for what, many in bad.items():
        print(f"{what}: {many}")
    return 1 if any(bad.values()) else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 300))
