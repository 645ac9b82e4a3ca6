"""The list of residents: searched by name, or filtered by what its address says."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import refuse
from dukcapil.core.pages import ordered, paged, status_of
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from registrations.booking.selectors.groups import latest_groups
from registrations.booking.selectors.residents import (
    MOST_LOOKED_UP,
    Filter,
    Residents,
    filter_of,
)
from registrations.corrections.selectors import how_many_open
from registrations.forms.people import FindForm, ResidentFilterForm
from registrations.people.models import Resident
from registrations.views.visitor_search import search_and_log

_A_DAY = 86_400
_COLUMNS = {
    "name": ("identity__name_key",),
    "born": ("birth_date",),
    "village": ("village__name",),
}


@page(Permission.RESIDENTS_VIEW)
def resident_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """All, or those of a filter, page by page; or those that a search finds. A search is POST: no name
    in an address.
    """
    find = FindForm(request.POST or None)
    context: dict[str, Any] = {
        "find": find,
        "adds": bool(actor.office) and actor.may(Permission.RESIDENTS_REGISTER),
        "exports": bool(actor.office) and actor.may(Permission.RESIDENTS_EXPORT),
        "imports": bool(actor.office) and actor.may(Permission.ROLL_IMPORT),
        "rules": bool(actor.office) and actor.may(Permission.RESIDENTS_DECIDE),
        "proposed": how_many_open(actor),
    }
    if request.method == "POST":
        match = search_and_log(actor, find)
        context |= {"people": match.people, "more": match.more, "looked": find.is_valid()}
        return _shown(request, context, find)
    form = ResidentFilterForm(
        request.GET if request.GET.keys() & ResidentFilterForm.base_fields.keys() else None,
        places=_places(actor),
        groups=latest_groups(actor, request.GET.get("group", "")),
    )
    context |= {"filter": form, **_filtered(request, actor, form)}
    return _shown(request, context, form)


def _shown(
    request: StaffRequest, context: dict[str, Any], form: FindForm | ResidentFilterForm
) -> HttpResponse:
    return render(request, "registrations/resident_list.html", context, status=status_of(form))


def _places(actor: Actor) -> list[tuple[str, str]]:
    """Where people of this list may live: districts and villages of the office, offices above it.
    Remembered: regions are the same for everybody, and hardly ever change.
    """
    levels = [Level.DISTRICT, Level.VILLAGE] if actor.office else [Level.REGENCY]

    def read() -> list[tuple[str, str]]:
        return [(one.pk, one.name) for one in regions_below(actor.region, levels)]

    return cache.get_or_set(f"places:{actor.region}", read, _A_DAY) or []


def _filtered(request: StaffRequest, actor: Actor, form: ResidentFilterForm) -> dict[str, Any]:
    """The page of the list and its counts; nobody for a filter that is refused."""
    if form.is_bound and not form.is_valid():
        return {}
    try:
        which = filter_of(**form.cleaned_data) if form.is_bound else Filter()
        order = ordered(request, Resident.everything.order_by("identity__name_key", "pk"), _COLUMNS)
        residents = Residents(actor, which, tuple(map(str, order.query.order_by)))
    except Invalid as error:
        refuse(form, error)
        return {}
    pages = paged(request, residents)
    people = list(pages)
    log_access(by=actor, action=Access.VIEW, kind="resident list", found=len(people))
    return {
        "people": people,
        "pages": pages,
        "which": which,
        "counts": residents.counts,
        "most": MOST_LOOKED_UP,
    }
