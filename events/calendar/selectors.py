"""Working days of a region's offices, and the holidays and local days that they follow from."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from dukcapil.regions.validators import lineage
from events.calendar.enums import DayKind
from events.calendar.models import LocalDay


@lru_cache(maxsize=8)
def _national_holidays(year: int) -> dict[date, str]:
    """By day, with the Indonesian name."""
    return dict(holidays.country_holidays("ID", years=year, language="id"))


def working_days(
    first: date, until: dict[str, date], known_at: datetime | None = None
) -> dict[str, int]:
    """For each region of `until` the number of days on which its offices work, from `first` to its
    own last day. One query.
    """
    last = max(until.values(), default=first)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    usual = sorted(_usual(days))
    changed: dict[str, dict[date, bool]] = defaultdict(dict)
    for region, day, kind, _reason in _local_days(first, last, known_at):
        changed[region][day] = kind == DayKind.OPEN or (kind == DayKind.USUAL and _is_usual(day))
    counts: dict[str, int] = {}
    for code, own_last in until.items():
        opened: dict[date, bool] = {}
        for region in lineage(code):
            opened |= changed.get(region, {})
        counts[code] = bisect_right(usual, own_last) + sum(
            is_open - _is_usual(day) for day, is_open in opened.items() if day <= own_last
        )
    return counts


def days_worked(
    codes: Iterable[str], first: date, last: date, known_at: datetime | None = None
) -> dict[str, set[date]]:
    """For each region the days in [first, last] on which its offices work or opened anyway."""
    regions = list(codes)
    if last < first:
        return {code: set() for code in regions}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return _worked(regions, days, _local_days(first, last, known_at))


_LocalDays = list[tuple[str, date, str, str]]


def _local_days(first: date, last: date, known_at: datetime | None = None) -> _LocalDays:
    """(region, day, kind, reason); of the same region and day the newest one comes last."""
    local_days = LocalDay.objects.filter(day__range=(first, last)).order_by("created_at", "pk")
    if known_at is not None:
        local_days = local_days.filter(created_at__lte=known_at)
    return list(local_days.values_list("region_id", "day", "kind", "reason"))


def _usual(days: list[date]) -> set[date]:
    """Those of the days that are neither a weekend nor a national holiday."""
    return {day for day in days if _is_usual(day)}


def _is_usual(day: date) -> bool:
    return day.weekday() < 5 and day not in _national_holidays(day.year)


def _worked(codes: list[str], days: list[date], local_days: _LocalDays) -> dict[str, set[date]]:
    usual = _usual(days)
    kinds: dict[str, dict[date, str]] = defaultdict(dict)
    for region, day, kind, _reason in local_days:
        kinds[region][day] = kind
    worked: dict[str, set[date]] = {}
    for code in codes:
        opened = set(usual)
        for region in lineage(code):
            for day, kind in kinds.get(region, {}).items():
                if kind == DayKind.OPEN or (kind == DayKind.USUAL and day in usual):
                    opened.add(day)
                else:
                    opened.discard(day)
        worked[code] = opened
    return worked


def holiday_name(day: date) -> str:
    """What the national calendar calls the day, in Indonesian; empty for none."""
    return _national_holidays(day.year).get(day, "")


def off_days(code: str, first: date, last: date) -> dict[date, str]:
    """As `off_days_of`, for one region."""
    return off_days_of([code], first, last)[code]


def off_days_of(codes: Iterable[str], first: date, last: date) -> dict[str, dict[date, str]]:
    """region -> days in [first, last] that are off by the calendar -> why; empty for a weekend.

    A holiday on which a region opened is still a day off, and so is a day that it closed. Nothing is
    refused or cancelled because of it: pages say it, and reports count it apart. One query.
    """
    regions = list(codes)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    local_days = _local_days(first, last)
    worked, usual = _worked(regions, days, local_days), _usual(days)
    closed = {(region, day): why for region, day, kind, why in local_days if kind == DayKind.CLOSED}
    return {
        code: {
            day: holiday_name(day) or _local_reason(closed, code, day)
            for day in days
            if day not in usual or day not in worked[code]
        }
        for code in regions
    }


def _local_reason(closed: dict[tuple[str, date], str], code: str, day: date) -> str:
    return next((closed[region, day] for region in lineage(code) if (region, day) in closed), "")
