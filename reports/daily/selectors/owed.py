"""Days that an office has not confirmed yet, for its first page: which ones, and what they need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from events.calendar.selectors import days_worked, local_days_of, worked_by
from reports.daily.models import DayConfirmation, DayCount, DayLock, RegencyDay
from reports.daily.selectors.reporting import LOOKED_AT


@dataclass(frozen=True)
class OwedDay:
    """`revision` None: nothing was logged, so there is no report yet; `nil`: nobody was served."""

    day: date
    revision: int | None
    nil: bool


def owed_rows(office: str, today: date) -> dict[str, QuerySet[Any, Any]]:
    """What `owed_of` needs, for `core.db.together`."""
    first, last = _span(today)
    of_day = {"day": OuterRef("pk"), "service_date": OuterRef("service_date")}
    of_office = {"regency": OuterRef("regency"), "service_date": OuterRef("service_date")}
    reports = RegencyDay.objects.filter(
        regency=office, latest=True, service_date__range=(first, last)
    ).annotate(
        confirmed=Exists(DayConfirmation.objects.filter(day__regency=office, day=OuterRef("pk"))),
        locked=Exists(DayLock.objects.filter(**of_office)),
        served=Exists(DayCount.objects.filter(**of_day)),
    )
    values = reports.order_by().values("service_date", "revision", "confirmed", "locked", "served")
    return {"day_reports": values, "local_days": local_days_of(office, first, last)}


def owed_of(office: str, today: date, rows: dict[str, list[dict[str, Any]]]) -> list[OwedDay]:
    """The newest first: days of the last thirty on which the office works or served anybody, over and
    neither confirmed nor locked.
    """
    first, last = _span(today)
    reports = {date.fromisoformat(row["service_date"]): row for row in rows["day_reports"]}
    served = {day for day, row in reports.items() if row["served"]}
    worked = worked_by(office, first, last, rows["local_days"])
    return [
        OwedDay(day, row["revision"] if row else None, nil=not (row and row["served"]))
        for day in sorted(worked | served, reverse=True)
        if not ((row := reports.get(day)) and (row["confirmed"] or row["locked"]))
    ]


def may_owe(office: str, today: date, day: date) -> bool:
    """Whether nil may be reported of a day: among the last thirty, and the office works on it."""
    first, last = _span(today)
    return first <= day <= last and day in days_worked([office], day, day)[office]


def _span(today: date) -> tuple[date, date]:
    last = today - timedelta(days=1)
    return last - LOOKED_AT, last
