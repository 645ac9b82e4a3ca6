"""What every trip on every date would add to a plan, kept up to date as duties come and go.

Rows are trips, columns dates of departure. A visit changes the gains of its own sites only, so a
change costs as much as the trips that share them. The matrices choose only and are of 32 bits;
what a plan is worth is counted in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reports.planner.core.crews import Crews
from reports.planner.core.instance import Floats32, Ints, Office
from reports.planner.core.plans import MISSING, Duty
from reports.planner.core.trips import Trip

#: Less than any sum of gains.
NEVER = -(10**14)
#: Eighths of what is lost where people come and are not served.
REGRET = 2
_IMPOSSIBLE = -(10**12)
#: Bytes of gains that are remembered, and what one takes besides.
_HELD, _EACH = 8_000_000, 500


@dataclass(frozen=True)
class Placed:
    """A trip in the plan: its row, date of departure, team, and rupiah."""

    trip: int
    date: int
    team: int
    cost: int


@dataclass(frozen=True)
class Rows:
    """Where a site stands: rows of stops, which level of people each has, its day; rows of trips."""

    stops: Ints
    level: Ints
    days: tuple[tuple[int, Ints], ...]
    trips: Ints
    people: Ints


def _rows(found: list[tuple[int, int, int, int]]) -> Rows:
    table = np.array(found, dtype=np.int64).reshape(-1, 4)
    people, level = np.unique(table[:, 1], return_inverse=True)
    days = tuple((int(day), np.flatnonzero(table[:, 2] == day)) for day in np.unique(table[:, 2]))
    return Rows(table[:, 0], level, days, np.unique(table[:, 3]), people)


@dataclass
class _Before:
    """A site as it was when a round began."""

    gain: Floats32
    visits: list[tuple[int, int, int]]
    points: int


@dataclass
class Mark:
    """A plan as it was when a round began."""

    placed: dict[int, Placed]
    lacking: list[int]
    spent: int


class Board:
    """A plan in the making. `regret`: eighths of what is lost where people come and are not served."""

    def __init__(self, office: Office, trips: Sequence[Trip], regret: int = REGRET) -> None:
        self.office, self.trips, self.regret = office, list(trips), regret
        self.n, self.dates = len(self.trips), len(office.ordinals)
        self.width = max((len(one.stops) for one in self.trips), default=1)
        self.caps = [one.caps(office) for one in self.trips]
        self.rows = self._rows()
        self.tables: dict[tuple[int, tuple[int, ...]], Floats32] = {}
        #: Gains that were reckoned before: a search comes back to the same visits again and again.
        self.known: dict[tuple[int, bool, tuple[tuple[int, int], ...]], Floats32] = {}
        self.held = 0
        self.bonus = np.zeros((len(office.sites), self.dates), dtype=np.int64)
        for pin in office.pins:
            self.bonus[pin.site, pin.date] += MISSING
        for one in office.announced:
            self.bonus[one.site, one.date] += one.points
        self.floors: list[list[int]] = [[] for _site in office.sites]
        for n, floor in enumerate(office.floors):
            for site in floor.sites:
                self.floors[site].append(n)
        self.lacking = [floor.visits for floor in office.floors]
        self.nearby = [
            [n for n, day in enumerate(office.ordinals) if abs(day - one) < office.day.rest]
            for one in office.ordinals
        ]
        self.crews = Crews(office, self.trips)
        self.placed: dict[int, Placed] = {}
        self.next = 0
        self.spent = 0
        self.visits: list[list[tuple[int, int, int]]] = [[] for _site in office.sites]
        self.points = [0] * len(office.sites)
        self.before: dict[int, _Before] = {}
        self.gain = np.zeros((self.n * self.width, self.dates), dtype=np.float32)
        self.total = np.zeros((self.n, self.dates), dtype=np.float32)
        self.score = self.total.copy()
        self.price = self.total.copy()
        self.noise = np.ones(self.n, dtype=np.float32)
        for site in range(len(office.sites)):
            self._gains(site)
        self._totals(np.arange(self.n))

    def _rows(self) -> list[Rows]:
        """Of each site."""
        found: list[list[tuple[int, int, int, int]]] = [[] for _site in self.office.sites]
        for p, trip in enumerate(self.trips):
            for i, ((s, day, _m), cap) in enumerate(zip(trip.stops, self.caps[p], strict=True)):
                found[s].append((p * self.width + i, cap, day, p))
        return [_rows(some) for some in found]

    # --- gains ----------------------------------------------------------------------------------

    def _table(self, site: int, caps: tuple[int, ...]) -> Floats32:
        """(level, visits before): points that one more visit would add."""
        if (site, caps) not in self.tables:
            one, people = self.office.sites[site], self.rows[site].people
            now = sum(one.expected(caps))
            found = np.empty((len(caps) + 1, len(people)), dtype=np.int64)
            for place in range(len(caps) + 1):
                found[place] = self._inserted(site, caps, place, now)
            self.tables[site, caps] = np.ascontiguousarray(found.T, dtype=np.float32)
        return self.tables[site, caps]

    def _inserted(self, site: int, caps: tuple[int, ...], place: int, now: int) -> Ints:
        one, people = self.office.sites[site], self.rows[site].people
        if len(caps) >= len(one.turnout):
            return np.full(len(people), NEVER, dtype=np.int64)
        before = sum(one.expected(caps[:place]))
        come = (one.gap - before) * one.turnout[place] // 1000
        served = np.minimum(come, people)
        total = before + served
        for n, cap in enumerate(caps[place:], place + 1):
            total = total + np.minimum((one.gap - total) * one.turnout[n] // 1000, cap)
        found: Ints = (total - now) * one.weight - (come - served) * one.weight * self.regret // 8
        return found

    def _gains(self, site: int) -> None:
        """The gains of one site's stops anew: they hang on its visits, and on whether a floor lacks any."""
        rows = self.rows[site]
        if not len(rows.stops):
            return
        short = any(self.lacking[floor] > 0 for floor in self.floors[site])
        visits = tuple([(date, cap) for date, cap, _key in self.visits[site]])
        if (site, short, visits) not in self.known:
            found = self._gained(site, visits, short=short)
            if self.held + found.nbytes + _EACH > _HELD:
                self.known, self.held = {}, 0
            self.known[site, short, visits] = found
            self.held += found.nbytes + _EACH
        self.gain[rows.stops] = self.known[site, short, visits]

    def _gained(self, site: int, visits: tuple[tuple[int, int], ...], *, short: bool) -> Floats32:
        """(stop, date)"""
        rows = self.rows[site]
        before = np.zeros(self.dates, dtype=np.int64)
        more = self.bonus[site].copy()
        more[~self.office.open[site]] = NEVER
        for date, _cap in visits:
            before[date + 1 :] += 1
            more[self.nearby[date]] = NEVER
        if short:
            more += MISSING
        table = self._table(site, tuple(cap for _date, cap in visits))[:, before] + more
        found = np.empty((len(rows.stops), self.dates), dtype=np.float32)
        for day, some in rows.days:
            moved = np.full_like(table, NEVER)
            moved[:, : self.dates - day] = table[:, day:]
            found[some] = moved[rows.level[some]]
        return found

    def _totals(self, trips: Ints) -> None:
        some = self.gain.reshape(self.n, self.width, self.dates)[trips]
        found = some[:, 0]
        for n in range(1, self.width):
            found = found + some[:, n]
        self.total[trips] = found

    def rescore(self, noise: Floats32, price: Floats32) -> None:
        """All scores, with another noise (a factor for each trip) or price (trips, dates)."""
        self.noise, self.price = noise, price
        self.score = self.total * noise[:, None] - price - self.crews.block

    def unprice(self) -> None:
        """All scores without a price."""
        self.score += self.price
        self.price = np.zeros_like(self.price)

    def _refresh(self, sites: Iterable[int], dates: Iterable[int]) -> None:
        columns = self.crews.refresh(dates)
        trips = self._changed(sites)
        self.score[trips] = (
            self.total[trips] * self.noise[trips, None]
            - self.price[trips]
            - self.crews.block[trips]
        )
        for date in columns:
            self.score[:, date] = (
                self.total[:, date] * self.noise - self.price[:, date] - self.crews.block[:, date]
            )

    def _changed(self, sites: Iterable[int]) -> Ints:
        """Gains of these sites and totals of their trips anew; the trips."""
        mark = np.zeros(self.n, dtype=bool)
        for site in sorted(set(sites)):
            self._gains(site)
            mark[self.rows[site].trips] = True
        trips = np.flatnonzero(mark)
        self._totals(trips)
        return trips

    # --- duties come and go ---------------------------------------------------------------------

    def place(self, trip: int, date: int, team: int) -> int:
        """Its key in `placed`."""
        key, self.next = self.next, self.next + 1
        cost = self.crews.cost(trip, team)
        self.placed[key] = Placed(trip, date, team, cost)
        self.spent += cost
        self.crews.take(trip, date, team)
        touched: set[int] = set()
        for (site, day, _minutes), cap in zip(self.trips[trip].stops, self.caps[trip], strict=True):
            self._remember(site)
            self.visits[site].append((date + day, cap, key))
            touched |= self._visited(site, 1)
        days = len(self.trips[trip].days)
        self._refresh(touched, range(date, date + days))
        return key

    def remove(self, keys: Iterable[int]) -> list[Placed]:
        """What was taken out. The scores are not up to date until `rescore`."""
        found: list[Placed] = []
        touched: set[int] = set()
        dates: set[int] = set()
        for key in keys:
            one = self.placed.pop(key)
            found.append(one)
            dates |= self._freed(one)
            for site, _day, _minutes in self.trips[one.trip].stops:
                self._remember(site)
                self.visits[site] = [row for row in self.visits[site] if row[2] != key]
                touched |= self._visited(site, -1)
        self.crews.refresh(dates)
        self._changed(touched)
        return found

    def _freed(self, one: Placed) -> set[int]:
        self.spent -= one.cost
        self.crews.free(one.trip, one.date, one.team)
        return set(range(one.date, one.date + len(self.trips[one.trip].days)))

    def _visited(self, site: int, change: int) -> set[int]:
        """Visits of a site came or went: the sites whose gains change."""
        self.visits[site].sort()
        one = self.office.sites[site]
        caps = tuple(cap for _date, cap, _key in self.visits[site])
        self.points[site] = sum(one.expected(caps)) * one.weight + sum(
            int(self.bonus[site, date]) for date, _cap, _key in self.visits[site]
        )
        touched = {site}
        for floor in self.floors[site]:
            was = self.lacking[floor] > 0
            self.lacking[floor] -= change
            if was != (self.lacking[floor] > 0):
                touched |= set(self.office.floors[floor].sites)
        for other in touched:
            self._remember(other)
        return touched

    def _remember(self, site: int) -> None:
        if site not in self.before:
            self.before[site] = _Before(
                self.gain[self.rows[site].stops], list(self.visits[site]), self.points[site]
            )

    def begin(self) -> Mark:
        """From here on changes may be undone."""
        self.before = {}
        return Mark(dict(self.placed), list(self.lacking), self.spent)

    def undo(self, mark: Mark) -> None:
        """Everything as it was at `begin`. The scores are not up to date until `rescore`."""
        dates: set[int] = set()
        for key, one in self.placed.items():
            if key not in mark.placed:
                dates |= self._freed(one)
        for key, one in mark.placed.items():
            if key not in self.placed:
                self.crews.take(one.trip, one.date, one.team)
                dates |= set(range(one.date, one.date + len(self.trips[one.trip].days)))
        self.placed, self.lacking, self.spent = mark.placed, mark.lacking, mark.spent
        changed = np.zeros(self.n, dtype=bool)
        for site, was in self.before.items():
            self.visits[site], self.points[site] = was.visits, was.points
            self.gain[self.rows[site].stops] = was.gain
            changed[self.rows[site].trips] = True
        self._totals(np.flatnonzero(changed))
        self.crews.refresh(dates)

    @property
    def rank(self) -> int:
        """Points, and so many for each pin and visit of a floor that is there; for comparing."""
        return sum(self.points) - MISSING * sum(max(0, one) for one in self.lacking)

    def share(self, key: int) -> int:
        """About what the plan has by this duty: the points of its sites by their visits."""
        stops = self.trips[self.placed[key].trip].stops
        return sum(self.points[site] // len(self.visits[site]) for site, _d, _m in stops)

    def best(self) -> tuple[int, int] | None:
        """Row and date of the trip to add next; None when none adds anything."""
        if not self.n or not self.dates:
            return None
        while True:
            trip, date = divmod(int(self.score.argmax()), self.dates)
            top = float(self.score[trip, date])
            if top <= 0:
                return None
            left = self.office.budget - self.spent
            if self.crews.cost_at(trip, date) <= left:
                return trip, date
            self.score[trip, date] = NEVER
            self.score[self.crews.least > left] = NEVER

    def fits(self, trip: int, date: int) -> bool:
        """May this trip depart on this date beside all that is placed, whatever it adds?"""
        if self.crews.block[trip, date] or float(self.total[trip, date]) < _IMPOSSIBLE:
            return False
        return self.spent + self.crews.cost_at(trip, date) <= self.office.budget

    def duties(self) -> list[Duty]:
        return [
            duty
            for one in self.placed.values()
            for duty in self.trips[one.trip].duties(one.date, one.team)
        ]
