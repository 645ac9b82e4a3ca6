"""Working days of a region's offices, and the holidays and local days that they follow from."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import holidays
from django.db.models import Q, QuerySet

from dukcapil.regions.models import inside
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
    return _working_days(first, until, _local_days(first, last, known_at))


def local_days_from(
    first: date, known_at: datetime | None = None
) -> QuerySet[LocalDay, dict[str, Any]]:
    """For `working_days_by`, where a page asks for many things at once (`core.db.at_once`)."""
    columns: Any = _known_days(known_at).filter(day__gte=first)
    return cast("Any", columns.values("region_id", "day", "kind", "by_opening"))


def working_days_by(
    first: date, until: dict[str, date], rows: list[dict[str, Any]]
) -> dict[str, int]:
    """As `working_days`, with the rows of `local_days_from` read already."""
    return _working_days(first, until, _as_local_days(rows))


def _working_days(first: date, until: dict[str, date], local_days: _LocalDays) -> dict[str, int]:
    """Local days after a region's own last day count for nothing."""
    last = max(until.values(), default=first)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    usual = sorted(_usual(days))
    changed: dict[str, dict[date, bool]] = defaultdict(dict)
    for (region, day), (kind, _reason) in _counting(local_days).items():
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


#: (region, day, kind, reason, by an opening); of the same region and day the newest one comes last.
_LocalDays = list[tuple[str, date, str, str, bool]]


def _local_days(first: date, last: date, known_at: datetime | None = None) -> _LocalDays:
    local_days = _known_days(known_at).filter(day__range=(first, last))
    return list(local_days.values_list("region_id", "day", "kind", "reason", "by_opening"))


def _known_days(known_at: datetime | None) -> QuerySet[LocalDay]:
    local_days = LocalDay.objects.order_by("created_at", "pk")
    return local_days if known_at is None else local_days.filter(created_at__lte=known_at)


def _as_local_days(rows: list[dict[str, Any]]) -> _LocalDays:
    return [
        (row["region_id"], date.fromisoformat(row["day"]), row["kind"], "", row["by_opening"])
        for row in rows
    ]


def _counting(rows: _LocalDays) -> dict[tuple[str, date], tuple[str, str]]:
    """(region, day) -> kind and reason of the row that counts: the newest. Where an opening was taken
    back, it is the newest that somebody decided; where nobody did there is none, and the region above
    decides.
    """
    by_people: dict[tuple[str, date], tuple[str, str]] = {}
    counts: dict[tuple[str, date], tuple[str, str]] = {}
    for region, day, kind, reason, by_opening in rows:
        if not by_opening:
            by_people[region, day] = counts[region, day] = (kind, reason)
        elif kind != DayKind.USUAL:
            counts[region, day] = (kind, reason)
        elif (region, day) in by_people:
            counts[region, day] = by_people[region, day]
        else:
            counts.pop((region, day), None)
    return counts


def _usual(days: list[date]) -> set[date]:
    """Those of the days that are neither a weekend nor a national holiday."""
    return {day for day in days if _is_usual(day)}


def _is_usual(day: date) -> bool:
    return day.weekday() < 5 and day not in _national_holidays(day.year)


def _worked(codes: list[str], days: list[date], local_days: _LocalDays) -> dict[str, set[date]]:
    usual = _usual(days)
    kinds: dict[str, dict[date, str]] = defaultdict(dict)
    for (region, day), (kind, _reason) in _counting(local_days).items():
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


def local_days_of(code: str, first: date, last: date) -> QuerySet[LocalDay, dict[str, Any]]:
    """For `worked_by`, where a page asks for many things at once (`core.db.together`)."""
    days: Any = LocalDay.objects.filter(region__in=lineage(code), day__range=(first, last))
    return days.order_by("created_at", "pk").values("region_id", "day", "kind", "by_opening")


def worked_by(code: str, first: date, last: date, rows: list[dict[str, Any]]) -> set[date]:
    """As `days_worked` for one region, with the rows of `local_days_of` read already."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return _worked([code], days, _as_local_days(rows))[code]


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
    closed = {
        place: why for place, (kind, why) in _counting(local_days).items() if kind == DayKind.CLOSED
    }
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


def decided(codes: Iterable[str], day: date, *, by_people: bool = False) -> dict[str, str]:
    """For each region what was decided of that day there or above: the lowest region's newest row
    counts. Empty where the calendar alone says it. One query. `by_people`: without what openings wrote.
    """
    rows = [row for row in _local_days(day, day) if not (by_people and row[-1])]
    newest = {region: kind for (region, _day), (kind, _reason) in _counting(rows).items()}
    kinds = {}
    for code in codes:
        said = [newest[region] for region in lineage(code) if region in newest]
        kinds[code] = said[-1] if said and said[-1] != DayKind.USUAL else ""
    return kinds


def is_usual(day: date) -> bool:
    """Whether it is a working day by the national calendar alone."""
    return _is_usual(day)


def local_days(code: str, first: date | None = None, last: date | None = None) -> list[LocalDay]:
    """What a region, those above it and its offices decided of days, the latest day first; of the
    same region and day the newest first.
    """
    rows = LocalDay.objects.filter(inside("region_id", code) | Q(region_id__in=lineage(code)))
    if first is not None:
        rows = rows.filter(day__gte=first)
    if last is not None:
        rows = rows.filter(day__lte=last)
    return list(rows.select_related("region", "by").order_by("-day", "region_id", "-pk"))
