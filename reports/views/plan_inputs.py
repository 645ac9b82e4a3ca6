"""What an office's plans are made from: its places, closed days and fixed visits, ways, rules."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.core.versions import version_of
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.resources.models import Team
from reports.plan_forms import (
    ClosureForm,
    FloorForm,
    LegForm,
    PinForm,
    RulesForm,
    SiteForm,
    TurnoutForm,
    shown_rules,
)
from reports.planner.enums import SiteKind
from reports.planner.models.inputs import PlanFloor, PlanPin, SiteClosure, SiteProfile, TravelLeg
from reports.planner.selectors.inputs import (
    SITE_WORDS,
    closures_of,
    floors_of,
    legs_of,
    office_of,
    pins_of_office,
    place_of,
    places_to_choose,
    profile_of,
    profiles_of,
    site_parts,
    venues_of,
    villages_of,
)
from reports.planner.selectors.rules import (
    answers_for,
    rows_of_rules,
    rows_of_turnouts,
    rules_of,
    rules_parts,
    turnouts_of,
)
from reports.planner.services.inputs import (
    close_days,
    fix_visit,
    set_floor,
    set_leg,
    set_site,
    take_away,
)
from reports.planner.services.rules import set_rules, set_turnout
from reports.views.question import crumbs_of

_REMOVED: dict[str, Any] = {
    "closure": SiteClosure,
    "leg": TravelLeg,
    "floor": PlanFloor,
    "pin": PlanPin,
}


def _sets(by: Actor, office: Region) -> bool:
    return by.may(Permission.PLANS_SET) and by.office == office.pk


def _remove(request: StaffRequest, actor: Actor, office: Region) -> bool:
    """Whether a row of a list was taken away."""
    if request.POST.get("do") != "remove":
        return False
    model = _REMOVED.get(request.POST.get("what", ""))
    try:
        row = uuid.UUID(request.POST.get("row", ""))
    except ValueError:
        raise NotFound from None
    if model is None:
        raise NotFound
    take_away(by=actor, office=office, model=model, row=row)
    messages.success(request, _("It is taken away. Plans that exist keep their copy."))
    return True


def _saved(request: StaffRequest) -> None:
    messages.success(request, _("It is kept, and counts for plans that are made from now on."))


# --- places ---------------------------------------------------------------------------------------


@require_safe
@page(Permission.PLANS_VIEW)
def plan_inputs_own(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Of an office its places; of a province its rules."""
    if actor.office is None:
        return redirect("plan-rules", actor.region)
    return redirect("plan-inputs", actor.office)


@require_safe
@page(Permission.PLANS_VIEW)
def plan_inputs(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Places of an office, and what is said of each."""
    office = office_of(actor, code)
    profiles = profiles_of(actor, office)
    pages = paged(request, villages_of(office).order_by("parent_id", "code"), rows=50)
    context = {
        "office": office,
        "pages": pages,
        "villages": [(one, profiles.get(one.pk)) for one in pages],
        "venues": [(one, profiles.get(str(one.pk))) for one in venues_of(actor, office)],
        "tab": "places",
        "section": "plans",
    }
    return render(request, "reports/plan_inputs.html", context)


@page(Permission.PLANS_VIEW)
def plan_site(request: StaffRequest, actor: Actor, code: str, key: str) -> HttpResponse:
    """One place: hours, minutes, position; its closed days and fixed visits."""
    office = office_of(actor, code)
    village, venue = place_of(actor, office, key)
    key = str(venue.pk) if venue else village.pk
    site = profile_of(actor, office, village, venue)
    rows = {
        "closures": list(closures_of(actor, office, site)) if site else [],
        "pins": list(pins_of_office(actor, office, site)) if site else [],
    }
    forms: dict[str, Any] = {}
    if _sets(actor, office):
        again = partial(profile_of, actor, office, village, venue)
        forms = _site_forms(request, office, _Standing(site, again))
    if request.method == "POST" and (
        _remove(request, actor, office) or _site_kept(request, actor, office, key, forms)
    ):
        return redirect("plan-site", office.pk, key)
    context = {
        "office": office,
        "village": village,
        "venue": venue,
        "site": site,
        "key": key,
        "forms": forms,
        "tab": "places",
        "section": "plans",
        **rows,
    }
    status = max([status_of(form) for form in forms.values()], default=200)
    return render(request, "reports/plan_site.html", context, status=status)


def _site_forms(
    request: StaffRequest, office: Region, stands: Callable[[], Stands]
) -> dict[str, Any]:
    teams = Team.objects.filter(office=office).order_by("name").values_list("pk", "name")
    return {
        "site": fill(request, SiteForm, do=("site",), stands=stands),
        "close": fill(request, ClosureForm, do=("close",), kinds=False),
        "pin": fill(request, PinForm, do=("pin",), teams=list(teams)),
    }


class _Standing:
    """What stands: what the page has read, and after a refusal what is read again."""

    def __init__(self, site: SiteProfile | None, again: Callable[[], SiteProfile | None]) -> None:
        self.site, self.again = site, again
        self.asked = 0

    def __call__(self) -> Stands:
        self.asked += 1
        if self.asked > 1:
            self.site = self.again()
        values = {name: getattr(self.site or SiteProfile(), name) for name in SITE_WORDS}
        return Stands(values, version_of(site_parts(self.site)))


def _site_kept(
    request: StaffRequest, actor: Actor, office: Region, key: str, forms: dict[str, Any]
) -> bool:
    verbs: dict[str, tuple[Any, dict[str, str]]] = {
        "site": (set_site, {"key": key}),
        "close": (close_days, {"site": key}),
        "pin": (fix_visit, {"site": key}),
    }
    do = request.POST.get("do", "")
    if do not in forms:
        raise NotFound
    verb, where = verbs[do]
    if not attempt(forms[do], verb, by=actor, office=office, **where):
        return False
    _saved(request)
    return True


# --- days, ways, rules ------------------------------------------------------------------------------


@page(Permission.PLANS_VIEW)
def plan_days(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Closed days of all places, fixed visits, and the fewest visits of a kecamatan."""
    office = office_of(actor, code)
    forms: dict[str, Any] = {}
    if _sets(actor, office):
        districts = [(one.pk, one.name) for one in regions_below(office.pk, [Level.DISTRICT])]
        forms = {
            "close": fill(request, ClosureForm, do=("close",)),
            "floor": fill(request, FloorForm, do=("floor",), districts=districts),
        }
    if request.method == "POST" and (
        _remove(request, actor, office) or _days_kept(request, actor, office, forms)
    ):
        return redirect("plan-days", office.pk)
    context = {
        "office": office,
        "closures": list(closures_of(actor, office)),
        "pins": list(pins_of_office(actor, office)),
        "floors": list(floors_of(actor, office)),
        "forms": forms,
        "tab": "days",
        "section": "plans",
    }
    status = max([status_of(form) for form in forms.values()], default=200)
    return render(request, "reports/plan_days.html", context, status=status)


def _days_kept(request: StaffRequest, actor: Actor, office: Region, forms: dict[str, Any]) -> bool:
    do = request.POST.get("do", "")
    if do not in forms:
        raise NotFound
    if do == "close":
        done = attempt(forms[do], close_days, by=actor, office=office)
    else:
        done = attempt(forms[do], _floor, by=actor, office=office)
    if done:
        _saved(request)
    return bool(done)


def _floor(*, by: Actor, office: Region, district: str, **values: Any) -> PlanFloor:
    return set_floor(by=by, office=office, district=Region.objects.get(pk=district), **values)


@page(Permission.PLANS_VIEW)
def plan_ways(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Ways that somebody knows better than the map."""
    office = office_of(actor, code)
    form = None
    if _sets(actor, office):
        form = fill(request, LegForm, do=("leg",), places=places_to_choose(actor, office))
    if request.method == "POST":
        if _remove(request, actor, office):
            return redirect("plan-ways", office.pk)
        if form is None or request.POST.get("do") != "leg":
            raise NotFound
        if attempt(form, set_leg, by=actor, office=office):
            _saved(request)
            return redirect("plan-ways", office.pk)
    pages = paged(request, legs_of(actor, office), rows=50)
    context = {"office": office, "pages": pages, "form": form, "tab": "ways", "section": "plans"}
    status = status_of(form) if form else 200
    return render(request, "reports/plan_ways.html", context, status=status)


@page(Permission.PLANS_VIEW)
def plan_rules(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Limits of a day, prices, weights, money, and who comes: by whose rule, and from when on."""
    region = crumbs_of(actor, code)[-1]
    if Level(region.level).is_below(Level.REGENCY):
        raise NotFound
    today = today_in(region.pk)
    rules = rules_of(region.pk, today)
    forms: dict[str, Any] = {}
    if answers_for(actor, region.pk):
        forms = {
            "rules": fill(
                request,
                RulesForm,
                do=("rules",),
                budget=actor.office is not None,
                stands=lambda: Stands(
                    shown_rules(rules) | {"valid_from": today}, version_of(rules_parts(region.pk))
                ),
            ),
            "turnout": fill(request, TurnoutForm, do=("turnout",)),
        }
    if request.method == "POST":
        do = request.POST.get("do", "")
        if do not in forms:
            raise NotFound
        verb: Callable[..., Any] = set_rules if do == "rules" else set_turnout
        if attempt(forms[do], verb, by=actor, region=region):
            _saved(request)
            return redirect("plan-rules", region.pk)
    turnouts = turnouts_of(region.pk, today)
    context = {
        "region": region,
        "office": region if region.level == Level.REGENCY else None,
        "rules": rules,
        "turnouts": [(SiteKind(kind).label, visits) for kind, visits in turnouts.items()],
        "changes": list(rows_of_rules(region.pk)[:20]),
        "turnout_changes": list(rows_of_turnouts(region.pk)[:20]),
        "forms": forms,
        "tab": "rules",
        "section": "plans",
    }
    status = max([status_of(form) for form in forms.values()], default=200)
    return render(request, "reports/plan_rules.html", context, status=status)
