"""Pages of venues: schools, prisons, homes and companies, with pupils by where they are to be recorded."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import ordered, paged, status_of
from dukcapil.regions.models import Region
from events.venues.models import Venue
from events.venues.selectors import get_venue_or_404, venues_of, visits_of
from events.venues.services import add_venue, change_venue
from registrations.forms.venues import (
    RosterForm,
    VenueChangeForm,
    VenueFilter,
    VenueForm,
    venue_stands,
)
from registrations.rosters.selectors.pupils import Pupils, pupils_of
from registrations.rosters.selectors.rosters import rosters_of
from registrations.rosters.validators import may_see_roster
from registrations.views.rosters import bring

#: Villages that the page names; how many are in the others is said.
_NAMED = 20
_COLUMNS = {
    "name": ("name",),
    "kind": ("kind",),
    "village": ("village__name",),
    "last": ("last_visit",),
    "next": ("next_visit",),
}


@page(Permission.APPOINTMENTS_VIEW)
def venue_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Venues with their last and next visits; of an office the pupils of this school year."""
    form = None
    if actor.office and actor.may(Permission.EVENTS_PLAN):
        form = fill(request, VenueForm, actor=actor)
    if request.method == "POST":
        require(actor, Permission.EVENTS_PLAN)
        if form and (venue := attempt(form, add_venue, by=actor)):
            messages.success(request, _("The venue was added. Bring its list next."))
            return redirect("venue", venue.pk)
    chosen = VenueFilter(request.GET)
    data = chosen.cleaned_data if chosen.is_valid() else {}
    venues = venues_of(actor, kind=data.get("kind", ""), text=data.get("q", ""))
    pages = paged(request, ordered(request, venues, _COLUMNS))
    pupils = pupils_of(actor, actor.office) if actor.office else None
    villages = _villages(pupils)
    of_school = {one.venue: one for one in pupils.schools} if pupils else {}
    context = {
        "form": form,
        "filter": chosen,
        "pages": pages,
        "rows": [(venue, of_school.get(venue.pk)) for venue in pages],
        "pupils": pupils,
        "out_of_school": villages[:_NAMED],
        "other_villages": len(villages[_NAMED:]),
        "in_other_villages": sum(people for _village, people in villages[_NAMED:]),
        "groups": actor.may(Permission.GROUPS_VIEW),
        "section": "venues",
    }
    status = status_of(form) if form else 200
    return render(request, "registrations/venue_list.html", context, status=status)


def _villages(pupils: Pupils | None) -> list[tuple[Region, int]]:
    """Where people of school age live whom no school lists, the most first."""
    if pupils is None:
        return []
    villages = Region.objects.in_bulk(pupils.out_of_school)
    counted = [(villages[code], n) for code, n in pupils.out_of_school.items()]
    return sorted(counted, key=lambda one: (-one[1], one[0].name))


@page(Permission.APPOINTMENTS_VIEW)
def venue_page(request: StaffRequest, actor: Actor, venue_id: uuid.UUID) -> HttpResponse:
    """A venue: its lists by year, its visits, and the form for one more list."""
    venue = get_venue_or_404(actor, venue_id)
    own = actor.office == venue.office_id
    change: Any = fill(
        request,
        VenueChangeForm,
        do=("change",),
        actor=actor,
        stands=lambda: venue_stands(venue),
    )
    asked: dict[str, Any] = {}
    roster_form = RosterForm(kind=venue.kind, today=actor.today)
    if request.method == "POST":
        do = request.POST.get("do", "")
        if do == "change" and attempt(change, change_venue, by=actor, venue=venue):
            messages.success(request, _("Saved."))
            return redirect("venue", venue.pk)
        if do != "change":
            roster_form = RosterForm(
                request.POST, request.FILES, kind=venue.kind, today=actor.today
            )
            done = bring(request, actor, venue, roster_form)
            if isinstance(done, HttpResponse):
                return done
            asked = done
    sees = may_see_roster(actor, venue.kind)
    context = {
        "venue": _fresh(venue),
        "own": own,
        "sees": sees,
        "plans": own and actor.may(Permission.EVENTS_PLAN),
        "brings": own and sees and actor.may(Permission.RESIDENTS_REGISTER),
        "change": change,
        "roster_form": roster_form,
        "rosters": rosters_of(actor, venue) if sees else [],
        "pages": paged(request, visits_of(actor, venue)),
        "section": "venues",
        **asked,
    }
    status = max(
        status_of(change),
        status_of(roster_form),
        409 if asked.get("question") else 422 if asked else 200,
    )
    return render(request, "registrations/venue.html", context, status=status)


def _fresh(venue: Venue) -> Venue:
    """As it stands, whatever a refused form had in mind."""
    return Venue.everything.select_related("village", "office").get(pk=venue.pk)
