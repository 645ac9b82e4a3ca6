"""Whether an office may still go by a plan: asked by the page before it offers that, and by the verb."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Conflict
from dukcapil.regions.enums import today_in, zone_of
from reports.planner.enums import PlanStanding, PlanState
from reports.planner.models.plans import Plan


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
    if _begun(plan):
        # What the office went by until now, with its visits and its money, would be that of another plan.
        return Conflict(
            "plan-begun", _("Days of this plan have passed, or begun: ask for it again.")
        )
    return None


def _begun(plan: Plan) -> bool:
    """From the minute on at which its teams set out on its first day, by the clock of its office."""
    now = timezone.now().astimezone(ZoneInfo(zone_of(plan.office_id)))
    minute = now.hour * 60 + now.minute
    begins = int(plan.instance["day"]["start"])
    return (plan.from_day, begins) <= (now.date(), minute)
