"""A region day by day, and when its target is met if work goes on as it did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from dukcapil.core.db import as_role, dicts
from events.calendar.selectors import days_worked, off_days
from reports.coverage.enums import Unsaid
from reports.coverage.selectors.counting import cells_of
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow
from reports.coverage.selectors.series import series, usual_first

#: Working days of which a pace is the mean, and how far back they are looked for.
PACE_DAYS = 14
_LOOKED_BACK = timedelta(days=60)
#: A day further ahead than this is no forecast.
_LOOKED_AHEAD = timedelta(days=730)

_BY_DAY = """
SELECT service_date AS date, category = 'pemula' AS pemula, sum(n)::bigint AS n
  FROM ({cells}) AS cells
 WHERE service = 'recording' AND service_date >= %(first)s
 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class TrendDay:
    date: date
    #: Recordings of the day; first-time voters among them, and everybody else.
    recorded_today: int
    pemula: int
    ikd_today: int
    #: All who are recorded at the end of the day, and of how many.
    recorded: int | None
    recorded_percent: str | None
    #: Not a working day; `off_name` says why, empty for a weekend.
    is_off: bool
    off_name: str
    #: The basis that the day stands on, and whether it is the first day of that one.
    basis: str | None
    joined: bool

    @property
    def umum(self) -> int:
        return self.recorded_today - self.pemula


@dataclass(frozen=True)
class Pace:
    """What was recorded from the first to the last of so many working days, days off between too."""

    first: date
    last: date
    days: int
    people: int

    @property
    def per_day(self) -> Decimal:
        return (Decimal(self.people) / self.days).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Forecast:
    """The day on which the target is met at this pace, or why there is none to say."""

    pace: Pace | None
    met_on: date | None = None
    #: Working days to it, that day among them.
    working_days: int | None = None
    why_not: Unsaid | None = None


@dataclass(frozen=True)
class Trend:
    days: list[TrendDay]
    forecast: Forecast


def trend(question: Question, whole: CoverageRow) -> Trend:
    """The thirty days up to the question's. `whole`: the region's own row of that day."""
    first = usual_first(question.day)
    code, day = question.region.pk, question.day
    counts = _counts(question, day - _LOOKED_BACK)
    off = off_days(code, first, day)
    days = [
        TrendDay(
            date=row["date"],
            recorded_today=row["recorded_today"],
            pemula=counts[row["date"]][True],
            ikd_today=row["ikd_today"],
            recorded=row["recorded"],
            recorded_percent=row["recorded_percent"],
            is_off=row["date"] in off,
            off_name=off.get(row["date"], ""),
            basis=row["basis"],
            joined=row["joined"],
        )
        for row in series(question, first)
    ]
    return Trend(days, _forecast(question, whole, counts))


def _counts(question: Question, first: date) -> dict[date, dict[bool, int]]:
    """day -> first-time voter or not -> recordings."""
    cells, params = cells_of(question, first - timedelta(days=1))
    params |= {"first": first}
    with as_role("figures"):
        found = dicts(_BY_DAY.format(cells=cells), params)
    counts: dict[date, dict[bool, int]] = defaultdict(lambda: {True: 0, False: 0})
    for row in found:
        counts[row["date"]][bool(row["pemula"])] += row["n"]
    return counts


def _forecast(
    question: Question, whole: CoverageRow, counts: dict[date, dict[bool, int]]
) -> Forecast:
    if whole["gap_to_target"] is None:
        unknown = whole["target_percent"] is None
        return Forecast(None, why_not=Unsaid.NO_TARGET if unknown else Unsaid.NO_BASIS)
    gap = whole["gap_to_target"]
    if gap <= 0:
        return Forecast(None, why_not=Unsaid.MET)
    code, day = question.region.pk, question.day
    worked = sorted(
        days_worked([code], day - _LOOKED_BACK, day + _LOOKED_AHEAD, question.known_at)[code]
    )
    pace = _pace(question, worked, counts)
    if pace is None:
        return Forecast(None, why_not=Unsaid.NO_DAYS)
    if pace.people <= 0:
        return Forecast(pace, why_not=Unsaid.NOBODY)
    ahead = [one for one in worked if one > day]
    needed = -(-gap * pace.days // pace.people)
    if needed > len(ahead):
        return Forecast(pace, why_not=Unsaid.TOO_FAR)
    return Forecast(pace, met_on=ahead[needed - 1], working_days=needed)


def _pace(
    question: Question, worked: list[date], counts: dict[date, dict[bool, int]]
) -> Pace | None:
    """Of days that are over: the question's own day is not, while it is today."""
    today = timezone.localdate(timezone=ZoneInfo(question.region.timezone))
    last = min(question.day, today - timedelta(days=1))
    over = [day for day in worked if day <= last][-PACE_DAYS:]
    if len(over) < PACE_DAYS:
        return None
    people = sum(sum(count.values()) for day, count in counts.items() if over[0] <= day <= last)
    return Pace(over[0], last, len(over), people)
