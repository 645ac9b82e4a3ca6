"""Plans as their readers get them: whose they are, how far, and the plan in the checker's JSON."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from reports.planner.core.limits import PLAN_FORMAT
from reports.planner.enums import BoundScope
from reports.planner.models.plans import Plan, PlanDuty, PlanStop
from reports.planner.readers import seconds_for

Row = dict[str, Any]
_OF_STOP = ("site", "arrive", "begin", "minutes", "expected")


def get_plan_or_404(by: Actor, plan_id: uuid.UUID, *, whole: bool = False) -> Plan:
    """Without its instance, which may be large, unless the `whole` is asked for."""
    plans = Plan.objects.visible_to(by)
    if not whole:
        plans = plans.defer("instance")
    plan = plans.filter(pk=plan_id).first()
    if plan is None:
        raise NotFound
    return plan


def seconds_of(plan: Plan) -> int:
    """About how long it takes."""
    return seconds_for(parts_of(plan, "sites", "teams", "workdays"))


@dataclass(frozen=True)
class Laid:
    """A plan as the checker's JSON, and its stops as rows, in the same order."""

    plan: Row
    stops: list[PlanStop]


def laid_out(plan: Plan) -> Laid:
    """Whoever calls it was given the plan."""
    parts = parts_of(plan, "id", "offices", "teams")
    owner = {team["id"]: team["office"] for team in parts["teams"]}
    cost = {office["id"]: 0 for office in sorted(parts["offices"], key=lambda one: str(one["id"]))}
    stops = PlanStop.everything.filter(duty__plan=plan).select_related("duty")
    rows: dict[int, Row] = {}
    found = list(stops.order_by("duty__day", "duty", "number"))
    for stop in found:
        duty = stop.duty
        if duty.pk not in rows:
            rows[duty.pk] = _duty(duty)
            cost[owner[duty.team]] += duty.cost
        rows[duty.pk]["stops"].append({name: getattr(stop, name) for name in _OF_STOP})
    answer = {
        "format": PLAN_FORMAT,
        "instance": parts["id"],
        # As the solver sorts them: by code points, not by the database's language.
        "duties": sorted(rows.values(), key=lambda row: (row["date"], row["team"])),
        "objective": plan.objective,
        "expected": plan.expected,
        "cost": cost,
        "bound": plan.bound,
        "all_priced": plan.bound_scope == BoundScope.ALL,
        "proven": plan.proven,
        "relaxed": plan.relaxed,
    }
    return Laid(answer, found)


def answer_of(plan: Plan) -> Row:
    """The plan in the JSON of the format's checker."""
    return laid_out(plan).plan


def parts_of(plan: Plan, *names: str) -> dict[str, Any]:
    """Parts of the instance, of the database's copy where the plan was read without it."""
    if "instance" not in plan.get_deferred_fields():
        return {name: plan.instance[name] for name in names}
    paths = {name: f"instance__{name}" for name in names}
    row = Plan.everything.filter(pk=plan.pk).values(*paths.values()).get()
    return {name: row[path] for name, path in paths.items()}


def _duty(duty: PlanDuty) -> Row:
    return {
        "team": duty.team,
        "date": duty.day.isoformat(),
        "kits": duty.kits,
        "start": duty.start,
        "end": duty.end,
        "depart": duty.depart,
        "return": duty.back,
        "stops": [],
    }
