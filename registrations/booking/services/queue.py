"""The one queue of a session: who is next at which station."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.prepared import hot
from events.planning.models.session import ServiceSession, Station
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.visits import lock_appointment

_COLUMNS = [field.attname for field in Appointment._meta.concrete_fields]
#: The priority lane first, then by number; somebody who was called and was not there comes after
#: the others. IKD is for recorded people: whoever is booked for both is recorded first.
_CALL = """
UPDATE registrations_appointment called SET station_id = $3::bigint, called_at = $4::timestamptz
  FROM (WITH first AS MATERIALIZED (
SELECT visit.id FROM registrations_appointment visit
 WHERE visit.session_id = $1::uuid AND visit.state = 'checked_in' AND visit.station_id IS NULL
   AND EXISTS (SELECT 1 FROM registrations_appointmentservice booked
                WHERE booked.appointment_id = visit.id AND booked.active
                  AND booked.service = ANY ($2::text[])
                  AND (booked.service <> 'ikd_activation' OR NOT EXISTS (
                       SELECT 1 FROM registrations_appointmentservice other
                        WHERE other.appointment_id = visit.id AND other.active
                          AND other.service = 'recording')))
 ORDER BY visit.priority DESC, visit.skips, visit.queue_number
 LIMIT 1 FOR UPDATE OF visit SKIP LOCKED) SELECT id FROM first) next
 WHERE called.id = next.id
RETURNING """ + ", ".join(f"called.{name}" for name in _COLUMNS)
_CALLED = hot("call_next", _CALL)


@service
def call_next(*, by: Actor, session: ServiceSession, station: Station) -> Appointment | None:
    """The next person for this station, None when nobody waits for it. `session`: as the actor may see it.

    Two clerks who call at the same moment get two people.
    """
    require(by, Permission.RECORDS_LOG)
    if station.event_id != session.event_id:
        raise Invalid("station", _("The station belongs to another event."), field="station")
    row = _CALLED.one(session.pk, list(station.services), station.pk, timezone.now())
    if row is None:
        return None
    visit = Appointment.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row)
    visit.session, visit.station = session, station
    return visit


@service
def serve_here(*, by: Actor, appointment: Appointment, station: Station) -> Appointment:
    """This very person is at the station, whoever else called them: nobody calls them meanwhile."""
    require(by, Permission.RECORDS_LOG)
    locked = lock_appointment(by, appointment)
    if station.event_id != locked.event_id:
        raise Invalid("station", _("The station belongs to another event."), field="station")
    if locked.state != AppointmentState.CHECKED_IN:
        raise Conflict("appointment-state", _("This visit is over."))
    if locked.station_id != station.pk:
        locked.station, locked.called_at = station, timezone.now()
        locked.save(update_fields=["station", "called_at"])
    return locked


@service
def put_back(*, by: Actor, appointment: Appointment) -> Appointment:
    """The called person is not there: they go behind the others and keep their number."""
    require(by, Permission.RECORDS_LOG)
    locked = lock_appointment(by, appointment)
    if locked.state != AppointmentState.CHECKED_IN:
        raise Conflict("appointment-state", _("This visit is over."))
    if locked.station_id is not None:
        locked.station = None
        locked.skips += 1
        locked.save(update_fields=["station", "skips"])
    return locked
