from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor
from events.enums import DayKind, ElectionKind, Service
from events.models import Election, LocalDay, Seat, ServiceEvent, ServiceSession


def get_event_or_404(by: Actor, event_id: uuid.UUID) -> ServiceEvent:
    found = (
        ServiceEvent.objects.visible_to(by)
        .select_related("village", "created_by", "neutrality_signed_by")
        .filter(pk=event_id)
    )
    if (event := found.first()) is None:
        raise NotFound
    return event


def get_session_or_404(by: Actor, session_id: uuid.UUID) -> ServiceSession:
    found = (
        ServiceSession.objects.visible_to(by).select_related("event__village").filter(pk=session_id)
    )
    if (session := found.first()) is None:
        raise NotFound
    return session


_OFFERED = list(Service.values)


def places(session_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, dict[str, int]]]:
    """session -> service -> {capacity, free}: one query for any number of sessions."""
    found: dict[uuid.UUID, dict[str, dict[str, int]]] = defaultdict(dict)
    counted = (
        Seat.objects.filter(session_id__in=list(session_ids))
        .values("session_id", "service")
        .annotate(capacity=Count("pk"), free=Count("pk", filter=Q(holder__isnull=True)))
        .order_by()
    )
    # In the order in which a desk offers them.
    for row in sorted(counted, key=lambda row: _OFFERED.index(row["service"])):
        found[row["session_id"]][row["service"]] = {
            "capacity": row["capacity"],
            "free": row["free"],
        }
    return found


#: What a person edits; the version is over these.
EDITED = (
    *("title", "kind", "village_id", "place", "place_kind", "target_group", "programme"),
    *("services", "starts_on", "ends_on", "holiday_reason"),
)


def version_of(event: ServiceEvent) -> str:
    """Changes whenever anything that a person edits does: tells a stale form."""
    text = repr([getattr(event, name) for name in EDITED])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
) -> QuerySet[ServiceEvent]:
    """Events as lists show them, the newest day first: with sessions, places and taken places."""
    found = ServiceEvent.objects.visible_to(by).select_related("village", "office")
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if day:
        found = found.filter(starts_on__lte=day, ends_on__gte=day)
    if office:
        found = found.filter(office_id=office)
    if text:
        found = found.filter(Q(title__icontains=text) | Q(place__icontains=text))
    return found.annotate(
        session_count=Count("sessions"),
        places=Coalesce(_seats(), 0),
        taken=Coalesce(_seats(holder__isnull=False), 0),
    ).order_by("-starts_on", "-pk")


# --- elections and working days -----------------------------------------------------------------


def _covering(code: str) -> list[str]:
    return ["00", *{ancestor(code, level) for level in Level if level.code_length <= len(code)}]


def previous_election(code: str, day: date) -> Election | None:
    """The last real election in this region before `day` (examples do not make first-time voters)."""
    return (
        Election.objects.filter(region_id__in=_covering(code), held_on__lt=day)
        .exclude(kind=ElectionKind.EXAMPLE)
        .order_by("-held_on")
        .first()
    )


def next_election(code: str, day: date, known_at: datetime | None = None) -> Election | None:
    """`known_at`: as the elections stood at that moment."""
    found = Election.objects.filter(region_id__in=_covering(code), held_on__gte=day)
    if known_at is not None:
        found = found.filter(created_at__lte=known_at)
    return found.order_by("held_on").first()


@lru_cache(maxsize=8)
def _national_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("ID", years=year))


def working_days(
    codes: Iterable[str], first: date, last: date, known_at: datetime | None = None
) -> dict[str, int]:
    """For each region the number of days in [first, last] on which its offices work."""
    return {code: len(days) for code, days in days_worked(codes, first, last, known_at).items()}


def days_worked(
    codes: Iterable[str], first: date, last: date, known_at: datetime | None = None
) -> dict[str, set[date]]:
    """For each region the days in [first, last] on which its offices work or opened anyway."""
    wanted = list(codes)
    if last < first:
        return {code: set() for code in wanted}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    plain = {day for day in days if day.weekday() < 5 and day not in _national_holidays(day.year)}
    local: dict[str, dict[date, str]] = defaultdict(dict)
    known = LocalDay.objects.filter(day__range=(first, last)).order_by("created_at", "pk")
    if known_at is not None:
        known = known.filter(created_at__lte=known_at)
    for region, day, kind in known.values_list("region_id", "day", "kind"):
        local[region][day] = kind
    found: dict[str, set[date]] = {}
    for code in wanted:
        opened = set(plain)
        for region in sorted(_covering(code)):
            for day, kind in local.get(region, {}).items():
                if kind == DayKind.OPEN or (kind == DayKind.USUAL and day in plain):
                    opened.add(day)
                else:
                    opened.discard(day)
        found[code] = opened
    return found
