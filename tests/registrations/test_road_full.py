"""Of a session that was full a moment ago the short road asks first whether it still is: in one message
that holds nobody. What it finds is judged as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.road import long_ways
from events.planning.models.session import ServiceSession
from registrations.booking.services import road
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.lifecycle.services.events import cancel_event
from tests.registrations.test_short_road import send
from tests.roads import as_web_seen_by_superuser, both
from tests.world import AGAM, Answer, World, make_event, make_resident, make_session


@pytest.fixture
def seen(kept: World) -> Iterator[World]:
    with as_web_seen_by_superuser():
        yield kept


class Full:
    """A session with one place, which somebody has, and which was asked for once more."""

    def __init__(self, made: World) -> None:
        self.made = made
        self.event = make_event(made)
        self.session = make_session(made, self.event, {"recording": 1})
        self.person = make_resident(made)
        by = made["operator"].actor
        with scoped(by.scope):
            who = make_resident(made)
            self.visit = book(by=by, session=self.session, resident=who, services=["recording"])
        assert self.ask()().status == 409

    def ask(self, caller: str = "operator", person: Any = None, **odd: str) -> Callable[[], Answer]:
        body = {
            "session": str(self.session.pk),
            "resident": str(person or self.person.pk),
            "services": ["recording"],
        }
        return send(self.made[caller], "POST", "appointments/", body, odd)


def freed(full: Full) -> int:
    by = full.made["operator"].actor
    with scoped(by.scope):
        cancel_appointment(by=by, appointment=full.visit)
    return 201


def cancelled(full: Full) -> int:
    by = full.made["operator"].actor
    with scoped(by.scope):
        cancel_event(by=by, event=full.event, reason="Banjir")
    return 409


def over(full: Full) -> int:
    moment = timezone.now() - timedelta(hours=1)
    ServiceSession.everything.filter(pk=full.session.pk).update(
        starts_at=moment - timedelta(minutes=1), ends_at=moment
    )
    return 409


def of_another_office(full: Full) -> int:
    full.person = make_resident(full.made, AGAM)
    return 404


@pytest.mark.parametrize("change", [freed, cancelled, over, of_another_office, lambda _full: 409])
def test_both_ways_say_the_same_of_it(seen: World, change: Callable[[Full], int]) -> None:
    with transaction.atomic():
        full = Full(seen)
        status = change(full)
        assert both(full.ask()).status == status
        transaction.set_rollback(True)


@pytest.mark.parametrize("caller", ["neighbour", "api_client", "village_verifier", "anonymous"])
def test_whoever_asks(seen: World, caller: str) -> None:
    with transaction.atomic():
        full = Full(seen)
        assert both(full.ask(caller)).status in (401, 403, 404, 409)
        transaction.set_rollback(True)


def test_it_is_one_message_and_holds_nobody(kept: World) -> None:
    full = Full(kept)
    with CaptureQueriesContext(connection) as captured:
        assert full.ask()().status == 409
    [asked] = [query["sql"] for query in captured]
    assert asked.startswith("EXECUTE road_enter")
    assert "road_hold" not in asked
    assert freed(full) == full.ask()().status
    assert not road.was_full(road.Wanted(str(full.session.pk), "", []))
    assert dict(long_ways()) == {}


def test_what_is_remembered_of_sessions_is_bounded(kept: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(road, "_MOST", 2)
    road._were_full.clear()
    scenes = [Full(kept) for _n in range(3)]
    known = [road.was_full(road.Wanted(str(one.session.pk), "", [])) for one in scenes]
    assert known == [False, False, True]
