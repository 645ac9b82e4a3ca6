"""Events with their hours and seats, for the public schedule and for calendars. Read without a scope: no
person is in it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone

from dukcapil.regions.enums import Level, Zone, today_in
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import NATION, ancestor, level_of
from events.calendar.models import CalendarLink
from events.planning.enums import EventState, Lane
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from events.planning.selectors.events import seat_counts, whole_days

#: The events that everybody may see.
_PUBLIC: dict[str, Any] = {"state": EventState.APPROVED, "by_invitation": False}
#: Days of a calendar, before and after today; and events of one, in whole days.
PAST, AHEAD = timedelta(days=31), timedelta(days=366)
MOST_EVENTS = 500
#: How long a calendar still shows that something was cancelled.
CANCELLED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Change:
    """How often something was changed, and when the last time."""

    number: int
    at: datetime

    def with_(self, other: Change) -> Change:
        return Change(self.number + other.number, max(self.at, other.at))


@dataclass(frozen=True)
class Removed:
    """A session that was taken out of the plan."""

    key: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    change: Change


@dataclass(frozen=True)
class ScheduledEvent:
    event: ServiceEvent
    #: Each session with its seats for each service, as `seat_counts` gives them.
    sessions: list[tuple[ServiceSession, dict[str, Any]]]
    change: Change
    #: For calendars alone.
    of_sessions: dict[uuid.UUID, Change] = field(default_factory=dict)
    removed: list[Removed] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Bookings are taken, and there is no place left for anybody, at no hour."""
        cells = [cell for _session, seats in self.sessions for cell in seats.values()]
        return bool(cells) and not any(
            cell[lane] for cell in cells for lane in ("free", "walk_in", "priority")
        )


# --- the page ---------------------------------------------------------------------------------------


def public_events(
    *, region: str = "", service: str = "", day: date | None = None
) -> QuerySet[ServiceEvent]:
    """Approved events that everybody may see, from today on or of one day, the next first."""
    events = _shown()
    if region:
        events = events.filter(inside("village_id", region))
    if service:
        events = events.filter(services__contains=[service])
    if day:
        events = events.filter(starts_on__lte=day, ends_on__gte=day)
    return events.select_related("village__parent", "office").order_by("starts_on", "title", "pk")


def _shown() -> QuerySet[ServiceEvent]:
    """Without those whose hours are all over: nobody is served there any more."""
    hours = _bookable()
    over = Exists(hours) & ~Exists(hours.filter(ends_at__gt=timezone.now()))
    return ServiceEvent.everything.filter(~over, _from_today(), **_PUBLIC)


def _bookable() -> QuerySet[ServiceSession]:
    """Sessions with places, of the event of the query around it."""
    places = Seat.objects.filter(session=OuterRef("pk"))
    return ServiceSession.everything.filter(Exists(places), event=OuterRef("pk"))


def _from_today() -> Q:
    """Not over by the date of their place."""
    now = timezone.now()
    condition = Q(pk__in=[])
    for zone in Zone.values:
        condition |= Q(village__timezone=zone, ends_on__gte=now.astimezone(ZoneInfo(zone)).date())
    return condition


def with_hours(events: Iterable[ServiceEvent]) -> list[ScheduledEvent]:
    """With the hours that are still to come and have places: a session without any takes nobody."""
    return [
        replace(
            one,
            sessions=[
                (session, seats)
                for session, seats in one.sessions
                if seats and session.ends_at > timezone.now()
            ],
        )
        for one in _with_sessions(list(events))
    ]


def _with_sessions(events: list[ServiceEvent]) -> list[ScheduledEvent]:
    """Two queries for any number."""
    sessions = list(ServiceSession.everything.filter(event__in=events).order_by("starts_at", "pk"))
    seats = seat_counts(session.pk for session in sessions)
    by_event = defaultdict(list)
    for session in sessions:
        by_event[session.event_id].append((session, seats[session.pk]))
    return [
        ScheduledEvent(event, by_event[event.pk], Change(0, event.created_at)) for event in events
    ]


@dataclass(frozen=True)
class Area:
    """A part of a region on the map."""

    code: str
    name: str
    events: int
    #: Of these, with a free place or without bookings at all.
    open: int


def areas(events: QuerySet[ServiceEvent], region: str) -> list[Area]:
    """Where these events are, by the parts of the region: one query."""
    below = level_of(region).below
    if below is None or below == Level.VILLAGE:
        return []
    seats = Seat.objects.filter(session__event=OuterRef("pk"), session__ends_at__gt=timezone.now())
    name = Region.objects.filter(pk=OuterRef("area")).values("name")
    counted: Any = (
        events.order_by()
        .annotate(
            area=Left("village_id", below.code_length),
            area_name=Subquery(name),
            bookable=Exists(_bookable()),
            room=Exists(seats.filter(holder__isnull=True).exclude(kept_for=Lane.OUT)),
        )
        .values_list("area", "area_name")
        .annotate(n=Count("pk"), open=Count("pk", filter=Q(room=True) | Q(bookable=False)))
        .order_by("area")
    )
    return [Area(*row) for row in counted]


def places_with_events(region: str = "") -> list[Region]:
    """Offices for the filter of the schedule; of a chosen one also its districts."""
    events = _shown()
    offices = Q(pk__in=events.values("office_id"))
    if len(region) >= Level.REGENCY.code_length:
        office = ancestor(region, Level.REGENCY)
        inside_office = events.filter(office_id=office).annotate(district=Left("village_id", 8))
        offices |= Q(pk__in=inside_office.values("district")) | Q(pk=region)
    return list(Region.objects.filter(offices).order_by("pk"))


# --- calendars --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Feed:
    """Events of whole days, with what changed."""

    events: list[ScheduledEvent]
    first: date
    last: date
    #: False: there are more after `last` than one calendar holds.
    whole: bool


def public_feed(region: str = "") -> Feed:
    """What the schedule shows, what took place lately, and what was cancelled lately."""
    shown = Q(state__in=[EventState.APPROVED, EventState.CLOSED]) | _cancelled_lately()
    events = ServiceEvent.everything.filter(
        shown, by_invitation=False, neutrality_signed_at__isnull=False
    )
    if region:
        events = events.filter(inside("village_id", region))
    return _feed(events, region, public=True)


def office_feed(office: str) -> Feed:
    """An office's own events, with drafts and those by invitation: for its secret address."""
    events = ServiceEvent.everything.filter(
        ~Q(state=EventState.CANCELLED) | _cancelled_lately(), office_id=office
    )
    return _feed(events, office, public=False)


def _cancelled_lately() -> Q:
    """The last change of an event that was cancelled is that it was."""
    lately = _history(ServiceEvent).objects.filter(
        pgh_obj=OuterRef("pk"), pgh_created_at__gte=timezone.now() - CANCELLED_FOR
    )
    return Q(Exists(lately), state=EventState.CANCELLED)


def _feed(events: QuerySet[ServiceEvent], region: str, *, public: bool) -> Feed:
    today = today_in(region or NATION)
    first, last = today - PAST, today + AHEAD
    events = events.filter(ends_on__gte=first, starts_on__lte=last)
    found, until = whole_days(
        events.select_related("village__parent", "office").order_by("starts_on", "title", "pk"),
        MOST_EVENTS,
    )
    return Feed(
        _with_changes(_with_sessions(found), public=public),
        first,
        until or last,
        whole=until is None,
    )


def _with_changes(entries: list[ScheduledEvent], *, public: bool) -> list[ScheduledEvent]:
    """Three queries for any number. Of sessions that were removed everybody is told who may have seen
    them: after the approval.
    """
    events = {entry.event.pk: entry.event for entry in entries}
    sessions = [session for entry in entries for session, _seats in entry.sessions]
    of_events = _changes(ServiceEvent, events)
    of_sessions = _changes(ServiceSession, [session.pk for session in sessions])
    removed = _removed(events.values(), public=public)
    return [
        replace(
            entry,
            sessions=[one for one in entry.sessions if one[1] or not public],
            change=entry.change.with_(of_events.get(entry.event.pk, entry.change)),
            of_sessions={
                session.pk: of_sessions.get(session.pk, Change(0, session.created_at))
                for session, _seats in entry.sessions
            },
            removed=removed[entry.event.pk],
        )
        for entry in entries
    ]


def _history(model: Any) -> Any:
    """The table that pghistory makes when it runs: rows of before each change."""
    return model.pgh_event_model


def _changes(model: Any, keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, Change]:
    rows = (
        _history(model)
        .objects.filter(pgh_obj__in=list(keys))
        .values_list("pgh_obj")
        .annotate(n=Count("pk"), at=Max("pgh_created_at"))
        .order_by()
    )
    return {key: Change(number, at) for key, number, at in rows}


def _removed(events: Iterable[ServiceEvent], *, public: bool) -> dict[uuid.UUID, list[Removed]]:
    by_event: dict[uuid.UUID, list[Removed]] = defaultdict(list)
    signed = {event.pk: event.neutrality_signed_at for event in events}
    history = _history(ServiceSession)
    # The row of before is kept with every change: the last of a session that is gone is its end.
    gone = history.objects.filter(
        event__in=list(signed),
        pgh_label="delete",
        pgh_created_at__gte=timezone.now() - CANCELLED_FOR,
    )
    before = (
        history.objects.filter(pgh_obj=OuterRef("pgh_obj"))
        .order_by()
        .values("pgh_obj")
        .annotate(n=Count("pk"))
        .values("n")
    )
    for row in gone.annotate(changes=Subquery(before)).order_by("starts_at", "pk"):
        approved = signed[row.event_id]
        if not public or (approved and row.pgh_created_at > approved):
            change = Change(row.changes, row.pgh_created_at)
            by_event[row.event_id].append(
                Removed(row.pgh_obj_id, row.starts_at, row.ends_at, change)
            )
    return by_event


def office_of_calendar_link(digest: str) -> str | None:
    """The office whose calendar a secret address opens; None when there is none, or it ended."""
    links = CalendarLink.objects.filter(digest=digest, ended_at=None)
    return links.values_list("office_id", flat=True).first()
