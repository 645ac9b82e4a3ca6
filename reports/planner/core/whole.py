"""The programme of `levels` in whole numbers, of some of its columns; and the best plan found that way."""

from __future__ import annotations

from collections import defaultdict

import highspy
import numpy as np

from reports.planner.core.days import with_teams
from reports.planner.core.fractions import Limits, quiet
from reports.planner.core.instance import Office
from reports.planner.core.levels import Levels
from reports.planner.core.plans import Duty, worth
from reports.planner.core.pricing import Floats
from reports.planner.core.routes import needed

#: Points by which sums of floating point may be wrong.
NEARLY = 0.05
#: More columns than these in whole numbers do not fit into the worker's memory.
_MOST = 4000


def most_columns(effort: float) -> int:
    """Columns that are worth solving: even without a branch they take their time."""
    return min(_MOST, 1000 + int(400 * effort))


class Whole:
    """One office: its columns, and the best plan so far."""

    def __init__(self, office: Office, levels: Levels, begun: list[Duty]) -> None:
        self.office, self.levels = office, levels
        self.duties, self.rank = begun, worth(office, begun).rank
        #: Below this nothing is a plan at all.
        self.lost = office.closed_points + sum(one.points for one in office.announced)

    def solve(self, some: list[int], nodes: int, limits: Limits = ()) -> tuple[float | None, int]:
        """Points that no plan of these columns exceeds, None where there is none; and nodes used.

        `limits`: what is laid down besides.
        """
        solver = highspy.Highs()
        quiet(solver)
        solver.passModel(_model(self.levels, some))
        for number, low, high in limits:
            if number >= 0:
                solver.changeRowBounds(number, low, high)
            else:
                solver.changeColBounds(len(some) - 1 - number, low, high)
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
        return info.mip_dual_bound * 1000 - self.lost, used

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
            share[levels.columns[number]] += float(values[n])
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


def _model(levels: Levels, some: list[int]) -> highspy.HighsLp:
    """Whole numbers, of these columns alone."""
    first, many = len(levels.columns), len(levels.points)
    chosen = [*some, *range(first, many)]
    begins, ends = np.array(levels.starts), np.array([*levels.starts[1:], len(levels.index)])
    pieces = [np.arange(begins[n], ends[n]) for n in chosen]
    where = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)
    index, values = np.array(levels.index)[where], np.array(levels.values)[where]
    lengths = [len(one) for one in pieces]
    links = _links(levels, some)
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
    model.integrality_ = _kinds(levels, some, links, len(points))
    return model


def _links(levels: Levels, some: list[int]) -> list[list[int]]:
    """Columns of one choice, by their place in `some`: where there are several, they are all or none."""
    by: dict[int, list[int]] = defaultdict(list)
    for n, number in enumerate(some):
        by[levels.columns[number]].append(n)
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
