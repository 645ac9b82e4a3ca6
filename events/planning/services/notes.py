"""What is noted beside an event: money, obstacles, audience. After the event's last day
has become final, nothing of it changes.
"""

from __future__ import annotations

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.versions import require_seen
from events.planning.models.event import EventAudience, EventCost, EventObstacle, ServiceEvent
from events.planning.selectors.events import require_own
from events.planning.selectors.wholes import WHOLE_WORDS, audience_of, costs_of
from events.planning.services.own import lock_event


@service
def set_costs(
    *,
    by: Actor,
    event: ServiceEvent,
    costs: dict[str, tuple[int | None, int | None]],
    version: str | None = None,
) -> None:
    """item -> (planned, spent) in whole rupiah; an item with neither has no row. `version`: of what was
    shown (`selectors.wholes`), here and below; without one it is saved over whatever stands.
    """
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    lock_event(by, event.pk)
    require_seen(version, costs_of(event.pk), WHOLE_WORDS)
    for item, (planned, spent) in costs.items():
        if not planned and spent is None:
            EventCost.objects.filter(event=event, item=item).delete()
        else:
            EventCost.objects.update_or_create(
                event=event, item=item, defaults={"planned": planned or 0, "spent": spent}
            )


@service
def note_obstacle(*, by: Actor, event: ServiceEvent, kind: str, note: str = "") -> EventObstacle:
    """One of the coded obstacles; `other` needs a note."""
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    return EventObstacle.objects.create(
        event=event, kind=kind, note=note.strip(), created_by_id=by.user_id
    )


@service
def drop_obstacle(*, by: Actor, obstacle: EventObstacle) -> None:
    require(by, Permission.EVENTS_PLAN)
    require_own(by, obstacle.event)
    obstacle.delete()


@service
def set_audience(
    *, by: Actor, event: ServiceEvent, people: int, version: str | None = None
) -> EventAudience:
    """How many people heard what was told there."""
    require(by, Permission.EVENTS_PLAN)
    require_own(by, event)
    lock_event(by, event.pk)
    require_seen(version, audience_of(event.pk), WHOLE_WORDS)
    return EventAudience.objects.update_or_create(event=event, defaults={"people": people})[0]
