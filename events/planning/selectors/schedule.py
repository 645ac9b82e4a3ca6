"""Events with their hours and seats, for the public schedule and for secret calendar addresses. Read
without a scope: no person is in it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from dukcapil.regions.models import Region, inside
from events.calendar.models import CalendarLink
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import seat_counts

#: The events that everybody may see.
_PUBLIC: dict[str, Any] = {"state": EventState.APPROVED, "by_invitation": False}
#: Events of one answer: nobody reads more, and anybody may ask.
MOST_EVENTS = 200


@dataclass(frozen=True)
class ScheduledEvent:
    event: ServiceEvent
    #: Each session with its seats for each service, as `seat_counts` gives them.
    sessions: list[tuple[ServiceSession, dict[str, Any]]]


def public_events(*, region: str = "", first: date) -> list[ScheduledEvent]:
    """Events that everybody may see and that end on the day `first` or later."""
    found = _with_sessions(ServiceEvent.everything.filter(ends_on__gte=first, **_PUBLIC), region)
    # A session without places takes nobody: it is no news for the public.
    return [
        ScheduledEvent(one.event, [(session, seats) for session, seats in one.sessions if seats])
        for one in found
    ]


def _with_sessions(queryset: QuerySet[ServiceEvent], region: str) -> list[ScheduledEvent]:
    """Those of a region, with their sessions, in three queries."""
    if region:
        queryset = queryset.filter(inside("office_id", region))
    queryset = queryset.select_related("village", "office").order_by("starts_on", "title", "pk")
    events = list(queryset[:MOST_EVENTS])
    sessions = list(ServiceSession.everything.filter(event__in=events).order_by("starts_at", "pk"))
    seats = seat_counts(session.pk for session in sessions)
    by_event = defaultdict(list)
    for session in sessions:
        by_event[session.event_id].append((session, seats[session.pk]))
    return [ScheduledEvent(event, by_event[event.pk]) for event in events]


def events_of_office(office: str, first: date) -> list[ScheduledEvent]:
    """An office's own events, with drafts and those by invitation: for its secret address."""
    states = [state for state in EventState if state != EventState.CANCELLED]
    events = ServiceEvent.everything.filter(ends_on__gte=first, state__in=states)
    return _with_sessions(events, office)


def office_of_calendar_link(digest: str) -> str | None:
    """The office whose calendar a secret address opens; None when there is none, or it ended."""
    links = CalendarLink.objects.filter(digest=digest, ended_at=None)
    return links.values_list("office_id", flat=True).first()


def offices_with_public_events(first: date) -> list[Region]:
    """Offices for the filter of the schedule."""
    events = ServiceEvent.everything.filter(ends_on__gte=first, **_PUBLIC)
    return list(Region.objects.filter(pk__in=events.values("office_id")).order_by("name"))
