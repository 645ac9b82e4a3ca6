"""Why a place has no visit in a plan: the first reason that holds, with its numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reports.planner.core.instance import Instance, Office, Site
from reports.planner.core.plans import cost
from reports.planner.core.routes import needed, route
from reports.planner.validators.moving import cost_of

Row = dict[str, Any]
#: Rupiah by which points are compared.
PER = 100_000


@dataclass(frozen=True)
class LeftOut:
    """A place without a visit; `reason` of `LeftOutReason`.

    `names`: the teams that are out on its days, or the day and places that it gave way to.
    """

    site: str
    office: str
    reason: str
    numbers: dict[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def left_out(instance: Instance, plan: Row) -> list[LeftOut]:
    """Every place without a visit, those with most points first."""
    visited = {stop["site"] for duty in plan["duties"] for stop in duty["stops"]}
    found = []
    for office in instance.offices:
        asked = _Asked(instance, office, plan)
        found += [
            (-site.gap * site.weight, site.id, asked.reason(n, site))
            for n, site in enumerate(office.sites)
            if site.id not in visited
        ]
    return [one for _points, _site, one in sorted(found, key=lambda row: row[:2])]


class _Asked:
    """One office's plan, as its reasons ask for it."""

    def __init__(self, instance: Instance, office: Office, plan: Row) -> None:
        self.instance, self.office = instance, office
        teams = {team.id for team in office.teams}
        self.duties = [duty for duty in plan["duties"] if duty["team"] in teams]
        self.spent = sum(cost_of(office, duty) for duty in self.duties)
        self.on: dict[str, dict[str, Row]] = defaultdict(dict)
        for duty in self.duties:
            self.on[duty["date"]][duty["team"]] = duty
        self.weights = {site.id: site.weight for site in office.sites}
        pins = {(office.sites[pin.site].id, instance.dates[pin.date]) for pin in office.pins}
        floors = {office.sites[n].district for floor in office.floors for n in floor.sites}
        districts = {site.id: site.district for site in office.sites}
        self.promised = [
            duty
            for duty in self.duties
            if any(
                (stop["site"], duty["date"]) in pins or districts[stop["site"]] in floors
                for stop in duty["stops"]
            )
        ]

    def reason(self, number: int, site: Site) -> LeftOut:
        return next(self._reasons(number, site))

    def _reasons(self, number: int, site: Site) -> Iterator[LeftOut]:
        office = self.office
        if not site.most:
            yield self._say(site, "nobody")
        days = [n for n, is_open in enumerate(site.dates) if is_open]
        if not days:
            yield self._say(site, "no_date")
        if route(office, (number,)) is None:
            yield self._say(site, "out_of_reach", **self._way(number, site))
        gain = site.most * site.weight
        pushed = self._pushed(site, days, gain)
        free = [(day, team) for day in days for team in self._free_teams(day)]
        if not free:
            yield pushed or self._say(site, "no_team", self._teams(days), days=len(days))
        with_kit = [(day, team) for day, team in free if self._kits(day)]
        if not with_kit:
            yield pushed or self._say(site, "no_team", days=len(days), kit=1)
        one = route(office, (number,))
        staff = min((office.teams[team].staff for _day, team in with_kit), default=0)
        price = cost(office, one, staff) if one is not None else 0
        left = office.budget - self.spent
        if price > left:
            rates = {"rate": _rate(gain, price), "least": self._poorest}
            yield pushed or self._say(site, "money", price=price, left=left, **rates)
        yield self._say(site, "fits", points=self._adds(number, site, with_kit), price=price)

    def _say(self, site: Site, reason: str, names: tuple[str, ...] = (), **numbers: int) -> LeftOut:
        return LeftOut(site.id, self.office.id, reason, numbers, names)

    def _way(self, number: int, site: Site) -> dict[str, int]:
        """Minutes and kilometres of the day that it would take; whether a night there would do."""
        office, day = self.office, self.office.day
        there, back = (
            int(one) for one in (office.minutes[0, number + 1], office.minutes[number + 1, 0])
        )
        km = int(office.km[0, number + 1]) + int(office.km[number + 1, 0])
        arrives = max(day.start + there, site.opens)
        ends = arrives + site.setup + day.min_stop
        sleeps = (
            site.lodging
            and ends <= min(site.closes, day.end)
            and ends - day.start <= day.minutes
            and max(int(office.km[0, number + 1]), int(office.km[number + 1, 0])) <= day.max_km
        )
        return {
            "minutes": there + back + site.setup + day.min_stop,
            "most": day.minutes,
            "km": km,
            "most_km": day.max_km,
            "night": int(sleeps),
        }

    def _free_teams(self, day: int) -> list[int]:
        out = self.on[self.instance.dates[day]]
        return [
            n
            for n, team in enumerate(self.office.teams)
            if team.dates[day] and team.max_kits and team.id not in out
        ]

    def _teams(self, days: list[int]) -> tuple[str, ...]:
        """Those that are out on its open days."""
        out = {team for day in days for team in self.on[self.instance.dates[day]]}
        return tuple(sorted(out))

    def _kits(self, day: int) -> int:
        busy = sum(len(duty["kits"]) for duty in self.on[self.instance.dates[day]].values())
        return int(self.office.kit_days[day]) - busy

    def _points(self, duty: Row) -> int:
        return sum(stop["expected"] * self.weights[stop["site"]] for stop in duty["stops"])

    @cached_property
    def _poorest(self) -> int:
        """What the duty that brings least for its money brings."""
        rates = [_rate(self._points(duty), cost_of(self.office, duty)) for duty in self.duties]
        return min(rates, default=0)

    def _pushed(self, site: Site, days: list[int], gain: int) -> LeftOut | None:
        """A promised day on one of its open days that brings less than this place would."""
        dates = {self.instance.dates[day] for day in days}
        some = [
            (self._points(duty), duty["date"], duty)
            for duty in self.promised
            if duty["date"] in dates and self._points(duty) < gain
        ]
        if not some:
            return None
        points, date, duty = min(some, key=lambda row: row[:2])
        names = (date, *(stop["site"] for stop in duty["stops"]))
        return LeftOut(site.id, self.office.id, "pushed_out", {"points": gain - points}, names)

    def _adds(self, number: int, site: Site, free: list[tuple[int, int]]) -> int:
        """Points of a day of its own on the first day that is free."""
        best = 0
        for day, team in free[:20]:
            kits = min(self._kits(day), self.office.teams[team].max_kits)
            one = route(self.office, (number,))
            if one is None or kits < 1:
                continue
            most = min(limit for _bits, limit in one.limits)
            minutes = min(most, needed(site.full[0], site.minutes, kits))
            best = max(best, min(site.full[0], kits * minutes // site.minutes) * site.weight)
        return best


def _rate(points: int, rupiah: int) -> int:
    """Points, in whole people of weight 1, for a hundred thousand rupiah."""
    return points * PER // max(rupiah, 1) // 1000
