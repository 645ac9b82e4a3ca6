"""Each evening: what came is measured, and the rest of an adopted plan is planned again, as somebody would
ask for it by hand. A head is shown what would change (`selectors.changes`), and adopts it or not.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now, current_posting
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import DomainError
from dukcapil.core.work import Stopped
from dukcapil.regions.enums import today_in
from events.elections.enums import ElectionState
from events.elections.models import Election
from events.elections.selectors import next_election
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan
from reports.planner.services.instances import ask_for
from reports.planner.services.turnouts import feed_turnouts

log = structlog.get_logger()


def end_of_day(office: str) -> Plan | None:
    """For the job: measures, then plans again. Returns the plan that waits for the solver, if one is made; a
    second time in one evening makes none.
    """
    with scoped(EVERYBODY):
        feed_turnouts(office=office, today=today_in(office))
        try:
            return plan_again(office=office)
        except DomainError as refused:
            # Nobody can go any more, or a fixed visit cannot be kept: whoever plans by hand is told the same.
            log.warning("plan_not_made_again", office=office, why=refused.code)
            return None


@service
def plan_again(*, office: str) -> Plan | None:
    """The days that are left of the plan that the office goes by, begun from it. Raises what `ask_for` does."""
    first = today_in(office) + timedelta(days=1)
    plans = Plan.everything.filter(
        office=office, standing=PlanStanding.ADOPTED, until_day__gte=first
    )
    plan = plans.select_for_update(of=("self",)).order_by("from_day").first()
    if plan is None:
        return None
    election = _election(plan)
    first, until = max(first, plan.from_day), plan.until_day
    if election is not None:
        # It may have been moved to an earlier day since.
        until = min(until, election.held_on - timedelta(days=1))
    if until < first:
        return None
    made = Plan.everything.filter(parent=plan, from_day=first, given=False)
    if made.exists():
        return None
    if (by := _asker(plan)) is None:
        return None
    asked = ask_for(by=by, office=plan.office, from_day=first, until_day=until, election=election)
    return Plan.everything.create(
        office=plan.office,
        from_day=asked.from_day,
        until_day=asked.until_day,
        instance=asked.instance,
        instance_hash=asked.instance_hash,
        basis=asked.basis,
        election=asked.election,
        cut=asked.cut,
        seed=plan.seed,
        parent=plan,
        asked_by_id=by.posting_id,
    )


def _election(plan: Plan) -> Election | None:
    """That of the plan, as it stands now; of one that was cancelled the office's next."""
    # A row that comes with the plan knows no decisions.
    own = Election.objects.filter(pk=plan.election_id).first()
    if own is not None and own.state != ElectionState.CANCELLED:
        return own
    return next_election(plan.office_id, today_in(plan.office_id))


def _asker(plan: Plan) -> Actor | None:
    """Who asked for the plan, or else who adopted it, as long as they may."""
    adopted = current_posting(plan.adoption.adopted_by_id)
    for posting in (plan.asked_by_id, adopted and adopted.pk):
        try:
            if posting:
                return asker_now(posting, Permission.PLANS_MAKE)
        except Stopped:
            continue
    return None
