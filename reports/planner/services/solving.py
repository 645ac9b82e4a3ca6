"""The job: a plan of an instance, judged and saved at once; its bound afterwards, where that takes long.

Numpy and the solvers are loaded by the job's own process, which ends with each plan.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now
from dukcapil.core.db import EVERYBODY
from dukcapil.core.lasting import LastingQueue, Lease
from reports.planner.enums import BoundScope, LeftOutReason, PlanStanding, PlanState
from reports.planner.models.plans import Plan, PlanLeftOut
from reports.planner.readers import seconds_for
from reports.planner.selectors.answers import answer_of
from reports.planner.services.saving import save_duties

if TYPE_CHECKING:
    from reports.planner.core.instance import Office
    from reports.planner.core.left_out import LeftOut
    from reports.planner.core.solve import Solved

TRIES, BOUND_TRIES = 3, 2
#: Bytes that the job's process may have. Above it the plan is given up, by name.
MOST_MEMORY = 400 * 1024 * 1024
#: What a worker has before its first plan. A process that begins with more, for it did other work, has
#: as much room beside that as a worker has.
FRESH_MEMORY = 180 * 1024 * 1024
#: So few places are bounded at once; an office with more than the latter among some trips only.
#: All triples of more places than the latter do not fit into the memory.
BOUNDED_AT_ONCE, PRICED_WHOLE = 80, 160
#: Seconds after which no bound is sought any more.
LONGEST_BOUND = 420

_REASONS = {
    "nobody_expected": LeftOutReason.NOBODY,
    "no_open_date": LeftOutReason.NO_DATE,
    "out_of_reach": LeftOutReason.OUT_OF_REACH,
    "no_team_or_kit": LeftOutReason.NO_TEAM,
    "money": LeftOutReason.MONEY,
    "pushed_out": LeftOutReason.PUSHED_OUT,
    "would_fit": LeftOutReason.FITS,
}


def reason_of(code: str) -> LeftOutReason:
    """Of the core's code."""
    return _REASONS[code]


@dataclass(frozen=True)
class Made:
    """What a try found: a plan with what it costs by duty and what it leaves out, or why there is none."""

    plan: dict[str, Any] = field(default_factory=dict)
    costs: dict[tuple[str, str], int] = field(default_factory=dict)
    left: tuple[LeftOut, ...] = ()
    refused: dict[str, Any] = field(default_factory=dict)
    #: Why the search ended before its time.
    why: str = ""
    #: What an office does without a planner: points and people, by name. Not reckoned after an early end.
    practice: dict[str, tuple[int, int]] = field(default_factory=dict)


class _Progress:
    """How far a plan is: by its offices, and within one by the time that the whole is reckoned to take. It is
    shown alone; the search never looks at a clock.
    """

    def __init__(self, lease: Lease, seconds: int) -> None:
        self.lease, self.seconds, self.begun = lease, max(1, seconds), time.monotonic()
        self.least, self.most, self.step = 0, 99, ""

    def office(self, office: str, done: int, offices: int) -> None:
        every = max(1, offices)
        self.least, self.most = done * 100 // every, min(99, (done + 1) * 100 // every)
        self.step = office
        self._tell()

    def stopped(self) -> bool:
        self._tell()
        return self.lease.stopped()

    def _tell(self) -> None:
        by_time = int((time.monotonic() - self.begun) * 100 / self.seconds)
        percent = min(self.most, max(self.least, by_time))
        self.lease.tell(progress=percent, step=self.step)


# --- the plan -------------------------------------------------------------------------------------


def _make(plan: Plan, _asker: Actor, lease: Lease) -> Made:
    """Outside of any transaction. Judged by the core's judge, which believes nothing of the search."""
    from reports.planner.core.instance import Refused  # noqa: PLC0415 - loads the solvers
    from reports.planner.core.left_out import left_out  # noqa: PLC0415
    from reports.planner.core.plans import worth  # noqa: PLC0415
    from reports.planner.core.reading import read  # noqa: PLC0415
    from reports.planner.core.solve import Settings, plan_of, solved  # noqa: PLC0415
    from reports.planner.validators.practice import practice  # noqa: PLC0415

    progress = _Progress(lease, seconds_for(plan.instance))
    at_once = len(plan.instance["sites"]) <= BOUNDED_AT_ONCE
    try:
        instance = read(plan.instance)
        parts = solved(
            instance,
            Settings(seed=plan.seed, bound=at_once),
            parent=_answer_of_parent(plan),
            progress=progress.office,
            stop=progress.stopped,
        )
        found = plan_of(instance, parts)
    except Refused as refusal:
        said = {"code": refusal.code, "where": refusal.where, "what": refusal.what}
        return Made(refused={**said, "rows": list(refusal.rows)}, why=lease.why)
    if found["bound"] is None and found["proven"]:
        found["bound"] = found["objective"]
    return Made(
        plan=found,
        costs=_costs(instance.dates, parts, worth),
        left=tuple(one for part in parts for one in left_out(part.office, part.duties)),
        why=lease.why,
        practice={} if lease.why else practice(instance),
    )


def _answer_of_parent(plan: Plan) -> dict[str, Any] | None:
    with scoped(EVERYBODY):
        if plan.parent_id is None or plan.parent is None or plan.parent.objective is None:
            return None
        return answer_of(plan.parent)


def _costs(
    dates: tuple[str, ...], parts: list[Solved], worth: Callable[..., Any]
) -> dict[tuple[str, str], int]:
    """Rupiah by team and date."""
    found = {}
    for part in parts:
        costs = worth(part.office, part.duties).cost
        for number, duty in enumerate(part.duties):
            found[part.office.teams[duty.team].id, dates[duty.date]] = costs[number]
    return found


def _keep(plan: Plan, made: Made) -> dict[str, Any]:
    """All of it in the transaction of the row's last state: no plan is ever there by half."""
    if made.why == "memory":
        return {"state": PlanState.FAILED, "refused": {"code": "MEMORY"}}
    if made.refused:
        state = PlanState.STOPPED if made.why else PlanState.FAILED
        return {"state": state, "refused": made.refused}
    found = made.plan
    save_duties(plan, found["duties"], made.costs)
    PlanLeftOut.everything.bulk_create(
        PlanLeftOut(
            plan=plan,
            office_id=plan.office_id,
            site=one.site,
            reason=reason_of(one.reason),
            numbers=one.numbers,
        )
        for one in made.left
    )
    bound, all_priced = found["bound"], found["all_priced"]
    return {
        "state": PlanState.STOPPED if made.why else PlanState.DONE,
        "progress": 100,
        "step": "",
        "objective": found["objective"],
        "expected": found["expected"],
        "cost": sum(found["cost"].values()),
        "proven": found["proven"] and not made.why,
        "relaxed": found["relaxed"],
        "versions": {**versions(), "practice": made.practice},
        # Tries are counted anew: for the bound.
        "attempts": 0,
        "due_at": timezone.now(),
        **({} if made.why else _bound_columns(bound, all_priced=all_priced)),
    }


def _bound_columns(bound: int | None, *, all_priced: bool) -> dict[str, Any]:
    if bound is None:
        return {}
    return {"bound": bound, "bound_scope": BoundScope.ALL if all_priced else BoundScope.LOOKED_AT}


def versions() -> dict[str, Any]:
    return {name: version(name) for name in ("highspy", "numpy", "ortools")}


# --- the bound ------------------------------------------------------------------------------------


def _bound(plan: Plan, _asker: None, lease: Lease) -> tuple[int, bool] | None:
    """Of all offices together, and whether it holds for every plan; None when it was given up."""
    from reports.planner.core.reading import read  # noqa: PLC0415 - loads the solvers

    begun = time.monotonic()

    def over() -> bool:
        return lease.stopped() or time.monotonic() - begun > LONGEST_BOUND

    total, all_priced = 0, True
    for office in read(plan.instance).offices:
        points, priced = bound_of(office, over)
        if over():
            return None
        total, all_priced = total + points, all_priced and priced
    return total, all_priced


def bound_of(office: Office, stop: Callable[[], bool]) -> tuple[int, bool]:
    """In points, and whether it holds for every plan of this office."""
    from reports.planner.core import lp, sets  # noqa: PLC0415
    from reports.planner.core.pricing import Pricing  # noqa: PLC0415

    if not (office.sites and office.teams and office.most_kits and office.ordinals):
        return -office.closed_points - sum(one.points for one in office.announced), True
    some = Pricing(office, sets.measured(office, sets.near(office)))
    whole = len(office.sites) <= PRICED_WHOLE and office.day.max_stops <= 3
    found, master = lp.relax(office, some, enough=0.005, stop=stop)
    if len(office.sites) <= PRICED_WHOLE:
        every = Pricing(office, sets.measured(office, sets.all_of(office)))
        found, _master = lp.relax(office, every, master, stop=stop)
    return int(found.bound) + 1 - office.closed_points, whole


def _keep_bound(plan: Plan, found: tuple[int, bool] | None) -> dict[str, Any]:
    """Of an adopted plan nothing is written any more."""
    if found is None or plan.standing != PlanStanding.DRAFT or plan.objective is None:
        return {"state": PlanState.DONE, "attempts": BOUND_TRIES}
    bound, all_priced = found
    columns = _bound_columns(max(bound, plan.objective), all_priced=all_priced)
    return {"state": PlanState.DONE, **columns}


# --- the queues -----------------------------------------------------------------------------------


def _asker(plan: Plan) -> Actor:
    return asker_now(plan.asked_by_id, Permission.PLANS_MAKE)


class _Memory:
    """What this process had when a try began."""

    begun = 0


def _held() -> int:
    """Bytes of this process; 0 where the machine does not say it."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def too_much_memory() -> str:
    """Whether a try has to end."""
    most = MOST_MEMORY + max(0, _Memory.begun - FRESH_MEMORY)
    return "memory" if _held() > most else ""


PLANS = LastingQueue(
    Plan,
    _keep,
    tries=TRIES,
    make=_make,
    ask=_asker,
    scope=lambda: scoped(EVERYBODY),
    begun=PlanState.SOLVING,
    stopped=PlanState.STOPPED,
    watch=too_much_memory,
)
BOUNDS = LastingQueue(
    Plan,
    _keep_bound,
    tries=BOUND_TRIES,
    make=_bound,
    wait=lambda _tries: timedelta(minutes=5),
    scope=lambda: scoped(EVERYBODY),
    waits=PlanState.DONE,
    begun=PlanState.DONE,
    watch=too_much_memory,
    due_if=Q(
        bound=None,
        standing=PlanStanding.DRAFT,
        stop_asked_at=None,
        objective__isnull=False,
        attempts__lt=BOUND_TRIES,
    ),
)


def waiting_plans() -> list[uuid.UUID]:
    return PLANS.due()


def waiting_bounds() -> list[uuid.UUID]:
    return BOUNDS.due()


def solve_plan(plan_id: uuid.UUID) -> bool:
    """A second run, or one for a plan that was stopped, does nothing."""
    _Memory.begun = _held()
    return PLANS.run(plan_id)


def bound_plan(plan_id: uuid.UUID) -> bool:
    _Memory.begun = _held()
    return BOUNDS.run(plan_id)
