"""Small offices exactly, by HiGHS: a day of a team with the visits that its stops are, first or later.

A column is a choice (`days`), the number of each of its visits, and one way to serve people. That says far
more than days and people apart: what a second visit can have is known where it is chosen, so the bound of
the fractions is near. All ways to serve people are mixed of the extreme ones (`corners`).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product

import highspy

from reports.planner.core.corners import People, above, corners
from reports.planner.core.days import Choice, Group
from reports.planner.core.instance import Office
from reports.planner.core.plans import cost

_ANY = highspy.kHighsInf
Name = tuple[str, *tuple[int, ...]]


@dataclass(frozen=True)
class Column:
    """One way to spend a choice: the number of each visit and people at most."""

    choice: int
    levels: tuple[int, ...]
    people: People


class Levels:
    """The programme, as columns; rows are made as they are first named. No columns: there would be too many."""

    def __init__(self, office: Office, teams: list[Group], some: list[Choice], most: int) -> None:
        self.office, self.teams, self.choices = office, teams, some
        self.rows: dict[Name, int] = {}
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.starts, self.index, self.values = array("i"), array("i"), array("d")
        self.points, self.top = array("d"), array("d")
        self.known: dict[tuple[object, ...], list[People]] = {}
        self.lines: dict[tuple[int, int], list[tuple[float, float]]] = {}
        #: Of each column the choice that it is a way to spend.
        self.columns = array("i")
        #: Where those of other visits begin: what lies between two of them may be mixed in one plan.
        self.mixed = array("i")
        self.people: dict[tuple[int, int, int], int] = {}
        #: Columns of whole numbers: is there a visit; minutes where people do not divide them.
        self.integers: list[int] = []
        #: Of those the visits, with site, number and date.
        self.dated: list[tuple[int, tuple[int, int, int]]] = []
        self.whole = self._row(("whole",), -_ANY, _ANY)
        self.nights = self._row(("nights",), -_ANY, _ANY)
        self._promised = self._promises()
        for n, one in enumerate(some):
            before: tuple[int, ...] = ()
            same: list[tuple[int, float]] = []
            for column in self._ways(n, one):
                if column.levels != before:
                    self.mixed.append(len(self.columns))
                before = column.levels
                self.columns.append(n)
                same = same or [*self._day(one)]
                self._column(0.0, 1.0, chain(same, self._entries(one, column)))
            if len(self.columns) > most:
                self.columns = array("i")
                return
        self._sites()
        self._told()

    # --- rows and columns -----------------------------------------------------------------------

    def _row(self, name: Name, low: float, high: float) -> int:
        if name not in self.rows:
            self.rows[name] = len(self.lower)
            self.lower.append(low)
            self.upper.append(high)
        return self.rows[name]

    def _column(self, points: float, most: float, entries: Iterator[tuple[int, float]]) -> int:
        self.starts.append(len(self.index))
        found: dict[int, float] = defaultdict(float)
        for row, value in entries:
            found[row] += value
        for row, value in sorted(found.items()):
            self.index.append(row)
            self.values.append(value)
        self.points.append(points)
        self.top.append(most)
        return len(self.points) - 1

    def _ways(self, number: int, one: Choice) -> Iterator[Column]:
        sites, least = self.office.sites, self.office.day.min_stop
        for levels in product(*(self._can_be(s, one.date) for s in one.route.stops)):
            most = tuple(self._most(s, v) for s, v in zip(one.route.stops, levels, strict=True))
            each = tuple(sites[s].minutes for s in one.route.stops)
            key = (one.route.limits, least, one.kits, each, most)
            if key not in self.known:
                self.known[key] = corners(*key)
            for people in self.known[key]:
                yield Column(number, levels, people)

    def _most(self, site: int, visit: int) -> int:
        one = self.office.sites[site]
        return one.gap * one.turnout[visit] // 1000

    def _come(self, site: int, visit: int) -> list[tuple[float, float]]:
        """Lines above who comes to a visit, by who has come before: people fewer for each, and people after all.

        The least there are above whole numbers of people.
        """
        if (site, visit) not in self.lines:
            one = self.office.sites[site]
            most = sum(one.full[:visit])
            come = [(one.gap - n) * one.turnout[visit] // 1000 for n in range(most + 1)]
            self.lines[site, visit] = above(come)
        return self.lines[site, visit]

    def _can_be(self, site: int, date: int) -> list[int]:
        """Numbers that a visit on that date can have: so many may be before it."""
        office, last, before = self.office, -(10**9), 0
        for d in range(date):
            on = office.ordinals[d]
            fits = on - last >= office.day.rest and office.ordinals[date] - on >= office.day.rest
            if office.open[site, d] and fits:
                before, last = before + 1, on
        return [v for v in range(len(office.sites[site].turnout)) if v <= before]

    def _day(self, one: Choice) -> Iterator[tuple[int, float]]:
        """What is the same of all ways to spend a choice."""
        office, row, date = self.office, self._row, one.date
        group = self.teams[one.group]
        yield (
            row(("money",), -_ANY, office.budget / 1000),
            cost(office, one.route, group.staff) / 1000,
        )
        yield row(("team", one.group, date), -_ANY, len(group.teams)), 1.0
        yield from self._kits(one)
        yield self.whole, 1.0
        yield from self._slept(one)
        yield from self._promised.get((date, one.group, one.route.stops), ())
        for pin in self._pinned(one):
            yield pin, 1.0

    def _entries(self, one: Choice, column: Column) -> Iterator[tuple[int, float]]:
        # Which visits share a day: nothing follows from it, but a plan can be parted by it.
        for a, b in combinations(sorted(zip(one.route.stops, column.levels, strict=True)), 2):
            yield self._row(("pair", *a, *b), -_ANY, _ANY), 1.0
        for n, site in enumerate(one.route.stops):
            yield from self._stop(site, column.levels[n], one, column.people[n])

    def _kits(self, one: Choice) -> Iterator[tuple[int, float]]:
        """Kits in all; and of days with two or more each no more than whole ones."""
        some = int(self.office.kit_days[one.date])
        yield self._row(("kit", one.date), -_ANY, some), float(one.kits)
        for by in range(2, one.kits + 1):
            if some % by:
                yield self._row(("kits", one.date, by), -_ANY, some // by), float(one.kits // by)

    def _slept(self, one: Choice) -> Iterator[tuple[int, float]]:
        """Who sleeps somewhere goes on from there, with as many kits."""
        if one.route.end:
            key = (one.date, one.group, one.kits, one.route.end, one.after)
            kits = self.office.kits
            both = sum(kit.dates[one.date] and kit.dates[one.date + 1] for kit in kits)
            yield self._row(("slept", *key), 0.0, 0.0), 1.0
            yield self._row(("away", one.date), -_ANY, both), float(one.kits)
            # Where, on whatever date: nothing follows from it, but a plan can be parted by it.
            yield self._row(("bed", one.route.end), -_ANY, _ANY), 1.0
            yield self.nights, 1.0
        if one.route.start:
            begun = (one.date - 1, one.group, one.kits, one.route.start, one.nights)
            yield self._row(("slept", *begun), 0.0, 0.0), -1.0

    def _stop(
        self, site: int, visit: int, one: Choice, people: float
    ) -> Iterator[tuple[int, float]]:
        """One of the visits of a site, and the people that can be served at it."""
        yield self._row(("served", site, visit, one.date), -_ANY, 0.0), -people
        yield self._row(("is", site, visit, one.date), 0.0, 0.0), 1.0

    def _is(self, site: int, visit: int, date: int) -> Iterator[tuple[int, float]]:
        """Whether that visit is on that date: once each, in their order, with those who are left."""
        office, row = self.office, self._row
        place = office.sites[site]
        yield self.rows["is", site, visit, date], -1.0
        yield row(("visit", site, visit), -_ANY, 1.0), 1.0
        # Who comes, of those left; where there is no such visit the row says nothing.
        before = sum(place.full[:visit])
        for n, (slope, begin) in enumerate(self._come(site, visit)):
            yield row(("come", site, visit, n), -_ANY, slope * before), slope * before - begin
        yield row(("gain", site), -_ANY, 0.0), -float(place.full[visit])
        for d, on in enumerate(office.ordinals):
            if visit and d >= date:
                yield row(("after", site, visit, d), -_ANY, 0.0), 1.0
            later = on - office.ordinals[date] >= office.day.rest
            if later and visit + 1 < len(place.turnout):
                yield row(("after", site, visit + 1, d), -_ANY, 0.0), -1.0

    # --- pins, floors, what was announced -------------------------------------------------------

    def _promises(self) -> dict[tuple[int, int, tuple[int, ...]], list[tuple[int, float]]]:
        """Rows of floors and of what was announced, with what a choice brings to each."""
        office = self.office
        found: dict[tuple[int, int, tuple[int, ...]], list[tuple[int, float]]] = defaultdict(list)
        for n, floor in enumerate(office.floors):
            row = self._row(("floor", n), float(floor.visits), _ANY)
            for key in {(one.date, one.group, one.route.stops) for one in self.choices}:
                if both := len(set(key[2]) & set(floor.sites)):
                    found[key].append((row, float(both)))
        for n, said in enumerate(office.announced):
            row = self._row(("said", n), -_ANY, 0.0)
            for key in {(one.date, one.group, one.route.stops) for one in self.choices}:
                if key[0] == said.date and said.site in key[2]:
                    found[key].append((row, -1.0))
        for n, _pin in enumerate(office.pins):
            self._row(("pin", n), 1.0, 1.0)
        return found

    def _pinned(self, one: Choice) -> Iterator[int]:
        for n, pin in enumerate(self.office.pins):
            there = one.date == pin.date and pin.site in one.route.stops
            if there and (pin.team is None or pin.team in self.teams[one.group].teams):
                yield self.rows["pin", n]

    def _told(self) -> None:
        for n, said in enumerate(self.office.announced):
            row = self.rows["said", n]
            self._column(said.points / 1000, 1.0, iter([(row, 1.0)]))

    # --- people ---------------------------------------------------------------------------------

    def _sites(self) -> None:
        """Who is recorded at each visit, and whole numbers where the programme asks for them."""
        for name in [name for name in self.rows if name[0] == "is"]:
            site, visit, date = name[1:]
            entries = self._is(site, visit, date)
            self.integers.append(self._column(0.0, 1.0, entries))
            self.dated.append((self.integers[-1], (site, visit, date)))
        for _kind, *key in [name for name in self.rows if name[0] == "served"]:
            site, visit, date = key
            points = self.office.sites[site].weight / 1000
            entries = self._recorded(site, visit, date)
            self.people[site, visit, date] = self._column(points, _ANY, entries)

    def _recorded(self, site: int, visit: int, date: int) -> Iterator[tuple[int, float]]:
        place = self.office.sites[site]
        yield self.rows["served", site, visit, date], 1.0
        yield self.rows["gain", site], 1.0
        for n in range(len(self._come(site, visit))):
            yield self.rows["come", site, visit, n], 1.0
        for later in range(visit + 1, len(place.turnout)):
            for n, (slope, _begin) in enumerate(self._come(site, later)):
                if ("come", site, later, n) in self.rows:
                    yield self.rows["come", site, later, n], slope
