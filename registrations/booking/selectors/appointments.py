"""One visit by its id, for pages and the API."""

from __future__ import annotations

import uuid

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from registrations.booking.models.appointment import Appointment


def get_appointment_or_404(by: Actor, appointment_id: uuid.UUID) -> Appointment:
    appointments = (
        Appointment.objects.visible_to(by)
        .select_related("session__event__village")
        .filter(pk=appointment_id)
    )
    if (appointment := appointments.first()) is None:
        raise NotFound
    return appointment
