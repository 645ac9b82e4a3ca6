"""What the page of a plan shows, put together for its templates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.urls import reverse

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.pages import paged
from dukcapil.regions.models import Region
from dukcapil.regions.validators import borders_of
from reports.plan_asking import MoveVisitForm
from reports.planner.enums import LeftOutReason, PlanStanding, PlanState
from reports.planner.models.plans import Plan, PlanLeftOut
from reports.planner.renderers.calendar import Calendar, Names, Stop, calendar, names_of, taken
from reports.planner.renderers.drawing import drawing
from reports.planner.renderers.lacking import Door, door_of, empty, reason_words
from reports.planner.renderers.words import (
    bound_words,
    day_words,
    elsewhere,
    left_words,
    points,
    promised,
)
from reports.planner.selectors.adopting import against_adopting
from reports.planner.selectors.instances import is_no_limit
from reports.planner.selectors.older import election_now, inputs_changed_at
from reports.planner.selectors.shown import (
    Relative,
    Written,
    baselines_of,
    better_than,
    left_out_of,
    relatives,
    written,
)
from reports.planner.selectors.standing import version_to_adopt
from reports.planner.selectors.variants import OneMore, OneMoreKind, one_more
from reports.planner.services.examining import in_words
from reports.planner.validators.comparing import Visit, differences

Row = dict[str, Any]


def shown(request: StaffRequest, actor: Actor, plan: Plan) -> dict[str, Any]:
    """Of a plan that no job works on any more."""
    names = names_of(plan.instance)
    context: dict[str, Any] = {"plan": plan, "may_make": actor.may(Permission.PLANS_MAKE)}
    if plan.objective is None:
        rows, where = plan.refused.get("rows", ()), plan.refused.get("where", "")
        # Rows of an instance that somebody sent are called as they were there.
        named = not plan.given and where.startswith(("pins ", "floors "))
        districts = districts_of(plan) if rows or named else {}
        clash = [_clash_words(row, names, districts) for row in rows]
        if named:
            words = clash or [_clash_words(where, names, districts)]
            where = "; ".join(words)
        code = plan.refused.get("code", "")
        own = "MEMORY_OWN" if code == "MEMORY" and not plan.given else code
        door = _way(actor, plan, door_of([code]))
        return context | {"why": in_words(own, where), "clash": clash, "door": door}
    now = written(plan)
    chosen = (request.GET.get("visit", ""), request.GET.get("on", ""))
    if request.method == "POST" and request.POST.get("site"):
        chosen = (request.POST["site"], request.POST.get("day", ""))
    laid = calendar(plan.instance, now.plan, names, set(now.pinned), chosen)
    is_done = plan.state == PlanState.DONE
    is_ready = is_done and plan.standing == PlanStanding.DRAFT
    changes = context["may_make"] and is_ready and actor.office == plan.office_id
    left = left_out_of(plan)
    pages, others = paged(request, left), relatives(actor, plan)
    none = empty(left) if is_done and not now.plan["duties"] else None
    more = one_more(plan, others)
    adopts = actor.may(Permission.PLANS_SET) and actor.office == plan.office_id
    against = against_adopting(plan)
    return context | {
        "version": now.version,
        "adopt_version": version_to_adopt(now, _replaced(others))
        if changes and not plan.given
        else "",
        "relaxed": _named(plan.relaxed, districts_of(plan)) if plan.relaxed else [],
        "calendar": laid,
        "drawing": drawing(plan.instance, now.plan),
        "borders": borders_of(plan.office_id),
        "figures": _figures(plan, now),
        "empty": none,
        "door": _way(actor, plan, none.door if none else None),
        "older": inputs_changed_at(actor, plan),
        "election": election_now(plan, plan.instance.get("election", "")),
        "left": pages,
        "left_rows": _left_rows(pages, plan, now, names, more),
        "counts": _counts(left),
        "changes": changes,
        "adopts": adopts and against is None,
        # What was decided, or is not ready, is said already.
        "against": against and is_ready and adopts and not plan.given and against.message,
        "chosen": _chosen(request, laid, chosen, names, now) if changes else None,
        "beside": [one.plan for one in others if not one.more],
        "more": more,
        "names": names,
    }


def _way(actor: Actor, plan: Plan, door: Door | None) -> dict[str, Any] | None:
    """For who mends it: those who may ask for plans of their own office."""
    if door is None or plan.given or not may_mend(actor, plan.office_id):
        return None
    return way_to(door, plan.office_id)


def may_mend(actor: Actor, office: str) -> bool:
    return actor.office == office and actor.may(Permission.PLANS_MAKE)


def way_to(door: Door, office: str) -> dict[str, Any]:
    return {
        "href": reverse(door.name, args=[office] if door.of_office else []),
        "words": door.words,
    }


def _replaced(others: list[Relative]) -> list[Plan]:
    return [
        one.plan for one in others if not one.more and one.plan.standing == PlanStanding.ADOPTED
    ]


def districts_of(plan: Plan) -> dict[str, str]:
    """Names of kecamatan that rules name."""
    codes = {floor["district"] for floor in plan.instance["floors"]}
    return dict(Region.objects.filter(code__in=codes).values_list("code", "name"))


def _named(codes: list[str], districts: dict[str, str]) -> list[str]:
    return [districts.get(code, code) for code in codes]


def _figures(plan: Plan, now: Written) -> dict[str, Any]:
    offices = plan.instance["offices"]
    budget = sum(office["budget"] for office in offices)
    visited = {stop["site"] for duty in now.plan["duties"] for stop in duty["stops"]}
    missing = sum(sum(site["gap"].values()) for site in plan.instance["sites"])
    return {
        "places": len(visited),
        "all_places": len(plan.instance["sites"]),
        "missing": missing,
        "journeys": len(now.plan["duties"]),
        "visits": sum(len(duty["stops"]) for duty in now.plan["duties"]),
        "budget": budget,
        "no_limit": is_no_limit(plan),
        "points": points(plan.objective),
        "bound": bound_of(plan),
        "baselines": baselines_of(plan),
    }


def bound_of(plan: Plan) -> str:
    return bound_words(better_than(plan), plan.bound_scope, proven=plan.proven)


@dataclass(frozen=True)
class Offer:
    """Where a place that stays out would fit."""

    site: str
    to: date
    team: str
    team_name: str


@dataclass(frozen=True)
class LeftRow:
    """Places that stay out for the same reason, with the same words."""

    names: list[str]
    reason: str
    words: str
    offer: Offer | None = None


def _left_rows(
    left: Any, plan: Plan, now: Written, names: Names, more: list[OneMore]
) -> list[LeftRow]:
    sites = {site["id"]: site for site in plan.instance["sites"]}
    promises = ""
    if any(one.reason == LeftOutReason.PUSHED_OUT for one in left):
        price = next((one.points for one in more if one.what == OneMoreKind.FREE), None)
        promises = promised(plan.instance, names, districts_of(plan), price)
    said = []
    for one in left:
        beside = promises if one.reason == LeftOutReason.PUSHED_OUT else ""
        if one.reason == LeftOutReason.NO_TEAM:
            beside = elsewhere(taken(plan.instance, now.plan, sites[one.site]), names)
        words = left_words(one.reason, one.numbers, beside)
        offer = _offer(one, names)
        said.append((reason_words(one), words, offer, names.site(one.site)))
    groups = groupby(said, key=lambda row: row[:3])
    return [LeftRow([row[3] for row in rows], *of) for of, rows in groups]


def _offer(one: PlanLeftOut, names: Names) -> Offer | None:
    """None: also of plans that were made before their place was kept."""
    if one.reason != LeftOutReason.FITS or "day" not in one.numbers:
        return None
    team = one.numbers["team"]
    return Offer(one.site, date.fromisoformat(one.numbers["day"]), team, names.team(team))


def _counts(left: list[PlanLeftOut]) -> list[tuple[str, int]]:
    order = list(LeftOutReason.values)
    some = sorted(left, key=lambda one: order.index(one.reason))
    return list(Counter(reason_words(one) for one in some).items())


@dataclass(frozen=True)
class Chosen:
    """A visit that stands open: what may be done with it."""

    stop: Stop
    day: date
    team: str
    form: MoveVisitForm
    made: bool


def _chosen(
    request: StaffRequest, laid: Calendar, which: tuple[str, str], names: Names, now: Written
) -> Chosen | None:
    for line in laid.lines:
        for cell in line.cells:
            for stop in cell.stops:
                if not stop.chosen:
                    continue
                initial = {
                    "site": stop.site,
                    "day": line.day,
                    "to": line.day,
                    "team": cell.team,
                    "version": now.version,
                }
                if request.method == "POST" and request.POST.get("do") == "move":
                    initial |= {name: request.POST.get(name, "") for name in ("to", "team")}
                form = MoveVisitForm(initial=initial, teams=list(names.teams.items()))
                return Chosen(stop, line.day, cell.team_name, form, which in now.made)
    return None


def _clash_words(row: str, names: Names, districts: dict[str, str]) -> str:
    """`pins SITE DAY` or `floors DISTRICT`, as the solver names rows."""
    _kind, _space, rest = row.partition(" ")
    site, _space, day = rest.partition(" ")
    return f"{names.site(site)}, {day_words(day)}" if day else districts.get(site, site)


# --- two plans ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One of two plans that are compared."""

    plan: Plan
    figures: dict[str, Any]


def compared(plan: Plan, other: Plan) -> dict[str, Any]:
    here, there = written(plan), written(other)
    names = names_of(plan.instance, names_of(other.instance).teams)
    sites = names_of(other.instance).sites | names.sites
    rows = [
        {
            "name": sites.get(row.site, row.site),
            "here": [_visit(one, names) for one in row.here],
            "there": [_visit(one, names) for one in row.there],
            "change": row.change,
        }
        for row in differences(here.plan, there.plan)
    ]
    return {
        "plan": plan,
        "other": other,
        "sides": [Side(plan, _figures(plan, here)), Side(other, _figures(other, there))],
        "people": (other.expected or 0) - (plan.expected or 0),
        "cost": (other.cost or 0) - (plan.cost or 0),
        "rows": rows,
    }


def _visit(one: Visit, names: Names) -> dict[str, Any]:
    return {
        "day": date.fromisoformat(one.date),
        "team": names.team(one.team),
        "expected": one.expected,
    }
