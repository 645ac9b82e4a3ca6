"""What a closing ends and, taken back, gives again: half verbs of `registrations.lifecycle`."""

from __future__ import annotations

import uuid

from django.db import connection
from django.db.models import F, QuerySet

from registrations.booking.enums import WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages


def remember_open(event_id: uuid.UUID) -> None:
    """Before the closing ends them: which visits, services and waiting entries are open."""
    services = AppointmentService.objects.filter(event_id=event_id, active=True)
    visits = Appointment.objects.filter(pk__in=services.values("appointment_id"))
    visits.update(open_at_closing=F("state"))
    services.update(open_at_closing=True)
    waiting = Waiting.objects.filter(event_id=event_id, state=WaitState.WAITING)
    waiting.update(open_at_closing=True)


#: The seat of before, unless somebody has it, or the service is booked or given elsewhere by now.
_TAKE_AGAIN = """
WITH again AS (
    UPDATE events_seat seat SET holder = booked.appointment_id
      FROM registrations_appointmentservice booked
      JOIN registrations_appointment visit ON visit.id = booked.appointment_id
     WHERE booked.event_id = %(event)s AND booked.open_at_closing AND NOT booked.active
       AND visit.state NOT IN ('cancelled', 'moved') AND visit.open_at_closing <> ''
       AND seat.session_id = visit.session_id AND seat.service = booked.service
       AND seat.number = booked.number AND seat.holder IS NULL
       AND NOT EXISTS (SELECT 1 FROM registrations_appointmentservice other
                        WHERE other.resident_id = booked.resident_id
                          AND other.service = booked.service AND other.active)
       AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord record
                        WHERE record.event_id = booked.event_id
                          AND record.resident_id = booked.resident_id
                          AND record.service = booked.service
                        HAVING sum(record.weight) > 0)
 RETURNING booked.id)
UPDATE registrations_appointmentservice booked SET active = true
  FROM again WHERE booked.id = again.id RETURNING booked.appointment_id, booked.resident_id
"""


def open_again(event_id: uuid.UUID) -> set[uuid.UUID]:
    """Visits and waiting entries that the closing ended stand as before it; returns whose they are.

    Who is booked for the service elsewhere by now, or got it, is left as the closing left them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_AGAIN, {"event": event_id})
        taken = cursor.fetchall()
    visits = Appointment.objects.filter(pk__in={visit for visit, _resident in taken})
    visits.update(state=F("open_at_closing"), ended_at=None)
    waiting = Waiting.objects.filter(event_id=event_id, open_at_closing=True, state=WaitState.ENDED)
    people = {resident for _visit, resident in taken}
    people |= set(waiting.values_list("resident_id", flat=True))
    waiting.update(state=WaitState.WAITING)
    _remind(event_id, visits.exclude(channel=""))
    _forget(event_id)
    return people


def _remind(event_id: uuid.UUID, visits: QuerySet[Appointment]) -> None:
    groups = VisitGroup.objects.filter(event_id=event_id, cancelled_at=None).exclude(channel="")
    related = "session__event__village"
    owners: list[Appointment | VisitGroup] = [
        *visits.select_related(related),
        *groups.select_related(related),
    ]
    for owner in owners:
        if contact := messages.contact_of(owner):
            messages.remind(owner, contact)


def _forget(event_id: uuid.UUID) -> None:
    """The next closing remembers anew."""
    Appointment.objects.filter(event_id=event_id).exclude(open_at_closing="").update(
        open_at_closing=""
    )
    for model in (AppointmentService, Waiting):
        model.objects.filter(event_id=event_id, open_at_closing=True).update(open_at_closing=False)
