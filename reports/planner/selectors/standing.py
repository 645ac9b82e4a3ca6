"""Which offices go by a plan."""

from __future__ import annotations

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.enums import today_in
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan


def offices_with_plans() -> list[str]:
    """Those whose adopted plan has a day that is still to come; for a job, over all offices."""
    with scoped(EVERYBODY):
        plans = Plan.everything.filter(standing=PlanStanding.ADOPTED)
        rows = list(plans.order_by("office").values_list("office_id", "until_day"))
    return sorted({office for office, until in rows if until > today_in(office)})
