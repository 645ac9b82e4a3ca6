"""A better plan near a known one: all days of some dates anew, exactly, the others as they are or left out.

What is looked through is bounded by rounds, columns and nodes, never by a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from reports.planner.core.days import Choice
from reports.planner.core.fractions import Fractions
from reports.planner.core.instance import Bools, Ints
from reports.planner.core.plans import Duty
from reports.planner.core.whole import NEARLY, Whole

#: Dates that are planned anew at a time: one alone is part of two.
_DATES = (2, 3)
#: Columns of one round, its nodes, and rounds for each second of the effort.
_COLUMNS, _NODES, _ROUNDS = 1000, 10, 1


def _key(one: Choice | Duty) -> tuple[object, ...]:
    """Days that differ in no more than the order of their stops have the same."""
    way = one.route
    return one.date, one.kits, way.start, way.end, frozenset(way.stops)


class Neighbours:
    """Rounds about the plan in `whole`."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.levels = whole, whole.levels
        self.choice = np.array(self.levels.columns)
        self.date = np.array([one.date for one in self.levels.choices])[self.choice]
        self.keys = [_key(one) for one in self.levels.choices]

    def improve(self, effort: float, stop: Callable[[], bool]) -> None:
        """Dates by two, then by more, each again while that helps."""
        rounds = int(_ROUNDS * effort)
        #: What the plan was worth when these dates were last tried.
        tried: dict[tuple[int, ...], int] = {}
        for size in _DATES:
            some, before = list(combinations(range(len(self.whole.office.ordinals)), size)), None
            while before != self.whole.rank:
                before = self.whole.rank
                for dates in some:
                    if tried.get(dates) == self.whole.rank:
                        continue
                    if rounds <= 0 or stop():
                        return
                    rounds -= 1
                    self._round(dates)
                    tried[dates] = self.whole.rank

    def _round(self, dates: tuple[int, ...]) -> None:
        whole = self.whole
        mine = self._mine()
        among = mine | np.isin(self.date, dates)
        found = Fractions(self.levels, few=True, among=among).solve()
        least = whole.rank + 1 - NEARLY
        if found is None or (points := found.points * 1000 - whole.lost) < least:
            return
        each = points + found.less * 1000
        which: Ints = np.flatnonzero(among & (each >= least))
        # What the plan has comes first: without it there may be no plan among so few.
        order = np.lexsort((which, -each[which], ~mine[which]))[:_COLUMNS]
        whole.solve(np.sort(which[order]).tolist(), _NODES)

    def _mine(self) -> Bools:
        """Columns of the plan's own days."""
        keys = {_key(one) for one in self.whole.duties}
        mine: Bools = np.array([key in keys for key in self.keys])[self.choice]
        return mine
