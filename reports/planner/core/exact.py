"""Small offices exactly: by `levels` and `branches`, or where these would be too large by CP-SAT.

CP-SAT has days of teams as yes or no, and begins with the plan of the search.

More people served at a visit never leave more unrecorded in the end, so `expected` need not be made
as large as it can be: the best plan does that by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.planner.core.branches import Branches
from reports.planner.core.days import Choice, Group, choices, groups, routes, with_teams
from reports.planner.core.instance import Office
from reports.planner.core.levels import Levels
from reports.planner.core.neighbours import Neighbours
from reports.planner.core.plans import Duty, cost, visits, worth
from reports.planner.core.routes import needed
from reports.planner.core.whole import Whole

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

#: Routes and choices up to which an office counts as small.
_ROUTES = 6000
_CHOICES = 30_000
#: Choices up to which CP-SAT's model fits into the worker's memory: of 10,000 it takes 230 MB. A plan without proof
#: is better than none.
_MODELLED = 9_000
#: The part of the effort with which CP-SAT looks first, and choices up to which: what it proves it mostly proves in
#: a moment, and what its model took is not free for the other one.
_LOOK, _LOOKED = 1 / 12, 2_000
_SITES = 14
#: Columns that are built, for the worker's memory.
_COLUMNS = 200_000
#: Columns that may matter, above which a better plan is looked for first: the better it is, the fewer they are.
_MANY = 8000
#: The part of its points by which a plan may be better, below which the time goes into the proof.
_NEAR = 1 / 400


@dataclass(frozen=True)
class Proof:
    """A plan and a bound in points; `proven`: there is no better plan."""

    duties: list[Duty]
    bound: int | None
    proven: bool
    #: It is shown that no plan keeps all pins and floors.
    impossible: bool = False


def small(office: Office) -> bool:
    """Is it worth trying?"""
    return len(office.sites) <= _SITES and len(office.sites) * len(office.ordinals) <= 100


def prove(
    office: Office,
    duties: list[Duty],
    bound: int | None,
    effort: float,
    stop: Callable[[], bool] = lambda: False,
) -> Proof:
    """The best plan, or the better of the two and a lower bound when the effort does not suffice."""
    begun = worth(office, duties)
    # All who would come to all visits: no plan is worth more.
    most = sum(site.weight * sum(site.full) for site in office.sites) - office.closed_points
    bound = most if bound is None else min(bound, most)
    if not begun.missing and begun.points == bound:
        return Proof(duties, bound, proven=True)
    some = routes(office, _ROUTES)
    teams = groups(office)
    found = None if some is None else list(choices(office, some, teams))
    if found is None or len(found) > _CHOICES:
        return Proof(duties, bound, proven=False)
    first = Proof(duties, bound, proven=False)
    if len(found) <= _LOOKED:
        first = _Model(office, teams, found).solve(duties, bound, effort * _LOOK)
    if first.proven or stop():
        return first
    return _by_levels(office, teams, found, first, effort, stop)


def _by_levels(
    office: Office,
    teams: list[Group],
    found: list[Choice],
    first: Proof,
    effort: float,
    stop: Callable[[], bool],
) -> Proof:
    """From what is known so far; where that is too large, or does not end, by CP-SAT with more effort."""
    levels = Levels(office, teams, found, _columns(effort)) if office.day.max_stops <= 3 else None
    if levels is None or not levels.columns:
        return _modelled(office, teams, found, first.duties, first.bound, effort)
    whole = Whole(office, levels, first.duties)
    branches = Branches(whole)
    branches.look(effort)
    if branches.left > _MANY and branches.apart > abs(whole.rank) * _NEAR:
        Neighbours(whole).improve(effort, stop)
    best = branches.solve(first.bound, effort, stop)
    if best is None:
        return Proof(first.duties, first.bound, proven=False, impossible=True)
    better, proven = whole.duties, whole.rank >= best
    if proven or stop():
        return Proof(better, best, proven)
    # Both models together would not fit into the worker's memory.
    del branches, levels, whole
    return _modelled(office, teams, found, better, best, effort / 3)


def _columns(effort: float) -> int:
    """Columns that are worth building: they take their time even before they are looked at."""
    return min(_COLUMNS, 5000 + int(30_000 * effort))


def _modelled(
    office: Office,
    teams: list[Group],
    some: list[Choice],
    duties: list[Duty],
    bound: int | None,
    effort: float,
) -> Proof:
    """By CP-SAT, where its model has room; building it takes its time even before it is solved."""
    if len(some) > min(_MODELLED, _LOOKED + int(2000 * effort)):
        return Proof(duties, bound, proven=False)
    return _Model(office, teams, some).solve(duties, bound, effort)


def keeps(office: Office, effort: float) -> bool | None:
    """Is there a plan at all that keeps all pins and floors? None where that is not known."""
    some = routes(office, _ROUTES) if small(office) else None
    teams = groups(office)
    found = [] if some is None else list(choices(office, some, teams))
    if some is None or len(found) > _MODELLED:
        return None
    return _Model(office, teams, found).any(effort)


class _Model:
    """Variables: `out` for each choice; by site, visit and date whether it is, and people."""

    def __init__(self, office: Office, teams: list[Group], some: list[Choice]) -> None:
        from ortools.sat.python import cp_model  # noqa: PLC0415

        self.cp: Any = cp_model
        self.office, self.teams, self.choices = office, teams, some
        self.model = cp_model.CpModel()
        self.out = [self.model.new_bool_var("") for _one in some]
        self.there: dict[tuple[int, int], list[int]] = defaultdict(list)
        for n, one in enumerate(some):
            for site in one.route.stops:
                self.there[site, one.date].append(n)
        self.minutes: dict[tuple[int, int], cp_model.IntVar] = {}
        self.is_visit: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.people: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.objective: list[Any] = []
        self._supplies()
        for site in range(len(office.sites)):
            self._site(site)
        self._days()
        self._nights()
        self._promises()

    def _supplies(self) -> None:
        """Teams, kits and money."""
        office, model = self.office, self.model
        for date in range(len(office.ordinals)):
            today = [(n, one) for n, one in enumerate(self.choices) if one.date == date]
            for g, group in enumerate(self.teams):
                mine = [self.out[n] for n, one in today if one.group == g]
                if mine:
                    model.add(sum(mine) <= len(group.teams))
            if today:
                kits = sum(one.kits * self.out[n] for n, one in today)
                model.add(kits <= int(office.kit_days[date]))
        model.add(
            sum(
                cost(office, one.route, self.teams[one.group].staff) * self.out[n]
                for n, one in enumerate(self.choices)
            )
            <= office.budget
        )

    def _site(self, number: int) -> None:
        """Its visits in order of dates, and who comes to each."""
        office, model = self.office, self.model
        site = office.sites[number]
        dates = [d for d in range(len(office.ordinals)) if self.there.get((number, d))]
        before: list[Any] = []
        for visit, share in enumerate(site.turnout):
            most = site.gap * share // 1000
            now = []
            for d in dates:
                self.is_visit[number, visit, d] = model.new_bool_var("")
                self.people[number, visit, d] = model.new_int_var(0, most, "")
                model.add(self.people[number, visit, d] <= most * self.is_visit[number, visit, d])
                now.append(self.people[number, visit, d])
            model.add(1000 * sum(now) <= share * (site.gap - sum(before)))
            before += now
        self.objective += [site.weight * one for one in before]
        for d in dates:
            visits = [self.is_visit[number, v, d] for v in range(len(site.turnout))]
            model.add(sum(visits) == sum(self.out[n] for n in self.there[number, d]))
            near = [
                e for e in dates if 0 <= office.ordinals[e] - office.ordinals[d] < office.day.rest
            ]
            model.add(sum(self.out[n] for e in near for n in self.there[number, e]) <= 1)
        for visit in range(len(site.turnout)):
            model.add(sum(self.is_visit[number, visit, d] for d in dates) <= 1)
            for d in dates if visit else ():
                model.add(
                    sum(self.is_visit[number, visit, e] for e in dates if e <= d)
                    <= sum(self.is_visit[number, visit - 1, e] for e in dates if e < d)
                )

    def _days(self) -> None:
        """Service minutes of each stop, and what of them fits into a day."""
        office, model = self.office, self.model
        least = office.day.min_stop
        wanted = {}
        for site, date in sorted(self.there):
            one = office.sites[site]
            most = max(least, needed(one.most, one.minutes, 1))
            wanted[site] = most
            self.minutes[site, date] = model.new_int_var(least, most, "")
        for (site, date), some in sorted(self.there.items()):
            one = office.sites[site]
            served = one.minutes * self._served(site, date)
            by: dict[int, list[Any]] = defaultdict(list)
            for n in some:
                by[self.choices[n].kits].append(self.out[n])
            for kits, mine in sorted(by.items()):
                limit = model.add(served <= kits * self.minutes[site, date])
                if len(by) > 1:
                    with_kits = model.new_bool_var("")
                    model.add(sum(mine) == with_kits)
                    limit.only_enforce_if(with_kits)
            model.add(
                self._served(site, date) <= sum(self._cap(n, site) * self.out[n] for n in some)
            )
        whole: dict[int, list[Any]] = defaultdict(list)
        for n, choice in enumerate(self.choices):
            stops = choice.route.stops
            for bits, most in choice.route.limits:
                inside = [s for i, s in enumerate(stops) if bits >> i & 1]
                if sum(wanted[s] for s in inside) > most:
                    spent = sum(self.minutes[s, choice.date] for s in inside)
                    model.add(spent <= most).only_enforce_if(self.out[n])
            every = min(most for bits, most in choice.route.limits if bits + 1 == 1 << len(stops))
            whole[choice.date].append(choice.kits * every * self.out[n])
        for date, capacity in sorted(whole.items()):
            sites = sorted(s for s, d in self.there if d == date)
            served = sum(office.sites[s].minutes * self._served(s, date) for s in sites)
            model.add(served <= sum(capacity))

    def _served(self, site: int, date: int) -> Any:
        return sum(self.people[site, v, date] for v in range(len(self.office.sites[site].turnout)))

    def _cap(self, n: int, site: int) -> int:
        """People that one stop of a choice can have at most."""
        one, least = self.choices[n], self.office.day.min_stop
        place = one.route.stops.index(site)
        limits = (one.route.limits[i] for i in one.route.holding[place])
        most = min(rhs - least * (bits.bit_count() - 1) for bits, rhs in limits)
        return min(self.office.sites[site].most, one.kits * most // self.office.sites[site].minutes)

    def _nights(self) -> None:
        """Who sleeps somewhere goes on from there, with as many kits."""
        office, model = self.office, self.model
        ends: dict[tuple[int, ...], list[Any]] = defaultdict(list)
        starts: dict[tuple[int, ...], list[Any]] = defaultdict(list)
        away: dict[int, list[Any]] = defaultdict(list)
        for n, one in enumerate(self.choices):
            if one.route.end:
                ends[one.date, one.group, one.kits, one.route.end, one.after].append(self.out[n])
                away[one.date].append(one.kits * self.out[n])
            if one.route.start:
                begun = (one.date - 1, one.group, one.kits, one.route.start, one.nights)
                starts[begun].append(self.out[n])
        for key in sorted({*ends, *starts}):
            model.add(sum(ends.get(key, [])) == sum(starts.get(key, [])))
        for date, kits in sorted(away.items()):
            both = sum(kit.dates[date] and kit.dates[date + 1] for kit in office.kits)
            model.add(sum(kits) <= both)

    def _promises(self) -> None:
        """Pins, floors, and what was announced."""
        office, model = self.office, self.model
        for pin in office.pins:
            mine = [
                self.out[n]
                for n in self.there.get((pin.site, pin.date), ())
                if pin.team is None or pin.team in self.teams[self.choices[n].group].teams
            ]
            model.add(sum(mine) == 1)
        for floor in office.floors:
            some = [
                self.out[n]
                for (site, _date), these in self.there.items()
                if site in floor.sites
                for n in these
            ]
            model.add(sum(some) >= floor.visits)
        for one in office.announced:
            self.objective += [
                one.points * (self.out[n]) for n in self.there.get((one.site, one.date), ())
            ]

    # --- solving --------------------------------------------------------------------------------

    def solve(self, begun: list[Duty], bound: int | None, effort: float) -> Proof:
        office, cp = self.office, self.cp
        lost = office.closed_points + sum(one.points for one in office.announced)
        points = sum(self.objective)
        self.model.maximize(points)
        if bound is not None:
            self.model.add(points <= bound + lost)
        self._hint(begun)
        solver = self._solver(effort)
        status = solver.solve(self.model)
        if status not in {cp.OPTIMAL, cp.FEASIBLE}:
            return Proof(begun, bound, proven=False)
        top = int(solver.best_objective_bound) - lost
        best = top if bound is None else min(top, bound)
        found = self._duties(solver)
        better = found if worth(office, found).rank > worth(office, begun).rank else begun
        return Proof(better, best, proven=worth(office, better).points >= best)

    def _solver(self, effort: float) -> Any:
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = effort
        return solver

    def any(self, effort: float) -> bool | None:
        """Whether there is a solution, whatever it is worth."""
        status = self._solver(effort).solve(self.model)
        known = {self.cp.OPTIMAL: True, self.cp.FEASIBLE: True, self.cp.INFEASIBLE: False}
        return known.get(status)

    def _hint(self, begun: list[Duty]) -> None:
        """Where to begin: each variable as it is in the plan of the search."""
        office = self.office
        chosen = {(one.date, one.kits, one.route): one.team for one in begun}
        for n, one in enumerate(self.choices):
            team = chosen.get((one.date, one.kits, one.route))
            mine = team is not None and team in self.teams[one.group].teams
            self.model.add_hint(self.out[n], int(mine))
        expected = worth(office, begun).expected
        visit = {
            (site, on): v
            for site, rows in visits(office, begun).items()
            for v, (on, _c) in enumerate(rows)
        }
        for (site, v, date), there in self.is_visit.items():
            mine = visit.get((site, date)) == v
            self.model.add_hint(there, int(mine))
            people = expected.get((site, date), 0) if mine else 0
            self.model.add_hint(self.people[site, v, date], people)
        given = {
            (site, one.date): minutes
            for one in begun
            for site, minutes in zip(one.route.stops, one.minutes, strict=True)
        }
        for key, minutes in self.minutes.items():
            self.model.add_hint(minutes, given.get(key, office.day.min_stop))

    def _duties(self, solver: Any) -> list[Duty]:
        """The chosen days, each with a team of its group."""
        mine = [one for n, one in enumerate(self.choices) if solver.value(self.out[n])]
        return [
            Duty(
                one.date,
                team,
                one.kits,
                one.route,
                tuple(solver.value(self.minutes[s, one.date]) for s in one.route.stops),
            )
            for one, team in with_teams(mine, self.teams)
        ]
