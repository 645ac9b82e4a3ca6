"""Plans as their readers get them: whose they are, how far, and the plan in the checker's JSON."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from reports.planner.core.limits import PLAN_FORMAT
from reports.planner.enums import BoundScope
from reports.planner.models.plans import Plan, PlanDuty, PlanStop
from reports.planner.readers import seconds_for


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
    return seconds_for(_parts(plan, "sites", "teams", "workdays"))


def answer_of(plan: Plan) -> dict[str, Any]:
    """The plan in the JSON of the format's checker."""
    parts = _parts(plan, "id", "offices", "teams")
    owner = {team["id"]: team["office"] for team in parts["teams"]}
    cost = {office["id"]: 0 for office in sorted(parts["offices"], key=lambda one: str(one["id"]))}
    duties, stops = [], _stops(plan)
    for duty in _duties(plan):
        cost[owner[duty.team]] += duty.cost
        duties.append(_duty(duty, stops[duty.pk]))
    return {
        "format": PLAN_FORMAT,
        "instance": parts["id"],
        "duties": duties,
        "objective": plan.objective,
        "expected": plan.expected,
        "cost": cost,
        "bound": plan.bound,
        "all_priced": plan.bound_scope == BoundScope.ALL,
        "proven": plan.proven,
        "relaxed": plan.relaxed,
    }


def _parts(plan: Plan, *names: str) -> dict[str, Any]:
    """Parts of the instance, of the database's copy where the plan was read without it."""
    if "instance" not in plan.get_deferred_fields():
        return {name: plan.instance[name] for name in names}
    paths = {name: f"instance__{name}" for name in names}
    row = Plan.everything.filter(pk=plan.pk).values(*paths.values()).get()
    return {name: row[path] for name, path in paths.items()}


def _duties(plan: Plan) -> list[PlanDuty]:
    """As the solver sorts them: by code points, not by the database's language."""
    duties = PlanDuty.everything.filter(plan=plan)
    return sorted(duties, key=lambda one: (one.day, one.team))


def _stops(plan: Plan) -> dict[Any, list[PlanStop]]:
    """Duty -> its stops, in order."""
    found: dict[Any, list[PlanStop]] = defaultdict(list)
    for stop in PlanStop.everything.filter(duty__plan=plan).order_by("duty", "number"):
        found[stop.duty_id].append(stop)
    return found


def _duty(duty: PlanDuty, stops: list[PlanStop]) -> dict[str, Any]:
    return {
        "team": duty.team,
        "date": duty.day.isoformat(),
        "kits": duty.kits,
        "start": duty.start,
        "end": duty.end,
        "depart": duty.depart,
        "return": duty.back,
        "stops": [
            {
                "site": stop.site,
                "arrive": stop.arrive,
                "begin": stop.begin,
                "minutes": stop.minutes,
                "expected": stop.expected,
            }
            for stop in stops
        ],
    }
