"""What anybody may know: approved events with their hours and free places. No person is in it."""

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
from events.planning.selectors.events import places

#: What strangers are told of.
_FOR_ALL: dict[str, Any] = {"state": EventState.APPROVED, "by_invitation": False}
#: Events of one answer; more than anybody reads, and a bound for what strangers may ask for.
MOST = 200


@dataclass(frozen=True)
class OpenEvent:
    event: ServiceEvent
    #: Each session with its places a service, as `places` gives them.
    hours: list[tuple[ServiceSession, dict[str, Any]]]


def open_events(*, region: str = "", first: date) -> list[OpenEvent]:
    """Events from a day on that strangers are told of."""
    return _opened(ServiceEvent.everything.filter(ends_on__gte=first, **_FOR_ALL), region)


def _opened(found: QuerySet[ServiceEvent], region: str) -> list[OpenEvent]:
    """With their sessions, in three queries."""
    if region:
        found = found.filter(inside("office_id", region))
    events = list(
        found.select_related("village", "office").order_by("starts_on", "title", "pk")[:MOST]
    )
    sessions = list(ServiceSession.everything.filter(event__in=events).order_by("starts_at", "pk"))
    seats = places(session.pk for session in sessions)
    hours = defaultdict(list)
    for session in sessions:
        hours[session.event_id].append((session, seats[session.pk]))
    return [OpenEvent(event, hours[event.pk]) for event in events]


def events_of_office(office: str, first: date) -> list[OpenEvent]:
    """An office's own events, drafts and invitations included: for who has its secret address."""
    standing = [state for state in EventState if state != EventState.CANCELLED]
    return _opened(ServiceEvent.everything.filter(ends_on__gte=first, state__in=standing), office)


def office_of_link(digest: str) -> str | None:
    """The office whose calendar a secret address opens; None when there is none, or it ended."""
    found = CalendarLink.objects.filter(digest=digest, ended_at=None)
    return found.values_list("office_id", flat=True).first()


def offices_with_events(first: date) -> list[Region]:
    """Whose approved events the schedule shows, for its filter."""
    found = ServiceEvent.everything.filter(ends_on__gte=first, **_FOR_ALL)
    return list(Region.objects.filter(pk__in=found.values("office_id")).order_by("name"))
