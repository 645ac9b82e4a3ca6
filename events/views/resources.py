"""Teams and devices of an office, and what it lends and borrows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import ordered, paged, status_of
from dukcapil.regions.models import Region
from events.forms.resources import TeamForm
from events.hour_fields import DeviceForm
from events.resources.selectors import (
    clerks_of,
    devices_of,
    loans_of,
    members_of,
    teams_of,
)
from events.resources.services import (
    add_device,
    make_team,
)

_LOANS = {
    "event": ("event__title",),
    "day": ("event__starts_on",),
    "asks": ("event__office__name",),
    "asked": ("lender__name",),
    "state": ("state",),
}


@page(Permission.EVENTS_PLAN)
def office_resources(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Teams and devices of the own office; what is lent and borrowed."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office has teams and devices."))
    office: Region = request.posting.region
    do = request.POST.get("do")
    teams = teams_of(office.pk)
    team = fill(
        request,
        TeamForm,
        do=("team",),
        clerks=clerks_of(office.pk, actor.today),
        # A refused form is compared with what stands by then.
        members=lambda: members_of(teams if request.method == "GET" else teams_of(office.pk)),
    )
    device = fill(request, DeviceForm, do=("device",), points=())
    if do == "team" and attempt(team, make_team, by=actor, office=office):
        messages.success(request, _("The team was saved."))
        return redirect("resources")
    if do == "device" and attempt(device, add_device, by=actor, office=office):
        messages.success(request, _("The device was added."))
        return redirect("resources")
    loans = paged(request, ordered(request, loans_of(actor), _LOANS))
    context = {
        "team": team,
        "device": device,
        "teams": teams,
        "devices": devices_of(office.pk),
        "pages": loans,
        "office": office,
        "section": "events",
    }
    status = max(status_of(team), status_of(device))
    return render(request, "events/resources.html", context, status=status)
