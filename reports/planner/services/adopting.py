"""An office goes by a plan from the moment its head adopts it: sealed, with its duties and stops."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import stale
from dukcapil.regions.enums import today_in
from reports.planner.enums import PlanStanding, PlanState
from reports.planner.models.plans import Plan, PlanAdoption
from reports.planner.selectors.rules import first_open_day
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
    if plan.standing != PlanStanding.DRAFT:
        raise Conflict("plan-decided", _("This plan was adopted. It stays as it was decided."))
    if plan.given:
        raise Conflict("plan-given", _("An instance that was sent is computed, not adopted."))
    if plan.state != PlanState.DONE:
        raise Conflict("plan-state", _("A plan is adopted once it is ready."))
    if plan.until_day < today_in(plan.office_id):
        raise Conflict("plan-over", _("The days of this plan are over."))
    if plan.from_day < first_open_day(plan.office_id):
        # What the office went by until now, with its visits and its money, would be that of another plan.
        raise Conflict(
            "plan-begun", _("Days of this plan have passed, or begun: ask for it again.")
        )
    seen = version_to_adopt(plan, written(plan))
    if version != seen:
        raise stale(seen, {})
    for other in replaced_by(plan).defer("instance").select_for_update(of=("self",)):
        other.standing = PlanStanding.REPLACED
        other.save(update_fields=["standing"])
    PlanAdoption.objects.create(plan=plan, office_id=plan.office_id, adopted_by_id=by.user_id)
    plan.standing = PlanStanding.ADOPTED
    plan.save(update_fields=["standing"])
    return take_over_events(by=by, plan=plan)
