"""Reading events, sessions, their seats and stations; lists of events."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.asked import asked
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import the_one
from dukcapil.core.errors import NotFound, Refused
from dukcapil.regions.enums import Zone, bounds, day_of, today_in
from events.planning.enums import FINAL_AFTER, ChangeState, EventState, Lane, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession, Station
from events.planning.models.signing import EventChange, EventReopening


def get_event_or_404(by: Actor, event_id: uuid.UUID, **annotations: Any) -> ServiceEvent:
    """`annotations` come in the same query."""
    events = (
        ServiceEvent.objects.visible_to(by)
        .select_related("village", "office", "created_by", "neutrality_signed_by")
        .annotate(reopened=Exists(EventReopening.objects.filter(event=OuterRef("pk"))))
        .filter(pk=event_id)
    )
    if (event := the_one(events.annotate(**annotations))) is None:
        raise NotFound
    return event


_SESSION = asked(
    "session",
    lambda by, pk: (
        ServiceSession.objects.visible_to(by).select_related("event__village").filter(pk=pk)
    ),
    pk=uuid.UUID,
)


def get_session_or_404(by: Actor, session_id: uuid.UUID) -> ServiceSession:
    """With its event and village."""
    if (session := _SESSION.one(by, session_id)) is None:
        raise NotFound
    return cast("ServiceSession", session)


def begins_on(day: date) -> Q:
    """Sessions that belong to a day: they begin on it, by the clock of their place."""
    asked = Q(pk__in=[])
    for zone in Zone.values:
        first, after = bounds(day, zone)
        asked |= Q(event__village__timezone=zone, starts_at__gte=first, starts_at__lt=after)
    return asked


def suggested_day(event: ServiceEvent) -> date:
    """For one more session: the day after the last one, else today, within the event's days."""
    last = event.sessions.order_by("-starts_at").values_list("starts_at", flat=True).first()
    day = day_of(last, event.village_id) + timedelta(days=1) if last else today_in(event.village_id)
    return max(event.starts_on, min(event.ends_on, day))


_SERVICE_ORDER = list(Service.values)
_FREE = Q(holder__isnull=True)


def seat_counts(session_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, dict[str, int]]]:
    """session -> service -> {capacity, free, walk_in, priority, out}: one query for any number.

    `free` seats may be booked by everybody; `walk_in` and `priority` are free too, but kept for those.
    `out`: nobody has them, and nobody gets them, while a recording set is out of order.
    """
    counts: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in seat_rows(session_ids):
        counts[row["session_id"]].append(row)
    return defaultdict(dict, {session: places_by(found) for session, found in counts.items()})


def seat_rows(
    session_ids: Iterable[uuid.UUID] | QuerySet[Any, Any],
) -> QuerySet[Seat, dict[str, Any]]:
    """A row for each session and service, where a page asks for many things at once (`core.readings`).
    `session_ids`: or the query for them.
    """
    asked_for = session_ids if isinstance(session_ids, QuerySet) else list(session_ids)
    rows: Any = (
        Seat.objects.filter(session_id__in=asked_for)
        .values("session_id", "service")
        .annotate(
            capacity=Count("pk"),
            free=Count("pk", filter=_FREE & Q(kept_for="")),
            walk_in=Count("pk", filter=_FREE & Q(kept_for=Lane.WALK_IN)),
            priority=Count("pk", filter=_FREE & Q(kept_for=Lane.PRIORITY)),
            out=Count("pk", filter=_FREE & Q(kept_for=Lane.OUT)),
        )
        .order_by("session_id", "service")
    )
    return cast("QuerySet[Seat, dict[str, Any]]", rows)


def places_by(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Of one session: service -> its numbers, in the order in which a desk offers the services."""
    numbers = ("capacity", "free", "walk_in", "priority", "out")
    in_order = sorted(rows, key=lambda row: _SERVICE_ORDER.index(row["service"]))
    return {row["service"]: {name: row[name] for name in numbers} for row in in_order}


def _seats(**held: bool) -> Subquery:
    counted = (
        Seat.objects.filter(session__event=OuterRef("pk"), **held)
        .order_by()
        .values("session__event")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Subquery(counted, output_field=IntegerField())


def listed_events(
    by: Actor,
    *,
    state: str = "",
    kind: str = "",
    day: date | None = None,
    office: str = "",
    text: str = "",
    programme: str = "",
) -> QuerySet[ServiceEvent]:
    """Events as lists show them, the newest day first, with the numbers of sessions, seats and taken
    seats.
    """
    events = ServiceEvent.objects.visible_to(by).select_related("village", "office")
    if state:
        events = events.filter(state=state)
    if kind:
        events = events.filter(kind=kind)
    if day:
        events = events.filter(starts_on__lte=day, ends_on__gte=day)
    if office:
        events = events.filter(office_id=office)
    if programme:
        events = events.filter(programme__iexact=programme)
    if text:
        events = events.filter(Q(title__icontains=text) | Q(place__icontains=text))
    return events.annotate(
        session_count=Count("sessions"),
        seats=Coalesce(_seats(), 0),
        taken=Coalesce(_seats(holder__isnull=False), 0),
    ).order_by("-starts_on", "-pk")


def is_final(event: ServiceEvent) -> bool:
    """Whether nothing of a closed event is changed any more, by the date of its place."""
    return today_in(event.village_id) > event.ends_on + timedelta(days=FINAL_AFTER)


def reopenings_of(event: ServiceEvent) -> list[EventReopening]:
    """When its closing was taken back, by whom and why."""
    if not getattr(event, "reopened", True):
        return []
    return list(event.reopenings.select_related("reopened_by").order_by("pk"))


def require_own(by: Actor, event: ServiceEvent) -> None:
    if not by.covers(event.office_id):
        raise Refused("forbidden", _("The event belongs to another office."))


def may_plan(by: Actor, event: ServiceEvent) -> bool:
    """Whether a page offers buttons that change this event; the verbs check again."""
    return bool(by.office) and by.covers(event.office_id) and by.may(Permission.EVENTS_PLAN)


def require_own_or_404(by: Actor, event: ServiceEvent) -> ServiceEvent:
    """For the money and the plans of an event, which somebody who is lent to it does not see."""
    if not by.covers(event.office_id):
        raise NotFound
    return event


#: Events of one calendar page; a province in an election week has fewer.
MOST_CALENDAR_EVENTS = 600


def whole_days(events: QuerySet[ServiceEvent], most: int) -> tuple[list[ServiceEvent], date | None]:
    """The first `most` of events in the order of their days, cut between two days; and the last day that
    is whole, None when nothing was cut. A day with more than `most` is whole all the same.
    """
    found = list(events[: most + 1])
    if len(found) <= most:
        return found, None
    cut = found[most].starts_on
    if cut == found[0].starts_on:
        return list(events.filter(starts_on=cut)), cut
    return [event for event in found if event.starts_on < cut], cut - timedelta(days=1)


def events_between(by: Actor, first: date, last: date) -> tuple[list[ServiceEvent], date | None]:
    """Events that run in [first, last] and were not cancelled, in the order of their days; as
    `whole_days`.
    """
    events = (
        ServiceEvent.objects.visible_to(by)
        .select_related("office")
        .filter(starts_on__lte=last, ends_on__gte=first)
        .exclude(state=EventState.CANCELLED)
    )
    return whole_days(events.order_by("starts_on", "title", "pk"), MOST_CALENDAR_EVENTS)


def coming_events(by: Actor, day: date) -> QuerySet[ServiceEvent]:
    """What is planned from a day on, the next first, and whether a change of it waits for the head."""
    waits = EventChange.objects.filter(event=OuterRef("pk"), state=ChangeState.PENDING)
    events = ServiceEvent.objects.visible_to(by).annotate(change_waits=Exists(waits))
    return events.filter(starts_on__gte=day, state__in=EventState.ahead()).order_by(
        "starts_on", "pk"
    )


def stations_of(event_id: uuid.UUID) -> list[Station]:
    return list(Station.objects.filter(event_id=event_id).order_by("pk"))
