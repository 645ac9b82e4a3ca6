"""What each set of sites is worth at given prices, all at once, and the bound that follows.

Any prices from 0 give a bound that holds; good ones give a low one. With `u` people recorded at a
site, the gain of a visit is never more than that of the same visit at full strength.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.planner.core.instance import Office
from reports.planner.core.sets import Sets

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prices:
    """Points per: person who can be served at a site; visit of it; rupiah; team-day; kit-day; night."""

    person: Floats
    visit: Floats
    rupiah: float
    team: Floats
    kit: Floats
    night: float

    def mixed(self, other: Prices, share: float) -> Prices:
        """So much of these, the rest of the other's."""
        rest = 1 - share
        return Prices(
            share * self.person + rest * other.person,
            share * self.visit + rest * other.visit,
            share * self.rupiah + rest * other.rupiah,
            share * self.team + rest * other.team,
            share * self.kit + rest * other.kit,
            share * self.night + rest * other.night,
        )


@dataclass(frozen=True)
class Priced:
    """`values` (kits, sets): points above the price of all but team and kit days.

    `reduced`: the same less the cheapest open date. `bound`: points that no plan exceeds.
    """

    values: Floats
    reduced: Floats
    bound: float


class Pricing:
    """The sets of an office in columns, sorted by their dates."""

    def __init__(self, office: Office, sets: Sets) -> None:
        self.office = office
        order = np.argsort(sets.dates, kind="stable")
        self.sets = sets.take(order)
        self.masks, self.first, self.mask = np.unique(
            self.sets.dates, return_index=True, return_inverse=True
        )
        dates = np.arange(len(office.ordinals), dtype=np.int64)
        self.on = (self.masks[:, None] >> dates[None, :] & 1).astype(bool)
        self.size = (self.sets.sites >= 0).sum(axis=1)
        least = office.day.min_stop
        self.spare = np.maximum(0, self.sets.minutes - least * self.size).astype(np.float64)
        n = len(office.sites)
        self.each = np.array([site.minutes for site in office.sites], dtype=np.float64)
        self.most = np.array([site.most for site in office.sites], dtype=np.float64)
        full = [sorted((*site.full, 0), reverse=True) for site in office.sites]
        width = max((len(one) for one in full), default=1)
        self.full = np.zeros((n, width))
        for i, one in enumerate(full):
            self.full[i, : len(one)] = one
        self.weight = np.array([site.weight for site in office.sites], dtype=np.float64)
        self.window = np.array([_window(office, i) for i in range(n)], dtype=np.float64)
        self.kits = range(1, office.most_kits + 1)

    def price(self, prices: Prices) -> Priced:
        """All sets with each number of kits."""
        ranks, by = self._ranks(prices)
        fixed = prices.rupiah * self.sets.cost - prices.night * self.sets.ends
        values = np.empty((len(self.kits), len(self.sets)))
        for row, kits in enumerate(self.kits):
            values[row] = self._filled(prices, ranks, by, kits) - fixed
        reduced = np.empty_like(values)
        days = self._day_prices(prices)
        for row in range(len(self.kits)):
            cheapest = np.where(self.on, days[row][None, :], np.inf).min(axis=1, initial=np.inf)
            reduced[row] = values[row] - cheapest[self.mask]
        return Priced(values, reduced, self._bound(prices, values, days))

    def _day_prices(self, prices: Prices) -> Floats:
        """(kits, dates)"""
        kits = np.array(list(self.kits), dtype=np.float64).reshape(-1, 1)
        return prices.team[None, :] + kits * prices.kit[None, :]

    def _ranks(self, prices: Prices) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
        """For each set its sites from the dearest minute to the cheapest, as ranks; and who has a rank."""
        n = len(self.each)
        by = np.argsort(-(prices.person / self.each), kind="stable")
        rank = np.empty(n + 1, dtype=np.int64)
        rank[by] = np.arange(n)
        rank[n] = n
        a, b, c = (rank[self.sets.sites[:, i]] for i in range(3))
        a, b = np.minimum(a, b), np.maximum(a, b)
        b, c = np.minimum(b, c), np.maximum(b, c)
        a, b = np.minimum(a, b), np.maximum(a, b)
        return [a, b, c], by

    def _filled(
        self, prices: Prices, ranks: list[NDArray[np.int64]], by: NDArray[np.int64], kits: int
    ) -> Floats:
        """Points of people and visits, the dearest minutes first."""
        least = self.office.day.min_stop
        person, each, most = prices.person[by], self.each[by], self.most[by]
        base = np.append(np.minimum(most, kits * least / each) * person + prices.visit[by], 0.0)
        extra = np.append(
            np.maximum(0.0, np.minimum(most * each / kits, self.window[by]) - least), 0.0
        )
        rate = np.append(kits * person / each, 0.0)
        found = base[ranks[0]] + base[ranks[1]] + base[ranks[2]]
        spare = self.spare.copy()
        for one in ranks:
            given = np.minimum(spare, extra[one])
            found += given * rate[one]
            spare -= given
        return found

    def people(self, which: int, kits: int, prices: Prices) -> tuple[list[int], list[float]]:
        """Sites of one set and the people that can be served there, the dearest minutes first."""
        sites = [int(one) for one in self.sets.sites[which] if one >= 0]
        least = self.office.day.min_stop
        spare = float(self.spare[which])
        rate = prices.person / self.each
        found = dict.fromkeys(sites, 0.0)
        for one in sorted(sites, key=lambda s: (-rate[s], s)):
            most = float(self.most[one])
            extra = max(0.0, min(most * self.each[one] / kits, self.window[one]) - least)
            given = min(spare, extra)
            spare -= given
            found[one] = min(most, kits * (least + given) / self.each[one])
        return sites, [found[one] for one in sites]

    def _bound(self, prices: Prices, values: Floats, days: Floats) -> float:
        office = self.office
        over = np.zeros(len(office.ordinals))
        if len(self.masks):
            best = np.maximum.reduceat(values, self.first, axis=1)
            for row in range(len(self.kits)):
                top = np.where(self.on, best[row][:, None], -np.inf).max(axis=0, initial=-np.inf)
                over = np.maximum(over, top - days[row])
        whole = prices.rupiah * office.budget
        whole += float((office.team_days * (prices.team + over)).sum())
        whole += float((office.kit_days * prices.kit).sum())
        rest = np.maximum(0.0, self.weight - prices.person)
        gains = np.maximum(0.0, rest[:, None] * self.full - prices.visit[:, None])
        return whole + float(gains.sum())


def _window(office: Office, number: int) -> int:
    """Most service minutes of one stop."""
    site, day = office.sites[number], office.day
    if day.max_nights:
        return min(site.closes, day.end) - max(site.opens, day.start) - site.setup
    # A stop between may be a short cut where times were typed in; no shorter than the first leg.
    go = int(office.minutes[0, 1:].min(initial=10**6))
    back = int(office.minutes[1:, 0].min(initial=10**6))
    return min(site.closes, day.end - back) - max(site.opens, day.start + go) - site.setup
