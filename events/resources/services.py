"""Teams, devices and clerks at events, and loans between offices. The database refuses to use one of
them twice at a time; here the message names the event that has it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import User
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Asks, Conflict, Invalid, NotFound
from dukcapil.core.versions import require_seen
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.services.own import hold_event, lock_event
from events.points.models import Point
from events.resources.enums import DeviceKind, LoanState
from events.resources.models import Assignment, Device, DeviceFault, Loan, Team, TeamMember
from events.resources.selectors import (
    FAULT_WORDS,
    busy_elsewhere,
    fault_parts,
    faults_of,
    faulty_between,
    get_device_or_404,
    team_parts,
)
from events.resources.validators import leave_time_to_vote

#: An assignment may begin so long before the event and end so long after it, for travel and setting
#: up. Not longer: while it lasts, a lent clerk sees the event's people.
AROUND_EVENT = timedelta(days=1)
#: What is asked about a device that is out of order.
FAULTY = "device-faulty"
#: A moment so little ahead is now, by another clock.
A_CLOCK_MAY_BE_FAST = timedelta(minutes=5)
#: Letters of what is noted of a fault.
LONGEST_WORDS = 500


@service
def make_team(
    *, by: Actor, office: Region, name: str, clerks: list[User], version: str | None = None
) -> Team:
    """A team of the own office, or the same team with other members. `version`: of the members of that
    team that were shown (`team_parts`).
    """
    require(by, Permission.EVENTS_PLAN)
    if by.office != office.pk:
        raise NotFound
    team, _new = Team.objects.get_or_create(office=office, name=name.strip())
    Team.objects.select_for_update().get(pk=team.pk)
    members = team.members.values_list("clerk_id", flat=True)
    require_seen(version, team_parts(members), {"members": _("Members")})
    TeamMember.objects.filter(team=team).exclude(clerk__in=clerks).delete()
    for clerk in clerks:
        TeamMember.objects.get_or_create(team=team, clerk=clerk)
    return team


@service
def add_device(
    *,
    by: Actor,
    office: Region,
    label: str,
    kind: str,
    model: str = "",
    point: Point | None = None,
) -> Device:
    require(by, Permission.EVENTS_PLAN)
    if by.office != office.pk:
        raise NotFound
    if kind not in DeviceKind:
        raise Invalid("device-kind", _("Choose a kind of device."), field="kind")
    return Device.objects.create(
        office=office, label=label.strip(), kind=kind, model=model.strip(), point=point
    )


@service
def change_device(
    *,
    by: Actor,
    device_id: int,
    label: str | None = None,
    model: str | None = None,
    point: Point | Literal[False] | None = False,
) -> Device:
    """Its name, make and where it stands; what is not given stays."""
    require(by, Permission.EVENTS_PLAN)
    device = Device.objects.select_for_update().filter(pk=device_id).first()
    if device is None or by.office != device.office_id:
        raise NotFound
    if label is not None:
        device.label = label.strip()
    if model is not None:
        device.model = model.strip()
    if point is not False:
        device.point = point
    device.save(update_fields=["label", "model", "point"])
    return device


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
    """Send a team, a device or a clerk to an event.

    A team brings its members. Raises Conflict naming the event that has them at that time, Invalid
    when nobody could vote on election day. Asks `device-faulty` about one that is out of order then.
    """
    require(by, Permission.EVENTS_PLAN)
    # Places of its sessions follow the recording sets: one at a time, as with bookings.
    event = lock_event(by, event.pk)
    if not event.is_ahead:
        raise Conflict("event-over", _("The event is closed or cancelled."))
    if device is not None and FAULTY not in confirm:
        _ask_about_faults([device], starts_at, ends_at, field="what")
    assignment = _assign(by, event, starts_at, ends_at, team=team, device=device, clerk=clerk)
    if team is not None:
        for member in team.members.select_related("clerk"):
            _assign(by, event, starts_at, ends_at, clerk=member.clerk)
    return assignment


def _assign(
    by: Actor,
    event: ServiceEvent,
    starts_at: datetime,
    ends_at: datetime,
    loan: Loan | None = None,
    *,
    team: Team | None = None,
    device: Device | None = None,
    clerk: User | None = None,
) -> Assignment:
    if ends_at <= starts_at:
        raise Invalid("assignment-times", _("It ends after it starts."), field="ends")
    zone = ZoneInfo(event.village.timezone)
    first = datetime.combine(event.starts_on, time(), zone) - AROUND_EVENT
    last = datetime.combine(event.ends_on, time(), zone) + timedelta(1) + AROUND_EVENT
    if not first <= starts_at < ends_at <= last:
        raise Invalid(
            "assignment-days",
            _("The hours lie within the event's days, one day more on each side."),
            field="ends",
        )
    if clerk is not None:
        leave_time_to_vote(event, starts_at, ends_at)
    if elsewhere := busy_elsewhere(starts_at, ends_at, team=team, device=device, clerk=clerk):
        raise Conflict(
            "busy",
            _("%(what)s is at %(title)s at that time (%(office)s).")
            % {
                "what": elsewhere.label,
                "title": elsewhere.event.title,
                "office": elsewhere.event.office.name,
            },
        )
    return Assignment.objects.create(
        event=event,
        loan=loan,
        period=DateTimeTZRange(starts_at, ends_at),
        assigned_by_id=by.user_id,
        team=team,
        device=device,
        clerk=clerk,
    )


def _ask_about_faults(
    devices: Collection[Device], starts_at: datetime, ends_at: datetime, *, field: str
) -> None:
    if starts_at < ends_at and (faulty := faulty_between(devices, starts_at, ends_at)):
        names = ", ".join(sorted(device.label for device in faulty))
        message = _("Out of order at that time: %(names)s. Assign all the same?") % {"names": names}
        raise Asks(FAULTY, message=message, field=field)


@service
def end_assignment(*, by: Actor, assignment: Assignment) -> None:
    """Take somebody or something off an event; what was lent goes home."""
    require(by, Permission.EVENTS_PLAN)
    own = by.covers(assignment.event.office_id)
    lender = assignment.loan is not None and by.covers(assignment.loan.lender_id)
    if not (own or lender):
        raise NotFound
    hold_event(assignment.event_id)
    assignment.delete()


@service
def ask_loan(*, by: Actor, event: ServiceEvent, lender: Region, wanted: str) -> Loan:
    """Ask another office for clerks or devices. Raises Conflict when it was asked already."""
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    if not event.is_ahead:
        raise Conflict("event-over", _("The event is closed or cancelled."))
    return Loan.objects.create(
        event=event, lender=lender, wanted=wanted.strip(), asked_by_id=by.user_id
    )


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
    """The lender's head gives clerks and devices of the own office, or none: then it is refused. Asks
    `device-faulty` as `assign` does.
    """
    require(by, Permission.EVENTS_APPROVE)
    locked = (
        Loan.objects.select_for_update(of=("self",))
        .select_related("event__village", "event__office")
        .filter(Q(lender_id=by.office), pk=loan.pk)
        .first()
    )
    if locked is None:
        raise NotFound
    if locked.state != LoanState.ASKED:
        raise Conflict("loan-answered", _("This was answered already."))
    lends = bool(clerks or devices)
    if not lends and not answer.strip():
        raise Invalid("loan-answer", _("Say why nothing can be lent."), field="answer")
    if FAULTY not in confirm:
        _ask_about_faults(devices, starts_at, ends_at, field="devices")
    hold_event(locked.event_id)
    locked.state = LoanState.GIVEN if lends else LoanState.REFUSED
    locked.answer = answer.strip()
    locked.answered_by_id = by.user_id
    locked.answered_at = timezone.now()
    locked.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    for clerk in clerks:
        _assign(by, locked.event, starts_at, ends_at, loan=locked, clerk=clerk)
    for device in devices:
        _assign(by, locked.event, starts_at, ends_at, loan=locked, device=device)
    return locked


# --- faults: steps ----------------------------------------------------------------------------------
# Free places follow the database's rules; who waits for one moves up in `registrations.lifecycle`,
# whose verbs alone take these steps.


@service
def note_fault(
    *,
    by: Actor,
    device_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
    what: str = "",
    done: str = "",
) -> tuple[DeviceFault, bool]:
    """A device does not work, from now or since an hour that is over; and whether that is new.

    Two faults at once are one: what is said of a device that is out of order is added to its fault.
    Raises Invalid `fault-ahead` for hours to come, Conflict `fault-overlaps` for what is noted.
    """
    since = since or timezone.now()
    _refuse_ahead(since=since, until=until)
    device = _hold_device(by, device_id, since)
    fault = device.faults.filter(until=None).first()
    if fault is not None and until is not None and until > fault.since:
        # In the open one its end would be lost.
        raise Conflict(
            "fault-overlaps",
            _("A fault of this device is noted for this time already: change that one."),
            field="from",
        )
    new = fault is None or until is not None
    if fault is None or new:
        fault = DeviceFault(device=device, since=since, until=until, reported_by_id=by.user_id)
        fault.ended_by_id = by.user_id if until else None
    fault.since = min(fault.since, since)
    fault.what, fault.done = _both(fault.what, what), _both(fault.done, done)
    fault.save()
    log_access(by=by, action=Access.CHANGE, kind="device faulty", subject=str(device.pk))
    return fault, new


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
    """Other hours or words of a fault, and its end (None: it has none after all); what is not given stays.
    Without `fault_id` the open one ends, at once. `version`: of what was shown (`fault_parts`).

    Raises Conflict `device-works` when none is open, Invalid `fault-ahead` for hours to come.
    """
    _refuse_ahead(since=since, until=until or None)
    require(by, Permission.INCIDENTS_WRITE)
    known = faults_of(by, get_device_or_404(by, device_id))
    known = known.filter(pk=fault_id) if fault_id else known.filter(until=None)
    before = known.values_list("since", flat=True).first()
    device = _hold_device(by, device_id, min(filter(None, (before, since)), default=None))
    fault = known.first()
    if fault is None:
        if fault_id:
            raise NotFound
        raise Conflict("device-works", _("This device is not out of order: nothing to end."))
    require_seen(version, fault_parts(fault), FAULT_WORDS)
    if not until and fault_id is None:
        until = timezone.now()
    if until is not False:
        fault.until, fault.ended_by_id = until, by.user_id if until else None
    fault.since = since or fault.since
    fault.what = fault.what if what is None else what.strip()
    fault.done = fault.done if done is None else done.strip()
    fault.save()
    kind = "device works" if until else "device fault"
    log_access(by=by, action=Access.CHANGE, kind=kind, subject=str(device.pk))
    return fault


def _hold_device(by: Actor, device_id: int, since: datetime | None) -> Device:
    """Its events first, then itself: as whoever assigns it. Raises NotFound for one that is neither the
    own office's nor lent to it.
    """
    require(by, Permission.INCIDENTS_WRITE)
    get_device_or_404(by, device_id)
    used = Assignment.objects.filter(device=device_id)
    if since is not None:
        used = used.filter(period__endswith__gt=since)
    for event_id in sorted(set(used.values_list("event", flat=True))):
        hold_event(event_id)
    return Device.objects.select_for_update(no_key=True).get(pk=device_id)


def _refuse_ahead(*, since: datetime | None, until: datetime | None) -> None:
    latest = timezone.now() + A_CLOCK_MAY_BE_FAST
    for field, moment in (("from", since), ("until", until)):
        if moment is not None and moment > latest:
            text = _("This hour is still to come: say what is, when it is.")
            raise Invalid("fault-ahead", text, field=field)


def _both(before: str, added: str) -> str:
    added = added.strip()
    if not added or added in before:
        return before
    text = f"{before}; {added}" if before else added
    if len(text) > LONGEST_WORDS:
        raise Invalid(
            "fault-words",
            _("What is noted of a fault has at most %(most)s letters.") % {"most": LONGEST_WORDS},
            field="what",
        )
    return text
