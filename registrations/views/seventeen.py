"""Who is 17 by election day and not recorded: chased person by person, with a countdown."""

from __future__ import annotations

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
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import page_number, status_of
from dukcapil.regions.models import Region
from events.elections.selectors import next_election
from registrations.bench.selectors.entries import MOST_BY_NAME, election_of, entries_of, page_of
from registrations.bench.selectors.filters import TO_DO, filter_of
from registrations.bench.selectors.head import owners_of
from registrations.bench.selectors.seventeen import Countdown, countdowns, election_id
from registrations.bench.services.handling import answer_for
from registrations.forms.bench import ListOwnerForm, owner_stands
from registrations.missing.enums import Purpose
from registrations.missing.models import RollList
from registrations.missing.services.closing import ask_to_close, is_moved
from registrations.missing.services.refreshing import refresh_within
from registrations.people.services.lookups import log_people


@page(Permission.RESIDENTS_VIEW)
def seventeen_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Of an office the people of its list; of a province first its offices, then those of `?kantor=`."""
    if request.method == "POST":
        require(actor, Permission.APPOINTMENTS_BOOK)
        if request.POST.get("do") == "close":
            return _close(request, actor)
    refresh_within(actor.region)
    lists = countdowns(actor, election_id(request.GET.get("pemilu", "")))
    office = actor.office or request.GET.get("kantor", "")
    shown = [one for one in lists if one.roll.office_id == office]
    if office and not actor.office and not shown:
        raise NotFound
    closes = bool(actor.office) and actor.may(Permission.FINDINGS_ACCEPT)
    context: dict[str, Any] = {"lists": lists, "closes": closes, "section": "seventeen"}
    if not shown:
        return render(request, "registrations/seventeen.html", context)
    chosen = shown[0]
    form = _owner_form(request, actor, chosen)
    if request.method == "POST" and form and attempt(form, _answer_for, by=actor, roll=chosen.roll):
        messages.success(request, _("Saved."))
        return redirect(request.get_full_path())
    context |= _people(request, actor, chosen) | {"owner": form, "others": shown[1:]}
    status = status_of(form) if form else 200
    return render(request, "registrations/seventeen.html", context, status=status)


def _close(request: StaffRequest, actor: Actor) -> HttpResponse:
    """The list of the next election, as of now."""
    office = Region.objects.get(pk=actor.office)
    election = next_election(office.pk, actor.today)
    if election is None:
        raise Invalid("no-election", _("No election is to come in this region."))
    roll = ask_to_close(by=actor, purpose=Purpose.SEVENTEEN, office=office, election=election)
    text = _("The list is made in a moment: look again in a minute.")
    if roll.asked_at is None:
        text = _("The list was made as of now.")
    messages.success(request, text)
    return redirect("seventeen")


def _people(request: StaffRequest, actor: Actor, chosen: Countdown) -> dict[str, Any]:
    which = filter_of({"state": request.GET.get("state", TO_DO)})
    election = election_of(chosen.roll)
    found = entries_of(actor, chosen.roll, "", which)
    by_name = chosen.people <= MOST_BY_NAME
    rows = page_of(
        actor,
        found,
        page_number(request),
        election,
        by_name=by_name,
        of_village=False,
    )
    people = [row["resident"] for row in rows.rows]
    log_people(by=actor, people=people, kind="seventeen list", subject=str(chosen.roll.pk))
    return {
        "chosen": chosen,
        "moved": is_moved(chosen.roll, election),
        "which": which,
        "rows": rows,
        "village": chosen.roll.office,
    }


def _owner_form(request: StaffRequest, actor: Actor, chosen: Countdown) -> ListOwnerForm | None:
    if not actor.office or not actor.may(Permission.APPOINTMENTS_BOOK):
        return None
    return fill(
        request,
        ListOwnerForm,
        do=("owner",),
        owners=owners_of(chosen.roll.office_id),
        stands=lambda: owner_stands(chosen.roll, again=request.method == "POST"),
    )


def _answer_for(*, by: Actor, roll: RollList, owner: str, version: str | None) -> RollList:
    return answer_for(by=by, roll=roll, owner=int(owner) if owner else None, version=version)
