"""What a device out of order, or working again, means for who is booked or waits."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Literal

from django.db.models import Q
from django.utils import timezone

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Actor, of_office, scoped
from dukcapil.core.db import service
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.resources import services as steps
from events.resources.models import Assignment, Device, DeviceFault, Loan, Team
from registrations.booking.services.waiting import promote


@service
def report_fault(
    *,
    by: Actor,
    device_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
    what: str = "",
    done: str = "",
) -> tuple[DeviceFault, bool]:
    """A device is out of order: sessions that it was to serve give away fewer places. Who has one keeps
    it. Returns the fault, and whether it is new: see `note_fault`.
    """
    return steps.note_fault(
        by=by, device_id=device_id, since=since, until=until, what=what, done=done
    )


@service
def change_fault(
    *,
    by: Actor,
    device_id: int,
    fault_id: uuid.UUID | None = None,
    since: datetime | None = None,
    until: datetime | Literal[False] | None = False,
    what: str | None = None,
    done: str | None = None,
    version: str | None = None,
) -> DeviceFault:
    """Its end, other hours, or words: see the step. Places that come back go to who waits for them."""
    fault = steps.change_fault(
        by=by,
        device_id=device_id,
        fault_id=fault_id,
        since=since,
        until=until,
        what=what,
        done=done,
        version=version,
    )
    used = Assignment.objects.filter(device=device_id).values("event")
    _move_up(by, Q(event__in=used))
    return fault


@service
def assign(
    *,
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    team: Team | None = None,
    device: Device | None = None,
    clerk: User | None = None,
    confirm: Collection[str] = (),
) -> Assignment:
    """As the step. A set that stands in for a broken one brings places back."""
    assignment = steps.assign(
        by=by,
        event=event,
        starts_at=starts_at,
        ends_at=ends_at,
        team=team,
        device=device,
        clerk=clerk,
        confirm=confirm,
    )
    if device is not None:
        _move_up(by, Q(event=event))
    return assignment


@service
def end_assignment(*, by: Actor, assignment: Assignment) -> None:
    """As the step: taking a broken set off an event that counts on no number of sets brings places back."""
    event, device = assignment.event_id, assignment.device_id
    steps.end_assignment(by=by, assignment=assignment)
    if device is not None:
        _move_up(by, Q(event=event))


@service
def answer_loan(
    *,
    by: Actor,
    loan: Loan,
    starts_at: datetime,
    ends_at: datetime,
    clerks: list[User],
    devices: list[Device],
    answer: str = "",
    confirm: Collection[str] = (),
) -> Loan:
    """As the step. A set that is lent brings places to the event of who asked."""
    answered = steps.answer_loan(
        by=by,
        loan=loan,
        starts_at=starts_at,
        ends_at=ends_at,
        clerks=clerks,
        devices=devices,
        answer=answer,
        confirm=confirm,
    )
    if devices:
        _move_up(by, Q(event=answered.event_id))
    return answered


def _move_up(by: Actor, which: Q) -> None:
    """At those to come. Of a lent set the lender says that it works, and sees nobody who waits: the list
    moves up in its own office's scope, by the same rule, and nobody is shown to them. Here and not by a
    job: the step holds the event, and a place has its booking in the transaction that brought it back.
    """
    ahead = ServiceSession.everything.filter(
        which, event__state=EventState.APPROVED, ends_at__gt=timezone.now()
    )
    for session in ahead.select_related("event__village").order_by("pk"):
        if by.covers(office := session.event.office_id):
            promote(by, session)
        else:
            with scoped(of_office(office)):
                promote(by, session)
