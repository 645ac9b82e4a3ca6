"""The programme of `levels` in fractions, with few of its columns at a time.

Columns that pay at the prices are added until none does; that way the solver never holds them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from reports.planner.core.instance import Bools
from reports.planner.core.levels import Levels
from reports.planner.core.pricing import Floats

#: Columns that are all held at once, and those added in one turn.
_ALL, _BATCH = 25_000, 600
#: Thousands of points for each day, night or promised visit that is short: more than any plan is worth.
_SHORT = 10_000.0
#: Thousands of points by which a column that is left out may pay.
_ENOUGH = 1e-7
#: Rows, or columns as -1 and less, with the least and most of each.
Limits = tuple[tuple[int, float, float], ...]
#: Kinds of rows whose sums are whole numbers, with thousands of points that may hang on one.
_PARTS = {"team": 20.0, "away": 20.0, "kit": 10.0}
_WHOLE = 1e-5


@dataclass(frozen=True)
class Found:
    """Thousands of points that no plan exceeds, how many fewer with each column, and how to part what is not whole.

    Of columns that share the minutes of the same visits a plan may have a little of each, and of the dearest next to
    nothing: each of them is as dear as the cheapest.
    """

    points: float
    less: Floats
    halves: tuple[Limits, ...]


def quiet(solver: highspy.Highs) -> None:
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
        solver.setOptionValue(name, value)


class Fractions:
    """The fractions of one office."""

    def __init__(self, levels: Levels, *, few: bool, among: Bools | None = None) -> None:
        self.levels, self.among = levels, among
        self.many = len(levels.columns)
        self.mixed = np.array(levels.mixed)
        self.starts = np.array([*levels.starts, len(levels.index)], dtype=np.int64)
        self.index, self.values = (
            np.frombuffer(levels.index, dtype=np.int32),
            np.frombuffer(levels.values),
        )
        self.held = np.zeros(self.many, dtype=bool)
        self.solver = highspy.Highs()
        quiet(self.solver)
        self.solver.passModel(self._frame())
        self.few = few or self.many > _ALL
        self._add(np.arange(self.many) if not self.few else self._first())
        self._short()
        self.limits: Limits = ()
        self.parts = self._parts()

    def _frame(self) -> highspy.HighsLp:
        """All rows, and the columns that are no ways to spend a day."""
        levels, model = self.levels, highspy.HighsLp()
        begin = int(self.starts[self.many])
        model.sense_ = highspy.ObjSense.kMaximize
        model.num_col_, model.num_row_ = len(levels.points) - self.many, len(levels.lower)
        model.col_cost_ = np.array(levels.points)[self.many :]
        model.col_lower_ = np.zeros(model.num_col_)
        model.col_upper_ = np.array(levels.top)[self.many :]
        model.row_lower_, model.row_upper_ = np.array(levels.lower), np.array(levels.upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = (self.starts[self.many :] - begin).astype(np.int32)
        model.a_matrix_.index_, model.a_matrix_.value_ = self.index[begin:], self.values[begin:]
        return model

    def _first(self) -> np.ndarray:
        """Days with one stop."""
        levels = self.levels
        one = np.array([len(choice.route.stops) == 1 for choice in levels.choices])
        found = one[np.array(levels.columns)]
        return np.flatnonzero(found if self.among is None else found & self.among)

    def _short(self) -> None:
        """What is short of what must be, dearly: with few columns nothing else might fit."""
        if not self.few:
            return
        some = [n for n, low in enumerate(self.levels.lower) if low > 0]
        some += [
            row
            for name, row in self.levels.rows.items()
            if name[0] in {"visit", "is", "pair", *_PARTS}
        ]
        rows = np.array(sorted({self.levels.whole, self.levels.nights, *some}), dtype=np.int32)
        n = len(rows)
        self.solver.addCols(
            n,
            np.full(n, -_SHORT),
            np.zeros(n),
            np.full(n, highspy.kHighsInf),
            n,
            np.arange(n, dtype=np.int32),
            rows,
            np.ones(n),
        )

    def _add(self, which: np.ndarray) -> None:
        lengths = self.starts[which + 1] - self.starts[which]
        ends = np.cumsum(lengths)
        where = np.arange(int(lengths.sum())) + np.repeat(
            self.starts[which] - ends + lengths, lengths
        )
        n = len(which)
        self.held[which] = True
        self.solver.addCols(
            n,
            np.zeros(n),
            np.zeros(n),
            np.ones(n),
            len(where),
            (ends - lengths).astype(np.int32),
            self.index[where],
            self.values[where],
        )

    def _parts(self) -> list[tuple[int, float]]:
        """What is a whole number in every plan, with how much hangs on it: visits, and by their dates; teams, nights."""
        sites = self.levels.office.sites
        most = [site.weight * site.most / 1000 for site in sites]
        found = []
        for name, row in self.levels.rows.items():
            if name[0] == "visit":
                site, visit = name[1:]
                found.append((row, sites[site].weight * sites[site].full[visit] / 1000))
            elif name[0] == "pair":
                found.append((row, min(most[site] for site in name[1:])))
            elif name[0] in _PARTS:
                found.append((row, _PARTS[name[0]]))
        for column, (site, visit, _date) in self.levels.dated:
            stake = sites[site].weight * sites[site].full[visit] / 1000
            found.append((self.many - 1 - column, stake / 2))
        return found

    def _bound(self, limits: Limits) -> None:
        """These, and no others."""
        levels = self.levels
        for number, _low, _high in self.limits:
            if number >= 0:
                self.solver.changeRowBounds(number, levels.lower[number], levels.upper[number])
            else:
                self.solver.changeColBounds(-1 - number, 0.0, 1.0)
        for number, low, high in limits:
            if number >= 0:
                self.solver.changeRowBounds(number, low, high)
            else:
                self.solver.changeColBounds(-1 - number, low, high)
        self.limits = limits

    def solve(self, limits: Limits = ()) -> Found | None:
        """None: nothing is within the limits."""
        self._bound(limits)
        end = int(self.starts[self.many])
        while True:
            self.solver.run()
            status = self.solver.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            if status != highspy.HighsModelStatus.kOptimal:
                return Found(highspy.kHighsInf, np.zeros(self.many), ())
            solution = self.solver.getSolution()
            prices = np.array(solution.row_dual)
            paid = self.values[:end] * prices[self.index[:end]]
            less = -np.add.reduceat(paid, self.starts[: self.many])
            pays = (less > _ENOUGH) & ~self.held
            new = np.flatnonzero(pays if self.among is None else pays & self.among)
            if not len(new):
                points = self.solver.getInfo().objective_function_value
                return Found(points, self._dear(less), self._halves(solution))
            self._add(np.sort(new[np.argsort(-less[new], kind="stable")[:_BATCH]]))

    def _dear(self, less: np.ndarray) -> Floats:
        cheapest = np.maximum.reduceat(less, self.mixed)
        lengths = np.diff(self.mixed, append=self.many)
        found: Floats = np.minimum(0.0, np.repeat(cheapest, lengths))
        return found

    def _halves(self, solution: highspy.HighsSolution) -> tuple[Limits, ...]:
        """By the number that is not whole on which most hangs: no more of it, or no less."""
        rows, columns = solution.row_value, solution.col_value
        best = _WHOLE
        halves: tuple[Limits, ...] = ()
        known = {number: (low, high) for number, low, high in self.limits}
        for number, stake in self.parts:
            value = rows[number] if number >= 0 else columns[-1 - number]
            under = float(np.floor(value + 1e-9))
            part = min(value - under, under + 1 - value)
            if part > _WHOLE and part * stake > best:
                best = part * stake
                low, high = known.get(number, self._ends(number))
                halves = (((number, low, under),), ((number, under + 1, high),))
        return halves

    def _ends(self, number: int) -> tuple[float, float]:
        if number < 0:
            return 0.0, 1.0
        return self.levels.lower[number], self.levels.upper[number]
