"""Which day an office may confirm, and which days a province may lock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from reports.daily.selectors.daily import day_of_regencies
from reports.daily.selectors.row import DailyRow, counts_of
from reports.releases.validators import is_over


def is_nil(report: DailyRow) -> bool:
    """Whether a report counts nobody; the target is a plan and counts nobody either. A trigger asks
    for a reason exactly then.
    """
    return not any(counts_of(report).values())


def may_confirm(by: Actor, report: DailyRow, moment: datetime) -> bool:
    """Whether the office may confirm this newest report of its day (a row of `daily_reports`)."""
    return (
        by.may(Permission.REPORTS_CONFIRM)
        and by.office == report["region"]
        and report["confirmed_at"] is None
        and report["locked_at"] is None
        and is_over(report["region"], report["date"], moment)
    )


def lockable(rows: list[dict[str, Any]], day: date, moment: datetime) -> list[str]:
    """Regencies among these rows of `day_of_regencies` whose day is over and has a report. Locking
    a locked one again changes nothing.
    """
    return [
        row["region"] for row in rows if row["revision"] and is_over(row["region"], day, moment)
    ]


def lockable_within(code: str, day: date, moment: datetime) -> list[str]:
    return lockable(day_of_regencies(code, day), day, moment)


def may_lock(by: Actor, rows: list[dict[str, Any]], day: date, moment: datetime) -> bool:
    """Whether a page offers the lock: at least one regency is not locked yet."""
    locked = {row["region"] for row in rows if row["locked_at"]}
    return by.may(Permission.REPORTS_LOCK) and bool(set(lockable(rows, day, moment)) - locked)
