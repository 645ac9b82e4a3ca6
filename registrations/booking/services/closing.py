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
from registrations.people.models import Resident


def remember_open(event_id: uuid.UUID) -> None:
    """Before the closing ends them: which visits, services and waiting entries are open."""
    services = AppointmentService.objects.filter(event_id=event_id, active=True)
    visits = Appointment.objects.filter(pk__in=services.values("appointment_id"))
    visits.update(open_at_closing=F("state"))
    services.update(open_at_closing=True)
    waiting = Waiting.objects.filter(event_id=event_id, state=WaitState.WAITING)
    waiting.update(open_at_closing=True)


#: The seat of before, unless somebody has it, or the person is no more held (erased, or merged into
#: another), or the service is booked or was given elsewhere since. A recording counts at any office.
_TAKE_AGAIN = """
WITH free AS (
    SELECT DISTINCT ON (booked.resident_id, booked.service)
           booked.id, booked.appointment_id, seat.id AS seat_id
      FROM registrations_appointmentservice booked
      JOIN registrations_appointment visit ON visit.id = booked.appointment_id
      JOIN registrations_resident person ON person.id = booked.resident_id
      JOIN events_serviceevent event ON event.id = booked.event_id
      JOIN events_seat seat ON seat.session_id = visit.session_id
       AND seat.service = booked.service AND seat.number = booked.number AND seat.holder IS NULL
     WHERE booked.event_id = %(event)s AND booked.open_at_closing AND NOT booked.active
       AND visit.state NOT IN ('cancelled', 'moved') AND visit.open_at_closing <> ''
       AND person.merged_into IS NULL AND person.erased_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM registrations_appointmentservice other
                        WHERE other.resident_id = booked.resident_id
                          AND other.service = booked.service AND other.active)
       AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord record
                        WHERE record.resident_id = booked.resident_id
                          AND record.service = booked.service AND record.outcome = 'done'
                          AND record.service_date >= event.starts_on
                        HAVING sum(record.weight) > 0)
       AND NOT (booked.service = 'recording' AND EXISTS (
                SELECT 1 FROM recorded_dates(ARRAY[booked.resident_id]) done
                 WHERE done.recorded_on >= event.starts_on))
     ORDER BY booked.resident_id, booked.service, visit.created_at DESC),
again AS (
    UPDATE events_seat seat SET holder = free.appointment_id
      FROM free WHERE seat.id = free.seat_id AND seat.holder IS NULL
 RETURNING free.id)
UPDATE registrations_appointmentservice booked SET active = true
  FROM again WHERE booked.id = again.id RETURNING booked.appointment_id, booked.resident_id
"""


def open_again(event_id: uuid.UUID) -> set[uuid.UUID]:
    """Visits and waiting entries that the closing ended stand as before it; returns whose they are.

    Who is booked for the service elsewhere by now, or got it, or is held no more, is left as the
    closing left them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_AGAIN, {"event": event_id})
        taken = cursor.fetchall()
    visits = Appointment.objects.filter(pk__in={visit for visit, _resident in taken})
    visits.update(state=F("open_at_closing"), ended_at=None)
    waiting = Waiting.objects.filter(
        event_id=event_id,
        open_at_closing=True,
        state=WaitState.ENDED,
        resident__in=Resident.objects.all(),
    ).order_by("session_id", "resident_id", "pk")
    # Two rows of one person may have been merged since.
    ended = waiting.distinct("session_id", "resident_id").values_list("pk", "resident_id")
    entries = dict(ended)
    people = {resident for _visit, resident in taken}
    people |= set(entries.values())
    Waiting.objects.filter(pk__in=entries).update(state=WaitState.WAITING)
    _remind(event_id, visits.exclude(channel=""))
    _forget(event_id)
    return people


def _remind(event_id: uuid.UUID, visits: QuerySet[Appointment]) -> None:
    groups = VisitGroup.objects.filter(event_id=event_id, cancelled_at=None).exclude(channel="")
    related = "session__event__village"
    messages.remind_all([*visits.select_related(related), *groups.select_related(related)])


def _forget(event_id: uuid.UUID) -> None:
    """The next closing remembers anew."""
    Appointment.objects.filter(event_id=event_id).exclude(open_at_closing="").update(
        open_at_closing=""
    )
    for model in (AppointmentService, Waiting):
        model.objects.filter(event_id=event_id, open_at_closing=True).update(open_at_closing=False)
