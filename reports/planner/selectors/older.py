"""What changed since a plan was made from it: the plan stays as it is, and says so."""

from __future__ import annotations

from datetime import date, datetime

from dukcapil.accounts.models import AccessLog
from dukcapil.accounts.scoping import Actor
from events.elections.enums import ElectionState
from events.elections.models import Election
from reports.planner.models.plans import Plan
from reports.planner.selectors.rules import rows_of_rules, rows_of_turnouts

#: The kind of the access rows of places, closed days, ways, fixed visits and least numbers.
INPUTS = "plan inputs"


def inputs_changed_at(by: Actor, plan: Plan) -> datetime | None:
    """When somebody last changed what the office's plans are made from; None: not since the plan's cut. What
    came to visits, and who is recorded, changes each day and is no part of it. One query.
    """
    if plan.given:
        return None
    typed = AccessLog.objects.visible_to(by).filter(kind=INPUTS, office=plan.office_id)
    rules = rows_of_rules(plan.office_id).filter(set_at__gt=plan.cut)
    turnouts = rows_of_turnouts(plan.office_id).filter(set_at__gt=plan.cut, set_by__isnull=False)
    found = typed.filter(at__gt=plan.cut).order_by().values_list("at")
    return max(
        (
            at
            for (at,) in found.union(
                rules.order_by().values_list("set_at"), turnouts.order_by().values_list("set_at")
            )
        ),
        default=None,
    )


def election_now(plan: Plan, planned_for: str) -> tuple[bool, date] | None:
    """Whether the plan's election was cancelled, and its day now, where that is not what the plan was made
    towards (`election` of its instance); None where nothing changed.
    """
    # A row that comes with the plan knows no decisions.
    election = Election.objects.filter(pk=plan.election_id).first() if plan.election_id else None
    if election is None:
        return None
    cancelled = election.state == ElectionState.CANCELLED
    if not cancelled and election.held_on.isoformat() == planned_for:
        return None
    return cancelled, election.held_on
