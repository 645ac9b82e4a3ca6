"""The programme of `levels` solved: by number of days and of nights, each with the columns that may matter.

So many days and nights leave little to money, which is what fractions profit from most. A column that
costs more, at the prices of the fractions, than lies between them and the best plan is in no better plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

from reports.planner.core.days import with_teams
from reports.planner.core.instance import Office
from reports.planner.core.levels import Levels
from reports.planner.core.plans import MISSING, Duty, worth
from reports.planner.core.pricing import Floats
from reports.planner.core.routes import needed

#: Columns that a first plan is looked for in, and the nodes that it may take.
_FIRST, _FIRST_NODES = 700, 30
#: More columns than these in whole numbers do not fit into the worker's memory.
_MOST = 9000
#: Nodes of all branches for each second of the effort.
_NODES = 60
#: Points by which sums of floating point may be wrong.
_NEARLY = 0.05


@dataclass(frozen=True)
class Branch:
    """So many days and nights: what fractions reach in points, and what they would for each column."""

    days: int
    nights: int
    points: float
    each: Floats


class Branches:
    """One office: the best plan so far, and what no plan exceeds."""

    def __init__(self, office: Office, levels: Levels, begun: list[Duty]) -> None:
        self.office, self.levels = office, levels
        self.duties, self.rank = begun, worth(office, begun).rank
        #: Below this nothing is a plan at all.
        self.lost = office.closed_points + sum(one.points for one in office.announced)
        self.solver = highspy.Highs()
        _quiet(self.solver)
        self.solver.passModel(_model(levels, None))

    def solve(self, bound: int | None, effort: float, stop: Callable[[], bool]) -> int | None:
        """The bound in points; the plan is in `duties`. None: no plan keeps all pins and floors."""
        branches = self._branches()
        if not branches:
            return None if self.rank <= -MISSING // 2 else self.rank
        nodes, tops = int(_NODES * effort), []
        looked, reached = self._first(branches[0]) if nodes else (set(), 0.0)
        for one in branches:
            if one.points < self.rank + 1 - _NEARLY:
                continue
            which = np.flatnonzero(one.each >= self.rank + 1 - _NEARLY)
            if one is branches[0] and looked.issuperset(which.tolist()):
                # The first look was at all that matters, and went to its end.
                tops.append(reached)
                continue
            if nodes <= 0 or len(which) > _MOST or stop():
                tops.append(one.points)
                continue
            found, used = self._whole(one, which, nodes)
            nodes -= used
            tops += [found] if found is not None else []
        if not tops and self.rank <= -MISSING // 2:
            return None
        best = max([self.rank, *(int(np.floor(one + _NEARLY)) for one in tops)])
        return best if bound is None else min(best, bound)

    # --- fractions ------------------------------------------------------------------------------

    def _branches(self) -> list[Branch]:
        """Those that can be at all, and may be better than the plan: what reaches most first."""
        found: list[Branch | None] = []
        most = int(self.office.team_days.sum())
        for days in range(most + 1):
            if not self._may(days, None):
                continue
            longest = days if self.office.day.max_nights else 0
            found += [self._may(days, nights) for nights in range(longest + 1)]
        some = [one for one in found if one is not None]
        return sorted(some, key=lambda one: (-one.points, one.days, one.nights))

    def _may(self, days: int, nights: int | None) -> Branch | None:
        solver, levels = self.solver, self.levels
        solver.changeRowBounds(levels.whole, days, days)
        few, many = (0, highspy.kHighsInf) if nights is None else (nights, nights)
        solver.changeRowBounds(levels.nights, few, many)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        points = solver.getInfo().objective_function_value * 1000 - self.lost
        if status != highspy.HighsModelStatus.kOptimal:
            points = highspy.kHighsInf
        if points < self.rank + 1 - _NEARLY:
            return None
        dual = np.array(solver.getSolution().col_dual)[: len(levels.columns)] * 1000
        return Branch(days, nights or 0, points, points + np.minimum(0.0, dual))

    # --- whole numbers --------------------------------------------------------------------------

    def _first(self, one: Branch) -> tuple[set[int], float]:
        """A better plan among the columns of best price, so that the others are fewer.

        Which columns, and the points that no plan of them exceeds; no columns where that is not known.
        """
        order = np.lexsort((np.arange(len(one.each)), -one.each))
        for many in (_FIRST, 4 * _FIRST):
            points, used = self._whole(one, np.sort(order[:many]), _FIRST_NODES)
            if points is not None:
                break
        if points is None or used >= _FIRST_NODES:
            return set(), one.points
        return set(order[:many].tolist()), points

    def _whole(self, one: Branch, which: np.ndarray, nodes: int) -> tuple[float | None, int]:
        """Points that no plan of these columns exceeds, None where there is none; and nodes used."""
        solver = highspy.Highs()
        _quiet(solver)
        some = [int(n) for n in which]
        solver.passModel(_model(self.levels, some))
        for row, many in ((self.levels.whole, one.days), (self.levels.nights, one.nights)):
            solver.changeRowBounds(row, many, many)
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.0009)
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.run()
        info = solver.getInfo()
        used = max(1, int(info.mip_node_count))
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None, used
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            self._take(np.array(solver.getSolution().col_value), some)
        return min(one.points, info.mip_dual_bound * 1000 - self.lost), used

    def _take(self, values: Floats, some: list[int]) -> None:
        duties = self._duties(values, some)
        if duties is not None and worth(self.office, duties).rank > self.rank:
            self.duties, self.rank = duties, worth(self.office, duties).rank

    def _duties(self, values: Floats, some: list[int]) -> list[Duty] | None:
        """The days of a solution, each with a team; None where a rounded number does not fit."""
        levels = self.levels
        first = len(levels.columns)
        share: dict[int, float] = defaultdict(float)
        for n, number in enumerate(some):
            share[levels.columns[number].choice] += float(values[n])
        chosen = [levels.choices[n] for n, value in sorted(share.items()) if value > 0.5]
        people: dict[tuple[int, int], int] = defaultdict(int)
        for (site, _visit, date), column in levels.people.items():
            people[site, date] += round(values[len(some) + column - first])
        found = []
        for one, team in with_teams(chosen, levels.teams):
            sites = [self.office.sites[s] for s in one.route.stops]
            minutes = tuple(
                max(self.office.day.min_stop, needed(people[s, one.date], site.minutes, one.kits))
                for s, site in zip(one.route.stops, sites, strict=True)
            )
            for bits, most in one.route.limits:
                if sum(given for n, given in enumerate(minutes) if bits >> n & 1) > most:
                    return None
            found.append(Duty(one.date, team, one.kits, one.route, minutes))
        return found


def _quiet(solver: highspy.Highs) -> None:
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
        solver.setOptionValue(name, value)


def _model(levels: Levels, some: list[int] | None) -> highspy.HighsLp:
    """Fractions of all columns; or whole numbers, of these columns alone."""
    first, many = len(levels.columns), len(levels.points)
    chosen = list(range(many)) if some is None else [*some, *range(first, many)]
    begins, ends = np.array(levels.starts), np.array([*levels.starts[1:], len(levels.index)])
    pieces = [np.arange(begins[n], ends[n]) for n in chosen]
    where = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)
    index, values = np.array(levels.index)[where], np.array(levels.values)[where]
    lengths = [len(one) for one in pieces]
    links = [] if some is None else _links(levels, some)
    model = highspy.HighsLp()
    model.sense_ = highspy.ObjSense.kMaximize
    low, high = np.array(levels.lower), np.array(levels.upper)
    points, top = np.array(levels.points)[chosen], np.array(levels.top)[chosen]
    if links:
        index, values, lengths = _linked(len(levels.lower), links, index, values, lengths)
        low, high = np.append(low, np.zeros(len(links))), np.append(high, np.zeros(len(links)))
        points, top = np.append(points, np.zeros(len(links))), np.append(top, np.ones(len(links)))
    model.num_col_, model.num_row_ = len(points), len(low)
    model.col_cost_, model.col_lower_, model.col_upper_ = points, np.zeros(len(points)), top
    model.row_lower_, model.row_upper_ = low, high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    model.a_matrix_.index_, model.a_matrix_.value_ = index.astype(np.int32), values
    if some is not None:
        model.integrality_ = _kinds(levels, some, links, len(points))
    return model


def _links(levels: Levels, some: list[int]) -> list[list[int]]:
    """Columns of one choice, by their place in `some`: where there are several, they are all or none."""
    by: dict[int, list[int]] = defaultdict(list)
    for n, number in enumerate(some):
        by[levels.columns[number].choice].append(n)
    return [one for _choice, one in sorted(by.items()) if len(one) > 1]


def _linked(
    rows: int, links: list[list[int]], index: np.ndarray, values: np.ndarray, lengths: list[int]
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """A row for each of them, and a column that is 0 or 1."""
    row_of = {n: rows + i for i, one in enumerate(links) for n in one}
    last = np.cumsum(lengths)
    mine = sorted(row_of)
    at = last[mine]
    index = np.insert(index, at, [row_of[n] for n in mine])
    values = np.insert(values, at, np.ones(len(mine)))
    lengths = [one + (n in row_of) for n, one in enumerate(lengths)] + [1] * len(links)
    index = np.append(index, rows + np.arange(len(links)))
    return index, np.append(values, -np.ones(len(links))), lengths


def _kinds(
    levels: Levels, some: list[int], links: list[list[int]], many: int
) -> list[highspy.HighsVarType]:
    kinds = [highspy.HighsVarType.kContinuous] * many
    shared = {n for one in links for n in one}
    shift = len(some) - len(levels.columns)
    whole = {n for n in range(len(some)) if n not in shared}
    whole |= {n + shift for n in (*levels.people.values(), *levels.integers)}
    whole |= set(range(many - len(links), many))
    for n in whole:
        kinds[n] = highspy.HighsVarType.kInteger
    return kinds
