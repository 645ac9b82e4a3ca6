"""Why a site gets no visit: the first reason that holds, with the numbers that show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.planner.core.instance import Office
from reports.planner.core.plans import Duty, cost, visits, worth
from reports.planner.core.routes import Route, fill, needed, route

NOBODY = "nobody_expected"
CLOSED = "no_open_date"
FAR = "out_of_reach"
BUSY = "no_team_or_kit"
MONEY = "money"
PROMISED = "pushed_out"
FITS = "would_fit"


@dataclass(frozen=True)
class LeftOut:
    """`numbers`, by reason: minutes and km there and back; rupiah and points; with a night. Of one that would
    fit also its place: a day and the id of a team.
    """

    site: str
    reason: str
    numbers: Mapping[str, int | str]


def left_out(office: Office, duties: Sequence[Duty]) -> list[LeftOut]:
    """Each site of the office without a visit, in the order of their ids."""
    seen = visits(office, duties)
    asked = _Asked(office, duties)
    return [asked.why(n) for n in range(len(office.sites)) if n not in seen]


class _Asked:
    """What is looked up for each of the sites."""

    def __init__(self, office: Office, duties: Sequence[Duty]) -> None:
        self.office = office
        self.found = worth(office, duties)
        self.left = office.budget - self.found.spent
        self.busy = {(one.date, one.team) for one in duties}
        self.kits = [int(one) for one in office.kit_days]
        for one in duties:
            self.kits[one.date] -= one.kits
        self.poorest = self._poorest(duties)
        self.promised = bool(office.pins or office.floors)

    def _poorest(self, duties: Sequence[Duty]) -> int:
        """Points for Rp 100,000 of the duty that has fewest."""
        rates = []
        for n, duty in enumerate(duties):
            points = sum(
                self.found.expected.get((s, duty.date), 0) * self.office.sites[s].weight
                for s in duty.route.stops
            )
            rates.append(points * 100_000 // max(1, self.found.cost[n]))
        return min(rates, default=0)

    def why(self, number: int) -> LeftOut:
        site = self.office.sites[number]
        if not site.weight or not max(site.full, default=0):
            return LeftOut(site.id, NOBODY, {"missing": site.gap})
        if not any(site.dates):
            return LeftOut(site.id, CLOSED, {})
        one = route(self.office, (number,))
        if one is None:
            return LeftOut(site.id, FAR, self._distance(number))
        dates = [d for d in range(len(site.dates)) if site.dates[d]]
        free = [d for d in dates if self._free(d)]
        if not free:
            return LeftOut(site.id, BUSY, {"dates": len(dates)})
        return self._paid(number, one, free)

    def _paid(self, number: int, one: Route, free: list[int]) -> LeftOut:
        """Somebody could go: what it costs, and what it gives."""
        site = self.office.sites[number]
        best = (0, 0, 0, 0)
        for date in free:
            for team in self._free(date):
                kits = min(self.office.teams[team].max_kits, self.kits[date])
                price = cost(self.office, one, self.office.teams[team].staff)
                best = max(best, (self._points(number, one, kits), -price, -date, -team))
        points, price, date, team = best[0], -best[1], -best[2], -best[3]
        numbers = {
            "points": points,
            "cost": price,
            "per_100000": points * 100_000 // max(1, price),
            "poorest": self.poorest,
            "left": self.left,
        }
        if price <= self.left:
            if not points:
                return LeftOut(site.id, NOBODY, numbers)
            day = dt.date.fromordinal(self.office.ordinals[date]).isoformat()
            there = {"day": day, "team": self.office.teams[team].id}
            return LeftOut(site.id, FITS, {**numbers, **there})
        if numbers["per_100000"] > self.poorest and self.promised:
            return LeftOut(site.id, PROMISED, numbers)
        return LeftOut(site.id, MONEY, numbers)

    def _points(self, number: int, one: Route, kits: int) -> int:
        site, least = self.office.sites[number], self.office.day.min_stop
        given = fill(one, least, [needed(site.full[0], site.minutes, kits)], (0,))[0]
        return min(site.full[0], kits * given // site.minutes) * site.weight

    def _free(self, date: int) -> list[int]:
        if not self.kits[date]:
            return []
        return [
            n
            for n, team in enumerate(self.office.teams)
            if team.dates[date] and team.max_kits and (date, n) not in self.busy
        ]

    def _distance(self, number: int) -> dict[str, int]:
        """Minutes and km of the whole day, and whether a night there would do."""
        office, site = self.office, self.office.sites[number]
        minutes, roads, _fares = office.tables
        node = number + 1
        whole = minutes[0][node] + minutes[node][0] + site.setup + office.day.min_stop
        sleeps = site.lodging and route(office, (number,), 0, node) is not None
        return {
            "minutes": whole,
            "most_minutes": office.day.minutes,
            "km": roads[0][node] + roads[node][0],
            "most_km": office.day.max_km,
            "a_night_would_do": int(sleeps),
        }
