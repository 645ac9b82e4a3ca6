"""Plans as pages show them: the list, one with its duties, what it is compared with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.versions import version_of
from events.resources.models import Team
from reports.planner.core.limits import PLAN_FORMAT
from reports.planner.enums import LeftOutReason
from reports.planner.models.plans import Plan, PlanDuty, PlanLeftOut, PlanStop
from reports.planner.validators.comparing import percent_better

Row = dict[str, Any]
_OF_STOP = ("site", "arrive", "begin", "minutes", "expected")
#: Places of an instance above which a page does not reckon what an office does without a planner: that
#: takes a second for 200.
_MOST_SITES = 300
_BASELINES_KEPT = 30 * 24 * 3600


def plans_seen_by(actor: Actor) -> QuerySet[Plan]:
    """The newest first, without what they were made of, and without those that were made to see what one
    thing more would bring.
    """
    plans = Plan.objects.visible_to(actor).defer("instance", "versions")
    plans = plans.exclude(given=True, parent__given=False)
    plans = plans.select_related("office", "asked_by__user", "election", "parent__office")
    return plans.annotate(
        journeys=Count("duties", distinct=True),
    ).order_by("-created_at", "-pk")


def get_plan_or_404(actor: Actor, plan_id: uuid.UUID) -> Plan:
    plans = Plan.objects.visible_to(actor)
    plans = plans.select_related(
        "office", "asked_by__user", "election", "parent", "adoption__adopted_by"
    )
    found = plans.filter(pk=plan_id).first()
    if found is None:
        raise NotFound
    return found


#: Plans that a page offers to compare with, and that were made to see what one thing more would bring.
_MOST_BESIDE = 40


@dataclass(frozen=True)
class Relative:
    """`more`: what the plan has more than the one it was made of (`OneMoreKind`); empty: a plan beside it."""

    plan: Plan
    more: str


def relatives(actor: Actor, plan: Plan) -> list[Relative]:
    """The newest first: finished plans of the office that share a day with it, and those that were made of
    it to see what one thing more would bring.
    """
    plans = Plan.objects.visible_to(actor).defer("instance", "versions").exclude(pk=plan.pk)
    shares = Q(
        office=plan.office_id,
        objective__isnull=False,
        from_day__lte=plan.until_day,
        until_day__gte=plan.from_day,
    )
    variant = Q(given=True, parent__isnull=False, parent__given=False)
    found = plans.annotate(
        is_variant=ExpressionWrapper(variant, BooleanField()),
        name=KeyTextTransform("id", "instance"),
    ).filter(Q(parent=plan, is_variant=True) | shares & Q(is_variant=False))
    rows = found.order_by("-created_at", "-pk")[:_MOST_BESIDE]
    return [Relative(row, row.name.rpartition("+")[2] if row.is_variant else "") for row in rows]


# --- a plan as the rules read it ------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """The duties of a plan as the checker's JSON, and what stands beside its stops."""

    plan: Row
    #: Site and ISO day of visits that somebody fixed.
    pinned: frozenset[tuple[str, str]]
    #: Those of which an event was made.
    made: frozenset[tuple[str, str]]

    @property
    def version(self) -> str:
        """Of all that a change, or an adoption, is about."""
        return version_of({"duties": self.plan["duties"], "pinned": sorted(self.pinned)})


def written(plan: Plan) -> Written:
    stops = PlanStop.objects.filter(duty__plan=plan).select_related("duty")
    costs = {office["id"]: 0 for office in plan.instance["offices"]}
    owner = {team["id"]: team["office"] for team in plan.instance["teams"]}
    rows: dict[int, Row] = {}
    pinned, made = set(), set()
    for stop in stops.order_by("duty__day", "duty__team", "number"):
        duty = stop.duty
        if duty.pk not in rows:
            rows[duty.pk] = _row(duty)
            costs[owner[duty.team]] += duty.cost
        rows[duty.pk]["stops"].append({name: getattr(stop, name) for name in _OF_STOP})
        visit = (stop.site, duty.day.isoformat())
        if stop.pinned:
            pinned.add(visit)
        if stop.event_id:
            made.add(visit)
    plan_row = {
        "format": PLAN_FORMAT,
        "instance": plan.instance["id"],
        # As the solver sorts them: by code points, not by the database's language.
        "duties": sorted(rows.values(), key=lambda row: (row["date"], row["team"])),
        "objective": plan.objective or 0,
        "expected": plan.expected or 0,
        "cost": costs,
        "bound": plan.bound,
        "relaxed": plan.relaxed,
    }
    return Written(plan_row, frozenset(pinned), frozenset(made))


def _row(duty: PlanDuty) -> Row:
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


def left_out_of(plan: Plan) -> list[PlanLeftOut]:
    """Places without a visit: those that would fit first, and who is expected nowhere last."""
    rows = PlanLeftOut.objects.filter(plan=plan)
    order = {reason: n for n, reason in enumerate(reversed(LeftOutReason.values))}
    return sorted(
        rows, key=lambda one: (order[one.reason], -one.numbers.get("points", 0), one.site)
    )


def team_names(plan: Plan) -> dict[str, str]:
    """Names of the office's teams by the keys that instances have."""
    return {str(team.pk): team.name for team in Team.objects.filter(office=plan.office_id)}


# --- how good it is -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Baseline:
    """What an office does without a planner, and how much more the plan has."""

    points: int
    people: int
    #: Points of the plan above it, in percent; None where it has none.
    more: int | None


def baselines_of(plan: Plan) -> dict[str, Baseline]:
    """By name: `descending` gap, and days `filled` with neighbours. Empty where nobody reckoned them."""
    key = f"plan-baselines-{plan.instance_hash}"
    found: Mapping[str, list[int]] | None = cache.get(key)
    if found is None:
        if len(plan.instance["sites"]) > _MOST_SITES:
            return {}
        from reports.planner.validators.practice import practice  # noqa: PLC0415 - loads numpy

        found = {name: list(pair) for name, pair in practice(plan.instance).items()}
        cache.set(key, found, _BASELINES_KEPT)
    objective = plan.objective or 0
    return {
        name: Baseline(points, people, (objective - points) * 100 // points if points > 0 else None)
        for name, (points, people) in found.items()
    }


def better_than(plan: Plan) -> int | None:
    return percent_better(plan.objective or 0, plan.bound)
