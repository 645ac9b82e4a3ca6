"""Whoever may give places away holds the list before a booking (docs/adr/0021), whichever verb it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.locks import Lock, hold
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.readers import Line
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    move_appointment,
    release_no_shows,
)
from registrations.booking.services.group_changes import cancel_group, move_group
from registrations.booking.services.groups import book_group
from registrations.booking.services.persons import not_coming
from registrations.booking.services.waiting import wait
from registrations.lifecycle.services.events import cancel_event
from tests.threads import at_once, deadlocks, until_one_waits
from tests.world import World, make_event, make_resident, make_session

Verb = Callable[[Actor, Appointment, Any], Any]
VERBS: dict[str, Verb] = {
    "cancel": lambda by, visit, _there: cancel_appointment(by=by, appointment=visit),
    "move": lambda by, visit, there: move_appointment(by=by, appointment=visit, session=there),
    "no shows": lambda by, visit, _there: release_no_shows(
        by=by, session=visit.session, until=visit.session.ends_at
    ),
    "cancel group": lambda by, visit, _there: cancel_group(
        by=by, group=VisitGroup.objects.get(pk=visit.group_id), reason="Sekolah libur"
    ),
    "not coming": lambda by, visit, _there: not_coming(by, visit.resident),
}


def _in(by: Actor, verb: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with scoped(by.scope), transaction.atomic():
            return verb()

    return run


@pytest.mark.parametrize("name", VERBS)
def test_a_group_that_moves_and_whoever_ends_a_visit_of_it(kept: World, name: str) -> None:
    by = kept["head"].actor
    session, there, other = (
        make_session(kept, make_event(kept), {"recording": 9}) for _n in range(3)
    )
    people = [make_resident(kept, name=one) for one in ("Ani Pindah", "Budi Pindah")]
    lines = [
        Line(row, "", name=one.identity.name, born=one.birth_date)
        for row, one in enumerate(people, 2)
    ]
    with scoped(by.scope):
        group = book_group(
            by=by, session=session, name="XII IPA 1", services=["recording"], lines=lines
        ).group
        visit = Appointment.objects.select_related("session__event", "resident").get(
            session=session, resident=people[0]
        )
    before, stands, goes = deadlocks(), threading.Event(), threading.Event()

    def holds_the_list() -> None:
        with transaction.atomic():
            hold(Lock.WAITING_LIST, session.pk)
            stands.set()
            until_one_waits()
            goes.set()
            threading.Event().wait(0.5)

    def moves() -> Any:
        stands.wait(10)
        return move_group(by=by, group=group, session=there)

    def ends() -> Any:
        goes.wait(10)
        return VERBS[name](by, visit, other)

    found = at_once(holds_the_list, _in(by, moves), _in(by, ends))
    assert deadlocks() == before, found


def test_an_event_that_ends_and_a_visit_that_is_cancelled(kept: World) -> None:
    by = kept["head"].actor
    event = make_event(kept)
    session = make_session(kept, event, {"recording": 1})
    first, second = (make_resident(kept) for _n in range(2))
    with scoped(by.scope):
        visit = book(by=by, session=session, resident=first, services=["recording"])
        entry = wait(by=by, session=session, resident=second, services=["recording"])
    before, stands = deadlocks(), threading.Event()
    ending = threading.Event()

    def holds_who_waits() -> None:
        with transaction.atomic():
            Waiting.objects.select_for_update(of=("self",)).get(pk=entry.pk)
            stands.set()
            until_one_waits()
            ending.set()
            threading.Event().wait(0.5)

    def ends() -> Any:
        stands.wait(10)
        return cancel_event(by=by, event=event, reason="Gedung dipakai").state

    def cancels() -> Any:
        ending.wait(10)
        return cancel_appointment(by=by, appointment=visit).state

    found = at_once(_in(by, holds_who_waits), _in(by, ends), _in(by, cancels))
    assert deadlocks() == before, found
