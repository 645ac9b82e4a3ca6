"""An office goes by a plan from the moment its head adopts it: sealed, with its duties and stops."""

from __future__ import annotations

import uuid

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from dukcapil.core.versions import stale
from dukcapil.regions.enums import today_in
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan, PlanAdoption
from reports.planner.selectors.adopting import against_adopting
from reports.planner.selectors.shown import written
from reports.planner.services.taking_over import Taken, take_over_events


@service
def adopt_plan(*, by: Actor, plan_id: uuid.UUID, version: str) -> Taken:
    """`version`: of what was shown. Plans of the same days that the office went by are replaced; what
    became of their events is returned.
    """
    require(by, Permission.PLANS_SET)
    plans = Plan.objects.visible_to(by).select_for_update(of=("self",))
    plan = plans.filter(pk=plan_id).first()
    if plan is None or plan.office_id != by.office:
        raise NotFound
    if (against := against_adopting(plan, today_in(plan.office_id))) is not None:
        raise against
    now = written(plan)
    if version != now.version:
        raise stale(now.version, {})
    for other in _of_same_days(plan):
        other.standing = PlanStanding.REPLACED
        other.save(update_fields=["standing"])
    PlanAdoption.objects.create(plan=plan, office_id=plan.office_id, adopted_by_id=by.user_id)
    plan.standing = PlanStanding.ADOPTED
    plan.save(update_fields=["standing"])
    return take_over_events(by=by, plan=plan)


def _of_same_days(plan: Plan) -> list[Plan]:
    """Plans that the office goes by on a day of this one."""
    found = (
        Plan.objects.select_for_update(of=("self",))
        .defer("instance")
        .filter(
            office=plan.office_id,
            standing=PlanStanding.ADOPTED,
            from_day__lte=plan.until_day,
            until_day__gte=plan.from_day,
        )
    )
    return list(found.order_by("pk"))
