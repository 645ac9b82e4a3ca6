"""Booking takes a free seat; nobody can take one that is not there, not even in psql."""

from __future__ import annotations

import secrets
import uuid

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.ids import uuid7
from events.enums import EventState
from events.models import Seat, ServiceEvent, ServiceSession
from registrations.enums import AppointmentState
from registrations.errors import session_full
from registrations.models import Appointment, AppointmentService, Resident

#: Without letters and digits that are mistaken for each other when read aloud.
_TICKET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ACTIVE = (AppointmentState.BOOKED, AppointmentState.CHECKED_IN)

_TAKE = """
UPDATE events_seat SET holder = %s
 WHERE id = (SELECT id FROM events_seat
              WHERE session_id = %s AND service = %s AND holder IS NULL
              ORDER BY number LIMIT 1 FOR UPDATE {wait})
RETURNING number
"""


def new_ticket() -> str:
    return "".join(secrets.choice(_TICKET) for _place in range(8))


def _locked_state(event: ServiceEvent) -> str:
    """The event's state, held until the booking is committed: cancelling waits, bookings do not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM events_serviceevent WHERE id = %s FOR SHARE", [event.pk])
        return str(cursor.fetchone()[0])


def _has_free(session_id: uuid.UUID, name: str) -> bool:
    return Seat.objects.filter(session_id=session_id, service=name, holder__isnull=True).exists()


def _take_seat(session_id: uuid.UUID, name: str, holder: uuid.UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(wait="SKIP LOCKED"), [holder, session_id, name])
        row = cursor.fetchone()
        # Others hold locks on free places that they may yet give back: then wait for them.
        while (
            row is None
            and Seat.objects.filter(
                session_id=session_id, service=name, holder__isnull=True
            ).exists()
        ):
            cursor.execute(_TAKE.format(wait=""), [holder, session_id, name])
            row = cursor.fetchone()
    if row is None:
        raise session_full()
    return int(row[0])


@service
def book(
    *, by: Actor, session: ServiceSession, resident: Resident, services: list[str]
) -> Appointment:
    """One visit for one or several services: all places or none.

    Raises Conflict `session-full`, `already-booked`, `event-state`, `session-over`.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    event = session.event
    wanted = sorted(set(services))
    if not wanted:
        raise Invalid("services", _("Name at least one service."), field="services")
    if _locked_state(event) != EventState.APPROVED:
        raise Conflict("event-state", _("Only an approved event takes bookings."), field="session")
    if session.ends_at <= timezone.now():
        raise Conflict("session-over", _("The session is over."), field="session")
    for name in wanted:
        # Most of a rush is turned away here, before anything is written or waited for.
        if not _has_free(session.pk, name):
            raise session_full()
    _release_missed(resident)
    appointment = Appointment(
        id=uuid7(),
        session=session,
        event=event,
        office_id=event.office_id,
        resident=resident,
        village_id=resident.village_id,
        services=wanted,
        ticket=new_ticket(),
        created_by_id=by.user_id,
    )
    appointment.save(force_insert=True)
    # A second booking of the person waits for the first one at the unique index.
    numbers = {}
    for name in wanted:
        place = AppointmentService(
            appointment=appointment,
            resident=resident,
            office_id=event.office_id,
            village_id=resident.village_id,
            event=event,
            service=name,
            number=_take_seat(session.pk, name, appointment.pk),
        )
        place.save(force_insert=True)
        numbers[name] = place.number
    appointment.numbers = numbers  # type: ignore[attr-defined]
    return appointment


def _release_missed(resident: Resident) -> None:
    """A booking of a session that is over does not keep a person from the next one."""
    missed = list(
        Appointment.objects.select_for_update(of=("self",))
        .filter(resident=resident, state__in=ACTIVE, session__ends_at__lte=timezone.now())
        .values_list("pk", flat=True)
    )
    if missed:
        _end(missed, AppointmentState.NO_SHOW)


_RELEASE = """
UPDATE events_seat seat SET holder = NULL
  FROM registrations_appointmentservice place
 WHERE place.appointment_id = ANY (%s) AND place.active
   AND seat.holder = place.appointment_id AND seat.service = place.service
"""


def _end(appointments: list[uuid.UUID], state: AppointmentState) -> None:
    """Give back the places of services not yet given. Who was served in part has been served."""
    if not appointments:
        return
    served = list(
        AppointmentService.objects.filter(appointment_id__in=appointments, active=False)
        .values_list("appointment_id", flat=True)
        .distinct()
    )
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [appointments])
    AppointmentService.objects.filter(appointment_id__in=appointments).update(active=False)
    found = Appointment.objects.filter(pk__in=appointments)
    found.exclude(pk__in=served).update(state=state)
    found.filter(pk__in=served).update(state=AppointmentState.SERVED)


def end_all_of(event_id: uuid.UUID, state: AppointmentState) -> int:
    """End every open booking of an event; returns how many there were."""
    open_ones = list(
        Appointment.objects.select_for_update(of=("self",))
        .filter(event_id=event_id, state__in=ACTIVE)
        .values_list("pk", flat=True)
    )
    _end(open_ones, state)
    return len(open_ones)


def _lock(by: Actor, appointment: Appointment) -> Appointment:
    found = (
        Appointment.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("session")
        .filter(pk=appointment.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


@service
def cancel_appointment(*, by: Actor, appointment: Appointment) -> Appointment:
    """Give the places back. Cancelling again changes nothing; a served visit cannot be."""
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = _lock(by, appointment)
    if locked.state == AppointmentState.CANCELLED:
        return locked
    if locked.state not in ACTIVE:
        raise Conflict("appointment-state", _("This visit is over."))
    _end([locked.pk], AppointmentState.CANCELLED)
    locked.refresh_from_db(fields=["state"])
    return locked


@service
def check_in(*, by: Actor, appointment: Appointment) -> Appointment:
    """The person is here. Checking in again changes nothing."""
    require(by, Permission.APPOINTMENTS_BOOK)
    locked = _lock(by, appointment)
    if locked.state == AppointmentState.CHECKED_IN:
        return locked
    if locked.state != AppointmentState.BOOKED:
        raise Conflict("appointment-state", _("This visit is over."))
    locked.state = AppointmentState.CHECKED_IN
    locked.checked_in_at = timezone.now()
    locked.save(update_fields=["state", "checked_in_at"])
    return locked


def mark_served(session_id: uuid.UUID, pairs: set[tuple[uuid.UUID, str]]) -> None:
    """The (resident, service) pairs were served in this session: their bookings are used up."""
    if not pairs:
        return
    wanted = Q()
    for resident_id, name in pairs:
        wanted |= Q(resident_id=resident_id, service=name)
    used = AppointmentService.objects.filter(
        wanted, active=True, appointment__session_id=session_id
    )
    appointments = set(used.values_list("appointment_id", flat=True))
    if not appointments:
        return
    used.update(active=False)
    still_open = AppointmentService.objects.filter(
        appointment_id__in=appointments, active=True
    ).values("appointment_id")
    Appointment.objects.filter(pk__in=appointments).exclude(pk__in=still_open).update(
        state=AppointmentState.SERVED
    )
