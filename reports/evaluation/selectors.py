"""All regions of a level side by side, as a province evaluates its offices: how far, how fast, how late.

One basis for all rows, so that they may be ranked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dukcapil.core.db import as_role, dicts
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor, ancestor_sql
from reports.bases.validators import percent
from reports.coverage.selectors.counting import cells_of
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow
from reports.daily.selectors.reporting import LOOKED_AT, reporting

#: Days of a trend, the question's own among them.
DAYS = 30

_BY_DAY = """
SELECT {above} AS region, service_date AS date, sum(n)::bigint AS recorded
  FROM ({cells}) AS cells WHERE service = 'recording' AND service_date >= %(first)s
 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Trend:
    """Recordings of the last thirty days, the oldest first."""

    days: list[int]
    #: By how many points of wajib KTP that raised the percentage.
    points: Decimal | None

    @property
    def recorded(self) -> int:
        return sum(self.days)


@dataclass(frozen=True)
class Reporting:
    """Of the days that were due: how many the office confirmed in time, late, and not at all."""

    due: int
    on_time: int
    late: int
    missing: int

    @property
    def not_on_time(self) -> int:
        return self.late + self.missing

    @property
    def rate(self) -> str | None:
        return percent(self.on_time, self.due)


@dataclass(frozen=True)
class Evaluated:
    row: CoverageRow
    #: Place by percentage, the highest first; equal ones share it. None without a percentage,
    #: and where no basis covers all rows.
    place: int | None
    trend: Trend
    #: None where reports are no matter of the region's: they are an office's.
    reporting: Reporting | None


_UNKNOWN = Decimal(-1)


def _open(one: Evaluated) -> int:
    """Where a basis has no percentage but people who are not recorded: the most of them first."""
    return 0 if one.row["recorded_percent"] else -(one.row["unrecorded"] or 0)


#: How the rows may be ordered, each with its code last: best first, or what needs work first.
ORDERS: dict[str, Callable[[Evaluated], Any]] = {
    "percent": lambda one: (-Decimal(one.row["recorded_percent"] or _UNKNOWN), _open(one)),
    "gap": lambda one: (-(one.row["gap_to_target"] or 0), _open(one)),
    "trend": lambda one: -(_UNKNOWN if one.trend.points is None else one.trend.points),
    "late": lambda one: -(one.reporting.not_on_time if one.reporting else 0),
    "code": lambda one: one.row["region"],
}


def trends(question: Question) -> dict[str, list[int]]:
    """region of the question's level -> recordings of each of the last thirty days."""
    first = question.day - timedelta(days=DAYS - 1)
    cells, params = cells_of(question, first - timedelta(days=1))
    params["first"] = first
    above = ancestor_sql("code", question.level)
    with as_role("figures"):
        rows = dicts(_BY_DAY.format(cells=cells, above=above), params)
    days: dict[str, list[int]] = defaultdict(lambda: [0] * DAYS)
    for row in rows:
        days[row["region"]][(row["date"] - first).days] = row["recorded"]
    return days


@dataclass(frozen=True)
class Evaluation:
    """The rows of an answer with their trend and the lateness of their reports, and the region itself."""

    rows: list[Evaluated]
    whole: Evaluated


def evaluation(question: Question, answer: Answer, by_day: dict[str, list[int]]) -> Evaluation:
    """`by_day`: of `trends`."""
    reports = _reports(question)
    places = _places(answer.rows) if question.forced else {}
    rows = [
        Evaluated(
            row=row,
            place=places.get(row["region"]),
            trend=_trend(by_day.get(row["region"], [0] * DAYS), row),
            reporting=reports.get(row["region"]),
        )
        for row in answer.rows
    ]
    days = [sum(numbers) for numbers in zip(*(one.trend.days for one in rows), strict=True)]
    whole = Evaluated(
        row=answer.whole,
        place=None,
        trend=_trend(days or [0] * DAYS, answer.whole),
        reporting=reports.get(question.region.pk),
    )
    return Evaluation(rows, whole)


def _reports(question: Question) -> dict[str, Reporting]:
    """Of the region and its parts, as far as they are offices or hold some."""
    own = Level(question.region.level)
    if own.is_below(Level.REGENCY):
        return {}
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for code, rates in reporting(question.region.pk, question.day).items():
        due, confirmed, on_time = rates["due"], rates["confirmed"], rates["on_time"]
        numbers = (due, on_time, confirmed - on_time, due - confirmed)
        for region in {question.region.pk, ancestor(code, question.level)}:
            counts[region] = [a + b for a, b in zip(counts[region], numbers, strict=True)]
    return {region: Reporting(*numbers) for region, numbers in counts.items()}


def _places(rows: list[CoverageRow]) -> dict[str, int]:
    known = {
        row["region"]: Decimal(row["recorded_percent"]) for row in rows if row["recorded_percent"]
    }
    shares = sorted(known.values(), reverse=True)
    return {code: 1 + shares.index(share) for code, share in known.items()}


def ordered(rows: list[Evaluated], order: str) -> list[Evaluated]:
    return sorted(rows, key=lambda one: (ORDERS[order](one), one.row["region"]))


def first_day(last: date) -> date:
    """The first of the days whose reports are looked at."""
    return last - LOOKED_AT


def _trend(days: list[int], row: CoverageRow) -> Trend:
    share = percent(sum(days), row["wajib_ktp"])
    return Trend(days, None if share is None else Decimal(share))
