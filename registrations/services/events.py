"""Ending an event reaches its bookings, so these verbs live here and not in events."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict
from events.enums import EventState
from events.models import ServiceEvent
from events.services import lock_event
from registrations.enums import AppointmentState
from registrations.services.appointments import end_all_of


@service
def close_event(*, by: Actor, event: ServiceEvent) -> ServiceEvent:
    """Those still booked did not come. Late records are still taken. Again: changes nothing."""
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    if event.state == EventState.CLOSED:
        return event
    if event.state != EventState.APPROVED:
        raise Conflict("event-state", _("Only an approved event can be closed."))
    end_all_of(event.pk, AppointmentState.NO_SHOW)
    event.state = EventState.CLOSED
    event.save(update_fields=["state"])
    return event


@service
def cancel_event(*, by: Actor, event: ServiceEvent) -> ServiceEvent:
    """Everybody booked is free to book elsewhere. Again: changes nothing."""
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    if event.state == EventState.CANCELLED:
        return event
    if event.state == EventState.CLOSED:
        raise Conflict("event-state", _("A closed event cannot be cancelled."))
    end_all_of(event.pk, AppointmentState.CANCELLED)
    event.state = EventState.CANCELLED
    event.save(update_fields=["state"])
    return event
