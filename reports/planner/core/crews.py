"""Which team would go with a trip on a date, and which dates have neither team nor kits left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from reports.planner.core.instance import Office
from reports.planner.core.trips import Trip

_BLOCKED = 4 * 10**14
_NONE = -1


class Crews:
    """Teams and kits by date. `block` (trips, dates): 0, or far more than any gain."""

    def __init__(self, office: Office, trips: Sequence[Trip]) -> None:
        self.office, self.trips = office, trips
        self.dates = len(office.ordinals)
        kinds = sorted({(len(one.days), one.kits) for one in trips})
        self.kinds = kinds
        self.kind = np.array([kinds.index((len(t.days), t.kits)) for t in trips], dtype=np.int64)
        self.roads = np.array([one.cost(office) for one in trips], dtype=np.int64)
        self.per_staff = np.array([one.per_staff(office) for one in trips], dtype=np.int64)
        staff = min((team.staff for team in office.teams), default=0)
        #: Rupiah of each trip with the smallest team.
        self.least = self.roads + staff * self.per_staff
        self.free_teams = [list(team.dates) for team in office.teams]
        self.kits = [int(one) for one in office.kit_days]
        #: The cheapest first; who may carry less before who may carry more.
        self.order = sorted(
            range(len(office.teams)),
            key=lambda n: (office.teams[n].staff, office.teams[n].max_kits, office.teams[n].id),
        )
        self.pinned: dict[int, dict[int, int]] = {}
        for pin in office.pins:
            if pin.team is not None:
                self.pinned.setdefault(pin.date, {})[pin.site] = pin.team
        self.through = self._through()
        #: By date and kind: the team that would go, or -1; is there one?
        self.team: dict[int, list[int]] = {}
        self.open: dict[int, list[bool]] = {}
        self.block = np.zeros((len(trips), self.dates), dtype=np.float32)
        self.bound = {date: self._bound(date) for date in self.pinned}
        self.forced = {
            (row, date): team for date, some in self.bound.items() for row, team, _can in some
        }
        self.refresh(range(self.dates))

    def _through(self) -> list[list[int]]:
        """Kits that can be used on each date and on all of so many dates after it."""
        longest = max((days for days, _kits in self.kinds), default=1)
        rows = np.array([one.dates for one in self.office.kits], dtype=bool)
        rows = rows.reshape(-1, self.dates)
        return [
            [int(rows[:, d : d + days].all(axis=1).sum()) for d in range(self.dates)]
            for days in range(1, longest + 1)
        ]

    def _reserved(self, date: int) -> set[int]:
        """Teams that a pin keeps on that date, as long as they are free."""
        return {team for team in self.pinned.get(date, {}).values() if self.free_teams[team][date]}

    def _goes(self, days: int, kits: int, date: int) -> int:
        """The team for a trip of so many days and kits that departs on that date."""
        if date + days > self.dates or not all(self.office.next_day[date : date + days - 1]):
            return _NONE
        if days == 1 and date not in self.pinned:
            return self._alone(kits, date)
        span = range(date, date + days)
        used = max(int(self.office.kit_days[d]) - self.kits[d] for d in span)
        if any(self.kits[d] < kits for d in span):
            return _NONE
        if days > 1 and self.through[days - 1][date] - used < kits:
            return _NONE
        kept = set().union(*(self._reserved(d) for d in span))
        for team in self.order:
            if team in kept or self.office.teams[team].max_kits < kits:
                continue
            if all(self.free_teams[team][d] for d in span):
                return team
        return _NONE

    def _alone(self, kits: int, date: int) -> int:
        """The same for one day that no pin keeps a team for."""
        if self.kits[date] >= kits:
            for team in self.order:
                if self.free_teams[team][date] and self.office.teams[team].max_kits >= kits:
                    return team
        return _NONE

    def refresh(self, dates: Iterable[int]) -> list[int]:
        """Teams and blocks anew where these dates count; the columns whose blocks changed."""
        longest = max((days for days, _kits in self.kinds), default=1)
        changed = []
        for date in sorted({d - n for d in dates for n in range(longest) if d >= n}):
            was = self.open.get(date)
            teams = [self._goes(days, kits, date) for days, kits in self.kinds]
            self.team[date] = teams
            self.open[date] = [team >= 0 for team in teams]
            if was != self.open[date] or date in self.pinned:
                shut = np.array([0 if team >= 0 else _BLOCKED for team in teams] or [0])
                self.block[:, date] = shut[self.kind]
                changed.append(date)
            if date in self.pinned:
                self._force(date)
        return changed

    def _force(self, date: int) -> None:
        """Sites pinned to a team on that date: the trips there are that team's, or nobody's."""
        for row, team, can in self.bound[date]:
            fits = can and self.free_teams[team][date] and self.trips[row].kits <= self.kits[date]
            self.block[row, date] = 0 if fits else _BLOCKED

    def _bound(self, date: int) -> list[tuple[int, int, bool]]:
        """Trips to such sites, with the team, and whether it can ever go: as long as it and its kits are free."""
        found = []
        for row, trip in enumerate(self.trips):
            teams = {
                self.pinned[date][site]
                for site, day, _minutes in trip.stops
                if day == 0 and site in self.pinned[date]
            }
            if not teams:
                continue
            team = min(teams)
            can = len(teams) == 1 and len(trip.days) == 1
            can = can and trip.kits <= self.office.teams[team].max_kits
            found.append((row, team, can))
        return found

    def choice(self, trip: int, date: int) -> int:
        """The team that would go."""
        return self.forced.get((trip, date), self.team[date][self.kind[trip]])

    def can(self, trip: int, date: int, team: int) -> bool:
        """May this very team go, kits aside?"""
        days = range(date, date + len(self.trips[trip].days))
        if (trip, date) in self.forced:
            return self.forced[trip, date] == team
        kept = set().union(*(self._reserved(d) for d in days))
        free = all(self.free_teams[team][d] for d in days) and team not in kept
        return free and self.office.teams[team].max_kits >= self.trips[trip].kits

    def cost(self, trip: int, team: int) -> int:
        return int(self.roads[trip] + self.office.teams[team].staff * self.per_staff[trip])

    def cost_at(self, trip: int, date: int) -> int:
        return self.cost(trip, self.choice(trip, date))

    def take(self, trip: int, date: int, team: int) -> None:
        self._change(trip, date, team, free=False)

    def free(self, trip: int, date: int, team: int) -> None:
        self._change(trip, date, team, free=True)

    def _change(self, trip: int, date: int, team: int, *, free: bool) -> None:
        one = self.trips[trip]
        for day in range(date, date + len(one.days)):
            self.free_teams[team][day] = free
            self.kits[day] += one.kits if free else -one.kits
