"""Sets of one to three sites that a day can join, in columns: what they take at least.

What is said here of a set holds for each order of its stops and each way to share the minutes:
the bound is made of it. Not rounded down, no wait counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np

from reports.planner.core.instance import Bools, Ints, Office

_FAR = 10**9


@dataclass(frozen=True)
class Sets:
    """`sites` (n, 3): numbers, -1 where there are fewer. `minutes`: of service in all, at most.

    `cost`: rupiah at least, by the cheapest team. `dates`: bits of the dates on which all are open.
    `ends`: +1 the day ends away, -1 it begins away, as a sum.
    """

    sites: Ints
    minutes: Ints
    cost: Ints
    dates: Ints
    ends: Ints

    def take(self, which: Ints | Bools) -> Sets:
        return Sets(
            self.sites[which],
            self.minutes[which],
            self.cost[which],
            self.dates[which],
            self.ends[which],
        )

    def __len__(self) -> int:
        return len(self.minutes)


def joined(parts: list[Sets]) -> Sets:
    return Sets(
        np.concatenate([one.sites for one in parts]),
        np.concatenate([one.minutes for one in parts]),
        np.concatenate([one.cost for one in parts]),
        np.concatenate([one.dates for one in parts]),
        np.concatenate([one.ends for one in parts]),
    )


def near(office: Office, neighbours: int = 8) -> Ints:
    """(n, 3): singles, pairs and triples of near sites."""
    n = len(office.sites)
    there = office.minutes[1:, 1:] + office.minutes[1:, 1:].T
    detour = there + office.minutes[0, 1:][None, :] + office.minutes[1:, 0][None, :]
    detour = detour - office.minutes[0, 1:][:, None] - office.minutes[1:, 0][:, None]
    friends: list[list[int]] = []
    for i in range(n):
        some: list[int] = []
        for how in (there, detour):
            by = np.argsort(how[i], kind="stable")
            some += [int(j) for j in by if j != i][: neighbours if how is there else 4]
        friends.append(sorted(set(some)))
    found = {(i, -1, -1) for i in range(n)}
    for i in range(n):
        for a, j in enumerate(friends[i]):
            two = tuple(sorted((i, j)))
            found.add((two[0], two[1], -1))
            for k in friends[i][a + 1 :]:
                one, two_, three = sorted((i, j, k))
                found.add((one, two_, three))
    return _only(office, np.array(sorted(found), dtype=np.int64).reshape(-1, 3))


def all_of(office: Office) -> Ints:
    """(n, 3): all singles, pairs and triples."""
    n = len(office.sites)
    one = np.arange(n)
    singles = np.stack([one, np.full(n, -1), np.full(n, -1)], axis=1)
    first, second = np.triu_indices(n, 1)
    pairs = np.stack([first, second, np.full(len(first), -1)], axis=1)
    parts = [singles, pairs]
    for i in range(n - 2):
        j, k = np.triu_indices(n - i - 1, 1)
        parts.append(np.stack([np.full(len(j), i), j + i + 1, k + i + 1], axis=1))
    return _only(office, np.concatenate(parts).astype(np.int64))


def _only(office: Office, sites: Ints) -> Ints:
    return sites[(sites >= 0).sum(axis=1) <= office.day.max_stops]


def measured(office: Office, sites: Ints, chunk: int = 200_000) -> Sets:
    """The sets of these that fit into a day at all; away from home too where nights are allowed."""
    kinds = [(True, True)]
    if office.day.max_nights:
        kinds += [(True, False), (False, True), (False, False)]
    parts = []
    for first in range(0, max(1, len(sites)), chunk):
        some = sites[first : first + chunk]
        for size in (1, 2, 3):
            rows = some[(some >= 0).sum(axis=1) == size]
            parts += [_measured(office, rows, size, kind) for kind in kinds]
    return joined(parts)


def _measured(office: Office, rows: Ints, size: int, kind: tuple[bool, bool]) -> Sets:
    """Sets of one size; does the day begin, and end, at the office?"""
    home_first, home_last = kind
    path, whole, km, fare = _least(office, rows, size, kind)
    setups = np.array([site.setup for site in office.sites], dtype=np.int64)
    opens = np.array([site.opens for site in office.sites], dtype=np.int64)
    closes = np.array([site.closes for site in office.sites], dtype=np.int64)
    used = rows[:, :size]
    setup = setups[used].sum(axis=1)
    day = office.day
    span = closes[used].max(axis=1) - opens[used].min(axis=1)
    minutes = np.minimum(min(day.minutes, day.end - day.start) - whole - setup, span - path - setup)
    staff = min((team.staff for team in office.teams), default=0)
    rate = office.costs
    cost = staff * (rate.day + rate.night * (not home_last)) + km * rate.km + fare
    dates = date_bits(office)[used]
    both = dates[:, 0]
    for n in range(1, size):
        both = both & dates[:, n]
    fits = (minutes >= size * day.min_stop) & (km <= day.max_km) & (both != 0)
    fits &= cost <= office.budget
    if not home_last:
        lodging = np.array([site.lodging for site in office.sites], dtype=bool)
        fits &= lodging[used].any(axis=1)
    ends = np.full(len(rows), int(not home_last) - int(not home_first), dtype=np.int64)
    return Sets(rows, minutes, cost, both, ends).take(fits)


def _least(
    office: Office, rows: Ints, size: int, kind: tuple[bool, bool]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Least minutes between the stops and in all, km and fare in all, over all orders."""
    home_first, home_last = kind
    path = np.full(len(rows), _FAR, dtype=np.int64)
    whole, km, fare = path.copy(), path.copy(), path.copy()
    kinds = (office.minutes, office.km, office.fare)
    go = [_first_leg(office, one, home=home_first) for one in kinds]
    back = [
        one[1:, 0] if home_last else np.zeros(len(office.sites), dtype=np.int64) for one in kinds
    ]
    for order in permutations(range(size)):
        stops = [rows[:, n] for n in order]
        inner = [
            sum(
                (one[a + 1, b + 1] for a, b in pairwise(stops)),
                np.zeros(len(rows), dtype=np.int64),
            )
            for one in kinds
        ]
        path = np.minimum(path, inner[0])
        sums = [inner[n] + go[n][stops[0]] + back[n][stops[-1]] for n in range(3)]
        whole = np.minimum(whole, sums[0])
        km = np.minimum(km, sums[1])
        fare = np.minimum(fare, sums[2])
    return path, whole, km, fare


def _first_leg(office: Office, kind: Ints, *, home: bool) -> Ints:
    """From the office, or from the nearest place to sleep."""
    if home:
        return kind[0, 1:]
    beds = [n + 1 for n, site in enumerate(office.sites) if site.lodging]
    legs = kind[:, 1:][beds].astype(np.int64)
    if office.day.rest_days > 1:
        for row, bed in enumerate(beds):
            legs[row, bed - 1] = _FAR
    return legs.min(axis=0, initial=_FAR)


def date_bits(office: Office) -> Ints:
    """For each site the dates on which it is open, as bits."""
    weights = np.int64(1) << np.arange(len(office.ordinals), dtype=np.int64)
    found: Ints = (office.open * weights[None, :]).sum(axis=1, dtype=np.int64)
    return found
