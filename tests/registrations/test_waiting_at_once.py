"""Places that are given to whoever waits while the desk takes others: one order of locks (docs/adr/0021)."""

from __future__ import annotations

import threading
from typing import Any

from django.db import transaction

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict
from dukcapil.core.locks import Lock, hold
from registrations.booking.enums import WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    walk_in,
)
from registrations.booking.services.waiting import wait
from tests.threads import at_once, deadlocks
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
