"""Steps of a correction: what is booked for a person goes to another row of the same person, or ends."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from django.db.models import QuerySet

from dukcapil.accounts.scoping import Actor
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.visits import end, release_missed
from registrations.booking.services.waiting import give_back, hold_lists, promote
from registrations.people.models import Resident


def hand_over(by: Actor, resident: Resident, into: Resident) -> None:
    """Visits and waiting lists. A person is booked once for a service: where both are, that one stays
    who is here already, else the earlier one.
    """
    _hold_lists_of(Appointment.objects.filter(resident__in=[resident, into]))
    release_missed([resident.pk, into.pk])
    lost = _of_two(resident, into)
    # Who waits moves up only when everything is the one person's: else that person could, twice.
    end([visit.pk for visit in lost], AppointmentState.CANCELLED)
    now = {"resident_id": into.pk, "village_id": into.village_id}
    AppointmentService.objects.filter(resident=resident).update(**now)
    Appointment.objects.filter(resident=resident).update(**now)
    lists = Waiting.objects.filter(resident=into, state=WaitState.WAITING).values("session_id")
    waiting = Waiting.objects.filter(resident=resident)
    _withdraw(waiting.filter(state=WaitState.WAITING, session__in=lists))
    waiting.update(**now)
    for session in sorted({visit.session for visit in lost}, key=lambda one: one.pk):
        promote(by, session)


def _of_two(resident: Resident, into: Resident) -> list[Appointment]:
    """Visits that cannot stay beside a better one of the other row, for the same service."""
    taken: set[str] = set()
    lost = []
    both = list(_open(Appointment.objects.filter(resident__in=[resident, into])))
    places = AppointmentService.objects.filter(appointment__in=both, active=True)
    services: dict[uuid.UUID, set[str]] = defaultdict(set)
    for visit_id, name in places.values_list("appointment_id", "service"):
        services[visit_id].add(name)
    for visit in sorted(both, key=_how_real):
        wanted = services[visit.pk]
        if wanted & taken:
            lost.append(visit)
        else:
            taken |= wanted
    return lost


def _how_real(visit: Appointment) -> tuple[bool, datetime, uuid.UUID]:
    return (visit.state != AppointmentState.CHECKED_IN, visit.session.starts_at, visit.pk)


def not_coming(by: Actor, resident: Resident) -> None:
    """Open visits are cancelled and nobody waits any more: what would be told of them is not sent. Who is
    here at this moment is left alone.
    """
    visits = Appointment.objects.filter(resident=resident)
    _hold_lists_of(visits)
    waiting = Waiting.objects.filter(resident=resident, state=WaitState.WAITING)
    _withdraw(waiting)
    _cancel(by, visits.exclude(state=AppointmentState.CHECKED_IN))


def end_all(by: Actor, resident: Resident) -> None:
    """Open visits are cancelled, nobody waits any more, and nobody is told of anything."""
    visits = Appointment.objects.filter(resident=resident)
    _cancel(by, visits)
    waiting = Waiting.objects.filter(resident=resident)
    _withdraw(waiting.filter(state=WaitState.WAITING))
    messages.forget([*visits, *waiting])


def _withdraw(entries: QuerySet[Waiting]) -> None:
    messages.drop_entries(entries.values_list("pk", flat=True))
    entries.update(state=WaitState.WITHDRAWN)


def _cancel(by: Actor, visits: QuerySet[Appointment]) -> None:
    _hold_lists_of(visits)
    for visit in list(_open(visits)):
        give_back(by, visit.session, [visit.pk], AppointmentState.CANCELLED)


def _hold_lists_of(visits: QuerySet[Appointment]) -> None:
    """Of all before the first booking is touched, or a row of it held."""
    ahead = visits.filter(state__in=AppointmentState.active()).select_related("session__event")
    hold_lists(visit.session for visit in ahead)


def _open(visits: QuerySet[Appointment]) -> QuerySet[Appointment]:
    return (
        visits.filter(state__in=AppointmentState.active())
        .select_for_update(of=("self",))
        .select_related("session__event")
        .order_by("pk")
    )
