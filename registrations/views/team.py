"""An event's team and devices; asking another office for more."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import asked_about, attempt, confirmed, fill, refused_with
from dukcapil.core.pages import chosen_id, status_of
from events.planning.selectors.events import get_event_or_404, require_own
from events.resources.selectors import (
    assignments_of,
    clerks_of,
    devices_of,
    get_assignment_or_404,
    lenders_of,
    loans_of,
    teams_of,
)
from events.resources.services import FAULTY, ask_loan
from registrations.forms.devices import AskForm, AssignForm
from registrations.lifecycle.services.devices import assign, end_assignment


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
    confirm = confirmed(request, form) if do == "assign" else []
    if do == "assign" and attempt(form, assign, by=actor, event=event, confirm=confirm):
        messages.success(request, _("Assigned."))
        return redirect("event-team", event.pk)
    if do == "ask" and attempt(ask, ask_loan, by=actor, event=event):
        messages.success(request, _("Asked. The head of that office answers; it is told here."))
        return redirect("event-team", event.pk)
    context = {
        "event": event,
        "form": form,
        "ask": ask,
        "asked": asked_about(form) if refused_with(form, FAULTY) else "",
        "assignments": assignments_of(event),
        "loans": list(loans_of(actor).filter(event=event)),
        "open": event.is_ahead,
        "section": "events",
    }
    status = max(status_of(form), status_of(ask))
    return render(request, "events/event_team.html", context, status=status)
