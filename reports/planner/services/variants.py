"""A plan asked for once more: with what was fixed by hand, or with one team, set or sum more."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.enums import today_in
from reports.planner.enums import PlanState
from reports.planner.models.plans import Plan
from reports.planner.selectors.shown import written
from reports.planner.selectors.variants import MORE_MONEY, OneMoreKind
from reports.planner.services.asking import request_plan
from reports.planner.services.fixing import pin_visits

Row = dict[str, Any]


@service
def ask_again(*, by: Actor, plan_id: uuid.UUID) -> Plan:
    """The same office and days, from today on, out of what is held now; what stands fixed in this plan
    stays. Never worse than this one, as far as it can still be carried out.
    """
    require(by, Permission.PLANS_MAKE)
    plan = _own(by, plan_id)
    if plan.given:
        raise Conflict("plan-given", _("An instance that was sent is sent again, changed."))
    first = max(plan.from_day, today_in(plan.office_id))
    # What an office fixes is its own to say.
    if plan.state == PlanState.DONE and plan.office_id == by.office:
        pin_visits(by=by, plan=plan, visits=written(plan).pinned, from_day=first)
    return request_plan(
        by=by,
        office=plan.office,
        from_day=first,
        until_day=plan.until_day,
        parent=plan.pk if plan.objective is not None else None,
    )


@service
def ask_one_more(*, by: Actor, plan_id: uuid.UUID, what: str) -> Plan:
    """The instance of this plan with one thing more: computed to see the difference, never adopted."""
    require(by, Permission.PLANS_MAKE)
    plan = _own(by, plan_id)
    if what not in OneMoreKind.values:
        raise Invalid("choice", _("Choose a row of the list first."))
    if plan.state != PlanState.DONE or plan.given:
        raise Conflict("plan-state", _("This is reckoned of an office's plan that is ready."))
    more = with_one_more(plan.instance, OneMoreKind(what))
    return request_plan(by=by, instance=more, parent=plan.pk)


def _own(by: Actor, plan_id: uuid.UUID) -> Plan:
    plan = Plan.objects.visible_to(by).select_related("office").filter(pk=plan_id).first()
    if plan is None or not by.covers(plan.office_id):
        raise NotFound
    return plan


def with_one_more(instance: Row, what: OneMoreKind) -> Row:
    """A copy. The new team is as large as the largest; it and a new set have the days off of all."""
    more = copy.deepcopy(instance)
    more["id"] = f"{instance['id']}+{what}"
    office = instance["offices"][0]["id"]
    match what:
        case OneMoreKind.MONEY:
            more["offices"][0]["budget"] += MORE_MONEY
        case OneMoreKind.TEAM:
            teams = instance["teams"]
            more["teams"].append(
                {
                    "id": _free(teams, "team"),
                    "office": office,
                    "staff": max(team["staff"] for team in teams),
                    "max_kits": max(team["max_kits"] for team in teams),
                    "off": _off_of_all(teams),
                }
            )
        case OneMoreKind.FREE:
            more["pins"], more["floors"] = [], []
        case OneMoreKind.KIT:
            kits = instance["kits"]
            row = {"id": _free(kits, "set"), "office": office, "off": _off_of_all(kits)}
            more["kits"].append(row)
    return more


def _off_of_all(rows: list[Row]) -> list[str]:
    """Days on which none is there: those of the office itself."""
    return sorted(set.intersection(*(set(row["off"]) for row in rows)))


def _free(rows: list[Row], name: str) -> str:
    known = {row["id"] for row in rows}
    number = 1
    while f"{name}+{number}" in known:
        number += 1
    return f"{name}+{number}"
