"""From a village to a planned visit with its people, in one form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.forms import attempt, fill, refuse
from dukcapil.core.pages import status_of
from dukcapil.regions.models import Region
from registrations.bench.selectors.chosen import MOST_CHOSEN, chosen_entries
from registrations.bench.selectors.entries import election_of, entries_of, page_of
from registrations.bench.selectors.filters import BenchFilter
from registrations.bench.selectors.head import village_or_404
from registrations.forms.bench import VillageVisitForm
from registrations.lifecycle.services.village_visit import PlannedVisit, plan_village_visit
from registrations.missing.enums import EntryState, Purpose
from registrations.missing.models import RollEntry
from registrations.missing.selectors.lists import list_of
from registrations.missing.services.refreshing import refresh_within
from registrations.people.services.lookups import log_people

#: A visit is offered for so many days later: invitations have to reach people.
_LATER = timedelta(days=7)


@page(Permission.EVENTS_PLAN)
def village_visit(request: StaffRequest, actor: Actor, village: str) -> HttpResponse:
    """Everybody who is open is ticked; one click makes the draft, with them on its list."""
    place = village_or_404(actor, village)
    refresh_within(place.pk)
    roll = list_of(Purpose.MISSING, place.pk[:5]) if actor.office else None
    if roll is None:
        raise NotFound
    found = entries_of(actor, roll, place.pk, BenchFilter(state=EntryState.OPEN))
    form = fill(request, VillageVisitForm, do=("plan",), initial=_usual(actor, place))
    if request.POST.get("do") == "plan":
        try:
            entries = chosen_entries(
                actor, roll, found, request.POST.getlist("people"), everybody=False
            )
        except Invalid as error:
            form.is_valid()
            refuse(form, error)
        else:
            planned = attempt(form, _plan, by=actor, village=place, entries=entries)
            if planned:
                _say(request, planned)
                return redirect("event", planned.event.pk)
    rows = page_of(actor, found, 1, election_of(roll), by_name=True, size=MOST_CHOSEN)
    people = [row["resident"] for row in rows.rows]
    log_people(by=actor, people=people, kind="village list", subject=place.pk)
    context = {
        "village": place,
        "form": form,
        "rows": rows.rows,
        "more": rows.has_next,
        "most": MOST_CHOSEN,
        "ticked": request.POST.getlist("people"),
        "all_ticked": request.method != "POST" or bool(request.POST.get("everybody")),
        "section": "unrecorded",
    }
    return render(request, "registrations/bench_visit.html", context, status=status_of(form))


def _usual(actor: Actor, village: Region) -> dict[str, Any]:
    # What stands on invitations is Indonesian, whoever plans it.
    return {"starts_on": actor.today + _LATER, "place": f"Kantor {village.name}"}


def _plan(*, by: Actor, village: Region, entries: list[RollEntry], **plan: Any) -> PlannedVisit:
    people = [entry.resident_id for entry in entries]
    return plan_village_visit(by=by, village=village, people=people, **plan)


def _say(request: StaffRequest, planned: PlannedVisit) -> None:
    count = len(planned.placed)
    text = ngettext(
        "A draft was made with %(n)s person on its list: they get a place once it is approved.",
        "A draft was made with %(n)s people on its list: they get their places once it is approved.",
        count,
    )
    messages.success(request, text % {"n": number_format(count)})
    if left := len(planned.left_out):
        text = ngettext(
            "%(n)s person was left out: recorded, explained, too young on that day, to return later, or expected elsewhere.",
            "%(n)s people were left out: recorded, explained, too young on that day, to return later, or expected elsewhere.",
            left,
        )
        messages.warning(request, text % {"n": number_format(left)})
