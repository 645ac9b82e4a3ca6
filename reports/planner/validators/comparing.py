"""What differs between two plans of one office, visit by visit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """A stop with its team and day."""

    site: str
    date: str
    team: str
    expected: int


@dataclass(frozen=True)
class Differs:
    """A place whose visits are not the same in both."""

    site: str
    here: tuple[Visit, ...]
    there: tuple[Visit, ...]

    @property
    def change(self) -> int:
        """People more in the second."""
        return sum(one.expected for one in self.there) - sum(one.expected for one in self.here)


def visits_of(plan: Row) -> dict[str, list[Visit]]:
    """By place, in order of days."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for duty in sorted(plan["duties"], key=lambda one: (one["date"], one["team"])):
        for stop in duty["stops"]:
            visit = Visit(stop["site"], duty["date"], duty["team"], stop["expected"])
            found[stop["site"]].append(visit)
    return found


def differences(here: Row, there: Row) -> list[Differs]:
    """Places that are visited otherwise, those with the largest change first."""
    one, other = visits_of(here), visits_of(there)
    rows = [
        Differs(site, tuple(one.get(site, ())), tuple(other.get(site, ())))
        for site in sorted({*one, *other})
    ]
    changed = [
        row
        for row in rows
        if {(v.date, v.team) for v in row.here} != {(v.date, v.team) for v in row.there}
    ]
    return sorted(changed, key=lambda row: (-abs(row.change), row.site))


def percent_better(objective: int, bound: int | None) -> int | None:
    """The most that a better plan can have above this one, in percent rounded up; None: unknown."""
    if bound is None or objective <= 0:
        return None
    return -(-(bound - objective) * 100 // objective)
