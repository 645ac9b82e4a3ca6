"""Locking an event for somebody who may change it: the first step of every verb that does."""

from __future__ import annotations

from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import require_own


def lock_event(by: Actor, event_id: Any) -> ServiceEvent:
    """The event, locked until the commit. Somebody who is only lent to it may serve in it, but not
    change it.
    """
    event = (
        ServiceEvent.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=event_id)
    ).first()
    if event is None:
        raise NotFound
    require_own(by, event)
    return event


def hold_event(event_id: Any) -> None:
    """For somebody who may not change it, but what its places depend on: bookings wait, and it for them."""
    ServiceEvent.everything.select_for_update(of=("self",)).get(pk=event_id)
