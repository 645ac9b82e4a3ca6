"""What an office does without a planner: day after day to where most are still missing."""

from __future__ import annotations

from reports.planner.core.instance import Office
from reports.planner.core.plans import Duty, cost
from reports.planner.core.routes import Route, fill, needed, route


def descending(office: Office, *, filled: bool = False) -> list[Duty]:
    """Each team goes to the open site with the largest gap; `filled`: and on to its neighbours."""
    return _Practice(office, filled=filled).plan()


class _Practice:
    def __init__(self, office: Office, *, filled: bool) -> None:
        self.office, self.filled = office, filled
        self.rest = [site.gap for site in office.sites]
        self.seen: list[list[int]] = [[] for _site in office.sites]
        self.left = office.budget

    def plan(self) -> list[Duty]:
        found = []
        for date in range(len(self.office.ordinals)):
            teams = [n for n, team in enumerate(self.office.teams) if team.dates[date]]
            kits = int(self.office.kit_days[date])
            for n, team in enumerate(teams):
                some = min(-(-kits // (len(teams) - n)), self.office.teams[team].max_kits)
                if some and (duty := self._duty(date, team, some)) is not None:
                    kits -= some
                    found.append(duty)
        return found

    def _open(self, date: int) -> list[int]:
        """Sites that may be visited, the largest gap first."""
        office = self.office
        some = [
            n
            for n, site in enumerate(office.sites)
            if site.dates[date]
            and len(self.seen[n]) < len(site.turnout)
            and self._come(n)
            and all(
                office.ordinals[date] - office.ordinals[d] >= office.day.rest for d in self.seen[n]
            )
        ]
        return sorted(some, key=lambda n: (-self.rest[n], office.sites[n].id))

    def _come(self, number: int) -> int:
        site = self.office.sites[number]
        return self.rest[number] * site.turnout[len(self.seen[number])] // 1000

    def _duty(self, date: int, team: int, kits: int) -> Duty | None:
        staff = self.office.teams[team].staff
        some = self._open(date)
        for first in some:
            one = route(self.office, (first,))
            if one is None or cost(self.office, one, staff) > self.left:
                continue
            if self.filled:
                one = self._on(one, some, kits, staff)
            return self._done(Duty(date, team, kits, one, tuple(self._minutes(one, kits))), staff)
        return None

    def _on(self, one: Route, some: list[int], kits: int, staff: int) -> Route:
        """The same day with the nearest places that fit behind it."""
        while len(one.stops) < self.office.day.max_stops:
            here = one.stops[-1] + 1
            others = [n for n in some if n not in one.stops]
            others.sort(key=lambda n: (int(self.office.minutes[here, n + 1]), n))
            for n in others:
                more = route(self.office, (*one.stops, n))
                if more is None or cost(self.office, more, staff) > self.left:
                    continue
                if self._people(more, kits) > self._people(one, kits):
                    one = more
                    break
            else:
                break
        return one

    def _minutes(self, one: Route, kits: int) -> list[int]:
        sites = [self.office.sites[n] for n in one.stops]
        wanted = [
            needed(self._come(n), site.minutes, kits)
            for n, site in zip(one.stops, sites, strict=True)
        ]
        return fill(one, self.office.day.min_stop, wanted, tuple(range(len(sites))))

    def _people(self, one: Route, kits: int) -> int:
        return sum(self._served(one, self._minutes(one, kits), kits))

    def _served(self, one: Route, minutes: list[int], kits: int) -> list[int]:
        return [
            min(self._come(n), kits * given // self.office.sites[n].minutes)
            for n, given in zip(one.stops, minutes, strict=True)
        ]

    def _done(self, duty: Duty, staff: int) -> Duty:
        served = self._served(duty.route, list(duty.minutes), duty.kits)
        for n, came in zip(duty.route.stops, served, strict=True):
            self.rest[n] -= came
            self.seen[n].append(duty.date)
        self.left -= cost(self.office, duty.route, staff)
        return duty
