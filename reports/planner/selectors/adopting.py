"""Whether an office may still go by a plan: asked by the page before it offers that, and by the verb."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict
from dukcapil.regions.enums import today_in
from reports.planner.enums import PlanStanding, PlanState
from reports.planner.models.plans import Plan
from reports.planner.selectors.rules import first_open_day


def against_adopting(plan: Plan) -> Conflict | None:
    """By the clock of its office."""
    if plan.standing != PlanStanding.DRAFT:
        return Conflict("plan-decided", _("This plan was adopted. It stays as it was decided."))
    if plan.given:
        return Conflict("plan-given", _("An instance that was sent is computed, not adopted."))
    if plan.state != PlanState.DONE:
        return Conflict("plan-state", _("A plan is adopted once it is ready."))
    if plan.until_day < today_in(plan.office_id):
        return Conflict("plan-over", _("The days of this plan are over."))
    if plan.from_day < first_open_day(plan.office_id):
        # What the office went by until now, with its visits and its money, would be that of another plan.
        return Conflict(
            "plan-begun", _("Days of this plan have passed, or begun: ask for it again.")
        )
    return None
