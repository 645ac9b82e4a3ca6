"""Booking: one by one, and by many at once with a control that shows the danger is real."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError
from events.planning.models.session import Seat, ServiceSession
from events.planning.services.events import plan_event
from registrations.booking.models.appointment import Appointment
from registrations.booking.services import seats
from registrations.booking.services.appointments import book, cancel_appointment, check_in
from registrations.lifecycle.services.events import cancel_event, close_event
from registrations.lifecycle.services.sessions import change_session
from registrations.people.models import Resident
from tests.engines import LONG
from tests.world import (
    CLOSING,
    World,
    make_event,
    make_many,
    make_resident,
    make_session,
    record,
)

#: As many as thirty clerks and their queue with LONG; some more than there are places are enough for a place too many.
CLIENTS = 64 if LONG else 24
PLACES = 10


def free(session: ServiceSession, service: str = "recording") -> int:
    return Seat.objects.filter(session=session, service=service, holder__isnull=True).count()


def book_as(
    made: World, session: ServiceSession, resident: Resident, *services: str
) -> Appointment:
    by = made["operator"].actor
    with scoped(by.scope):
        return book(by=by, session=session, resident=resident, services=list(services))


def test_all_places_of_a_visit_or_none(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 5, "ikd_activation": 1})
    book_as(made, session, make_resident(made), "recording", "ikd_activation")
    with pytest.raises(Conflict) as refused:
        book_as(made, session, make_resident(made), "recording", "ikd_activation")
    assert refused.value.code == "session-full"
    assert (free(session), free(session, "ikd_activation")) == (4, 0)
    with scoped(EVERYBODY):
        assert Appointment.objects.count() == 1


def test_nobody_is_booked_twice_for_a_service(made: World) -> None:
    event = make_event(made)
    resident = make_resident(made)
    first = book_as(made, make_session(made, event), resident, "recording")
    with pytest.raises(Conflict) as refused:
        book_as(made, make_session(made, event), resident, "recording")
    assert refused.value.code == "already-booked"
    by = made["operator"].actor
    with scoped(by.scope):
        cancel_appointment(by=by, appointment=first)
        cancel_appointment(by=by, appointment=first)
    book_as(made, make_session(made, event), resident, "recording")


def test_a_missed_booking_keeps_nobody_from_the_next(made: World) -> None:
    resident = make_resident(made)
    event = make_event(made)
    past = make_session(made, event)
    first = book_as(made, past, resident, "recording")
    moment = timezone.now() - timedelta(hours=1)
    ServiceSession.everything.filter(pk=past.pk).update(
        starts_at=moment - timedelta(hours=1), ends_at=moment
    )
    book_as(made, make_session(made, event), resident, "recording")
    with scoped(EVERYBODY):
        assert Appointment.objects.get(pk=first.pk).state == "no_show"
    assert free(past) == 10


def test_lowering_capacity_takes_free_places_only(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 3})
    book_as(made, session, make_resident(made), "recording")
    by = made["operator"].actor
    with scoped(by.scope):
        with pytest.raises(Conflict) as refused:
            change_session(by=by, session=session, capacity={"recording": 0})
        assert refused.value.code == "capacity-below-booked"
        change_session(by=by, session=session, capacity={"recording": 1})
        change_session(by=by, session=session, capacity={"recording": 2})
    assert free(session) == 1


def test_served_means_used_up_and_closing_releases_the_rest(made: World) -> None:
    event = make_event(made)
    session = make_session(made, event, {"recording": 3})
    served, missing = make_resident(made), make_resident(made)
    one = book_as(made, session, served, "recording")
    two = book_as(made, session, missing, "recording")
    by = made["operator"].actor
    with scoped(by.scope):
        check_in(by=by, appointment=one)
    record(made, served, session=session.pk)
    head = made["head"].actor
    with scoped(head.scope):
        close_event(by=head, event=event, confirm=CLOSING)
        states = {row.pk: row.state for row in Appointment.objects.all()}
    assert states == {one.pk: "served", two.pk: "no_show"}
    assert free(session) == 2


def test_cancelling_an_event_frees_everybody(made: World) -> None:
    event = make_event(made)
    resident = make_resident(made)
    book_as(made, make_session(made, event), resident, "recording")
    by = made["operator"].actor
    with scoped(by.scope):
        cancel_event(by=by, event=event, reason="Banjir")
    book_as(made, make_session(made, make_event(made)), resident, "recording")


def test_only_approved_events_take_bookings(made: World) -> None:
    by = made["operator"].actor
    event = make_event(made)
    session = make_session(made, event)
    with scoped(by.scope):
        cancel_event(by=by, event=event, reason="Banjir")
        draft = plan_event(
            by=by,
            title="Konsep",
            kind="gebyar",
            office=event.office,
            village=event.village,
            place="Aula",
            starts_on=event.starts_on,
            ends_on=event.ends_on,
            services=["recording"],
        )
    for closed in (session, make_session(made, draft, {"recording": 1})):
        with pytest.raises(DomainError) as refused:
            book_as(made, closed, make_resident(made), "recording")
        assert refused.value.code == "event-state"


def test_a_taken_place_cannot_be_given_away_in_sql(made: World) -> None:
    session = make_session(made, make_event(made), {"recording": 1})
    first = book_as(made, session, make_resident(made), "recording")
    other = book_as(made, make_session(made, make_event(made)), make_resident(made), "recording")
    with pytest.raises(Exception, match="place is taken"), connection.cursor() as cursor:
        cursor.execute("UPDATE events_seat SET holder = %s WHERE holder = %s", [other.pk, first.pk])


# --- many at once ---------------------------------------------------------------------------------


def rush(work: Any, residents: list[Resident]) -> tuple[int, list[str]]:
    """Every client books at the same moment; returns how many got a place and the refusals."""
    gate = threading.Barrier(len(residents))
    done: list[int] = []
    refusals: list[str] = []

    def client(resident: Resident) -> None:
        try:
            gate.wait()
            work(resident)
            done.append(1)
        except DomainError as error:
            refusals.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=[resident]) for resident in residents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), refusals


def test_many_clients_get_10_places_and_not_one_more(kept: World) -> None:
    session = make_session(kept, make_event(kept), {"recording": PLACES})
    residents = make_many(kept, ["Contoh Warga"] * CLIENTS)
    by = kept["operator"].actor

    def work(resident: Resident) -> None:
        with scoped(by.scope):
            book(by=by, session=session, resident=resident, services=["recording"])

    booked, refusals = rush(work, residents)
    assert (booked, len(refusals), set(refusals)) == (PLACES, CLIENTS - PLACES, {"session-full"})
    with scoped(EVERYBODY):
        numbers = rows("SELECT number FROM registrations_appointmentservice ORDER BY number")
    assert [row[0] for row in numbers] == list(range(1, PLACES + 1))


def test_the_same_rush_overbooks_without_the_seat_rule(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same verb, but asking first whether a place is free and then taking one."""
    session = make_session(kept, make_event(kept), {"recording": PLACES})
    # Few: who is not kept apart waits for everybody else, which costs ten times as much.
    residents = make_many(kept, ["Contoh Warga"] * (2 * PLACES))
    by: Actor = kept["operator"].actor

    def check_then_take(session_id: Any, *_others: Any) -> seats.TakenSeat:
        taken = Appointment.objects.filter(session_id=session_id, state="booked").count()
        if taken >= PLACES:
            raise seats.session_full()
        return seats.TakenSeat(taken + 1, PLACES)

    monkeypatch.setattr(seats, "take", check_then_take)

    def work(resident: Resident) -> None:
        with scoped(by.scope):
            book(by=by, session=session, resident=resident, services=["recording"])

    booked, _refusals = rush(work, residents)
    assert booked > PLACES
