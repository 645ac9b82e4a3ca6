from __future__ import annotations

import uuid

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from registrations.booking.models.appointment import Appointment


def get_appointment_or_404(by: Actor, appointment_id: uuid.UUID) -> Appointment:
    found = (
        Appointment.objects.visible_to(by)
        .select_related("session__event__village")
        .filter(pk=appointment_id)
    )
    if (appointment := found.first()) is None:
        raise NotFound
    return appointment
