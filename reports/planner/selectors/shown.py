"""Plans as pages show them: the list, one with its duties, what it is compared with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Count, ExpressionWrapper, Q, QuerySet, When, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Least, RowNumber

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.versions import version_of
from events.resources.models import Team
from reports.planner.enums import LeftOutReason, PlanStanding
from reports.planner.models.plans import Plan, PlanLeftOut
from reports.planner.selectors.answers import laid_out
from reports.planner.validators.comparing import percent_better

Row = dict[str, Any]


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
    """The newest first: finished plans of the office that share a day with it (those that it goes by whatever
    their age), and those that were made of it to see what one thing more would bring, the newest of each kind
    whatever its age.
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
    newest = Window(
        RowNumber(), partition_by=["is_variant", "name"], order_by=["-created_at", "-pk"]
    )
    # What is adopted, and the newest of each thing more, stand before newer plans.
    first = Case(
        When(standing=PlanStanding.ADOPTED, then=0),
        When(is_variant=True, then=Least(newest, 2)),
        default=2,
    )
    rows = list(found.order_by(first, "-created_at", "-pk")[:_MOST_BESIDE])
    rows.sort(key=lambda row: (row.created_at, row.pk), reverse=True)
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
    laid = laid_out(plan)
    visits = [(stop, (stop.site, stop.duty.day.isoformat())) for stop in laid.stops]
    return Written(
        laid.plan,
        frozenset(visit for stop, visit in visits if stop.pinned),
        frozenset(visit for stop, visit in visits if stop.event_id),
    )


def left_out_of(plan: Plan) -> list[PlanLeftOut]:
    """Places without a visit: those that would fit first, and who is expected nowhere last."""
    rows = PlanLeftOut.objects.filter(plan=plan)
    order = {reason: n for n, reason in enumerate(reversed(LeftOutReason.values))}
    return sorted(
        rows,
        key=lambda one: (
            order[one.reason],
            -one.numbers.get("points", 0),
            -one.numbers.get("missing", 0),
            one.site,
        ),
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
    """By name: `descending` gap, and days `filled` with neighbours, as the job reckoned them when it made the
    plan. Empty where it did not.
    """
    objective, found = plan.objective or 0, plan.versions.get("practice", {})
    return {
        name: Baseline(points, people, (objective - points) * 100 // points if points > 0 else None)
        for name, (points, people) in found.items()
    }


def better_than(plan: Plan) -> int | None:
    return percent_better(plan.objective or 0, plan.bound)
