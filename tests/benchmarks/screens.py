"""What a clerk's browser asks, by CPU, beside Django's hello without middleware: polls, steps, queue, today.

make bench ROWS="screens"
"""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from dukcapil.accounts.scoping import scoped
from events.planning.services.sessions import set_stations
from registrations.booking.services.appointments import book
from tests import world
from tests.benchmarks import limits, said
from tests.benchmarks.cpu import Cost, at_most, cost, server, spent, told
from tests.benchmarks.pages import session_cookie
from tests.benchmarks.rows import PORT, forever

#: People of the queue that is looked at, and people who are served at the desk.
BOOKED, SERVED = 60, 60
#: Seconds of each load, and how many ask at once.
SECONDS, CLIENTS = 4, 2


def screens(made: world.World) -> Iterator[dict[str, Any]]:
    cookie = "=".join(session_cookie("operator"))
    session, _event = _queue(made)
    path = f"/sesi/{session.pk}/"
    with limits.django() as port:
        limits.hello(port, 8, seconds=1)
        before = limits.hello(port, 64, seconds=SECONDS).whole
        found = (
            ("poll with nothing new (204)", _poll(path, cookie), 30),
            ("desk step", _steps(made, cookie), 100),
            ("queue page of 60", _page(path, cookie), 130),
            ("today's work of an office", _page("/hari-ini/", cookie), 100),
        )
        after = limits.hello(port, 64, seconds=SECONDS).whole
    for name, one, goal in found:
        yield told(name, one)
        yield at_most(f"{name} / Django hello", one.whole, (before + after) / 2, goal)


def _queue(made: world.World) -> tuple[Any, Any]:
    event = world.make_event(made)
    session = world.make_session(made, event, {"recording": BOOKED + SERVED + 10})
    by = made["operator"].actor
    with scoped(by.scope):
        for _n in range(BOOKED):
            person = world.make_resident(made)
            book(by=by, session=session, resident=person, services=["recording"])
    return session, event


def _request(path: str, cookie: str, **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n{more}\r\n".encode()


def _page(path: str, cookie: str) -> Cost:
    call = _request(path, cookie)
    cost(itertools.repeat(call, 16), CLIENTS, expect=200)
    return cost(forever(call), CLIENTS, SECONDS, expect=200)


def _poll(path: str, cookie: str) -> Cost:
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    line.request("GET", path, headers={"Cookie": cookie})
    seen = said.seen(line.getresponse().read().decode())
    line.close()
    assert seen
    call = _request(path, cookie, HX_Request="true", HX_Target="live", X_Seen=seen)
    cost(itertools.repeat(call, 16), CLIENTS, expect=204)
    return cost(forever(call), CLIENTS, SECONDS, expect=204)


def _steps(made: world.World, cookie: str) -> Cost:
    """One clerk: somebody comes without a booking, is called, and is logged; a third each."""
    session, event = _queue(made)
    by = made["operator"].actor
    with scoped(by.scope):
        set_stations(by=by, event=event, stations={"Meja rekam": ["recording"]})
        people = [str(world.make_resident(made).pk) for _n in range(SERVED + 2)]
    desk = _Desk(f"/sesi/{session.pk}/meja/?station={event.stations.get().pk}", cookie)
    for one in people[SERVED:]:
        desk.serve(one)
    web, postgres = spent(server(), lambda: [desk.serve(one) for one in people[:SERVED]])
    steps = 3 * SERVED
    return Cost(web / steps, postgres / steps, 0, {200: steps})


class _Desk:
    def __init__(self, path: str, cookie: str) -> None:
        csrf = "x" * 32
        self.path = path
        self.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self.headers = {
            "Cookie": f"{cookie}; csrf={csrf}",
            "X-CSRFToken": csrf,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def _step(self, **fields: str) -> str:
        self.line.request("POST", self.path, urlencode(fields), self.headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, (answer.status, text[:500])
        assert 'role="alert"' not in text, text
        return text

    def serve(self, person: str) -> None:
        self._step(do="walk-in", resident=person, services="recording")
        text = self._step(do="call")
        called = said.called(text)
        assert called, text
        text = self._step(
            do="log",
            resident=called,
            service="recording",
            outcome="done",
            once=said.once(text),
        )
        assert "panel saved" in text, text
