"""Elections and working days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor
from events.enums import DayKind, ElectionKind
from events.models import Election, LocalDay


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


def election_on(code: str, day: date) -> Election | None:
    """The election that is held in this region on that very day."""
    return Election.objects.filter(region_id__in=_covering(code), held_on=day).first()


def holiday_name(day: date) -> str:
    """What the national calendar calls the day, in Indonesian; empty for none."""
    return str(holidays.country_holidays("ID", years=day.year, language="id").get(day) or "")


def off_days(code: str, first: date, last: date) -> dict[date, str]:
    """Days in [first, last] on which an office does not work by the calendar, with why.

    Local days count: a day that the region opened is not among them. Nothing is ever refused or
    cancelled because of it: here it is told, and reported apart.
    """
    worked = days_worked([code], first, last)[code]
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return {day: holiday_name(day) for day in span if day not in worked}
