"""What is saved as a whole beside an event, with the parts of its version: costs, audience, stations,
places of a session. Read anew each time, for a verb asks while it holds the lock.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from events.planning.enums import CostItem, Service
from events.planning.models.event import EventAudience, EventCost
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import seat_counts, stations_of

#: Parts of these versions -> what a refusal calls them.
WHOLE_WORDS: dict[str, Any] = {
    **{item.value: item.label for item in CostItem},
    **{service.value: service.label for service in Service},
    "people": _("People reached"),
    "stations": _("Stations"),
    "starts_at": _("From"),
    "ends_at": _("Until"),
}


def costs_of(event_id: uuid.UUID) -> dict[str, Any]:
    """item -> [planned, spent]; None for an item without costs."""
    rows = EventCost.objects.filter(event=event_id).values_list("item", "planned", "spent")
    by_item = {item: [planned, spent] for item, planned, spent in rows}
    return {item: by_item.get(item) for item in CostItem.values}


def audience_of(event_id: uuid.UUID) -> dict[str, Any]:
    return {
        "people": EventAudience.objects.filter(event=event_id)
        .values_list("people", flat=True)
        .first()
    }


def stations_parts(event_id: uuid.UUID) -> dict[str, Any]:
    return {"stations": [[one.name, one.services] for one in stations_of(event_id)]}


def session_parts(session: ServiceSession) -> dict[str, Any]:
    """Hours, and the number of places of each service, booked or not: bookings alone change no version."""
    counts = seat_counts([session.pk])[session.pk]
    return {
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        **{name: counts[name]["capacity"] if name in counts else 0 for name in Service.values},
    }
