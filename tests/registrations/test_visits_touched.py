"""Lists are told of a visit when one for a recording begins or ends, and of nothing that happens between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import rows
from events.planning.services.sessions import set_stations
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, cancel_appointment, check_in, walk_in
from registrations.booking.services.queue import call_next, put_back, serve_here
from registrations.missing.models import RollTouched
from tests import world
from tests.world import World

BOTH = {"recording": 5, "ikd_activation": 5}


@pytest.fixture
def hall(made: World) -> Any:
    event = world.make_event(made)
    session = world.make_session(made, event, BOTH)
    by = made["operator"].actor
    with scoped(by.scope):
        set_stations(by=by, event=event, stations={"Meja rekam": ["recording"]})
    return by, session, event.stations.get()


def _told(verb: Callable[..., Any], **fields: Any) -> tuple[Any, list[Any]]:
    before = RollTouched.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    found = verb(**fields)
    return found, list(RollTouched.objects.filter(pk__gt=before).values_list("resident", flat=True))


def test_a_visit_is_told_of_when_it_begins_and_ends(made: World, hall: Any) -> None:
    by, session, station = hall
    one, two = world.make_resident(made), world.make_resident(made)
    with scoped(by.scope):
        visit, told = _told(book, by=by, session=session, resident=one, services=["recording"])
        assert told == [one.pk]
        assert _told(check_in, by=by, appointment=visit)[1] == []
        called, told = _told(call_next, by=by, session=session, station=station)
        assert (called.pk, told) == (visit.pk, [])
        assert _told(put_back, by=by, appointment=visit)[1] == []
        assert _told(serve_here, by=by, appointment=visit, station=station)[1] == []
        assert _told(cancel_appointment, by=by, appointment=visit)[1] == [one.pk]
        again, told = _told(walk_in, by=by, session=session, resident=two, services=["recording"])
        assert told == [two.pk]
        # Whose visit it is now, and whose it was.
        told = _told(Appointment.objects.filter(pk=again.pk).update, resident=one)[1]
        assert set(told) == {one.pk, two.pk}


def test_of_other_services_a_list_asks_nothing(made: World, hall: Any) -> None:
    by, session, _station = hall
    person = world.make_resident(made)
    world.record(made, person)
    with scoped(by.scope):
        visit, told = _told(
            book, by=by, session=session, resident=person, services=["ikd_activation"]
        )
        assert told == []
        assert _told(cancel_appointment, by=by, appointment=visit)[1] == []
        more = _told(Appointment.objects.filter(pk=visit.pk).update, services=["recording"])
        assert more[1] == []  # it is over


@pytest.mark.django_db
def test_no_index_of_visits_holds_what_a_step_at_a_desk_changes() -> None:
    """Else each of them learns of every call. An index of pages, as of stations, need not."""
    held = {
        column
        for [column] in rows(
            "SELECT held.attname FROM pg_index one JOIN pg_class named ON named.oid = one.indexrelid"
            " JOIN pg_am kind ON kind.oid = named.relam AND kind.amname <> 'brin'"
            " JOIN pg_attribute held ON held.attrelid = one.indexrelid"
            " WHERE one.indrelid = 'registrations_appointment'::regclass"
        )
    }
    assert "session_id" in held
    assert not held & {"state", "station_id", "called_at", "ended_at", "skips", "priority"}
