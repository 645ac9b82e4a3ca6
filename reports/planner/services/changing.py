"""A draft changed by hand: a visit moved, fixed, left out. Each change is judged by all rules at once.

A change keeps the hours, teams and sets of whatever it does not touch. The office goes by no plan of
this kind before its head adopts it (`adopting`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, NotFound
from dukcapil.core.versions import stale
from reports.planner.enums import BoundScope, PlanStanding, PlanState
from reports.planner.errors import Unkept
from reports.planner.models.plans import Plan, PlanDuty, PlanLeftOut, PlanStop
from reports.planner.selectors.shown import Written, written
from reports.planner.services.fixing import forbid
from reports.planner.services.saving import save_duties
from reports.planner.services.solving import reason_of

if TYPE_CHECKING:
    from reports.planner.core.instance import Instance

Row = dict[str, Any]


@service
def move_visit(
    *, by: Actor, plan_id: uuid.UUID, site: str, day: dt.date, to: dt.date, team: str, version: str
) -> Plan:
    """On another day, or with another team. Raises Unkept with the rule that does not allow it.

    What somebody moved stays there when the plan is made again: it is fixed.
    """
    plan, now = _draft(by, plan_id, version)
    _without_event(now, site, day)
    from reports.planner.core.reading import read  # noqa: PLC0415 - loads numpy
    from reports.planner.validators.moving import Move, moved  # noqa: PLC0415

    instance = read(plan.instance)
    move = Move(site, day.isoformat(), to.isoformat(), team)
    changed = moved(instance, now.plan, move)
    pinned = now.pinned - {(site, move.date)} | {(site, move.to)}
    _write(plan, instance, now, changed, pinned)
    log_access(by=by, action=Access.CHANGE, kind="plan", subject=str(plan.pk))
    return plan


@service
def place_visit(
    *, by: Actor, plan_id: uuid.UUID, site: str, to: dt.date, team: str, version: str
) -> Plan:
    """One visit more, of a place that stays out: it is fixed there. Raises Unkept as `move_visit` does."""
    from reports.planner.core.reading import read  # noqa: PLC0415 - loads numpy
    from reports.planner.validators.moving import placed  # noqa: PLC0415 - loads numpy

    plan, now = _draft(by, plan_id, version)
    instance = read(plan.instance)
    changed = placed(instance, now.plan, site, to.isoformat(), team)
    _write(plan, instance, now, changed, now.pinned | {(site, to.isoformat())})
    log_access(by=by, action=Access.CHANGE, kind="plan", subject=str(plan.pk))
    return plan


@service
def leave_out(
    *,
    by: Actor,
    plan_id: uuid.UUID,
    site: str,
    day: dt.date,
    version: str,
    for_good: bool = False,
) -> Plan:
    """Without that visit. `for_good`: no new plan visits the place on that day either."""
    from reports.planner.core.reading import read  # noqa: PLC0415 - loads numpy
    from reports.planner.validators.moving import dropped  # noqa: PLC0415

    plan, now = _draft(by, plan_id, version)
    _without_event(now, site, day)
    instance = read(plan.instance)
    changed = dropped(instance, now.plan, site, day.isoformat())
    _write(plan, instance, now, changed, now.pinned - {(site, day.isoformat())})
    if for_good and not plan.given:
        forbid(by=by, plan=plan, site=site, day=day)
    log_access(by=by, action=Access.CHANGE, kind="plan", subject=str(plan.pk))
    return plan


@service
def fix_visit(
    *, by: Actor, plan_id: uuid.UUID, site: str, day: dt.date, fixed: bool, version: str
) -> Plan:
    """Whether the visit stays where it is when the plan is made again."""
    plan, _now = _draft(by, plan_id, version)
    if not fixed and (site, day.isoformat()) in pins_of(plan):
        raise Unkept("PIN", site, day.isoformat())
    stops = PlanStop.objects.filter(duty__plan=plan, duty__day=day, site=site)
    if not stops.update(pinned=fixed):
        raise Unkept("GONE", site, day.isoformat())
    log_access(by=by, action=Access.CHANGE, kind="plan", subject=str(plan.pk))
    return plan


def pins_of(plan: Plan) -> set[tuple[str, str]]:
    """Site and ISO day of visits that were fixed before the plan was made."""
    return {(pin["site"], pin["date"]) for pin in plan.instance["pins"]}


def _draft(by: Actor, plan_id: uuid.UUID, version: str) -> tuple[Plan, Written]:
    """The plan, held until it is written, as it was shown to whoever changes it: its own office alone."""
    require(by, Permission.PLANS_MAKE)
    plans = Plan.objects.visible_to(by).select_for_update(of=("self",))
    plan = plans.filter(pk=plan_id).first()
    if plan is None or plan.office_id != by.office:
        raise NotFound
    if plan.standing != PlanStanding.DRAFT:
        raise Conflict("plan-decided", _("This plan was adopted. It stays as it was decided."))
    if plan.state != PlanState.DONE:
        raise Conflict("plan-state", _("A plan is changed once it is ready."))
    now = written(plan)
    if version != now.version:
        raise stale(now.version, {})
    return plan, now


def _without_event(now: Written, site: str, day: dt.date) -> None:
    if (site, day.isoformat()) in now.made:
        raise Conflict(
            "plan-event",
            _("An event was made of this visit: move the event, with whoever is booked there."),
        )


def _write(
    plan: Plan, instance: Instance, now: Written, changed: Row, pinned: frozenset[tuple[str, str]]
) -> None:
    """The duties that differ, what the plan sums to, and why places are left out."""
    before = {(duty["team"], duty["date"]): duty for duty in now.plan["duties"]}
    after = {(duty["team"], duty["date"]): duty for duty in changed["duties"]}
    for key in sorted(before):
        if before[key] != after.get(key):
            team, day = key
            _keep_events(now, before[key])
            PlanDuty.objects.filter(plan=plan, team=team, day=day).delete()
    new = [after[key] for key in sorted(after) if before.get(key) != after[key]]
    _add(plan, instance, new, pinned)
    plan.objective, plan.expected = changed["objective"], changed["expected"]
    plan.cost = sum(changed["cost"].values())
    plan.bound = changed["bound"]
    plan.bound_scope = plan.bound_scope if plan.bound is not None else ""
    plan.proven = plan.bound == plan.objective and plan.bound_scope == BoundScope.ALL
    plan.save(update_fields=["objective", "expected", "cost", "bound", "bound_scope", "proven"])
    _write_left_out(plan, instance, changed)


def _keep_events(now: Written, duty: Row) -> None:
    """A day is not written anew when one of its other stops has an event."""
    for stop in duty["stops"]:
        if (stop["site"], duty["date"]) in now.made:
            raise Conflict(
                "plan-event",
                _(
                    "An event was made of another visit on this day: it would begin at another hour."
                ),
            )


def _add(
    plan: Plan, instance: Instance, rows: list[Row], pinned: frozenset[tuple[str, str]]
) -> None:
    from reports.planner.validators.moving import cost_of  # noqa: PLC0415 - loads numpy

    owner = {team.id: office for office in instance.offices for team in office.teams}
    costs = {(row["team"], row["date"]): cost_of(owner[row["team"]], row) for row in rows}
    save_duties(plan, rows, costs)
    for row in rows:
        fixed = [stop["site"] for stop in row["stops"] if (stop["site"], row["date"]) in pinned]
        stops = PlanStop.objects.filter(duty__plan=plan, duty__day=row["date"], site__in=fixed)
        stops.update(pinned=True)


def _write_left_out(plan: Plan, instance: Instance, row: Row) -> None:
    """Why places have no visit now, in place of what stood."""
    from reports.planner.validators.practice import places_left_out  # noqa: PLC0415 - loads numpy

    PlanLeftOut.objects.filter(plan=plan).delete()
    PlanLeftOut.objects.bulk_create(
        PlanLeftOut(
            plan=plan,
            office_id=plan.office_id,
            site=one.site,
            reason=reason_of(one.reason),
            numbers=one.numbers,
        )
        for one in places_left_out(instance, row)
    )
