"""Verbs of one person's visit: booking, walk-in, arrival, move, cancellation, no-show."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.locks import Lock, hold
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState, MessageKind
from registrations.booking.models.appointment import Appointment
from registrations.booking.services import messages, seats
from registrations.booking.services.arrivals import ask_day, last_number
from registrations.booking.services.judging import refuse_unfit
from registrations.booking.services.messages import Contact
from registrations.booking.services.visits import (
    Visit,
    give_places,
    lock_appointment,
    open_session_of,
    release_missed,
    same_office,
)
from registrations.booking.services.waiting import give_back, hold_lists, lock_to_end, promote
from registrations.people.models import Resident


@service
def book(
    *,
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: list[str],
    priority: bool = False,
    contact: Contact | None = None,
    confirm: Collection[str] = (),
) -> Appointment:
    """One visit for one or several services: all places or none.

    Raises Invalid `too-young`, Conflict `already-recorded`, `session-full`, `already-booked`,
    `event-state`, `session-over`. Asks `returns-later` about who was called again.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    visit = Visit(priority=priority, contact=contact)
    return _book(by, session, resident, services, visit, confirm)


@service
def walk_in(
    *,
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: list[str],
    priority: bool = False,
    confirm: Collection[str] = (),
) -> Appointment:
    """Somebody comes without a booking: they get a place (first one kept for walk-ins) and the
    next number of the queue. Raises as `book`, and asks as `check_in`.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    ask_day(session, confirm)
    visit = Visit(walk_in=True, priority=priority)
    return _book(by, session, resident, services, visit, confirm)


def _book(
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: list[str],
    visit: Visit,
    confirm: Collection[str],
) -> Appointment:
    services = sorted(set(services))
    if not services:
        raise Invalid("services", _("Name at least one service."), field="services")
    same_office(session, resident)
    lanes = seats.lanes(walk_in=visit.walk_in, priority=visit.priority)
    # Most of a rush is turned away here, before anything is written or waited for.
    open_session_of(session, services, lanes)
    if refuse_unfit(by, session, resident, services, confirm):
        release_missed([resident.pk])
    return give_places(by, session, resident.pk, resident.village_id, services, visit)


@service
def cancel_appointment(*, by: Actor, appointment: Appointment) -> Appointment:
    """Give the places back. Cancelling again changes nothing; a served visit stays served."""
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = lock_to_end(by, appointment)
    if locked.state == AppointmentState.CANCELLED:
        return locked
    if locked.state not in AppointmentState.active():
        raise Conflict("appointment-state", _("This visit is over."))
    give_back(by, locked.session, [locked.pk], AppointmentState.CANCELLED)
    locked.refresh_from_db(fields=["state"])
    return locked


@service
def check_in(
    *,
    by: Actor,
    appointment: Appointment,
    priority: bool | None = None,
    confirm: Collection[str] = (),
) -> Appointment:
    """The person is here and gets the next number of the queue. Again: changes nothing. Asks
    `another-day` on any other day than the session's own.

    `priority`: whether the person may go through the priority lane, where that is seen only now.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = lock_appointment(by, appointment)
    if locked.state == AppointmentState.CHECKED_IN:
        return locked
    if locked.state != AppointmentState.BOOKED:
        raise Conflict("appointment-state", _("This visit is over."))
    ask_day(locked.session, confirm)
    if priority is not None:
        locked.priority = priority
    return _arrive(locked)


def _arrive(appointment: Appointment) -> Appointment:
    """One after another within a session, so that numbers have no gap and nobody shares one. Whose
    arrival was taken back keeps the number, if others came since.
    """
    if appointment.queue_number is None:
        hold(Lock.QUEUE_NUMBERS, appointment.session_id)
        appointment.queue_number = last_number(appointment.session_id) + 1
    appointment.state = AppointmentState.CHECKED_IN
    appointment.checked_in_at = timezone.now()
    appointment.save(update_fields=["state", "checked_in_at", "queue_number", "priority"])
    messages.drop([appointment.pk])
    return appointment


@service
def move_appointment(
    *,
    by: Actor,
    appointment: Appointment,
    session: ServiceSession,
    confirm: Collection[str] = (),
) -> Appointment:
    """The same visit at another session, with a new slip code.

    Contact and priority go with it; the group does not, for a group belongs to one session. Raises
    as `book`.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    old = lock_to_end(by, appointment, session)
    if old.state != AppointmentState.BOOKED:
        raise Conflict("appointment-state", _("Only a booking that nobody came for yet is moved."))
    if old.session_id == session.pk:
        raise Conflict("same-session", _("The booking is for this session already."))
    if session.event.office_id != old.office_id:
        raise Invalid("other-office", _("A booking moves within its office."), field="session")
    open_session_of(session)
    contact = messages.contact_of(old)
    # Services that were given already are not booked again.
    open_services = old.places.filter(active=True).values_list("service", flat=True)
    services = sorted(open_services)
    refuse_unfit(by, session, old.resident, services, confirm)
    visit = Visit(priority=old.priority, contact=contact, instead_of=old.pk)
    new = give_places(by, session, old.resident_id, old.village_id, services, visit)
    messages.tell(MessageKind.MOVED, [new])
    # Only now: the person has the new booking, so does not move up for the same service.
    promote(by, old.session)
    return new


@service
def release_no_shows(*, by: Actor, session: ServiceSession, until: datetime) -> int:
    """Whoever was expected by `until` and is not here loses the place to the waiting list.

    Returns how many did not come. Somebody who comes after all is a walk-in.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    hold_lists([session])
    late = (
        Appointment.objects.visible_to(by)
        .select_for_update(of=("self",))
        .filter(session=session, state=AppointmentState.BOOKED)
        .filter(
            Q(expected_at__lte=until) | Q(expected_at__isnull=True, session__starts_at__lte=until)
        )
    )
    missed = list(late.values_list("pk", flat=True))
    give_back(by, session, missed, AppointmentState.NO_SHOW)
    return len(missed)
