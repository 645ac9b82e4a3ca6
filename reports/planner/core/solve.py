"""The way in: an instance as JSON goes in, a plan as JSON comes out, office by office."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports.planner.core import lp, search, sets, trips
from reports.planner.core.baselines import descending
from reports.planner.core.board import REGRET
from reports.planner.core.clashes import clash, impossible_floor, impossible_pin, proven_clash
from reports.planner.core.exact import Proof, keeps, prove, small
from reports.planner.core.instance import Instance, Office, Refused
from reports.planner.core.judge import judge
from reports.planner.core.limits import PLAN_FORMAT
from reports.planner.core.parents import duties_of, trips_of
from reports.planner.core.plans import Duty, worth
from reports.planner.core.pricing import Prices, Pricing
from reports.planner.core.reading import read
from reports.planner.core.times import finished, kits_of, with_kits, written
from reports.planner.core.trips import Trip

Progress = Callable[[str, int, int], None]
Stop = Callable[[], bool]
#: Regrets of the searches of a small office, which are cheap and end in different places.
_STARTS = (REGRET, 0, 4, 1)
#: Effort at most for whether pins and floors can be kept at all.
_FEASIBLE = 10.0


@dataclass(frozen=True)
class Settings:
    """`rounds` of the search for each office (none: by its size); `effort` of the exact model.

    The effort is in seconds as CP-SAT counts them, the same on every machine; 0 leaves it out.

    `bound`: is one asked for? Without, it is null. `relax`: floors that cannot be kept are named
    in the plan instead of being refused.
    """

    seed: int = 1
    rounds: int | None = None
    effort: float = 60.0
    bound: bool = True
    relax: bool = False
    #: Searches of a small office.
    starts: int = len(_STARTS)


@dataclass(frozen=True)
class Solved:
    """One office: its duties, the bound in points or none, and whether it is reached."""

    office: Office
    duties: list[Duty]
    bound: int | None
    relaxed: tuple[str, ...]
    prices: Prices | None
    proven: bool = True
    #: Does the bound hold for all sets of places, or for those looked at only?
    all_priced: bool = True


def solve(
    raw: Any,
    settings: Settings | None = None,
    *,
    parent: dict[str, Any] | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """A plan that keeps all rules; Refused or Clash where there is none.

    `parent`: a plan that the new one is never worse than, as far as it still holds. `progress` is
    told the office and how many are done of how many; `stop` says whether to end with what there is.
    """
    instance = read(raw)
    return plan_of(
        instance, solved(instance, settings, parent=parent, progress=progress, stop=stop)
    )


def solved(
    instance: Instance,
    settings: Settings | None = None,
    *,
    parent: dict[str, Any] | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> list[Solved]:
    """The same, not yet written down."""
    settings = settings or Settings()
    done = []
    for n, office in enumerate(instance.offices):
        if progress is not None:
            progress(office.id, n, len(instance.offices))
        known = duties_of(instance, office, parent) if parent else []
        done.append(_Office(instance, office, settings, stop).solve(known))
    if progress is not None:
        progress("", len(done), len(done))
    return done


def plan_of(instance: Instance, done: Sequence[Solved]) -> dict[str, Any]:
    """The plan as JSON, judged once more."""
    worths = {one.office.id: worth(one.office, one.duties) for one in done}
    rows = [row for one in done for row in written(instance, one.office, one.duties)]
    bounds = [one.bound for one in done if one.bound is not None]
    plan = {
        "format": PLAN_FORMAT,
        "instance": instance.id,
        "duties": sorted(rows, key=lambda row: (row["date"], row["team"])),
        "objective": sum(one.points for one in worths.values()),
        "expected": sum(sum(one.expected.values()) for one in worths.values()),
        "cost": {office: one.spent for office, one in worths.items()},
        "bound": sum(bounds) if len(bounds) == len(done) else None,
        "all_priced": all(one.all_priced for one in done),
        "proven": all(one.proven for one in done),
        "relaxed": sorted(code for one in done for code in one.relaxed),
    }
    judge(instance, plan)
    return plan


class _Office:
    """The steps with one office."""

    def __init__(
        self, instance: Instance, office: Office, settings: Settings, stop: Stop | None
    ) -> None:
        self.instance, self.dates = instance, instance.dates
        self.settings, self.stop = settings, stop
        self.relaxed: list[str] = []
        self.office = self._possible(office)

    def _possible(self, office: Office) -> Office:
        """The office without the floors that are given up; the first row that cannot be is refused."""
        for pin in office.pins:
            if (found := impossible_pin(office, self.dates, pin)) is not None:
                raise found
        for floor in office.floors:
            if (found := impossible_floor(office, floor)) is None:
                continue
            if not self.settings.relax:
                raise found
            self.relaxed.append(floor.district)
        kept = tuple(one for one in office.floors if one.district not in self.relaxed)
        return replace(office, floors=kept)

    def solve(self, known: list[Duty]) -> Solved:
        office = self.office
        if not (office.sites and office.teams and office.most_kits and office.ordinals):
            bound = -office.closed_points if self.settings.bound else None
            lost = sum(one.points for one in office.announced)
            bound = None if bound is None else bound - lost
            return Solved(office, [], bound, tuple(self.relaxed), None)
        pricing = Pricing(office, sets.measured(office, sets.near(office)))
        relaxed, master = lp.relax(office, pricing, enough=0.005, stop=self.stop)
        pool = trips.pool(office, pricing, pricing.price(relaxed.prices), relaxed.prices)
        duties = searched(office, self.settings, known, pool, relaxed.prices, self.stop)
        duties = self._better(duties, known)
        bound = self._bound(master) if self.settings.bound else None
        proof = Proof(duties, bound, proven=False)
        if self.settings.effort and small(office) and not (self.stop and self.stop()):
            stop = self.stop or (lambda: False)
            proof = prove(office, duties, bound, self.settings.effort, stop)
        found, _kits = with_kits(office, finished(office, proof.duties))
        self._settle(found, pool, relaxed.prices, impossible=proof.impossible)
        proven = proof.proven and worth(office, found).points == proof.bound
        priced_all = self.settings.bound and office.day.max_stops <= 3
        shown = proof.bound if self.settings.bound else None
        gone = tuple(sorted(self.relaxed))
        return Solved(office, found, shown, gone, relaxed.prices, proven, priced_all)

    def _better(self, found: list[Duty], known: list[Duty]) -> list[Duty]:
        """The parent's duties where they keep all rules and are worth more than what was found.

        The search cannot lay down every plan: not a journey that serves a place twice, nor one whose
        sets are there on its days but are counted with others.
        """
        office, same = self.office, finished(self.office, known)
        if worth(office, same).rank <= worth(office, found).rank or kits_of(office, same) is None:
            return found
        alone = replace(self.instance, offices=(office,))
        try:
            plan_of(alone, [Solved(office, same, None, tuple(self.relaxed), None)])
        except Refused:
            return found
        return same

    def _bound(self, master: lp.Master) -> int:
        office = self.office
        whole = Pricing(office, sets.measured(office, sets.all_of(office)))
        found, _master = lp.relax(office, whole, master, stop=self.stop)
        # One more than the fraction: sums of floating point may end just below a whole number.
        return int(found.bound) + 1 - office.closed_points

    def _settle(
        self, found: list[Duty], pool: list[Trip], prices: Prices, *, impossible: bool
    ) -> None:
        """Pins that are not kept are refused by name; so are floors, or they are named as relaxed."""
        office = self.office
        if not worth(office, found).missing:
            return
        only = replace(office, floors=())
        if self.settings.relax and not worth(only, found).missing:
            for n, floor in enumerate(office.floors):
                if worth(office.without(floor=n), found).missing < worth(office, found).missing:
                    self.relaxed.append(floor.district)
            return
        if impossible:
            effort = min(_FEASIBLE, self.settings.effort)
            raise proven_clash(office, self.dates, lambda other: keeps(other, effort))
        quick = replace(self.settings, rounds=60, starts=1)
        raise clash(
            office,
            self.dates,
            found,
            # Trips hang on no pin and no floor: they are those of the whole office.
            lambda other: searched(other, quick, [], pool, prices, None),
        )


def searched(
    office: Office,
    settings: Settings,
    known: list[Duty],
    pool: list[Trip],
    prices: Prices,
    stop: Stop | None,
) -> list[Duty]:
    """The plan of greedy and search; never worse than `known`, if that can still be done."""
    rounds = settings.rounds
    if rounds is None:
        rounds = min(search.ROUNDS, 200 + 15 * len(office.sites))
    old = trips_of(office, known)
    best: list[Duty] = []
    for turn, regret in enumerate(_STARTS[: settings.starts if small(office) else 1]):
        effort = search.Effort(rounds, settings.seed + turn, regret)
        one = search.Search(office, [*pool, *(trip for trip, *_when in old)], prices, effort)
        one.greedy()
        if old:
            one.begin([(len(pool) + n, date, team) for n, (_t, date, team) in enumerate(old)])
        one.run(stop)
        found = with_kits(office, finished(office, one.duties()))[0]
        if not turn or worth(office, found).rank > worth(office, best).rank:
            best = found
    return best


def baselines(instance: Instance) -> dict[str, tuple[int, int]]:
    """Points and people of what an office does without a planner, of all offices together."""
    found = {}
    for name, filled in (("descending", False), ("filled", True)):
        some = [(one, descending(one, filled=filled)) for one in instance.offices]
        worths = [worth(office, duties) for office, duties in some]
        found[name] = (
            sum(one.points for one in worths),
            sum(sum(one.expected.values()) for one in worths),
        )
    return found
