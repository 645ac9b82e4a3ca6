"""Places that are given to whoever waits while the desk takes others: one order of locks (docs/adr/0021)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict
from dukcapil.core.locks import Lock, hold
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    move_appointment,
    walk_in,
)
from registrations.booking.services.waiting import wait
from registrations.people.models import Resident
from tests.threads import at_once, deadlocks, until_so_many_wait
from tests.world import World, make_event, make_resident, make_session

_WAITING_FOR = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = %s"


def until_waits_for(kind: str) -> None:
    """Until somebody waits for a lock of this kind."""
    gate = threading.Event()
    for _n in range(500):
        if rows(_WAITING_FOR, [kind])[0][0]:
            return
        gate.wait(0.02)
    raise AssertionError("nobody waits")


def test_who_was_cancelled_and_comes_all_the_same_meets_whoever_moves_up(kept: World) -> None:
    """The visit's places go to two who wait, while its person takes the last one at the desk: the desk held it and
    waited for the visit, the list held the visit and waited for the place.
    """
    by = kept["operator"].actor
    event = make_event(kept, services=["recording", "family_card", "ikd_activation"])
    capacity = {"recording": 2, "family_card": 1, "ikd_activation": 1}
    session = make_session(kept, event, capacity)
    leaves, first, second = (make_resident(kept) for _n in range(3))
    with scoped(by.scope):
        visit = book(by=by, session=session, resident=leaves, services=list(capacity))
        wait(by=by, session=session, resident=first, services=["ikd_activation", "recording"])
        wait(by=by, session=session, resident=second, services=["family_card", "recording"])
    before, held_back, waits = deadlocks(), threading.Event(), threading.Event()

    def holds_the_list() -> None:
        """So that the desk comes in between."""
        with transaction.atomic():
            hold(Lock.WAITING_LIST, session.pk)
            held_back.set()
            waits.wait(10)
            until_desk_answered.wait(3)

    until_desk_answered = threading.Event()

    def cancels() -> Any:
        held_back.wait(10)
        with scoped(by.scope):
            return cancel_appointment(by=by, appointment=visit).state

    def comes() -> Any:
        held_back.wait(10)
        until_waits_for("advisory")
        waits.set()
        try:
            with scoped(by.scope):
                return walk_in(by=by, session=session, resident=leaves, services=["recording"])
        finally:
            until_desk_answered.set()

    _held, cancelled, came = at_once(holds_the_list, cancels, comes)
    assert deadlocks() == before
    assert cancelled == "cancelled"
    assert isinstance(came, Conflict), came
    assert came.code == "already-booked"
    with scoped(EVERYBODY):
        moved = Appointment.objects.filter(session=session, state="booked")
        assert {one.resident_id for one in moved} == {first.pk, second.pk}
        assert not Waiting.objects.filter(session=session, state=WaitState.WAITING).exists()


def _moved_and_walks_in(
    by: Actor, visit: Appointment, there: ServiceSession, held: dict[str, Any]
) -> tuple[Any, Any]:
    """Somebody holds these places until the desk waits, and behind it the move. What desk and move were told."""
    before, stands, comes_first = deadlocks(), threading.Event(), threading.Event()

    def holds() -> None:
        with scoped(EVERYBODY), transaction.atomic():
            list(Seat.objects.select_for_update().filter(**held))
            stands.set()
            until_so_many_wait(1)
            comes_first.set()
            until_so_many_wait(2)

    def comes() -> Any:
        stands.wait(10)
        with scoped(by.scope):
            return walk_in(by=by, session=there, resident=visit.resident, services=["recording"])

    def moves() -> Any:
        comes_first.wait(10)
        with scoped(by.scope):
            return move_appointment(by=by, appointment=visit, session=there)

    _held, came, moved = at_once(holds, comes, moves)
    assert deadlocks() == before, (came, moved)
    return came, moved


def test_who_is_moved_to_a_session_and_walks_in_there_meanwhile(kept: World) -> None:
    """The desk held the last place and waited for the visit, which the move had ended before it asked for a place."""
    by = kept["operator"].actor
    session, there = (
        make_session(kept, make_event(kept), {"recording": places}) for places in (2, 1)
    )
    person = make_resident(kept)
    with scoped(by.scope):
        visit = book(by=by, session=session, resident=person, services=["recording"])
    came, moved = _moved_and_walks_in(by, visit, there, {"session": there, "holder": None})
    _is_there_once(person, there)
    assert isinstance(came, Conflict), came
    assert came.code == "already-booked"
    assert moved.session_id == there.pk


def test_whose_visit_was_missed_is_moved_and_walks_in_there_meanwhile(kept: World) -> None:
    """The desk ends the missed visit before it takes a place; the move held the places before the visit."""
    by = kept["operator"].actor
    event = make_event(kept, services=["recording", "ikd_activation"])
    missed = make_session(kept, make_event(kept), {"recording": 1})
    there = make_session(kept, event, {"recording": 1, "ikd_activation": 0})
    person, other = make_resident(kept), make_resident(kept)
    with scoped(by.scope):
        visit = book(by=by, session=missed, resident=person, services=["recording"])
        wait(by=by, session=there, resident=other, services=["ikd_activation", "recording"])
    now = timezone.now()
    with scoped(EVERYBODY):
        ServiceSession.objects.filter(pk=missed.pk).update(
            starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1)
        )
    came, moved = _moved_and_walks_in(by, visit, there, {"session": missed})
    _is_there_once(person, there)
    assert came.session_id == there.pk
    assert isinstance(moved, Conflict), moved
    assert moved.code == "appointment-state"


def _is_there_once(person: Resident, session: ServiceSession) -> None:
    with scoped(EVERYBODY):
        open_ = Appointment.objects.filter(resident=person, state__in=AppointmentState.active())
        assert [one.session_id for one in open_] == [session.pk]
        assert Seat.objects.filter(session=session, holder__isnull=False).count() == 1
