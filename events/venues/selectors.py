"""Reading venues and the events that go to them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.enums import EventState
from events.planning.models.session import ServiceSession
from events.venues.enums import VenueKind
from events.venues.models import Venue, VenueVisit


def get_venue_or_404(by: Actor, venue_id: uuid.UUID) -> Venue:
    venue = (
        Venue.objects.visible_to(by).select_related("village", "office").filter(pk=venue_id).first()
    )
    if venue is None:
        raise NotFound
    return venue


def require_own_venue(by: Actor, venue: Venue) -> None:
    """A venue is worked with by the office that keeps it. Raises NotFound."""
    if by.office is None or venue.office_id != by.office:
        raise NotFound


def venues_of(by: Actor, *, kind: str = "", text: str = "") -> QuerySet[Venue]:
    """By name, with the day of the last visit that was held and of the next one."""
    venues = Venue.objects.visible_to(by).select_related("village").order_by("name", "pk")
    if kind in VenueKind.values:
        venues = venues.filter(kind=kind)
    if text:
        venues = venues.filter(Q(name__icontains=text) | Q(code=text))
    return venues.annotate(
        last_visit=Max("visits__event__ends_on", filter=Q(visits__event__state=EventState.CLOSED)),
        next_visit=Min(
            "visits__event__starts_on",
            filter=Q(
                visits__event__state__in=EventState.ahead(), visits__event__ends_on__gte=by.today
            ),
        ),
    )


def visits_of(by: Actor, venue: Venue) -> QuerySet[VenueVisit]:
    visits = VenueVisit.objects.visible_to(by).filter(venue=venue).select_related("event")
    return visits.order_by("-event__starts_on", "-event_id")


def venue_of_event(by: Actor, event_id: uuid.UUID) -> Venue | None:
    visit = (
        VenueVisit.objects.visible_to(by)
        .filter(event_id=event_id)
        .select_related("venue__village", "venue__office")
        .first()
    )
    return visit.venue if visit else None


def goes_to_prison(path: str) -> Exists:
    """For a query of rows with an event (`path` leads to its id): whether it goes to a prison."""
    visits = VenueVisit.everything.filter(event=OuterRef(path), venue__kind=VenueKind.PRISON)
    return Exists(visits)


def of_venue() -> dict[str, Any]:
    """Columns for a query of events: the venue that each goes to."""
    visit = VenueVisit.everything.filter(event=OuterRef("pk"))
    return {
        "venue_at": Subquery(visit.values("venue_id")[:1]),
        "venue_name": Subquery(visit.values("venue__name")[:1]),
    }


def last_end(path: str) -> Subquery:
    """For a query of rows with a venue (`path`): when its last visit that was held ended."""
    sessions = ServiceSession.everything.filter(
        event__venue_visit__venue=OuterRef(path), event__state=EventState.CLOSED
    )
    return Subquery(sessions.order_by("-ends_at").values("ends_at")[:1])
