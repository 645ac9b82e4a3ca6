"""Pages of requests for visits: the list, a new one, a single one."""

from __future__ import annotations

import uuid
from functools import partial
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
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, ordered, paged, status_of
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from events.planning.enums import Service
from events.planning.selectors.events import get_event_or_404
from registrations.forms.contacts import ContactForm
from registrations.forms.requests import EndRequestForm, RequestFilter, RequestForm, VisitForm
from registrations.people.selectors import get_resident_or_404, person_or_404
from registrations.requests.enums import RequestState
from registrations.requests.selectors import (
    get_request_or_404,
    may_ask,
    may_end,
    may_plan_visits,
    partners,
    requests_of,
    states,
)
from registrations.requests.services.requests import (
    ask_visit,
    change_request_contact,
    end_request,
    plan_visit,
)
from registrations.views.contacts import contact_changed, contact_shown

_COLUMNS = {
    "asked": ("created_at",),
    "village": ("village__name",),
    "people": ("people",),
    "partner": ("partner_kind", "partner"),
    "tries": ("tries",),
}


@page(Permission.APPOINTMENTS_VIEW)
def request_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Requests, the oldest first; the chosen ones are planned as one event."""
    form = fill(request, VisitForm)
    if request.method == "POST" and (event := _plan(request, actor, form)):
        messages.success(request, _("A draft was made: check it, add a team, have it approved."))
        return redirect("event", event.pk)
    filter_form = RequestFilter(request.GET if "state" in request.GET else None)
    state = _state_of(filter_form)
    pages = paged(request, ordered(request, requests_of(actor, state=state), _COLUMNS))
    counts = states(actor)
    log_access(by=actor, action=Access.VIEW, kind="visit requests", found=len(pages.object_list))
    context = {
        "form": form,
        "filter": filter_form,
        "pages": pages,
        "rows": [
            (visit_request, [Service(name).label for name in visit_request.services])
            for visit_request in pages
        ],
        "ticked": request.POST.getlist("requests"),
        "counts": [(RequestState(name).label, counts.get(name, 0)) for name in RequestState.values],
        "partners": partners(actor),
        "plans": may_plan_visits(actor) and state == RequestState.OPEN,
        "asks": may_ask(actor),
        "section": "events",
    }
    return render(request, "registrations/request_list.html", context, status=status_of(form))


def _plan(request: StaffRequest, actor: Actor, form: VisitForm) -> Any:
    require(actor, Permission.EVENTS_PLAN)
    request_ids = [chosen_id(text) for text in request.POST.getlist("requests")]
    return attempt(form, plan_visit, by=actor, requests=request_ids)


def _state_of(filter_form: RequestFilter) -> str:
    """Which requests are listed: the open ones, unless others are asked for; '' for all."""
    state = (
        filter_form.cleaned_data["state"] if filter_form.is_bound and filter_form.is_valid() else ""
    )
    return {"": str(RequestState.OPEN), "all": ""}.get(state, state)


@page(Permission.APPOINTMENTS_BOOK)
def request_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    """For ``?person=`` at home, or for an institution; ``?event=`` is where somebody asked."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office goes out to people."))
    values: dict[str, Any] = {}
    if event_text := request.GET.get("event"):
        values["heard_at"] = get_event_or_404(actor, chosen_id(event_text))
    person = None
    if person_text := request.GET.get("person"):
        resident = values["resident"] = get_resident_or_404(actor, chosen_id(person_text))
        person = person_or_404(actor, resident.pk)
        form = fill(request, RequestForm)
        log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(resident.pk))
    else:
        form = fill(request, RequestForm, villages=regions_below(actor.office, [Level.VILLAGE]))
    if request.method == "POST" and (visit_request := attempt(form, ask_visit, by=actor, **values)):
        messages.success(request, _("Noted. It stands in the list until a visit is planned."))
        return redirect("request", visit_request.pk)
    context = {
        "form": form,
        "person": person,
        "heard_at": values.get("heard_at"),
        "section": "events",
    }
    return render(request, "registrations/request_form.html", context, status=status_of(form))


@page(Permission.APPOINTMENTS_VIEW)
def request_page(request: StaffRequest, actor: Actor, request_id: uuid.UUID) -> HttpResponse:
    visit_request = get_request_or_404(actor, request_id)
    if request.method == "POST":
        require(actor, Permission.APPOINTMENTS_BOOK)
    posted = request.method == "POST"
    # One of them holds what was posted, or typed before the session ended.
    form = fill(request, EndRequestForm, do=("end", ""))
    contact_form = fill(request, ContactForm, do=("contact",))
    changes = posted and contact_form.is_bound
    if changes:
        change = partial(change_request_contact, by=actor, request=visit_request)
        if contact_changed(request, contact_form, change):
            return redirect("request", visit_request.pk)
    elif posted and attempt(form, end_request, by=actor, request=visit_request):
        messages.success(request, _("Ended."))
        return redirect("request", visit_request.pk)
    # A look at a person, if it is for one; a request of an institution shows nobody.
    kind, subject = (
        ("resident", visit_request.resident_id)
        if visit_request.resident_id
        else ("visit request", visit_request.pk)
    )
    log_access(by=actor, action=Access.VIEW, kind=kind, subject=str(subject))
    context = {
        "visit_request": visit_request,
        "form": form,
        "labels": [Service(name).label for name in visit_request.services],
        "ends": may_end(actor, visit_request),
        "contact": contact_shown(visit_request, books=may_ask(actor)),
        "contact_form": contact_form
        if may_ask(actor) and visit_request.state in RequestState.pending()
        else None,
        "section": "events",
    }
    status = max(status_of(form), status_of(contact_form))
    return render(request, "registrations/request.html", context, status=status)
