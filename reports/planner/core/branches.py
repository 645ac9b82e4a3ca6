"""The programme of `levels` solved: by number of days and of nights, each with the columns that may matter.

So many days and nights leave little to money, which is what fractions profit from most. A column that
costs more, at the prices of the fractions, than lies between them and the best plan is in no better plan (those that may be mixed are as dear as the cheapest of them).
What has too many columns left is parted: by where a team sleeps, by a visit that is or is not, by what shares a day with it, by its date, by teams, sets or
nights of a date. At first the way is taken that leaves least of some, for most of them leave the fractions as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import highspy
import numpy as np

from reports.planner.core.fractions import Fractions, Halves, Limits
from reports.planner.core.instance import Ints
from reports.planner.core.plans import MISSING
from reports.planner.core.pricing import Floats
from reports.planner.core.whole import NEARLY, Whole, most_columns

#: Columns that a first plan is looked for in, and the nodes that it may take.
_FIRST, _FIRST_NODES = 700, 30
#: Columns up to which a branch is not parted.
_LEAF = 3000
#: Branches of which some ways to part are tried out, and ways that are no better than the best before: then it is
#: taken. What is decided first counts most; of the nodes nothing is taken for it.
_TRIED, _WORSE = 12, 4
#: Nodes of all branches for each second of the effort; of how many columns fractions, and whole numbers before their
#: first branch, count for another one.
_NODES, _PRICED, _ROOTED = 60, 2000, 100


@dataclass(frozen=True)
class Branch:
    """What is laid down, what fractions reach in points, what they would with each column, ways to part them.

    Of the columns those that may matter; there are many branches.
    """

    limits: Limits
    points: float
    which: Ints
    each: Floats
    usual: Halves | None
    ways: tuple[Halves, ...]


class Branches:
    """One office: what no plan exceeds; a better plan is left in `whole`."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.levels = whole, whole.levels
        # Where something is missing it may be that there is no plan, which few columns do not tell.
        self.fractions = Fractions(self.levels, few=whole.rank > -MISSING // 2)
        self.some = self._branches()
        self.nodes = 0
        # Plans of one team are not alike in who goes when: the usual way is good enough.
        self.tries = _TRIED if len(whole.office.teams) > 1 else 0
        self.looked: set[int] = set()
        self.reached = 0.0

    @property
    def left(self) -> int:
        """Columns of the branch that has most, that may be in a better plan."""
        return max((len(self._matter(one)) for one in self.some), default=0)

    @property
    def apart(self) -> float:
        """Points by which a plan may be better than the best so far."""
        return max((one.points - self.whole.rank for one in self.some), default=0.0)

    def look(self, effort: float) -> None:
        """For a better plan among the columns that reach most."""
        self.nodes = int(_NODES * effort)
        if self.some and self.nodes:
            self.looked, self.reached = self._first(self.some[0], most_columns(effort))

    def solve(self, bound: int | None, effort: float, stop: Callable[[], bool]) -> int | None:
        """The bound in points. None: no plan keeps all pins and floors."""
        whole = self.whole
        if not self.some:
            return None if whole.rank <= -MISSING // 2 else whole.rank
        first, tops = self.some[0], []
        if self.looked.issuperset(self._matter(first).tolist()):
            # The first look was at all that matters, and went to its end.
            tops.append(self.reached if self.looked else whole.rank)
            self.some = self.some[1:]
        self._fewer()
        tops += self._tree(most_columns(effort), stop)
        if not tops and whole.rank <= -MISSING // 2:
            return None
        best = max([whole.rank, *(int(np.floor(one + NEARLY)) for one in tops)])
        return best if bound is None else min(best, bound)

    def _fewer(self) -> None:
        """From here on only columns that may matter."""
        among = np.zeros(len(self.levels.columns), dtype=bool)
        for one in self.some:
            among[self._matter(one)] = True
        self.fractions = Fractions(self.levels, few=self.fractions.few, among=among)

    def _tree(self, most: int, stop: Callable[[], bool]) -> list[float]:
        """What reaches most first, parted until few columns are left; the points of all ends."""
        heap = [(-one.points, n, one) for n, one in enumerate(self.some)]
        heapify(heap)
        tops, made = [], len(heap)
        while heap and self.nodes > 0 and not stop():
            one = heappop(heap)[2]
            which = self._matter(one)
            if len(which) > most and not one.ways:
                # Nothing is left to part by: what the fractions reach may well be a plan.
                self._first(one, most)
                which = self._matter(one)
            if len(which) > (_LEAF if one.ways else most) and one.usual:
                for half in self._parted(one):
                    made += 1
                    heappush(heap, (-half.points, made, half))
            elif len(which) > most:
                tops.append(one.points)
            elif len(which):
                found, _used = self._solved(one, which, self.nodes)
                tops += [] if found is None else [found]
        return [*tops, *(-points for points, _n, _one in heap)]

    def _parted(self, one: Branch) -> list[Branch]:
        """What is left of it. At first in the way that leaves least of some that are tried, which takes its time."""
        if not one.ways or self.tries <= 0:
            self.nodes -= 2 + 2 * (self.fractions.many // _PRICED)
            halves = [self._may((*one.limits, *limits), one.points) for limits in one.usual or ()]
            return [half for half in halves if half is not None]
        self.tries -= 1
        best: list[Branch] = []
        most, worse = -1.0, 0
        for ways in one.ways:
            tried = [self._may((*one.limits, *limits), one.points) for limits in ways]
            found = [half for half in tried if half is not None]
            if not found:
                return []
            # Points by which both reach less; one that cannot be better reaches the plan's.
            less = 1.0
            for half in tried:
                points = self.whole.rank if half is None else half.points
                less *= max(1.0, one.points - points)
            worse += 1
            if less > most:
                best, most, worse = found, less, 0
            if worse >= _WORSE:
                break
        return best

    def _matter(self, one: Branch) -> Ints:
        """Columns that may be in a plan of this branch that is better than the best so far."""
        least = self.whole.rank + 1 - NEARLY
        return one.which[one.each >= least] if one.points >= least else one.which[:0]

    # --- fractions ------------------------------------------------------------------------------

    def _branches(self) -> list[Branch]:
        """Those that can be at all, and may be better than the plan: what reaches most first."""
        found: list[Branch | None] = []
        office, levels = self.whole.office, self.levels
        for days in range(int(office.team_days.sum()) + 1):
            whole = ((levels.whole, days, days),)
            if self._may(whole) is None:
                continue
            longest = days if office.day.max_nights else 0
            found += [
                self._may((*whole, (levels.nights, nights, nights)))
                for nights in range(longest + 1)
            ]
        some = [one for one in found if one is not None]
        return sorted(some, key=lambda one: (-one.points, one.limits))

    def _may(self, limits: Limits, most: float = highspy.kHighsInf) -> Branch | None:
        found = self.fractions.solve(limits)
        if found is None:
            return None
        points = min(most, found.points * 1000 - self.whole.lost)
        least = self.whole.rank + 1 - NEARLY
        if points < least:
            return None
        each = points + found.less * 1000
        which = np.flatnonzero(each >= least)
        return Branch(limits, points, which, each[which], found.usual, found.ways)

    # --- whole numbers --------------------------------------------------------------------------

    def _first(self, one: Branch, most: int) -> tuple[set[int], float]:
        """A better plan among the columns of best price, so that the others are fewer.

        Which columns, and the points that no plan of them exceeds; no columns where that is not known.
        """
        order = one.which[np.lexsort((one.which, -one.each))]
        for many in (min(most, _FIRST), min(most, 4 * _FIRST)):
            nodes = max(1, min(_FIRST_NODES, self.nodes))
            points, used = self._solved(one, np.sort(order[:many]), nodes)
            if points is not None or used >= nodes:
                break
        if used >= nodes or (points is None and self.whole.rank <= -MISSING // 2):
            return set(), one.points
        points = self.whole.rank if points is None else points
        return set(order[:many].tolist()), points

    def _solved(self, one: Branch, which: Ints, nodes: int) -> tuple[float | None, int]:
        points, used = self.whole.solve(which.tolist(), nodes, one.limits)
        self.nodes -= used + len(which) // _ROOTED
        return None if points is None else min(one.points, points), used
