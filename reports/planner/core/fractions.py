"""The programme of `levels` in fractions, with few of its columns at a time.

Columns that pay at the prices are added until none does; that way the solver never holds them all.
"""

from __future__ import annotations

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


def quiet(solver: highspy.Highs) -> None:
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
        solver.setOptionValue(name, value)


class Fractions:
    """The fractions of one office."""

    def __init__(self, levels: Levels, *, few: bool, among: Bools | None = None) -> None:
        self.levels, self.among = levels, among
        self.many = len(levels.columns)
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

    def bounds(self, row: int, low: float, high: float) -> None:
        self.solver.changeRowBounds(row, low, high)

    def solve(self) -> tuple[float, Floats] | None:
        """Points (thousands) that no plan exceeds, and how many fewer with each column; None: there is none."""
        while True:
            self.solver.run()
            status = self.solver.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            if status != highspy.HighsModelStatus.kOptimal:
                return highspy.kHighsInf, np.zeros(self.many)
            prices = np.array(self.solver.getSolution().row_dual)
            paid = (
                self.values[: self.starts[self.many]] * prices[self.index[: self.starts[self.many]]]
            )
            less = -np.add.reduceat(paid, self.starts[: self.many])
            pays = (less > _ENOUGH) & ~self.held
            new = np.flatnonzero(pays if self.among is None else pays & self.among)
            if not len(new):
                return self.solver.getInfo().objective_function_value, np.minimum(0.0, less)
            self._add(np.sort(new[np.argsort(-less[new], kind="stable")[:_BATCH]]))
