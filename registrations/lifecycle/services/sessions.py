"""Changing and removing a session: its bookings, waiting list and messages follow."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict
from dukcapil.regions.enums import day_of
from events.planning.errors import session_booked
from events.planning.models.session import Seat, ServiceSession
from events.planning.services import steps
from events.planning.services.own import lock_event
from registrations.booking.enums import AppointmentState, MessageKind
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.draft import ListDraft
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.seats import TakenSeat, hour_of
from registrations.booking.services.visits import hours_now
from registrations.booking.services.waiting import promote
from registrations.ledger.models import ServiceRecord
from registrations.lifecycle.services.events import with_contact


@service
def change_session(
    *,
    by: Actor,
    session: ServiceSession,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    capacity: dict[str, int] | None = None,
) -> ServiceSession:
    """Other hours, more or fewer places; what is None stays. Who left a contact is told of other hours,
    new places go to the waiting list.

    Raises Invalid for hours that are over, or on no day of the event, and when no place would be left;
    Conflict when more are booked than would be left, and `session-begun` when people came and it would
    be on another day.
    """
    moved = bool(starts_at or ends_at) and _other_hours(by, session, starts_at, ends_at)
    if capacity is not None:
        steps.set_seats(by=by, session=session, capacity=capacity)
    if moved:
        _invite_anew(session)
        _tell(session)
    promote(by, session)
    return session


def _other_hours(
    by: Actor, session: ServiceSession, starts_at: datetime | None, ends_at: datetime | None
) -> bool:
    """Whether they are others. The event is held first: a booking under way holds it, too, and takes
    its hour from what stands.
    """
    event = lock_event(by, session.event_id)
    hours_now(session)
    before = (session.starts_at, session.ends_at)
    hours = (starts_at or session.starts_at, ends_at or session.ends_at)
    if hours == before:
        return False
    same_day = day_of(hours[0], event.village_id) == day_of(before[0], event.village_id)
    if not same_day and _came(session):
        raise Conflict("session-begun", _("People came already: the session stays on its day."))
    steps.set_hours(by=by, session=session, starts_at=hours[0], ends_at=hours[1])
    return True


def _came(session: ServiceSession) -> bool:
    came = Q(checked_in_at__isnull=False) | Q(state=AppointmentState.SERVED)
    return Appointment.objects.filter(came, session=session).exists()


def _invite_anew(session: ServiceSession) -> None:
    """The hour of everybody who did not come yet, by the numbers of their seats in the new hours."""
    last = dict(
        Seat.objects.filter(session=session)
        .values_list("service")
        .annotate(last=Max("number"))
        .order_by()
    )
    visits = Appointment.objects.filter(session=session, state=AppointmentState.BOOKED).in_bulk()
    booked = AppointmentService.objects.filter(appointment__in=visits, active=True)
    for visit in visits.values():
        visit.expected_at = None
    for visit_id, name, number in booked.values_list("appointment_id", "service", "number"):
        visit = visits[visit_id]
        hour = hour_of(session, TakenSeat(number, last[name]))
        visit.expected_at = min(visit.expected_at or hour, hour)
    Appointment.objects.bulk_update(visits.values(), ["expected_at"])


def _tell(session: ServiceSession) -> None:
    """That of the hours, and a reminder for the new evening before instead of the old one."""
    owners = with_contact(session=session)
    for owner in owners:
        if isinstance(owner, VisitGroup):
            messages.drop_of_group(owner)
        else:
            messages.drop([owner.pk])
    messages.tell(MessageKind.MOVED, owners)
    for owner in owners:
        if contact := messages.contact_of(owner):
            messages.remind(owner, contact)


@service
def remove_session(*, by: Actor, session: ServiceSession) -> None:
    """Take an empty session out of the plan. Raises Conflict `session-booked` when anybody was booked
    or waits there, or was recorded.
    """
    # Whoever is about to book waits here, and finds no seat then.
    lock_event(by, session.event_id)
    for model in (Appointment, Waiting, VisitGroup, ServiceRecord):
        if model.objects.filter(session=session).exists():
            raise session_booked()
    # Lists that somebody looks at before they are booked: there is nothing left to book them for.
    ListDraft.objects.filter(session=session).delete()
    steps.remove_session(by=by, session=session)
