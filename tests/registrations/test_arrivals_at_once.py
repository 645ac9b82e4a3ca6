"""Who comes to one session at the same moment: numbers without a gap, and nobody comes twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import transaction

from dukcapil.accounts.scoping import scoped
from dukcapil.core.errors import Conflict
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, cancel_appointment, walk_in
from registrations.booking.services.visits import lock_appointment
from registrations.ledger.services.ledger import log_service
from registrations.people.models import Resident
from tests.threads import at_once, deadlocks, until_one_waits
from tests.world import World, entry, make_event, make_resident, make_session


def comes(made: World, session: ServiceSession, person: Resident) -> Callable[[], Any]:
    by = made["operator"].actor

    def run() -> Any:
        with scoped(by.scope):
            return walk_in(by=by, session=session, resident=person, services=["recording"])

    return run


def numbers(made: World) -> list[int | None]:
    with scoped(made["operator"].actor.scope):
        return list(
            Appointment.objects.order_by("queue_number").values_list("queue_number", flat=True)
        )


def test_who_waits_for_a_number_gets_the_one_after_it(kept: World) -> None:
    session = make_session(kept, make_event(kept), {"recording": 9})
    written, go = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            comes(kept, session, make_resident(kept))()
            written.set()
            go.wait(10)

    def second() -> int | None:
        person = make_resident(kept)
        written.wait(10)
        number: int | None = comes(kept, session, person)().queue_number
        return number

    def watch() -> None:
        written.wait(10)
        try:
            until_one_waits()
        finally:
            go.set()

    assert at_once(first, second, watch) == [None, 2, None]
    assert numbers(kept) == [1, 2]


def test_many_at_once_and_each_of_them_twice(kept: World) -> None:
    session = make_session(kept, make_event(kept), {"recording": 9})
    people = [make_resident(kept) for _n in range(3)]
    before = deadlocks()
    found = at_once(*[comes(kept, session, person) for person in people * 2])
    came = [one for one in found if isinstance(one, Appointment)]
    refused = [one.code for one in found if isinstance(one, Conflict)]
    assert [len(came), refused] == [3, ["already-booked"] * 3]
    assert numbers(kept) == [1, 2, 3]
    with scoped(kept["operator"].actor.scope):
        assert Seat.objects.filter(session=session, holder__isnull=False).count() == 3
    assert deadlocks() == before


def test_a_desk_that_logs_and_one_that_ends_the_visit_wait_for_each_other_in_one_order(
    kept: World,
) -> None:
    """Both hold the visit first, and its places after it."""
    session, person = make_session(kept, make_event(kept), {"recording": 9}), make_resident(kept)
    visit, by = comes(kept, session, person)(), kept["operator"].actor
    holds, before = threading.Event(), deadlocks()

    def ends() -> Any:
        with scoped(by.scope), transaction.atomic():
            lock_appointment(by, visit)
            holds.set()
            until_one_waits()
            return cancel_appointment(by=by, appointment=visit).state

    def logs() -> Any:
        holds.wait(10)
        with scoped(by.scope):
            return log_service(by=by, entry=entry(person, "recording", session=session.pk))[1]

    assert at_once(ends, logs) == ["cancelled", True]
    assert deadlocks() == before


def test_who_is_being_booked_elsewhere_holds_up_nobody_else_of_the_hall(kept: World) -> None:
    """A class list may take seconds, and one of its pupils walks in."""
    event = make_event(kept)
    here, there = (make_session(kept, event, {"recording": 9}) for _n in range(2))
    pupil, other, by = make_resident(kept), make_resident(kept), kept["operator"].actor
    booked, go = threading.Event(), threading.Event()

    def elsewhere() -> bool:
        with scoped(by.scope), transaction.atomic():
            book(by=by, session=there, resident=pupil, services=["recording"])
            booked.set()
            return go.wait(10)

    def walks_in() -> Any:
        booked.wait(10)
        return comes(kept, here, pupil)()

    def comes_meanwhile() -> Any:
        booked.wait(10)
        until_one_waits()
        try:
            return comes(kept, here, other)().queue_number
        finally:
            go.set()

    in_time, refused, number = at_once(elsewhere, walks_in, comes_meanwhile)
    assert (in_time, refused.code, number) == (True, "already-booked", 1)
