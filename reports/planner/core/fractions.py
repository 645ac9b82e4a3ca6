"""The programme of `levels` in fractions, with few of its columns at a time.

Columns that pay at the prices are added until none does; that way the solver never holds them all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import highspy
import numpy as np

from reports.planner.core.instance import Bools
from reports.planner.core.levels import Levels
from reports.planner.core.pricing import Floats

#: Columns that are all held at once, and those added in one turn.
_ALL, _BATCH = 40_000, 600
#: Thousands of points for each day, night or promised visit that is short: more than any plan is worth.
_SHORT = 10_000.0
#: Thousands of points by which a column that is left out may pay.
_ENOUGH = 1e-7
#: Rows, or columns as -1 and less, with the least and most of each.
Limits = tuple[tuple[int, float, float], ...]
#: No more of a number that is not whole, or no less.
Halves = tuple[Limits, Limits]
#: Kinds of rows whose sums are whole numbers, with thousands of points that may hang on one.
_PARTS = {"bed": 60.0, "team": 20.0, "away": 20.0, "kit": 10.0}
_WHOLE = 1e-5
#: Ways to part that are named: in all, and of one kind. What has a date comes last among them, with so small a part
#: of what hangs on it: what may not be on one date is on the next one for nearly as much.
_WAYS, _ALIKE = 8, 2
_DATED, _LAST = frozenset({"team", "away", "kit", "date"}), 0.1


@dataclass(frozen=True)
class Found:
    """Thousands of points that no plan exceeds, how many fewer with each column, and ways to part what is not whole:
    the usual one, and some that may be tried. Where all is whole but columns: by what is not laid down yet.

    Of columns that share the minutes of the same visits a plan may have a little of each, and of the dearest next to
    nothing: each of them is as dear as the cheapest.
    """

    points: float
    less: Floats
    usual: Halves | None
    ways: tuple[Halves, ...]


def quiet(solver: highspy.Highs) -> None:
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
        solver.setOptionValue(name, value)


def _runs(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers from each start on, so many of them."""
    ends = np.cumsum(lengths)
    return np.arange(int(lengths.sum())) + np.repeat(starts - ends + lengths, lengths)


class Fractions:
    """The fractions of one office."""

    def __init__(self, levels: Levels, *, few: bool, among: Bools | None = None) -> None:
        self.levels, self.every = levels, len(levels.columns)
        #: Those that are looked at; of the same visits all or none.
        self.which = np.arange(self.every) if among is None else np.flatnonzero(among)
        self.many = len(self.which)
        self._entries()
        self.held = np.zeros(self.many, dtype=bool)
        self.solver = highspy.Highs()
        quiet(self.solver)
        self.solver.passModel(self._frame())
        self.few = few or self.many > _ALL
        self._add(np.arange(self.many) if not self.few else self._first())
        self._short()
        self.limits: Limits = ()
        self.parts = self._parts()

    def _entries(self) -> None:
        """Those of the columns that are looked at, one after the other, and where other visits begin."""
        levels = self.levels
        starts = np.array([*levels.starts, len(levels.index)], dtype=np.int64)
        lengths = np.diff(starts)[self.which]
        where = _runs(starts[self.which], lengths)
        self.starts = np.concatenate([[0], np.cumsum(lengths)])
        self.index = np.frombuffer(levels.index, dtype=np.int32)[where]
        self.values = np.frombuffer(levels.values)[where]
        group = np.zeros(self.every, dtype=np.int64)
        group[np.array(levels.mixed, dtype=np.int64)[1:]] = 1
        self.mixed = np.unique(np.cumsum(group)[self.which], return_index=True)[1]

    def _frame(self) -> highspy.HighsLp:
        """All rows, and the columns that are no ways to spend a day."""
        levels, model = self.levels, highspy.HighsLp()
        starts = np.array([*levels.starts[self.every :], len(levels.index)], dtype=np.int32)
        begin = int(starts[0])
        model.sense_ = highspy.ObjSense.kMaximize
        model.num_col_, model.num_row_ = len(levels.points) - self.every, len(levels.lower)
        model.col_cost_ = np.array(levels.points)[self.every :]
        model.col_lower_ = np.zeros(model.num_col_)
        model.col_upper_ = np.array(levels.top)[self.every :]
        model.row_lower_, model.row_upper_ = np.array(levels.lower), np.array(levels.upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = starts - begin
        model.a_matrix_.index_ = np.frombuffer(levels.index, dtype=np.int32)[begin:]
        model.a_matrix_.value_ = np.frombuffer(levels.values)[begin:]
        return model

    def _first(self) -> np.ndarray:
        """Days with one stop."""
        levels = self.levels
        one = np.array([len(choice.route.stops) == 1 for choice in levels.choices])
        return np.flatnonzero(one[np.array(levels.columns)[self.which]])

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
        where = _runs(self.starts[which], lengths)
        n = len(which)
        self.held[which] = True
        self.solver.addCols(
            n,
            np.zeros(n),
            np.zeros(n),
            np.ones(n),
            len(where),
            (np.cumsum(lengths) - lengths).astype(np.int32),
            self.index[where],
            self.values[where],
        )

    def _parts(self) -> list[tuple[int, float, str]]:
        """What is a whole number in every plan, with how much hangs on it, and of what kind it is."""
        sites = self.levels.office.sites
        stakes = {
            (n, visit): site.weight * people / 1000
            for n, site in enumerate(sites)
            for visit, people in enumerate(site.full)
        }
        found = []
        for name, row in self.levels.rows.items():
            if name[0] == "visit":
                site, visit = name[1:]
                found.append((row, stakes[site, visit], "visit"))
            elif name[0] == "pair":
                site, visit, other, its = name[1:]
                found.append((row, min(stakes[site, visit], stakes[other, its]), "pair"))
            elif name[0] in _PARTS:
                found.append((row, _PARTS[name[0]], name[0]))
        for column, (site, visit, _date) in self.levels.dated:
            found.append((self.every - 1 - column, stakes[site, visit] / 2, "date"))
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
        while True:
            self.solver.run()
            status = self.solver.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            if status != highspy.HighsModelStatus.kOptimal:
                return Found(highspy.kHighsInf, np.zeros(self.every), None, ())
            solution = self.solver.getSolution()
            prices = np.array(solution.row_dual)
            less = self._less(prices)
            new = np.flatnonzero((less > _ENOUGH) & ~self.held)
            if not len(new):
                points = self.solver.getInfo().objective_function_value
                return Found(points, self._dear(less), *self._ways(solution))
            self._add(np.sort(new[np.argsort(-less[new], kind="stable")[:_BATCH]]))

    def _less(self, prices: Floats) -> Floats:
        if not self.many:
            return np.zeros(0)
        found: Floats = -np.add.reduceat(self.values * prices[self.index], self.starts[:-1])
        return found

    def _dear(self, less: np.ndarray) -> Floats:
        found = np.full(self.every, -highspy.kHighsInf)
        if self.many:
            cheapest = np.maximum.reduceat(less, self.mixed)
            lengths = np.diff(self.mixed, append=self.many)
            found[self.which] = np.minimum(0.0, np.repeat(cheapest, lengths))
        return found

    def _ways(self, solution: highspy.HighsSolution) -> tuple[Halves | None, tuple[Halves, ...]]:
        """By the number that is not whole on which most hangs; and by some more, few of each kind."""
        rows, columns = solution.row_value, solution.col_value
        some: list[tuple[float, float, int, str]] = []
        for number, stake, kind in self.parts:
            value = rows[number] if number >= 0 else columns[-1 - number]
            under = float(np.floor(value + 1e-9))
            part = min(value - under, under + 1 - value)
            if part > _WHOLE and part * stake > _WHOLE:
                some.append((part * stake, under, number, kind))
        if not some:
            return self._open(), ()
        usual = max(
            (one for one in some if one[3] != "bed"), default=some[0], key=lambda one: one[0]
        )
        some.sort(key=lambda one: (-one[0] * (_LAST if one[3] in _DATED else 1.0), one[2]))
        found: list[Halves] = []
        alike: Counter[str] = Counter()
        for _stake, under, number, kind in some:
            alike[kind] += 1
            if alike[kind] <= _ALIKE and len(found) < _WAYS:
                found.append(self._apart(number, under))
        return self._apart(usual[2], usual[1]), tuple(found)

    def _open(self) -> Halves | None:
        """By the visit on which most hangs of those of which nothing is laid down; None: all of them are."""
        laid = {number for number, _low, _high in self.limits}
        some = [one for one in self.parts if one[2] == "visit" and one[0] not in laid]
        if not some:
            return None
        number = max(some, key=lambda one: one[1])[0]
        return self._apart(number, 0.0)

    def _apart(self, number: int, under: float) -> Halves:
        known = {one: (low, high) for one, low, high in self.limits}
        low, high = known.get(number, self._ends(number))
        return ((number, low, under),), ((number, under + 1, high),)

    def _ends(self, number: int) -> tuple[float, float]:
        if number < 0:
            return 0.0, 1.0
        return self.levels.lower[number], self.levels.upper[number]
