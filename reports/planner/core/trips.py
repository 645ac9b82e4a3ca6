"""Trips without a date: real orders of stops and minutes, those that pay most at the prices.

A trip is a day, or several with nights between; with it goes how many kits are taken along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np

from reports.planner.core.instance import Office, Site
from reports.planner.core.plans import Duty
from reports.planner.core.pricing import Priced, Prices, Pricing
from reports.planner.core.routes import Route, fill, needed, orders, route, undominated

#: Sets that are made into trips, and days kept in mind for each bed on the way.
POOL = 2000
_BEAM = 3


@dataclass(frozen=True)
class Trip:
    """`days`: one route a calendar day; `minutes` of service likewise."""

    days: tuple[Route, ...]
    kits: int
    minutes: tuple[tuple[int, ...], ...]

    @cached_property
    def stops(self) -> tuple[tuple[int, int, int], ...]:
        """(site, day of the trip, service minutes)"""
        return tuple(
            (site, day, given)
            for day, (one, minutes) in enumerate(zip(self.days, self.minutes, strict=True))
            for site, given in zip(one.stops, minutes, strict=True)
        )

    def caps(self, office: Office) -> tuple[int, ...]:
        """People that can be served at each stop, no more than may come."""
        sites, kits = office.sites, self.kits
        return tuple(
            [min(sites[s].most, kits * given // sites[s].minutes) for s, _day, given in self.stops]
        )

    def cost(self, office: Office) -> int:
        """Rupiah of roads and boats, without the staff."""
        return sum(one.km * office.costs.km + one.fare for one in self.days)

    def per_staff(self, office: Office) -> int:
        """Rupiah for each staff member."""
        nights = sum(one.away for one in self.days)
        return len(self.days) * office.costs.day + nights * office.costs.night

    def duties(self, date: int, team: int) -> list[Duty]:
        return [
            Duty(date + n, team, self.kits, one, minutes)
            for n, (one, minutes) in enumerate(zip(self.days, self.minutes, strict=True))
        ]


class Ways:
    """Orders of stops that can be driven, found once for each set."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.known: dict[tuple[tuple[int, ...], int, int], Route | None] = {}
        self.sets: dict[tuple[int, ...], list[Route]] = {}

    def route(self, stops: tuple[int, ...], start: int = 0, end: int = 0) -> Route | None:
        key = (stops, start, end)
        if key not in self.known:
            self.known[key] = route(self.office, stops, start, end)
        return self.known[key]

    def orders(self, sites: tuple[int, ...]) -> list[Route]:
        """Orders of these stops that no other one is as good as."""
        if sites not in self.sets:
            some = [self.route(stops) for stops in permutations(sites)]
            found = [one for one in some if one is not None]
            self.sets[sites] = undominated(found, self.office.day.min_stop)
        return self.sets[sites]

    def minutes(self, one: Route, kits: int) -> set[tuple[int, ...]]:
        """Divisions of the minutes: one stop first, then the next, for first and for later visits."""
        sites = [self.office.sites[s] for s in one.stops]
        least = self.office.day.min_stop
        wanted = [_wanted(site, 0, kits) for site in sites]
        found = {tuple(fill(one, least, wanted, order)) for order in orders(len(sites))}
        later = [_wanted(site, 1, kits) for site in sites]
        found.add(tuple(fill(one, least, later, tuple(range(len(sites))))))
        return found

    def trips(self, sites: Iterable[int], kits: int) -> list[Trip]:
        """Of one set, none that another one is as good as at every stop and in its cost."""
        found: list[tuple[dict[int, int], int, Trip]] = []
        for one in self.orders(tuple(sorted(sites))):
            for minutes in sorted(self.minutes(one, kits)):
                trip = Trip((one,), kits, (minutes,))
                caps = dict(zip(one.stops, trip.caps(self.office), strict=True))
                found.append((caps, trip.cost(self.office), trip))
        return _undominated(found)


def _wanted(site: Site, level: int, kits: int) -> int:
    """Minutes in which all who come to that visit are served; to the first one, the most."""
    people = site.most if not level else (*site.full, 0, 0)[level]
    return needed(people, site.minutes, kits)


def _undominated(found: list[tuple[dict[int, int], int, Trip]]) -> list[Trip]:
    found.sort(key=lambda one: (one[1], -sum(one[0].values()), one[2].stops))
    kept: list[tuple[dict[int, int], int, Trip]] = []
    for caps, cost, trip in found:
        if not any(all(caps[s] <= other[s] for s in caps) for other, _cost, _trip in kept):
            kept.append((caps, cost, trip))
    return [trip for _caps, _cost, trip in kept]


def pool(
    office: Office, pricing: Pricing, priced: Priced, prices: Prices, most: int = POOL
) -> list[Trip]:
    """The trips of the sets of best reduced value, of each site alone, and with nights."""
    ways = Ways(office)
    home = np.flatnonzero(pricing.sets.ends == 0)
    chosen: set[tuple[tuple[int, ...], int]] = set()
    flat = [
        (-float(priced.reduced[row, one]), int(one), kits)
        for row, kits in enumerate(pricing.kits)
        for one in _best(priced.reduced[row], home, most)
    ]
    for _value, number, kits in sorted(flat)[:most]:
        chosen.add((_sites(pricing, number), kits))
    for one in np.flatnonzero((pricing.size == 1) & (pricing.sets.ends == 0)):
        chosen |= {(_sites(pricing, int(one)), kits) for kits in pricing.kits}
    found = [trip for sites, kits in sorted(chosen) for trip in ways.trips(sites, kits)]
    found = _richest(office, found, prices, most)
    if office.day.max_nights:
        for kits in pricing.kits:
            found += Journeys(office, ways, prices, kits).all()
    return found


def _richest(office: Office, found: list[Trip], prices: Prices, most: int) -> list[Trip]:
    """So many trips that pay most, and all that go to one site alone."""
    rank = []
    for n, trip in enumerate(found):
        both = np.ones(len(office.ordinals), dtype=bool)
        for site, _day, _minutes in trip.stops:
            both &= office.open[site]
        day = float((prices.team + trip.kits * prices.kit)[both].min(initial=1e18))
        rank.append((len(trip.stops) > 1, day - worth_at(office, trip, prices), n))
    return [found[n] for _joined, _value, n in sorted(rank)[:most]]


def worth_at(office: Office, trip: Trip, prices: Prices) -> float:
    """Points of a trip at the prices of people, visits and money."""
    points = sum(
        prices.person[stop[0]] * cap + prices.visit[stop[0]]
        for stop, cap in zip(trip.stops, trip.caps(office), strict=True)
    )
    staff = min(team.staff for team in office.teams)
    return float(points - prices.rupiah * (trip.cost(office) + staff * trip.per_staff(office)))


def _best(values: np.ndarray, which: np.ndarray, most: int) -> np.ndarray:
    order = np.argsort(-values[which], kind="stable")[:most]
    return which[order]


def _sites(pricing: Pricing, number: int) -> tuple[int, ...]:
    return tuple(int(one) for one in pricing.sets.sites[number] if one >= 0)


class Journeys:
    """Trips with nights: the best ways to each bed and from it, day after day."""

    def __init__(self, office: Office, ways: Ways, prices: Prices, kits: int) -> None:
        self.office, self.ways, self.prices, self.kits = office, ways, prices, kits
        there = office.minutes[1:, 1:] + office.minutes[1:, 1:].T
        n = len(office.sites)
        self.known: dict[tuple[int, int], list[tuple[Route, tuple[int, ...]]]] = {}
        self.near = [
            [int(j) for j in np.argsort(there[i], kind="stable") if j != i][:8] for i in range(n)
        ]

    def all(self) -> list[Trip]:
        beds = [n for n, site in enumerate(self.office.sites) if site.lodging]
        under_way: dict[int, list[Trip]] = {}
        for bed in beds:
            some = self._days(0, bed + 1, [*self.near[bed]], last=bed)
            under_way[bed] = self._best(Trip((one,), self.kits, (m,)) for one, m in some)
        found: list[Trip] = []
        for nights in range(1, self.office.day.max_nights + 1):
            for bed in sorted(under_way):
                for trip in under_way[bed]:
                    found += self._home(trip, bed)
            if nights < self.office.day.max_nights:
                under_way = self._on(under_way, beds)
        return self._best(found, most=400)

    def _home(self, trip: Trip, bed: int) -> list[Trip]:
        """The same trip with a last day that ends at the office."""
        some = self._days(bed + 1, 0, [bed, *self.near[bed]])
        return self._best(self._joined(trip, some))

    def _on(self, under_way: dict[int, list[Trip]], beds: list[int]) -> dict[int, list[Trip]]:
        """One day and night more."""
        found: dict[int, list[Trip]] = defaultdict(list)
        for bed, trips in sorted(under_way.items()):
            for after in [one for one in (bed, *self.near[bed]) if one in set(beds)]:
                some = self._days(bed + 1, after + 1, self.near[bed], last=after)
                for trip in trips:
                    found[after] += self._joined(trip, some)
        return {bed: self._best(trips) for bed, trips in found.items()}

    def _days(
        self, start: int, end: int, sites: list[int], last: int | None = None
    ) -> list[tuple[Route, tuple[int, ...]]]:
        """Days of one or two stops, or with a last one up to three, from node to node."""
        if (start, end) not in self.known:
            self.known[start, end] = self._found(start, end, sites, last)
        return self.known[start, end]

    def _found(
        self, start: int, end: int, sites: list[int], last: int | None
    ) -> list[tuple[Route, tuple[int, ...]]]:
        some = [one for one in sites if one != last]
        tail = () if last is None else (last,)
        stops = [tail] if tail else []
        stops += [(one, *tail) for one in some]
        stops += [(a, b, *tail) for a in some for b in some if a != b]
        found = []
        for one in stops:
            if (way := self.ways.route(one, start, end)) is not None:
                found += [(way, minutes) for minutes in sorted(self.ways.minutes(way, self.kits))]
        found.sort(key=lambda one: (-self._value((one[0],), (one[1],)), one[0].stops, one[1]))
        return found[:12]

    def _joined(self, trip: Trip, some: list[tuple[Route, tuple[int, ...]]]) -> list[Trip]:
        # A site twice in one trip is left to the exact model: its gains are not those of two visits.
        seen = {site for one in trip.days for site in one.stops}
        return [
            Trip((*trip.days, one), self.kits, (*trip.minutes, minutes))
            for one, minutes in some
            if not seen & set(one.stops)
        ]

    def _best(self, trips: Iterable[Trip], most: int = _BEAM * 2) -> list[Trip]:
        return sorted(trips, key=lambda one: (-self._value(one.days, one.minutes), one.stops))[
            :most
        ]

    def _value(self, days: tuple[Route, ...], minutes: tuple[tuple[int, ...], ...]) -> float:
        return worth_at(self.office, Trip(days, self.kits, minutes), self.prices)
