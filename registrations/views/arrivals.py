"""People whom other offices hand over: taken into the own roll, or refused."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Asks, Conflict, Invalid, Refused
from dukcapil.core.forms import Question
from dukcapil.core.pages import paged
from registrations.arrivals.enums import ArrivalState, RefusedBecause
from registrations.arrivals.models import Arrival
from registrations.arrivals.selectors import arrivals_of, shown
from registrations.arrivals.services import deciding


@page(Permission.RESIDENTS_REGISTER)
def arrival_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Those who wait, in the order in which they came. Who looks at them leaves a row."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office holds residents."))
    context: dict[str, Any] = {"question": None, "problem": None}
    if request.method == "POST":
        done = _decide(request, actor)
        if isinstance(done, HttpResponse):
            return done
        context |= done
    pages = paged(request, arrivals_of(actor))
    rows = shown(list(pages))
    if rows:
        log_access(by=actor, action=Access.VIEW, kind="arrivals", found=len(rows))
    context |= {
        "pages": pages,
        "rows": rows,
        "reasons": RefusedBecause.choices,
        "section": "residents",
    }
    status = 409 if context["question"] else 422 if context["problem"] else 200
    return render(request, "registrations/arrival_list.html", context, status=status)


def _decide(request: StaffRequest, actor: Actor) -> HttpResponse | dict[str, Any]:
    try:
        done = _done(request, actor, request.POST.get("arrival", ""))
    except Asks as asks:
        return {"question": Question.of(request, asks)}
    except (Invalid, Conflict) as error:
        return {"problem": str(error.message)}
    messages.success(request, _SAID[ArrivalState(done.state)]())
    if done.resident:
        return redirect("resident", done.resident)
    return redirect("arrivals")


def _done(request: StaffRequest, actor: Actor, arrival: str) -> Arrival:
    try:
        arrival_id = uuid.UUID(arrival)
    except ValueError as error:
        raise Invalid("choice", _("Choose a row of the list first.")) from error
    verb = request.POST.get("do", "")
    if verb == "take":
        confirm = request.POST.getlist("confirm")
        return deciding.take_in(by=actor, arrival_id=arrival_id, confirm=confirm)
    if verb == "refuse":
        why = request.POST.get("why", "")
        return deciding.refuse(by=actor, arrival_id=arrival_id, why=why)
    raise Invalid("choice", _("Choose what is to be done."))


_SAID = {
    ArrivalState.TAKEN: lambda: _("The person is on the roll of your office now."),
    ArrivalState.HELD: lambda: _("Your office holds this person already."),
    ArrivalState.REFUSED: lambda: _("The person was not taken in; nothing of it is kept."),
}
