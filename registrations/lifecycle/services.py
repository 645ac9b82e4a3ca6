"""Verbs of an event that also change its bookings and requests; `events` must not know of these."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from events.planning.enums import EventKind, EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.events import copy_event
from events.planning.services.own import lock_event
from events.planning.services.sessions import open_session
from events.planning.services.steps import set_seats, sign_neutrality
from events.planning.validators import check_cancel_reason, check_day
from registrations.booking.enums import AppointmentState, MessageKind, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.visits import end_all_of
from registrations.booking.services.waiting import promote
from registrations.lifecycle.selectors import absentees
from registrations.requests.services.steps import settle, take_along


@service
def open_to_booking(
    *,
    by: Actor,
    event: ServiceEvent,
    neutrality_signed: bool,
    items: list[str] | None = None,
) -> ServiceEvent:
    """The head signs the neutrality checklist; the waiting lists get their places at once.

    `items`: the lines that were confirmed; None, as from a program, means all of them.
    Approving an approved event changes nothing and keeps the first signature.
    """
    event = sign_neutrality(by=by, event=event, neutrality_signed=neutrality_signed, items=items)
    for session in event.sessions.select_related("event__village").order_by("starts_at", "pk"):
        promote(by, session)
    return event


@service
def change_places(
    *, by: Actor, session: ServiceSession, capacity: dict[str, int]
) -> ServiceSession:
    """Raise or lower the number of places; new ones go to the waiting list.

    Raises Conflict when more are booked than would be left, Invalid when none would be left at all.
    """
    session = set_seats(by=by, session=session, capacity=capacity)
    promote(by, session)
    return session


@service
def close_event(*, by: Actor, event: ServiceEvent) -> ServiceEvent:
    """Open bookings become no-shows; late records are still taken. Again: changes nothing."""
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    if event.state == EventState.CLOSED:
        return event
    if event.state != EventState.APPROVED:
        raise Conflict("event-state", _("Only an approved event can be closed."))
    end_all_of(event.pk, AppointmentState.NO_SHOW)
    settle(by, event, held=True)
    event.state = EventState.CLOSED
    event.save(update_fields=["state"])
    return event


@service
def cancel_event(*, by: Actor, event: ServiceEvent, reason: str = "") -> ServiceEvent:
    """Everybody booked may book elsewhere, and is told if they left a contact. An approved event is
    cancelled with a reason: somebody counts on it.

    Cancelling again changes nothing. Nothing ever cancels an event because its day is a holiday.
    """
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    if event.state == EventState.CANCELLED:
        return event
    if event.state == EventState.CLOSED:
        raise Conflict("event-state", _("A closed event cannot be cancelled."))
    reason = " ".join(reason.split())
    check_cancel_reason(reason, approved=event.state == EventState.APPROVED)
    messages.drop_all_of(event.pk)
    messages.tell(MessageKind.CANCELLED, _with_contact(event))
    end_all_of(event.pk, AppointmentState.CANCELLED)
    settle(by, event, held=False)
    event.state = EventState.CANCELLED
    event.cancel_reason = reason
    event.save(update_fields=["state", "cancel_reason"])
    return event


def _with_contact(event: ServiceEvent) -> list[Appointment | VisitGroup]:
    """Open bookings and groups of an event that left a contact."""
    visits = Appointment.objects.filter(event=event, state__in=AppointmentState.active()).exclude(
        channel=""
    )
    groups = VisitGroup.objects.filter(event=event).exclude(channel="")
    related = "session__event__village"
    return [*visits.select_related(related), *groups.select_related(related)]


def require_mover(by: Actor, event: ServiceEvent) -> None:
    """An approved event may be moved only by somebody who may approve it."""
    require(by, Permission.EVENTS_PLAN)
    if event.state == EventState.APPROVED:
        require(by, Permission.EVENTS_APPROVE)


@service
def move_event(*, by: Actor, event: ServiceEvent, starts_on: date) -> ServiceEvent:
    """The whole event on another day, with sessions, bookings, waiting lists, team and devices.

    Everybody who left a contact is told. Raises Conflict once somebody has come, and when a team, a
    device or a clerk is elsewhere on the new day.
    """
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    require_mover(by, event)
    if event.state in EventState.over():
        raise Conflict("event-over", _("The event is closed or cancelled."))
    check_day(starts_on)
    came = Q(checked_in_at__isnull=False) | Q(state=AppointmentState.SERVED)
    if Appointment.objects.filter(came, event=event).exists():
        raise Conflict("event-begun", _("People came already: copy the event instead."))
    shift = starts_on - event.starts_on
    if not shift:
        return event
    first, last = event.starts_on, event.ends_on
    # An event's sessions must lie within its days at every moment: widen the days, move the
    # sessions, then narrow the days.
    event.starts_on, event.ends_on = min(first, first + shift), max(last, last + shift)
    event.save(update_fields=["starts_on", "ends_on"])
    ServiceSession.objects.filter(event=event).update(
        starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift
    )
    Appointment.objects.filter(event=event, expected_at__isnull=False).update(
        expected_at=F("expected_at") + shift
    )
    # Going forward, the last period first: periods of one person or device must not overlap.
    for assignment in event.assignments.order_by("-period" if shift > timedelta() else "period"):
        assignment.period = DateTimeTZRange(
            assignment.period.lower + shift, assignment.period.upper + shift
        )
        assignment.save(update_fields=["period"])
    event.starts_on, event.ends_on = first + shift, last + shift
    event.save(update_fields=["starts_on", "ends_on"])
    messages.drop_all_of(event.pk)
    owners = _with_contact(event)
    messages.tell(MessageKind.MOVED, owners)
    for owner in owners:
        if contact := messages.contact_of(owner):
            messages.remind(owner, contact)
    return event


#: The hours of a follow-up when the event had no session.
_HOURS = (time(8), time(12))


@service
def follow_up(*, by: Actor, event: ServiceEvent, starts_on: date) -> ServiceEvent:
    """A draft event for the absentees, in their groups, with a place for each.

    They stand on its waiting list and get their places when it is approved. Raises Conflict when
    nobody is missing.
    """
    require(by, Permission.EVENTS_PLAN)
    missing = absentees(by, event)
    if not missing:
        raise Conflict("nobody-missing", _("Everybody came, or was served elsewhere meanwhile."))
    if starts_on <= event.ends_on:
        raise Invalid("follow-up", _("A follow-up comes after the event."), field="starts_on")
    title = _("Follow-up: %(title)s") % {"title": event.title}
    [draft] = copy_event(
        by=by, event=event, starts_on=starts_on, title=str(title)[:200], sessions=False
    )
    draft.kind = EventKind.JEMPUT_BOLA
    draft.holiday_reason = ""
    begins, ends = _hours(event, starts_on)
    # A night shift ends on the day after.
    draft.ends_on = ends.date()
    # Every absentee has a place: none is kept for others.
    draft.walk_in_percent = draft.priority_percent = 0
    draft.by_invitation = True
    draft.save(
        update_fields=[
            *("kind", "holiday_reason", "ends_on", "by_invitation"),
            *("walk_in_percent", "priority_percent"),
        ]
    )
    services = sorted({name for absentee in missing for name in absentee.services})
    capacity = {name: sum(name in absentee.services for absentee in missing) for name in services}
    session = open_session(by=by, event=draft, starts_at=begins, ends_at=ends, capacity=capacity)
    groups: dict[str, VisitGroup] = {}
    for absentee in missing:
        name = absentee.group or str(_("Without a group"))
        if name not in groups:
            groups[name] = VisitGroup.objects.create(
                session=session,
                event=draft,
                office_id=draft.office_id,
                name=name,
                services=services,
                created_by_id=by.user_id,
            )
        groups[name].rows += 1
    Waiting.objects.bulk_create(
        Waiting(
            session=session,
            event=draft,
            office_id=draft.office_id,
            resident_id=absentee.resident_id,
            village_id=absentee.village_id,
            services=sorted(absentee.services),
            group=groups[absentee.group or str(_("Without a group"))],
            priority=absentee.priority,
            state=WaitState.WAITING,
            created_by_id=by.user_id,
        )
        for absentee in missing
    )
    VisitGroup.objects.bulk_update(groups.values(), ["rows"])
    take_along([absentee.resident_id for absentee in missing], draft)
    return draft


def _hours(event: ServiceEvent, day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(event.village.timezone)
    first = event.sessions.order_by("starts_at").first()
    if first is None:
        return datetime.combine(day, _HOURS[0], zone), datetime.combine(day, _HOURS[1], zone)
    begins = datetime.combine(day, first.starts_at.astimezone(zone).time(), zone)
    return begins, begins + max(timedelta(hours=1), first.ends_at - first.starts_at)
