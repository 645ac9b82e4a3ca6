"""Steps of a correction: what is booked for a person goes to another row of the same person, or ends."""

from __future__ import annotations

from django.db.models import QuerySet

from dukcapil.accounts.scoping import Actor
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.waiting import give_back
from registrations.people.models import Resident


def hand_over(by: Actor, resident: Resident, into: Resident) -> None:
    """Visits and waiting lists. A person is booked once for a service: where both are, the visit of
    `resident` is cancelled.
    """
    taken = AppointmentService.objects.filter(resident=into, active=True).values("service")
    twice = AppointmentService.objects.filter(
        resident=resident, active=True, service__in=taken
    ).values("appointment_id")
    _cancel(by, Appointment.objects.filter(pk__in=twice))
    now = {"resident_id": into.pk, "village_id": into.village_id}
    AppointmentService.objects.filter(resident=resident).update(**now)
    Appointment.objects.filter(resident=resident).update(**now)
    lists = Waiting.objects.filter(resident=into, state=WaitState.WAITING).values("session_id")
    waiting = Waiting.objects.filter(resident=resident)
    waiting.filter(state=WaitState.WAITING, session__in=lists).update(state=WaitState.WITHDRAWN)
    waiting.update(**now)


def end_all(by: Actor, resident: Resident) -> None:
    """Open visits are cancelled, with what waits to be told; nobody waits any more."""
    _cancel(by, Appointment.objects.filter(resident=resident))
    waiting = Waiting.objects.filter(resident=resident, state=WaitState.WAITING)
    waiting.update(state=WaitState.WITHDRAWN)


def _cancel(by: Actor, visits: QuerySet[Appointment]) -> None:
    open_visits = (
        visits.filter(state__in=AppointmentState.active())
        .select_for_update(of=("self",))
        .select_related("session__event")
        .order_by("pk")
    )
    for visit in list(open_visits):
        give_back(by, visit.session, [visit.pk], AppointmentState.CANCELLED)
