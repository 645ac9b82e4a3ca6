"""An office goes by a plan from the moment its head adopts it: sealed, with its duties and stops."""

from __future__ import annotations

import uuid

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import stale
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan, PlanAdoption
from reports.planner.selectors.adopting import against_adopting
from reports.planner.selectors.shown import written
from reports.planner.selectors.standing import replaced_by, version_to_adopt
from reports.planner.services.taking_over import Taken, take_over_events


@service
def adopt_plan(*, by: Actor, plan_id: uuid.UUID, version: str) -> Taken:
    """`version`: of what was shown (`version_to_adopt`). Plans of the same days that the office went by are
    replaced; what became of their events is returned.
    """
    require(by, Permission.PLANS_SET)
    # Of two who adopt at the same moment the second one has not seen what the first one adopted.
    hold(Lock.PLANS, by.office)
    plans = Plan.objects.visible_to(by).select_for_update(of=("self",))
    plan = plans.filter(pk=plan_id).first()
    if plan is None or plan.office_id != by.office:
        raise NotFound
    if (against := against_adopting(plan)) is not None:
        raise against
    replaced = list(replaced_by(plan).defer("instance").select_for_update(of=("self",)))
    seen = version_to_adopt(written(plan), replaced)
    if version != seen:
        raise stale(seen, {})
    for other in replaced:
        other.standing = PlanStanding.REPLACED
        other.save(update_fields=["standing"])
    PlanAdoption.objects.create(plan=plan, office_id=plan.office_id, adopted_by_id=by.user_id)
    plan.standing = PlanStanding.ADOPTED
    plan.save(update_fields=["standing"])
    return take_over_events(by=by, plan=plan)
