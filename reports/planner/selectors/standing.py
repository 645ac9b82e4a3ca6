"""Which offices go by a plan, and what a head signs who adopts another one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.versions import version_of
from dukcapil.regions.enums import today_in
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan
from reports.planner.selectors.shown import Written


def offices_with_plans() -> list[str]:
    """Those whose adopted plan has a day that is still to come; for a job, over all offices."""
    with scoped(EVERYBODY):
        plans = Plan.everything.filter(standing=PlanStanding.ADOPTED)
        rows = list(plans.order_by("office").values_list("office_id", "until_day"))
    return sorted({office for office, until in rows if until > today_in(office)})


def replaced_by(plan: Plan) -> QuerySet[Plan]:
    """Plans that the office goes by on a day of this one: adopting it replaces them."""
    return Plan.objects.filter(
        office=plan.office_id,
        standing=PlanStanding.ADOPTED,
        from_day__lte=plan.until_day,
        until_day__gte=plan.from_day,
    ).order_by("pk")


def version_to_adopt(now: Written, replaced: Iterable[Plan]) -> str:
    """Of the plan and of those that it replaces (`replaced_by`): whoever adopts it has seen both."""
    keys = sorted(str(plan.pk) for plan in replaced)
    return version_of({"plan": now.version, "replaces": keys})
