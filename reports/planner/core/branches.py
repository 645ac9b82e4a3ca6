"""The programme of `levels` solved: by number of days and of nights, each with the columns that may matter.

So many days and nights leave little to money, which is what fractions profit from most. A column that
costs more, at the prices of the fractions, than lies between them and the best plan is in no better plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from reports.planner.core.fractions import Fractions
from reports.planner.core.plans import MISSING
from reports.planner.core.pricing import Floats
from reports.planner.core.whole import NEARLY, Whole, most_columns

#: Columns that a first plan is looked for in, and the nodes that it may take.
_FIRST, _FIRST_NODES = 700, 30
#: Nodes of all branches for each second of the effort.
_NODES = 60


@dataclass(frozen=True)
class Branch:
    """So many days and nights: what fractions reach in points, and what they would for each column."""

    days: int
    nights: int
    points: float
    each: Floats


class Branches:
    """One office: what no plan exceeds; a better plan is left in `whole`."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.levels = whole, whole.levels
        # Where something is missing it may be that there is no plan, which few columns do not tell.
        self.fractions = Fractions(self.levels, few=whole.rank > -MISSING // 2)
        self.some = self._branches()

    @property
    def left(self) -> int:
        """Columns of the branch that has most, that may be in a better plan."""
        return max((len(self._matter(one)) for one in self.some), default=0)

    def solve(self, bound: int | None, effort: float, stop: Callable[[], bool]) -> int | None:
        """The bound in points. None: no plan keeps all pins and floors."""
        whole, nodes, tops = self.whole, int(_NODES * effort), []
        if not self.some:
            return None if whole.rank <= -MISSING // 2 else whole.rank
        looked, reached = self._first(self.some[0]) if nodes else (set(), 0.0)
        for one in self.some:
            which = self._matter(one)
            if not len(which):
                continue
            if one is self.some[0] and looked.issuperset(which.tolist()):
                # The first look was at all that matters, and went to its end.
                tops.append(reached)
                continue
            if nodes <= 0 or len(which) > most_columns(effort) or stop():
                tops.append(one.points)
                continue
            found, used = self._solved(one, which, nodes)
            nodes -= used
            tops += [found] if found is not None else []
        if not tops and whole.rank <= -MISSING // 2:
            return None
        best = max([whole.rank, *(int(np.floor(one + NEARLY)) for one in tops)])
        return best if bound is None else min(best, bound)

    def _matter(self, one: Branch) -> np.ndarray:
        """Columns that may be in a plan of this branch that is better than the best so far."""
        least = self.whole.rank + 1 - NEARLY
        return np.flatnonzero(one.each >= least) if one.points >= least else np.zeros(0, dtype=int)

    # --- fractions ------------------------------------------------------------------------------

    def _branches(self) -> list[Branch]:
        """Those that can be at all, and may be better than the plan: what reaches most first."""
        found: list[Branch | None] = []
        office = self.whole.office
        for days in range(int(office.team_days.sum()) + 1):
            if self._may(days, None) is None:
                continue
            longest = days if office.day.max_nights else 0
            found += [self._may(days, nights) for nights in range(longest + 1)]
        some = [one for one in found if one is not None]
        return sorted(some, key=lambda one: (-one.points, one.days, one.nights))

    def _may(self, days: int, nights: int | None) -> Branch | None:
        few, many = (0, highspy.kHighsInf) if nights is None else (nights, nights)
        self.fractions.bounds(self.levels.whole, days, days)
        self.fractions.bounds(self.levels.nights, few, many)
        found = self.fractions.solve()
        if found is None:
            return None
        points = found[0] * 1000 - self.whole.lost
        if points < self.whole.rank + 1 - NEARLY:
            return None
        return Branch(days, nights or 0, points, points + found[1] * 1000)

    # --- whole numbers --------------------------------------------------------------------------

    def _first(self, one: Branch) -> tuple[set[int], float]:
        """A better plan among the columns of best price, so that the others are fewer.

        Which columns, and the points that no plan of them exceeds; no columns where that is not known.
        """
        order = np.lexsort((np.arange(len(one.each)), -one.each))
        for many in (_FIRST, 4 * _FIRST):
            points, used = self._solved(one, np.sort(order[:many]), _FIRST_NODES)
            if points is not None:
                break
        if points is None or used >= _FIRST_NODES:
            return set(), one.points
        return set(order[:many].tolist()), points

    def _solved(self, one: Branch, which: np.ndarray, nodes: int) -> tuple[float | None, int]:
        points, used = self.whole.solve(which.tolist(), nodes, (one.days, one.nights))
        return None if points is None else min(one.points, points), used
