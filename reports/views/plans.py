"""Plans of jemput bola: the list, one with its map and calendar, two beside each other."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, DomainError, Invalid, Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.core.pages import paged, status_of
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from reports.plan_asking import AskPlanForm, MoveVisitForm, PlaceForm, PlaceVisitForm, VisitForm
from reports.planner.enums import OVER, PlanState
from reports.planner.errors import Unkept
from reports.planner.models.plans import Plan
from reports.planner.renderers.calendar import Names, names_of
from reports.planner.renderers.lacking import door_of
from reports.planner.renderers.words import day_words, unkept_words
from reports.planner.selectors.answers import seconds_of
from reports.planner.selectors.shown import get_plan_or_404, plans_seen_by
from reports.planner.services.adopting import adopt_plan
from reports.planner.services.asking import request_plan, stop_plan
from reports.planner.services.changing import fix_visit, leave_out, move_visit, place_visit
from reports.planner.services.variants import ask_again, ask_one_more
from reports.tasks import solve_plan
from reports.views.plan_shown import bound_of, compared, districts_of, may_mend, shown, way_to

#: Seconds between two looks at a plan that is being made.
_EVERY = 2
#: So many events that somebody has to change by hand are named.
_NAMED = 10


@page(Permission.PLANS_VIEW)
def plan_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Plans of the own offices, and the form for one more."""
    form = None
    if actor.may(Permission.PLANS_MAKE):
        form = fill(request, AskPlanForm, offices=_offices(actor))
    if request.method == "POST":
        if form is None:
            raise Refused("forbidden", _("You may not do this."))
        if plan := attempt(form, request_plan, by=actor):
            hint(solve_plan, str(plan.pk))
            return redirect("plan", plan.pk)
    context = {
        "form": form,
        "door": form and _door(form, actor),
        "pages": paged(request, plans_seen_by(actor), rows=30),
        "section": "plans",
    }
    return render(
        request, "reports/plan_list.html", context, status=status_of(form) if form else 200
    )


def _door(form: AskPlanForm, actor: Actor) -> dict[str, Any] | None:
    """Where it is mended that no plan of the own office was made."""
    codes = [one.code or "" for some in form.errors.as_data().values() for one in some]
    door = door_of(codes)
    if door is None or actor.office is None or not may_mend(actor, actor.office):
        return None
    return way_to(door, actor.office)


def _offices(actor: Actor) -> list[tuple[str, str]]:
    regions = Region.objects.within(actor.office or actor.region).level(Level.REGENCY)
    return list(regions.order_by("code").values_list("code", "name"))


@page(Permission.PLANS_VIEW)
def plan_page(request: StaffRequest, actor: Actor, plan_id: uuid.UUID) -> HttpResponse:
    """One plan: how far it is; then its map and calendar, and what may be changed of it."""
    plan = get_plan_or_404(actor, plan_id)
    problem: tuple[str, int] | None = None
    if request.method == "POST":
        try:
            return _DOES.get(request.POST.get("do", ""), _unknown)(request, actor, plan)
        except Unkept as fault:
            problem = unkept_words(fault, _names(plan), districts_of(plan)), 409
        except DomainError as error:
            if error.status not in (409, 422):
                raise
            problem = str(error.message), error.status
        plan = get_plan_or_404(actor, plan_id)
    if plan.state not in OVER:
        context = {
            "plan": plan,
            "may_make": actor.may(Permission.PLANS_MAKE),
            "seconds": seconds_of(plan),
            "section": "plans",
        }
        return live(
            request, "reports/plan_wait.html", "reports/_plan_progress.html", context, every=_EVERY
        )
    if request.htmx:
        return _news(request, plan)
    context = shown(request, actor, plan) | {"problem": problem and problem[0], "section": "plans"}
    template = "reports/plan_failed.html" if plan.objective is None else "reports/plan.html"
    return render(request, template, context, status=problem[1] if problem else 200)


def _news(request: StaffRequest, plan: Plan) -> HttpResponse:
    """For what asks again and again on a page that is open: the bound, once it is known; else all."""
    if request.htmx.target != "bound":
        # There is more to show now than how far it is.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    if plan.bound is None:
        return HttpResponse(status=204)
    context = {"plan": plan, "bound": bound_of(plan)}
    return render(request, "reports/_plan_bound.html", context)


def _names(plan: Plan) -> Names:
    return names_of(plan.instance)


# --- what the buttons do --------------------------------------------------------------------------

Does = Callable[[StaffRequest, Actor, Plan], HttpResponse]


def _move(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    names = _names(plan)
    form = MoveVisitForm(request.POST, teams=list(names.teams.items()))
    fields = _cleaned(form)
    move_visit(by=actor, plan_id=plan.pk, **fields)
    messages.success(
        request,
        _("%(site)s is moved, and stays there when the plan is made again.")
        % {"site": names.site(fields["site"])},
    )
    return _to_visit(plan, fields["site"], str(fields["to"]))


def _place(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    names = _names(plan)
    fields = _cleaned(PlaceVisitForm(request.POST, teams=list(names.teams.items())))
    place_visit(by=actor, plan_id=plan.pk, **fields)
    messages.success(
        request,
        _("%(site)s is visited on %(day)s, and stays there when the plan is made again.")
        % {"site": names.site(fields["site"]), "day": day_words(str(fields["to"]))},
    )
    return _to_visit(plan, fields["site"], str(fields["to"]))


def _leave(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    fields = _cleaned(VisitForm(request.POST))
    for_good = request.POST["do"] == "forbid"
    leave_out(by=actor, plan_id=plan.pk, for_good=for_good, **fields)
    messages.success(
        request,
        _("The visit is left out, and no new plan goes there on that day.")
        if for_good
        else _("The visit is left out."),
    )
    return redirect("plan", plan.pk)


def _fix(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    fields = _cleaned(VisitForm(request.POST))
    fixed = request.POST["do"] == "fix"
    fix_visit(by=actor, plan_id=plan.pk, fixed=fixed, **fields)
    messages.success(
        request, _("The visit is fixed.") if fixed else _("The visit is fixed no longer.")
    )
    return _to_visit(plan, fields["site"], str(fields["day"]))


def _to_visit(plan: Plan, site: str, day: str) -> HttpResponse:
    query = urlencode({"visit": site, "on": day})
    return redirect(f"{reverse('plan', args=[plan.pk])}?{query}#visit")


def _adopt(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    taken = adopt_plan(by=actor, plan_id=plan.pk, version=request.POST.get("version", ""))
    messages.success(request, _("The office goes by this plan from now on."))
    if taken.moved or taken.cancelled or taken.proposed or taken.by_hand:
        text = _(
            "Of the events of the plan before: %(moved)s drafts moved, %(cancelled)s cancelled, %(proposed)s changes proposed to the head, %(by_hand)s to be changed by hand."
        )
        numbers = {"moved": taken.moved, "cancelled": taken.cancelled}
        numbers |= {"proposed": taken.proposed, "by_hand": len(taken.by_hand)}
        messages.info(request, text % {name: people(n) for name, n in numbers.items()})
    names = _names(plan)
    for change, why in taken.by_hand[:_NAMED]:
        where = f"{names.site(change.stop.site)}, {day_words(str(change.stop.duty.day))}"
        messages.warning(request, f"{where}: {why}")
    return redirect("plan", plan.pk)


def _stop(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    stop_plan(by=actor, plan_id=plan.pk)
    messages.success(request, _("It stops in a moment."))
    return redirect("plan", plan.pk)


def _again(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    made = ask_again(by=actor, plan_id=plan.pk)
    hint(solve_plan, str(made.pk))
    return redirect("plan", made.pk)


def _more(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    made = ask_one_more(by=actor, plan_id=plan.pk, what=request.POST.get("what", ""))
    hint(solve_plan, str(made.pk))
    messages.success(request, _("It is being reckoned; the difference appears below."))
    return redirect(reverse("plan", args=[plan.pk]) + "#one-more")


def _unknown(request: StaffRequest, actor: Actor, plan: Plan) -> HttpResponse:
    raise Invalid("choice", _("Choose a row of the list first."))


def _cleaned(form: PlaceForm) -> dict[str, Any]:
    if not form.is_valid():
        messages_of = [str(error) for errors in form.errors.values() for error in errors]
        raise Invalid("invalid", " ".join(messages_of))
    return form.cleaned_data


_DOES: dict[str, Does] = {
    "move": _move,
    "place": _place,
    "leave": _leave,
    "forbid": _leave,
    "fix": _fix,
    "free": _fix,
    "adopt": _adopt,
    "stop": _stop,
    "again": _again,
    "more": _more,
}


# --- two plans ------------------------------------------------------------------------------------


@require_safe
@page(Permission.PLANS_VIEW)
def plan_compare(
    request: StaffRequest, actor: Actor, plan_id: uuid.UUID, other_id: uuid.UUID
) -> HttpResponse:
    """Two plans of one office side by side, and every place that they visit otherwise."""
    plan, other = get_plan_or_404(actor, plan_id), get_plan_or_404(actor, other_id)
    if plan.office_id != other.office_id:
        raise Conflict("plan-office", _("Plans of one office are compared."))
    if {plan.state, other.state} != {PlanState.DONE}:
        raise Conflict("plan-state", _("A plan is compared once it is ready."))
    context = compared(plan, other) | {"section": "plans"}
    context["pages"] = paged(request, context.pop("rows"))
    return render(request, "reports/plan_compare.html", context)
