"""Planning: the list of events, an event's own facts, its approval, its sessions."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.forms import attempt, change_typed, fill
from dukcapil.core.live import live
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.enums import EventState
from events.forms import ApprovalForm, EventFilter, EventForm, PlacesForm, SessionForm
from events.models import ServiceEvent
from events.selectors import (
    EDITED,
    get_event_or_404,
    get_session_or_404,
    listed_events,
    places,
    version_of,
)
from events.services import approve_event, change_capacity, edit_event, open_session, plan_event


@page(Permission.EVENTS_VIEW)
def event_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    several = actor.office is None and len(actor.region) == 2 and actor.region != "00"
    offices = regions_below(actor.region, [Level.REGENCY]) if several else []
    form = EventFilter(request.GET, offices=offices)
    context = {
        "form": form,
        "pages": paged(request, listed_events(actor, **form.asked())),
        "several": actor.office is None,
        "filtered": any(request.GET.get(name) for name in form.fields),
    }
    return live(request, "events/event_list.html", "events/_events.html", context, every=30)


def _office(actor: Actor) -> Region:
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office plans events."))
    return Region.objects.get(pk=actor.office)


@page(Permission.EVENTS_PLAN)
def event_new(request: HttpRequest, actor: Actor) -> HttpResponse:
    office = _office(actor)
    villages = regions_below(office.pk, [Level.VILLAGE])
    form = fill(request, EventForm, villages=villages)
    if request.method == "POST" and (made := attempt(form, _plan, by=actor, office=office)):
        messages.success(request, _("The draft was saved. Add sessions, then have it approved."))
        return redirect("event", made.pk)
    return render(request, "events/event_form.html", {"form": form}, status=status_of(form))


def _plan(*, seen: str, **given: object) -> ServiceEvent:
    return plan_event(**given)  # type: ignore[arg-type]


@page(Permission.EVENTS_PLAN)
def event_edit(request: HttpRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    first = {name.removesuffix("_id"): getattr(event, name) for name in EDITED}
    form = fill(
        request,
        EventForm,
        villages=regions_below(event.office_id, [Level.VILLAGE]),
        initial={**first, "village": event.village_id, "seen": version_of(event)},
    )
    if request.method == "POST" and attempt(form, edit_event, by=actor, event=event):
        messages.success(request, _("The event was changed."))
        return redirect("event", event.pk)
    if form.non_field_errors() and form.data.get("seen") != version_of(event):
        # What is there now is shown beside what was typed; the next save goes through.
        change_typed(form, "seen", version_of(event))
    context = {"form": form, "event": event}
    return render(request, "events/event_form.html", context, status=status_of(form))


@page(Permission.EVENTS_APPROVE)
def event_approve(request: HttpRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    form = fill(request, ApprovalForm)
    if request.method == "POST" and attempt(form, approve_event, by=actor, event=event):
        messages.success(request, _("The event is approved and takes bookings."))
        return redirect("event", event.pk)
    context = {"form": form, "event": event}
    return render(request, "events/event_approve.html", context, status=status_of(form))


@page(Permission.EVENTS_PLAN)
def session_new(request: HttpRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    form = fill(request, SessionForm, event=event)
    if request.method == "POST" and attempt(form, open_session, by=actor, event=event):
        messages.success(request, _("The session was added."))
        return redirect("event", event.pk)
    context = {"form": form, "event": event, "over": event.state not in _OPEN}
    return render(request, "events/session_form.html", context, status=status_of(form))


_OPEN = (EventState.DRAFT, EventState.APPROVED)


@page(Permission.EVENTS_PLAN)
def session_places(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    session = get_session_or_404(actor, session_id)
    now = {name: cell["capacity"] for name, cell in places([session.pk])[session.pk].items()}
    form = fill(request, PlacesForm, services=session.event.services, now=now)
    if request.method == "POST" and attempt(form, change_capacity, by=actor, session=session):
        messages.success(request, _("The places were changed."))
        return redirect("session", session.pk)
    context = {"form": form, "event": session.event, "session": session}
    return render(request, "events/session_form.html", context, status=status_of(form))
