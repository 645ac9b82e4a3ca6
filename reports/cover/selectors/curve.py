"""What lay in an office's stores and bags each day, and how it goes on until the day of its election."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

#: How far a curve looks back, and how far ahead where no election is near.
BACK, AHEAD = 30, 30


@dataclass(frozen=True)
class Point:
    day: date
    cards: int
    #: Reckoned with the mean of the last days, and not counted.
    ahead: bool = False


@dataclass(frozen=True)
class Curve:
    points: list[Point]
    #: The day of the election, or where the curve ends without one.
    until: date
    is_election: bool
    #: The first day that begins without a card; None: they last until then, or nobody knows.
    empty_on: date | None
    #: Cards left at the end of `until`, below zero what is missing; None: not known.
    left: int | None


def curve(
    cards: int,
    net: Mapping[date, int],
    per_day: Decimal | None,
    today: date,
    worked: set[date],
    held_on: date | None,
    opened: date = date.min,
) -> Curve:
    """`net`: what came and went on each day up to today; `worked`: days of work after today; `opened`:
    before it nothing is known.
    """
    behind = [one for one in _behind(cards, net, today) if one.day >= min(opened, today)]
    until = held_on or today + timedelta(days=AHEAD)
    if per_day is None:
        return Curve(behind, until, held_on is not None, None, None)
    points, left, empty_on, day = behind, Decimal(cards), None, today
    while day < until:
        day += timedelta(days=1)
        if day in worked:
            if empty_on is None and left < per_day:
                empty_on = day
            left -= per_day
        points.append(Point(day, max(0, round(left)), ahead=True))
    return Curve(points, until, held_on is not None, empty_on, round(left))


def _behind(cards: int, net: Mapping[date, int], today: date) -> list[Point]:
    """From what lies there now back to each day before."""
    points, left = [], cards
    for back in range(BACK + 1):
        day = today - timedelta(days=back)
        points.append(Point(day, left))
        left -= net.get(day, 0)
    return points[::-1]
