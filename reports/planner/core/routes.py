"""One day of one team: which service minutes fit, and when everything happens.

The hours of a day are a system of differences, so what fits is said exactly by sums of service
minutes over runs of stops: each limit is a set of stops, as bits, and the most minutes they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations

from reports.planner.core.instance import Day, Office, Site

Limit = tuple[int, int]


@dataclass(frozen=True)
class Route:
    """Stops in order, by number of site; `start` and `end` are nodes (0 is the office).

    `legs`: minutes of each leg, the one to the first stop and the one back included. `km` and
    `fare` are of the whole day.
    """

    stops: tuple[int, ...]
    start: int
    end: int
    legs: tuple[int, ...]
    km: int
    fare: int
    limits: tuple[Limit, ...]

    @property
    def away(self) -> bool:
        """Does the team sleep at the last stop?"""
        return self.end != 0

    @cached_property
    def holding(self) -> tuple[tuple[int, ...], ...]:
        """For each stop the numbers of the limits that it is part of."""
        return tuple(
            tuple(i for i, one in enumerate(self.limits) if one[0] >> n & 1)
            for n in range(len(self.stops))
        )


def route(office: Office, stops: tuple[int, ...], start: int = 0, end: int = 0) -> Route | None:
    """The day through these stops, if each can have the least minutes of a stop."""
    day = office.day
    if len(stops) > day.max_stops:
        return None
    nodes = (start, *[one + 1 for one in stops], end)
    pairs = tuple(pairwise(nodes))
    minutes, roads, fares = office.tables
    km = sum([roads[a][b] for a, b in pairs])
    if km > day.max_km:
        return None
    legs = tuple([minutes[a][b] for a, b in pairs])
    sites = [office.sites[one] for one in stops]
    least = day.min_stop
    spare = min(day.minutes, day.end - day.start) - sum(legs) - least * len(stops)
    # Most days that do not fit are too long: seen before their limits are reckoned.
    if spare < 0 or sum([site.setup for site in sites]) > spare:
        return None
    limits = _limits(day, legs, sites)
    for bits, most in limits:
        if most < least * bits.bit_count():
            return None
    fare = sum([fares[a][b] for a, b in pairs])
    return Route(stops, start, end, legs, km, fare, _binding(limits, least))


def _binding(limits: tuple[Limit, ...], least: int) -> tuple[Limit, ...]:
    """Those that do not follow from one of more stops, each of which takes the least at any rate."""
    found = []
    for bits, most in limits:
        # Of the limits of more stops, the strictest after the least of the others is taken off.
        slack = most - least * bits.bit_count()
        for other, rhs in limits:
            if other & bits == bits != other and rhs - least * other.bit_count() <= slack:
                break
        else:
            found.append((bits, most))
    return tuple(found)


def covers(better: Route, other: Route, least: int) -> bool:
    """Does every division of minutes that fits into `other` fit into `better`, for no more money?"""
    if better.km > other.km or better.fare > other.fare:
        return False
    place = {site: n for n, site in enumerate(other.stops)}
    for bits, most in better.limits:
        here = sum(1 << place[s] for n, s in enumerate(better.stops) if bits >> n & 1)
        size = here.bit_count()
        if not any(
            some & here == here and rhs - least * (some.bit_count() - size) <= most
            for some, rhs in other.limits
        ):
            return False
    return True


def undominated(found: list[Route], least: int) -> list[Route]:
    """Of orders of the same stops, none that another one is as good as in everything."""
    best: list[Route] = []
    for one in sorted(found, key=lambda one: (one.km + one.fare, one.stops)):
        if not any(covers(other, one, least) for other in best):
            best = [other for other in best if not covers(one, other, least)] + [one]
    return best


def _limits(day: Day, legs: tuple[int, ...], sites: list[Site]) -> tuple[Limit, ...]:
    """Sums of service minutes that may not be exceeded, the strictest of each set."""
    n = len(sites)
    #: From the departure to the nth stop and through it, without service and waits.
    here, through, now = [], [], 0
    for leg, site in zip(legs, sites, strict=False):
        here.append(now + leg)
        now += leg + site.setup
        through.append(now)
    whole = now + legs[n]
    every = (1 << n) - 1
    strictest = {every: min(day.minutes, day.end - day.start) - whole}

    def limit(bits: int, most: int) -> None:
        if bits not in strictest or most < strictest[bits]:
            strictest[bits] = most

    for i, first in enumerate(sites):
        until, since = (2 << i) - 1, every & -(1 << i)
        limit(until, first.closes - day.start - through[i])
        limit(since, day.end - first.opens - (whole - here[i]))
        for j in range(i, n):
            limit((2 << j) - (1 << i), sites[j].closes - first.opens - (through[j] - here[i]))
        # A wait between two stops counts as time away.
        for j in range(i + 1, n):
            wait = sites[j].opens - first.closes
            limit(until | every & -(1 << j), day.minutes - wait - (through[i] + whole - here[j]))
    return tuple(sorted(strictest.items()))


def fill(one: Route, least: int, wanted: list[int], order: tuple[int, ...]) -> list[int]:
    """Service minutes of each stop: the least for all, then as wanted, in that order of stops."""
    given = [least] * len(one.stops)
    spare = [most - least * bits.bit_count() for bits, most in one.limits]
    for n in order:
        more = min([wanted[n] - least, *(spare[i] for i in one.holding[n])])
        if more > 0:
            given[n] += more
            for i in one.holding[n]:
                spare[i] -= more
    return given


def orders(n: int) -> tuple[tuple[int, ...], ...]:
    """All orders of n stops."""
    return tuple(permutations(range(n)))


def needed(people: int, minutes: int, kits: int) -> int:
    """Least service minutes in which so many people are served."""
    return -(-people * minutes // kits)


@dataclass(frozen=True)
class Clock:
    """Departure and return, and for each stop when the team arrives and begins."""

    depart: int
    back: int
    stops: tuple[tuple[int, int], ...]


def clock(office: Office, one: Route, minutes: list[int]) -> Clock:
    """The latest departure with which all fits, and the earliest hours that follow from it."""
    sites = [office.sites[s] for s in one.stops]
    latest = office.day.end
    for n in range(len(sites) - 1, -1, -1):
        ends = min(sites[n].closes, latest - one.legs[n + 1])
        latest = ends - sites[n].setup - minutes[n]
    depart = now = max(office.day.start, latest - one.legs[0])
    # Not later than the first opening asks for: who is early has time left for what goes wrong.
    early = max(office.day.start, sites[0].opens - one.legs[0])
    if early < depart and _back(one, sites, minutes, early) - early <= office.day.minutes:
        depart = now = early
    rows = []
    for n, site in enumerate(sites):
        arrive = now + one.legs[n]
        begin = max(arrive, site.opens)
        rows.append((arrive, begin))
        now = begin + site.setup + minutes[n]
    return Clock(depart, now + one.legs[-1], tuple(rows))


def _back(one: Route, sites: list[Site], minutes: list[int], depart: int) -> int:
    now = depart
    for n, site in enumerate(sites):
        now = max(now + one.legs[n], site.opens) + site.setup + minutes[n]
    return now + one.legs[-1]
