"""A booking that was used up is open again, because its record was taken back."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState
from events.planning.models.session import Seat
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.services.visits import end
from registrations.booking.services.waiting import promote


def reopen(by: Actor, session_id: uuid.UUID, resident_id: uuid.UUID, name: str) -> None:
    """The service is open again, on its own place (that was never given away) and with the number
    that the person has.

    Once the event is over, or when the person is booked for the service elsewhere by now, the place
    goes back instead, and the visit says what is left of it.
    """
    visit = _used_by(session_id, resident_id, name)
    if visit is None:
        return
    places = AppointmentService.objects.filter(appointment=visit)
    if _booked_elsewhere(visit, name):
        Seat.objects.filter(holder=visit.pk, service=name).update(holder=None)
        if not places.filter(active=True).exists():
            end([visit.pk], AppointmentState.NO_SHOW)
        promote(by, visit.session)
        return
    places.filter(service=name).update(active=True)
    visit.state = AppointmentState.CHECKED_IN if visit.checked_in_at else AppointmentState.BOOKED
    visit.ended_at = None
    visit.save(update_fields=["state", "ended_at"])
    if visit.session.event.state != EventState.APPROVED:
        end([visit.pk], AppointmentState.NO_SHOW)


def _used_by(session_id: uuid.UUID, resident_id: uuid.UUID, name: str) -> Appointment | None:
    """A place that was used stays with its visit; one that was given back does not."""
    place = {"service": name, "active": False, "appointment": OuterRef("pk")}
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("session__event")
        .filter(session_id=session_id, resident_id=resident_id)
        .filter(Exists(AppointmentService.objects.filter(**place)))
        .filter(Exists(Seat.objects.filter(holder=OuterRef("pk"), service=name)))
        .first()
    )


def _booked_elsewhere(visit: Appointment, name: str) -> bool:
    """A booking of a session that is over hinders nobody: it ends."""
    others = Appointment.objects.filter(
        resident_id=visit.resident_id, places__service=name, places__active=True
    )
    over = others.filter(session__ends_at__lte=timezone.now())
    end(list(over.values_list("pk", flat=True)), AppointmentState.NO_SHOW)
    return others.exists()
