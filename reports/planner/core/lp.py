"""The prices of an office's money, team-days, kit-days and sites, and its bound, by HiGHS.

Columns are sets of sites with a number of kits; those that pay at the prices are added until none
does. A set meets its dates through a flow, so that it is written once and not for each date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from reports.planner.core.instance import Office
from reports.planner.core.pricing import Floats, Prices, Pricing

#: Columns added in one turn, and the share of the value at which to stop.
_BATCH = 250
_ENOUGH = 0.002
_TURNS = 60


@dataclass(frozen=True)
class Relaxed:
    """`bound`: points that no plan of these sets exceeds."""

    prices: Prices
    bound: float
    turns: int


class Master:
    """The linear programme with the columns so far."""

    def __init__(self, office: Office, pricing: Pricing) -> None:
        self.office = office
        self.sites, self.dates = len(office.sites), len(office.ordinals)
        self.flows: dict[tuple[int, int], int] = {}
        self.known: set[tuple[int, ...]] = set()
        self.solver = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
            self.solver.setOptionValue(name, value)
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._frame(pricing)

    def _rows(self, most: list[float]) -> int:
        """New rows, each at most so much; the number of the first."""
        first = int(self.solver.getNumRow())
        n = len(most)
        nothing = np.zeros(n, dtype=np.int32)
        self.solver.addRows(
            n,
            np.full(n, -highspy.kHighsInf),
            np.array(most, dtype=np.float64),
            0,
            nothing,
            np.zeros(0, dtype=np.int32),
            np.zeros(0),
        )
        return first

    def _columns(self, columns: list[tuple[float, float, list[tuple[int, float]]]]) -> None:
        """New columns: points, most of it, entries by row."""
        starts: list[int] = []
        rows: list[int] = []
        values: list[float] = []
        for _points, _most, entries in columns:
            starts.append(len(rows))
            for row, value in entries:
                rows.append(row)
                values.append(value)
        n = len(columns)
        self.solver.addCols(
            n,
            np.array([one[0] for one in columns], dtype=np.float64),
            np.zeros(n),
            np.array([one[1] for one in columns], dtype=np.float64),
            len(rows),
            np.array(starts, dtype=np.int32),
            np.array(rows, dtype=np.int32),
            np.array(values, dtype=np.float64),
        )

    def _frame(self, pricing: Pricing) -> None:
        """Rows of people, gains and visits of each site; money, nights, team-days, kit-days."""
        n, office = self.sites, self.office
        self.people = self._rows([0.0] * n)
        self.gains = self._rows([0.0] * n)
        self.visits = self._rows([0.0] * n)
        self.money = self._rows([office.budget / 1000])
        self.nights = self._rows([0.0])
        self.teams = self._rows([float(one) for one in office.team_days])
        self.kits = self._rows([float(one) for one in office.kit_days])
        columns: list[tuple[float, float, list[tuple[int, float]]]] = []
        for s in range(n):
            entries = [(self.people + s, 1.0), (self.gains + s, 1.0)]
            columns.append((float(pricing.weight[s]) / 1000, highspy.kHighsInf, entries))
            columns += [
                (0.0, 1.0, [(self.gains + s, -float(gain)), (self.visits + s, 1.0)])
                for gain in pricing.full[s]
                if gain
            ]
        if columns:
            self._columns(columns)

    def add(self, pricing: Pricing, which: list[tuple[int, int]], prices: Prices) -> int:
        """Columns of (set, kits), shared as these prices say; how many were new."""
        columns = []
        for number, kits in which:
            sites, people = pricing.people(number, kits, prices)
            cost, ends = int(pricing.sets.cost[number]), int(pricing.sets.ends[number])
            key = (*sites, kits, cost, ends, *(int(one * 1000) for one in people))
            if key in self.known:
                continue
            self.known.add(key)
            entries = [(self._flow(int(pricing.sets.dates[number]), kits), 1.0)]
            entries.append((self.money, cost / 1000))
            if ends:
                entries.append((self.nights, -float(ends)))
            for site, served in zip(sites, people, strict=True):
                entries.append((self.people + site, -served))
                entries.append((self.visits + site, -1.0))
            columns.append((0.0, highspy.kHighsInf, entries))
        if columns:
            self._columns(columns)
        return len(columns)

    def _flow(self, mask: int, kits: int) -> int:
        """Row through which sets of these dates meet them."""
        if (mask, kits) not in self.flows:
            row = self._rows([0.0])
            self.flows[mask, kits] = row
            self._columns(
                [
                    (
                        0.0,
                        highspy.kHighsInf,
                        [(row, -1.0), (self.teams + d, 1.0), (self.kits + d, float(kits))],
                    )
                    for d in range(self.dates)
                    if mask >> d & 1
                ]
            )
        return self.flows[mask, kits]

    def solve(self) -> tuple[float, Prices]:
        """Points, and the prices, none below 0."""
        self.solver.run()
        dual = np.maximum(0.0, np.array(self.solver.getSolution().row_dual)) * 1000
        n, days = self.sites, self.dates
        prices = Prices(
            person=dual[self.people : self.people + n],
            visit=dual[self.visits : self.visits + n],
            rupiah=float(dual[self.money]) / 1000,
            team=dual[self.teams : self.teams + days],
            kit=dual[self.kits : self.kits + days],
            night=float(dual[self.nights]),
        )
        return float(self.solver.getInfo().objective_function_value) * 1000, prices


def relax(
    office: Office,
    pricing: Pricing,
    master: Master | None = None,
    *,
    enough: float = _ENOUGH,
    turns: int = _TURNS,
    stop: Callable[[], bool] | None = None,
) -> tuple[Relaxed, Master]:
    """Prices and bound of all sets of `pricing`; columns of an earlier master are kept."""
    if master is None:
        master = Master(office, pricing)
        _begin(pricing, master)
    best: Relaxed | None = None
    for turn in range(1, turns + 1):
        value, prices = master.solve()
        now = prices if best is None else prices.mixed(best.prices, 0.6)
        priced = pricing.price(now)
        if best is None or priced.bound < best.bound:
            best = Relaxed(now, priced.bound, turn)
        if best.bound <= value * (1 + enough) + 1 or (stop is not None and stop()):
            break
        added = master.add(pricing, _chosen(priced.reduced), now)
        if now is not prices:
            priced = pricing.price(prices)
            if priced.bound < best.bound:
                best = Relaxed(prices, priced.bound, turn)
            added += master.add(pricing, _chosen(priced.reduced), prices)
        if not added:
            break
    assert best is not None  # noqa: S101
    return best, master


def _begin(pricing: Pricing, master: Master) -> None:
    """The first columns: each site alone, with each number of kits."""
    alone = np.flatnonzero(pricing.size == 1)
    n = len(pricing.each)
    days = np.zeros(len(pricing.office.ordinals))
    plain = Prices(pricing.weight, np.zeros(n), 0.0, days, days, 0.0)
    master.add(pricing, [(int(one), kits) for one in alone for kits in pricing.kits], plain)


def _chosen(reduced: Floats) -> list[tuple[int, int]]:
    """(set, kits) that pay most."""
    flat = reduced.ravel()
    n = min(_BATCH, len(flat))
    if not n:
        return []
    some = np.argpartition(-flat, n - 1)[:n]
    some = some[flat[some] > 1e-6]
    some = some[np.lexsort((some, -flat[some]))]
    width = reduced.shape[1]
    return [(int(one % width), int(one // width) + 1) for one in some]
