"""One visit by its id, for pages and the API."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from registrations.booking.models.appointment import Appointment, AppointmentService


def get_appointment_or_404(by: Actor, appointment_id: uuid.UUID) -> Appointment:
    appointments = (
        Appointment.objects.visible_to(by)
        .select_related("session__event__village")
        .filter(pk=appointment_id)
    )
    if (appointment := appointments.first()) is None:
        raise NotFound
    return appointment


def numbers_of(by: Actor, visits: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Visit -> service -> number of the place; one query."""
    numbers: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    places = AppointmentService.objects.visible_to(by).filter(appointment__in=visits).order_by("pk")
    for visit, service, number in places.values_list("appointment_id", "service", "number"):
        numbers[visit][service] = number
    return numbers
