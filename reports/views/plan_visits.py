"""What becomes of a plan: its visits as events, beside what came; and what a new one would change."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, DomainError, Invalid
from dukcapil.core.pages import paged
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.enums import today_in
from events.planning.enums import EventState
from reports.planner.enums import PlanStanding, PlanState
from reports.planner.models.plans import Plan
from reports.planner.selectors.actual import Actual, StopActual, actual
from reports.planner.selectors.answers import get_plan_or_404
from reports.planner.selectors.changes import changes
from reports.planner.selectors.letters import invited_in_writing
from reports.planner.selectors.measured import MEASURED_DAYS, measured
from reports.planner.selectors.stops import stands
from reports.planner.services.into_events import make_events
from reports.planner.services.letters import ask_letters


@page(Permission.PLANS_VIEW)
def plan_visits(request: StaffRequest, actor: Actor, plan_id: uuid.UUID) -> HttpResponse:
    """Of a plan that the office goes by or went by; of a draft what adopting it changes."""
    plan = get_plan_or_404(actor, plan_id)
    problem: DomainError | None = None
    if request.method == "POST":
        try:
            return _DOES.get(request.POST.get("do", ""), _unknown)(request, actor, plan)
        except DomainError as error:
            if error.status not in (409, 422):
                raise
            problem = error
    context: dict[str, Any] = {
        "plan": plan,
        "section": "plans",
        "problem": problem and problem.message,
        "asks": list(problem.words) if isinstance(problem, Asks) else [],
        "asked_for": request.POST.getlist("stops"),
    }
    if plan.standing == PlanStanding.DRAFT:
        context |= _draft(request, actor, plan)
    else:
        context |= _decided(request, actor, plan)
    status = problem.status if problem else 200
    return render(request, "reports/plan_visits.html", context, status=status)


def _draft(request: StaffRequest, actor: Actor, plan: Plan) -> dict[str, Any]:
    if plan.state not in (PlanState.DONE, PlanState.STOPPED) or plan.given:
        return {"is_draft": True, "pages": paged(request, []), "kept": 0}
    found = changes(actor, plan)
    return {"is_draft": True, "pages": paged(request, found.rows), "kept": found.kept}


@dataclass(frozen=True)
class Line:
    """`to_make`: an event can be made of it."""

    row: StopActual
    to_make: bool


def _decided(request: StaffRequest, actor: Actor, plan: Plan) -> dict[str, Any]:
    today = today_in(plan.office_id)
    first = min(plan.from_day, today) - timedelta(days=MEASURED_DAYS)
    found = actual(actor, plan.office_id, first, plan.until_day)
    plans = actor.office == plan.office_id and actor.may(Permission.EVENTS_PLAN)
    makes = plans and plan.standing == PlanStanding.ADOPTED
    lines = [Line(row, makes and _to_make(row, plan, today)) for row in found.rows]
    return {
        "is_draft": False,
        "pages": paged(request, lines),
        "whole": Actual(found.rows),
        "makes": any(line.to_make for line in lines),
        "letters": plans
        and actor.may(Permission.RESIDENTS_EXPORT)
        and _uninvited(found.rows, plan, today),
        "turnouts": [one for one in measured(found.rows, plan.office_id, today) if one.visits],
    }


def _to_make(row: StopActual, plan: Plan, today: date) -> bool:
    stop = row.stop
    return not stands(stop) and stop.duty.plan_id == plan.pk and stop.duty.day >= today


def _uninvited(rows: list[StopActual], plan: Plan, today: date) -> bool:
    """Whether a venue whose visit is approved has no letter yet."""
    events = {
        row.event.pk for row in rows if row.event is not None and _to_announce(row, plan, today)
    }
    return bool(events - invited_in_writing(plan.office_id, events))


def _to_announce(row: StopActual, plan: Plan, today: date) -> bool:
    event = row.event
    return (
        row.stop.venue_id is not None
        and row.stop.duty.plan_id == plan.pk
        and event is not None
        and event.state == EventState.APPROVED
        and event.ends_on >= today
    )


# --- what the buttons do --------------------------------------------------------------------------

Does = Callable[[StaffRequest, Actor, Plan], HttpResponse]


def _events(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    made = make_events(
        by=actor, plan=plan, stops=_stops(request), confirm=request.POST.getlist("confirm")
    )
    new = made.new
    text = ngettext(
        "%(n)s draft was made, %(people)s people are on its list: look at it, then it is approved.",
        "%(n)s drafts were made, %(people)s people are on their lists: look at them, then they are approved.",
        len(new),
    )
    words = {"n": people(len(new)), "people": people(sum(one.placed for one in new))}
    messages.success(request, text % words)
    if made.bag is not None:
        text = _("%(cards)s cards were asked for as their bags.")
        messages.info(request, text % {"cards": people(made.bag.asked)})
    return redirect(request.get_full_path())


def _letters(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    asked = ask_letters(by=actor, plan=plan, reason=request.POST.get("reason", ""))
    text = ngettext(
        "%(n)s letter is being made: fetch it under lists taken out.",
        "%(n)s letters are being made: fetch them under lists taken out.",
        len(asked),
    )
    messages.success(request, text % {"n": people(len(asked))})
    return redirect(request.get_full_path())


def _unknown(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    raise Invalid("choice", _("Choose a row of the list first."))


def _stops(request: StaffRequest) -> list[int]:
    given = request.POST.getlist("stops")
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in given):
        raise Invalid("choice", _("Choose a row of the list first."))
    return [int(one) for one in given]


_DOES: dict[str, Does] = {"events": _events, "letters": _letters}
