"""Elections and working days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from dukcapil.regions.validators import line
from events.calendar.enums import DayKind
from events.calendar.models import LocalDay


@lru_cache(maxsize=8)
def _national_holidays(year: int) -> dict[date, str]:
    """By day, with the Indonesian name."""
    return dict(holidays.country_holidays("ID", years=year, language="id"))


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
    return _worked(wanted, days, _local_days(first, last, known_at))


_Local = list[tuple[str, date, str, str]]


def _local_days(first: date, last: date, known_at: datetime | None = None) -> _Local:
    """(region, day, kind, reason), the newest of a region and day last."""
    known = LocalDay.objects.filter(day__range=(first, last)).order_by("created_at", "pk")
    if known_at is not None:
        known = known.filter(created_at__lte=known_at)
    return list(known.values_list("region_id", "day", "kind", "reason"))


def _usual(days: list[date]) -> set[date]:
    """Days of these on which nobody's calendar has a weekend or a national holiday."""
    return {day for day in days if day.weekday() < 5 and day not in _national_holidays(day.year)}


def _worked(codes: list[str], days: list[date], known: _Local) -> dict[str, set[date]]:
    plain = _usual(days)
    local: dict[str, dict[date, str]] = defaultdict(dict)
    for region, day, kind, _reason in known:
        local[region][day] = kind
    found: dict[str, set[date]] = {}
    for code in codes:
        opened = set(plain)
        for region in line(code):
            for day, kind in local.get(region, {}).items():
                if kind == DayKind.OPEN or (kind == DayKind.USUAL and day in plain):
                    opened.add(day)
                else:
                    opened.discard(day)
        found[code] = opened
    return found


def holiday_name(day: date) -> str:
    """What the national calendar calls the day, in Indonesian; empty for none."""
    return _national_holidays(day.year).get(day, "")


def off_days(code: str, first: date, last: date) -> dict[date, str]:
    """As `off_days_of`, for one region."""
    return off_days_of([code], first, last)[code]


def off_days_of(codes: Iterable[str], first: date, last: date) -> dict[str, dict[date, str]]:
    """region -> days in [first, last] that are off by the calendar -> why; empty for a weekend.

    A holiday on which a region opened stays one, and a day that it closed is one too: nothing is
    ever refused or cancelled because of it; here it is told, and what is done on it reported apart.
    One query.
    """
    wanted = list(codes)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    known = _local_days(first, last)
    worked, usual = _worked(wanted, days, known), _usual(days)
    closed = {(one, day): why for one, day, kind, why in known if kind == DayKind.CLOSED}
    return {
        code: {
            day: holiday_name(day) or _local_reason(closed, code, day)
            for day in days
            if day not in usual or day not in worked[code]
        }
        for code in wanted
    }


def _local_reason(closed: dict[tuple[str, date], str], code: str, day: date) -> str:
    return next((closed[one, day] for one in line(code) if (one, day) in closed), "")
