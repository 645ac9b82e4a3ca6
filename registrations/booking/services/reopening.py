"""A booking that was used up is open again, because its record was taken back."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState
from events.planning.models.session import Seat, ServiceSession
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.services import messages
from registrations.booking.services.visits import end, locked_state
from registrations.booking.services.waiting import hold_lists, promote


def lock_used(session_id: uuid.UUID, resident_id: uuid.UUID, name: str) -> list[Appointment]:
    """Visits of this person that used up a place for the service, the newest first.

    Holds the event's state: its closing waits, or was before. A place that was used stays with its
    visit; one that was given back does not.
    """
    session = ServiceSession.objects.select_related("event").filter(pk=session_id).first()
    if session is None:
        return []
    hold_lists([session])
    session.event.state = locked_state(session.event)
    place = {"service": name, "active": False, "appointment": OuterRef("pk")}
    visits = list(
        Appointment.objects.select_for_update(of=("self",))
        .filter(session_id=session_id, resident_id=resident_id)
        .filter(Exists(AppointmentService.objects.filter(**place)))
        .filter(Exists(Seat.objects.filter(holder=OuterRef("pk"), service=name)))
        .order_by("-created_at", "-pk")
    )
    for visit in visits:
        visit.session = session
    return visits


def reopen(by: Actor, visit: Appointment, name: str) -> None:
    """The service is open again, on its own place (that was never given away) and with the number
    that the person has. `visit`: of `lock_used`.

    Once the event is over, or when the person is booked for the service elsewhere by now, the place
    goes back instead, and the visit says what is left of it. A closing that is taken back opens it.
    """
    places = AppointmentService.objects.filter(appointment=visit)
    if not _takes_again(visit, name):
        Seat.objects.filter(holder=visit.pk, service=name).update(holder=None)
        if not places.filter(active=True).exists():
            end([visit.pk], AppointmentState.NO_SHOW)
        promote(by, visit.session)
        return
    state = visit.session.event.state
    visit.state = AppointmentState.CHECKED_IN if visit.checked_in_at else AppointmentState.BOOKED
    visit.ended_at = None
    if state == EventState.CLOSED:
        visit.open_at_closing = visit.state
        places.filter(service=name).update(open_at_closing=True)
    visit.save(update_fields=["state", "ended_at", "open_at_closing"])
    if state != EventState.APPROVED:
        end([visit.pk], AppointmentState.NO_SHOW)
    elif visit.state == AppointmentState.BOOKED and (contact := messages.contact_of(visit)):
        messages.remind(visit, contact)


def _takes_again(visit: Appointment, name: str) -> bool:
    """False when the person is booked for the service elsewhere by now. A booking of a session that is
    over hinders nobody: it ends.
    """
    others = Appointment.objects.filter(
        resident_id=visit.resident_id, places__service=name, places__active=True
    )
    over = others.filter(session__ends_at__lte=timezone.now())
    end(list(over.values_list("pk", flat=True)), AppointmentState.NO_SHOW)
    if others.exists():
        return False
    try:
        with transaction.atomic():
            AppointmentService.objects.filter(appointment=visit, service=name).update(active=True)
    except IntegrityError:
        # Where a lent clerk does not see it, or at this very moment.
        return False
    return True
