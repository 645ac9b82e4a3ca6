"""Geometry of the small charts: whole numbers that templates write into SVG. No colour, no word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.coverage.selectors.row import CoverageRow
from reports.coverage.selectors.trend import TrendDay

#: Units of a bar of coverage, of one day of a small chart, and of the height of one.
BAR, DAY, HIGH = 120, 2, 16


@dataclass(frozen=True)
class Scale:
    """Percentages at both ends of every bar of one list: the same for all, and said above them."""

    low: int
    high: int

    @classmethod
    def of(cls, rows: Iterable[CoverageRow]) -> Scale:
        ends = [
            Decimal(share)
            for row in rows
            for share in (
                row["recorded_percent"],
                row["recorded_percent"] and row["target_percent"],
            )
            if share
        ]
        if not ends:
            return cls(0, 100)
        low = max(0, math.floor((min(ends) - 2) / 5) * 5)
        return cls(low, max(100, math.ceil(max(ends))))

    def at(self, share: Decimal) -> int:
        inside = min(max(share, Decimal(self.low)), Decimal(self.high))
        return round((inside - self.low) * BAR / (self.high - self.low))


@dataclass(frozen=True)
class Bullet:
    """What is done, what lacks to the target, and where the target lies."""

    done: int
    goal: int | None

    @property
    def lacks(self) -> int:
        return max(0, (self.goal or 0) - self.done)


def bullet(row: CoverageRow, scale: Scale) -> Bullet | None:
    share, target = row["recorded_percent"], row["target_percent"]
    if share is None:
        return None
    return Bullet(scale.at(Decimal(share)), scale.at(Decimal(target)) if target else None)


def spark(days: Sequence[int]) -> str:
    """A path of thin bars, one a day, as high as the row's own best day; a day without any is empty."""
    most = max(days, default=0)
    if not most:
        return ""
    bars = [
        f"M{place * DAY + 1} {HIGH}v-{max(1, round(count * HIGH / most))}"
        for place, count in enumerate(days)
        if count > 0
    ]
    return "".join(bars)


# --- the chart of the days --------------------------------------------------------------------------

#: Units of one day's column, of the bar in it, and of the height of a plot.
_COLUMN, _BAR, _HEIGHT = 20, 14, 100


@dataclass(frozen=True)
class Column:
    """One day: its two bars upon each other, with what a pointer is told."""

    day: TrendDay
    left: int
    pemula: int
    umum: int

    @property
    def x(self) -> int:
        return self.left + (_COLUMN - _BAR) // 2

    @property
    def pemula_top(self) -> int:
        return _HEIGHT - self.pemula

    @property
    def umum_top(self) -> int:
        return _HEIGHT - self.pemula - self.umum


@dataclass(frozen=True)
class Chart:
    """Bars a day and a line of all recorded. Words and numbers stand beside it, in HTML: letters of a
    drawing that is stretched are not read.
    """

    columns: list[Column]
    width: int
    #: Value at the top of the bars, and height of what is needed a day; None where it is not known.
    most: int
    needed: int | None
    #: The need lies above the chart: the bars would be nothing beside it.
    needed_above: bool
    #: The line as points, its ends, and the height of the target.
    line: str
    low: int | None
    high: int | None
    goal_at: int | None
    goal: int | None
    #: Where another basis takes over: a step of the line there is nobody's work.
    joins: list[int]

    @classmethod
    def of(cls, days: Sequence[TrendDay], whole: CoverageRow) -> Chart:
        best = max((day.recorded_today for day in days), default=0)
        need = whole["needed_per_day"]
        above = need is not None and need > 4 * max(best, 1)
        most = _round_up(max(best, need or 0) if not above else best)
        columns = [
            Column(
                day,
                place * _COLUMN,
                _part(day.pemula, most),
                _part(day.recorded_today, most) - _part(day.pemula, most),
            )
            for place, day in enumerate(days)
        ]
        line, low, high, goal_at, goal = _line_of(days, whole)
        return cls(
            columns=columns,
            width=len(days) * _COLUMN,
            most=most,
            needed=None if not need or above else _HEIGHT - _part(need, most),
            needed_above=above,
            line=line,
            low=low,
            high=high,
            goal_at=goal_at,
            goal=goal,
            joins=[column.left for column in columns if column.day.joined],
        )


def _part(count: int, most: int) -> int:
    return round(max(0, count) * _HEIGHT / most)


def _round_up(value: int) -> int:
    """The next number with one or two leading digits: the top of an axis."""
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000):
        if value <= step * 4:
            return max(4, step * 4 if step < 5 else -(-value // step) * step)
    return -(-value // 10_000) * 10_000


def _line_of(
    days: Sequence[TrendDay], whole: CoverageRow
) -> tuple[str, int | None, int | None, int | None, int | None]:
    known = [(place, day.recorded) for place, day in enumerate(days) if day.recorded is not None]
    if not known:
        return "", None, None, None, None
    gap, last = whole["gap_to_target"], whole["recorded"]
    goal = last + gap if gap is not None and last is not None else None
    values = [value for _place, value in known] + ([goal] if goal is not None else [])
    low, high = min(values), max(values)
    span = max(1, high - low)

    def at(value: int) -> int:
        return round(_HEIGHT - 4 - (value - low) * (_HEIGHT - 8) / span)

    line = " ".join(f"{place * _COLUMN + _COLUMN // 2},{at(value)}" for place, value in known)
    return line, low, high, at(goal) if goal is not None else None, goal
