"""How long villages wait for somebody to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor

#: A village that nobody went to for so many days is one that waits.
LONG = 90


def waits(last_visit: date | None, day: date, longer_than: int = LONG) -> bool:
    """Nobody went there, or not for so many days."""
    return last_visit is None or last_visit < day - timedelta(days=longer_than)


@dataclass
class Waiting:
    """Of a region: villages that nobody went to, or not for long, of how many."""

    villages: int
    waiting: int
    never: int


def waiting_by(
    villages: Mapping[str, int],
    last_visits: Mapping[str, date],
    level: Level,
    day: date,
    longer_than: int = LONG,
) -> dict[str, Waiting]:
    """region of `level` -> its waiting villages. `villages`: how many a region has; `last_visits`: of the
    villages that somebody ever went to.
    """
    found = {code: Waiting(n, n, n) for code, n in villages.items()}
    for village, last in last_visits.items():
        if (one := found.get(ancestor(village, level))) is not None:
            one.never -= 1
            one.waiting -= not waits(last, day, longer_than)
    return found
