"""What a closing ends and, taken back, gives again: half verbs of `registrations.lifecycle`."""

from __future__ import annotations

import uuid

from django.db.models import F

from dukcapil.core.db import rows
from events.planning.models.event import ServiceEvent
from registrations.booking.enums import WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
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


#: Of a `person` and a `wanted.service`: erased, merged into another, or given since the event's first
#: day. A recording counts at any office.
_CARED_FOR = """
    person.merged_into IS NOT NULL OR person.erased_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM registrations_servicerecord record
                WHERE record.resident_id = person.id AND record.service = wanted.service
                  AND record.outcome = 'done' AND record.service_date >= event.starts_on
               HAVING sum(record.weight) > 0)
    OR (wanted.service = 'recording' AND EXISTS (
        SELECT 1 FROM recorded_dates(ARRAY[person.id]) done
         WHERE done.recorded_on >= event.starts_on))
"""

#: The seat of before, unless somebody has it, or the service is booked elsewhere by now.
_TAKE_AGAIN = f"""
WITH free AS (
    SELECT DISTINCT ON (wanted.resident_id, wanted.service)
           wanted.id, wanted.appointment_id, seat.id AS seat_id
      FROM registrations_appointmentservice wanted
      JOIN registrations_appointment visit ON visit.id = wanted.appointment_id
      JOIN registrations_resident person ON person.id = wanted.resident_id
      JOIN events_serviceevent event ON event.id = wanted.event_id
      JOIN events_seat seat ON seat.session_id = visit.session_id
       AND seat.service = wanted.service AND seat.number = wanted.number AND seat.holder IS NULL
     WHERE wanted.event_id = %(event)s AND wanted.open_at_closing AND NOT wanted.active
       AND visit.state NOT IN ('cancelled', 'moved') AND visit.open_at_closing <> ''
       AND NOT EXISTS (SELECT 1 FROM registrations_appointmentservice other
                        WHERE other.resident_id = wanted.resident_id
                          AND other.service = wanted.service AND other.active)
       AND NOT ({_CARED_FOR})
     ORDER BY wanted.resident_id, wanted.service, visit.created_at DESC),
again AS (
    UPDATE events_seat seat SET holder = free.appointment_id
      FROM free WHERE seat.id = free.seat_id AND seat.holder IS NULL
 RETURNING free.id)
UPDATE registrations_appointmentservice booked SET active = true
  FROM again WHERE booked.id = again.id RETURNING booked.appointment_id, booked.resident_id
"""

#: Once for each person: two rows of one may have been merged since.
_WAIT_AGAIN = f"""
UPDATE registrations_waiting waiting SET state = 'waiting'
  FROM (SELECT DISTINCT ON (entry.session_id, entry.resident_id) entry.id
          FROM registrations_waiting entry
          JOIN registrations_resident person ON person.id = entry.resident_id
          JOIN events_serviceevent event ON event.id = entry.event_id
         WHERE entry.event_id = %(event)s AND entry.open_at_closing AND entry.state = 'ended'
           AND NOT EXISTS (SELECT 1 FROM unnest(entry.services) wanted (service)
                            WHERE {_CARED_FOR})
         ORDER BY entry.session_id, entry.resident_id, entry.id) again
 WHERE waiting.id = again.id RETURNING waiting.resident_id
"""


def open_again(event: ServiceEvent) -> set[uuid.UUID]:
    """Visits and waiting entries that the closing ended stand as before it; returns whose they are.

    Who is booked for the service elsewhere by now, or got it, or is held no more, is left as the
    closing left them.
    """
    params = {"event": event.pk}
    taken = rows(_TAKE_AGAIN, params)
    visits = Appointment.objects.filter(pk__in={visit for visit, _resident in taken})
    visits.update(state=F("open_at_closing"), ended_at=None)
    people = {resident for _visit, resident in taken}
    people |= {resident for (resident,) in rows(_WAIT_AGAIN, params)}
    messages.remind_all(messages.with_contact(event=event))
    _forget(event.pk)
    return people


def _forget(event_id: uuid.UUID) -> None:
    """The next closing remembers anew."""
    Appointment.objects.filter(event_id=event_id).exclude(open_at_closing="").update(
        open_at_closing=""
    )
    for model in (AppointmentService, Waiting):
        model.objects.filter(event_id=event_id, open_at_closing=True).update(open_at_closing=False)
