"""A plan of one office as the solver holds it, before times and kit ids are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reports.planner.core.instance import Office
from reports.planner.core.routes import Route

#: Points of a pin or a visit of a floor that is missing: more than any plan can win.
MISSING = 10**10


@dataclass(frozen=True)
class Duty:
    """A team's day: number of date and team, how many kits, service minutes of each stop."""

    date: int
    team: int
    kits: int
    route: Route
    minutes: tuple[int, ...]

    def cap(self, office: Office, n: int) -> int:
        """People that can be served at the nth stop."""
        return self.kits * self.minutes[n] // office.sites[self.route.stops[n]].minutes


@dataclass(frozen=True)
class Worth:
    """`points` as the rules count them; `missing`: pins and visits of floors that are not there."""

    points: int
    missing: int
    cost: dict[int, int]
    expected: dict[tuple[int, int], int]

    @property
    def spent(self) -> int:
        return sum(self.cost.values())

    @property
    def rank(self) -> int:
        """The higher the better."""
        return self.points - self.missing * MISSING


def cost(office: Office, one: Route, staff: int) -> int:
    """Rupiah of a duty."""
    rate = office.costs
    return staff * (rate.day + rate.night * one.away) + one.km * rate.km + one.fare


def visits(office: Office, duties: Iterable[Duty]) -> dict[int, list[tuple[int, int]]]:
    """For each site visited: (date, people that can be served), by date."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for duty in duties:
        for n, site in enumerate(duty.route.stops):
            found[site].append((duty.date, duty.cap(office, n)))
    for rows in found.values():
        rows.sort()
    return found


def worth(office: Office, duties: Sequence[Duty]) -> Worth:
    """Points, cost by number of duty, and people by (site, date)."""
    points, expected = 0, {}
    seen = visits(office, duties)
    for number, rows in sorted(seen.items()):
        site = office.sites[number]
        for (on, _cap), came in zip(
            rows, site.expected(tuple(cap for _on, cap in rows)), strict=False
        ):
            expected[number, on] = came
            points += came * site.weight
    points -= office.closed_points
    points -= sum(one.points for one in office.announced if (one.site, one.date) not in expected)
    return Worth(
        points,
        missing(office, duties, seen),
        {n: cost(office, one.route, office.teams[one.team].staff) for n, one in enumerate(duties)},
        expected,
    )


def missing(office: Office, duties: Sequence[Duty], seen: dict[int, list[tuple[int, int]]]) -> int:
    by = {(site, duty.date): duty.team for duty in duties for site in duty.route.stops}
    lacking = 0
    for pin in office.pins:
        team = by.get((pin.site, pin.date))
        lacking += team is None or (pin.team is not None and team != pin.team)
    for floor in office.floors:
        lacking += max(0, floor.visits - sum(len(seen.get(site, ())) for site in floor.sites))
    return lacking


def ordered(duties: Iterable[Duty]) -> list[Duty]:
    return sorted(duties, key=lambda one: (one.date, one.team))


def with_minutes(duty: Duty, minutes: Sequence[int]) -> Duty:
    return replace(duty, minutes=tuple(minutes))
