"""The programme of `levels` in whole numbers, of some of its columns; and the best plan found that way."""

from __future__ import annotations

from collections import defaultdict

import highspy
import numpy as np

from reports.planner.core.days import with_teams
from reports.planner.core.fractions import Limits, quiet
from reports.planner.core.instance import Office
from reports.planner.core.levels import Levels
from reports.planner.core.plans import MISSING, Duty, worth
from reports.planner.core.pricing import Floats
from reports.planner.core.routes import needed

#: Points by which sums of floating point may be wrong.
NEARLY = 0.05
#: Days that are said to the minute, in turn, where their columns were mixed to what does not fit.
_TURNS = 6
#: More columns than these in whole numbers do not fit into the worker's memory.
_MOST = 3000
#: Cuts that are kept, and turns in which one is of no use until it is dropped.
_CUTS, _AGE = 100, 2


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
        """Points that no better plan of these columns exceeds, None where there is none; and nodes used.

        `limits`: what is laid down besides.
        """
        used, exact = 0, set[int]()
        while True:
            solver = self._solver(some, nodes, limits)
            for choice in sorted(exact):
                self._exactly(solver, some, choice)
            solver.run()
            info = solver.getInfo()
            used += max(1, int(info.mip_node_count))
            if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
                return None, used
            points = info.mip_dual_bound * 1000 - self.lost
            if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
                return points, used
            wrong = self._take(np.array(solver.getSolution().col_value), some)
            if wrong is None or wrong in exact or len(exact) >= _TURNS or used >= nodes:
                return points, used
            exact.add(wrong)

    def _solver(self, some: list[int], nodes: int, limits: Limits) -> highspy.Highs:
        solver = highspy.Highs()
        quiet(solver)
        solver.passModel(_model(self.levels, some))
        for number, low, high in limits:
            if number >= 0:
                solver.changeRowBounds(number, low, high)
            else:
                solver.changeColBounds(len(some) - 1 - number, low, high)
        if self.rank > -MISSING // 2:
            self._better(solver)
        solver.setOptionValue("mip_rel_gap", 0.0)
        solver.setOptionValue("mip_abs_gap", 0.0009)
        solver.setOptionValue("mip_max_nodes", nodes)
        # Of the cuts that are found few are kept: with HiGHS's own limits 700 columns took 210 MB.
        solver.setOptionValue("mip_pool_soft_limit", _CUTS)
        solver.setOptionValue("mip_pool_age_limit", _AGE)
        return solver

    def _better(self, solver: highspy.Highs) -> None:
        """Only what is better than the best plan so far."""
        points = np.array(solver.getLp().col_cost_)
        where = np.flatnonzero(points).astype(np.int32)
        least = (self.rank + 1 - NEARLY + self.lost) / 1000
        solver.addRow(least, highspy.kHighsInf, len(where), where, points[where])

    def _exactly(self, solver: highspy.Highs, some: list[int], choice: int) -> None:
        """Whole minutes for the stops of one choice, where the columns are mixed to what does not fit."""
        levels, one = self.levels, self.levels.choices[choice]
        mine = [n for n, number in enumerate(some) if levels.columns[number] == choice]
        shift, least = len(some) - len(levels.columns), self.office.day.min_stop
        first = int(solver.getNumCol())
        for n, site in enumerate(one.route.stops):
            place = self.office.sites[site]
            solver.addVar(float(least), highspy.kHighsInf)
            solver.changeColIntegrality(first + n, highspy.HighsVarType.kInteger)
            people = [
                levels.people[site, v, one.date] + shift
                for v in range(len(place.turnout))
                if (site, v, one.date) in levels.people
            ]
            most = float(place.gap * place.minutes)
            where = [*people, first + n, *mine]
            values = [float(place.minutes)] * len(people) + [-float(one.kits)] + [most] * len(mine)
            solver.addRow(
                -highspy.kHighsInf,
                most,
                len(where),
                np.array(where, dtype=np.int32),
                np.array(values),
            )
        for bits, rhs in one.route.limits:
            where = [first + n for n in range(len(one.route.stops)) if bits >> n & 1]
            solver.addRow(
                -highspy.kHighsInf,
                float(rhs),
                len(where),
                np.array(where, dtype=np.int32),
                np.ones(len(where)),
            )

    def _take(self, values: Floats, some: list[int]) -> int | None:
        """The choice whose minutes do not fit, if there is one."""
        duties = self._duties(values, some)
        if isinstance(duties, int):
            return duties
        if worth(self.office, duties).rank > self.rank:
            self.duties, self.rank = duties, worth(self.office, duties).rank
        return None

    def _duties(self, values: Floats, some: list[int]) -> list[Duty] | int:
        """The days of a solution, each with a team; or the choice whose minutes do not fit."""
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
                    return levels.choices.index(one)
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
