"""An event's team and devices, those of the office, and loans between offices."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, ordered, paged, status_of
from dukcapil.core.versions import version_of
from dukcapil.regions.models import Region
from events.forms.resources import AskForm, AssignForm, DeviceForm, LendForm, TeamForm
from events.planning.selectors.events import get_event_or_404, require_own
from events.resources.models import Loan
from events.resources.selectors import (
    assignments_of,
    clerks_of,
    devices_of,
    get_assignment_or_404,
    get_loan_or_404,
    lenders_of,
    loans_of,
    may_answer,
    members_of,
    teams_of,
)
from events.resources.services import (
    add_device,
    answer_loan,
    ask_loan,
    assign,
    end_assignment,
    make_team,
)


@page(Permission.EVENTS_PLAN)
def event_team(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """The event's team and devices; asking another office for more."""
    event = get_event_or_404(actor, event_id)
    require_own(actor, event)
    do = request.POST.get("do")
    if do == "end":
        end_assignment(
            by=actor,
            assignment=get_assignment_or_404(actor, chosen_id(request.POST.get("assignment"))),
        )
        messages.success(request, _("Taken off the event."))
        return redirect("event-team", event.pk)
    offered = {
        "teams": teams_of(event.office_id),
        "devices": devices_of(event.office_id),
        "clerks": clerks_of(event.office_id, event.starts_on),
    }
    form = fill(request, AssignForm, do=("assign",), event=event, **offered)
    ask = fill(request, AskForm, do=("ask",), lenders=lenders_of(event))
    if do == "assign" and attempt(form, assign, by=actor, event=event):
        messages.success(request, _("Assigned."))
        return redirect("event-team", event.pk)
    if do == "ask" and attempt(ask, ask_loan, by=actor, event=event):
        messages.success(request, _("Asked. The head of that office answers; it is told here."))
        return redirect("event-team", event.pk)
    context = {
        "event": event,
        "form": form,
        "ask": ask,
        "assignments": assignments_of(event),
        "loans": list(loans_of(actor).filter(event=event)),
        "open": event.is_ahead,
        "section": "events",
    }
    status = max(status_of(form), status_of(ask))
    return render(request, "events/event_team.html", context, status=status)


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
    device = fill(request, DeviceForm, do=("device",))
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


@page(Permission.EVENTS_PLAN)
def loan_page(request: StaffRequest, actor: Actor, loan_id: uuid.UUID) -> HttpResponse:
    """What another office asks for; the head answers with names or with a reason."""
    loan = get_loan_or_404(actor, loan_id)
    form = None
    if may_answer(actor, loan):
        form = fill(
            request,
            LendForm,
            do=("", "lend", "refuse"),
            event=loan.event,
            clerks=clerks_of(loan.lender_id, loan.event.starts_on),
            devices=devices_of(loan.lender_id),
        )
    question, asked = _lending(request, loan, form) if form else ("", "")
    if (
        request.method == "POST"
        and form
        and not question
        and attempt(form, answer_loan, by=actor, loan=loan)
    ):
        messages.success(request, _("Answered."))
        return redirect("resources")
    if request.method == "POST" and form is None:
        raise Refused("forbidden", _("Only the head of the office that is asked answers, once."))
    context = {
        "loan": loan,
        "form": form,
        "question": question,
        "asked": asked,
        "lent": list(loan.assignments.select_related("clerk", "device")),
        "section": "events",
    }
    status = 409 if question else status_of(form) if form else 200
    return render(request, "events/loan.html", context, status=status)


def _lending(request: StaffRequest, loan: Loan, form: LendForm) -> tuple[str, str]:
    """What the page asks before it lends, and the version of what it asked about."""
    if request.POST.get("do") != "lend" or not form.is_valid():
        return "", ""
    chosen = form.cleaned_data
    first, last = (chosen[name] for name in ("starts_at", "ends_at"))
    parts = {name: [str(one.pk) for one in chosen[name]] for name in ("clerks", "devices")}
    asked = version_of({**parts, "hours": [first, last]})
    if request.POST.get("confirm") == "lend" and request.POST.get("asked") == asked:
        return "", ""
    text = _(
        "Lend to %(office)s for “%(title)s”, %(first)s to %(last)s: %(clerks)s clerks and"
        " %(devices)s devices?"
    )
    details = {
        "office": loan.event.office.name,
        "title": loan.event.title,
        "first": date_format(first, "l, j F Y H.i"),
        "last": date_format(last, "l, j F Y H.i"),
        "clerks": len(parts["clerks"]),
        "devices": len(parts["devices"]),
    }
    return text % details, asked
