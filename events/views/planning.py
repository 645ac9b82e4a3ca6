"""Making, changing and copying an event; its sessions and stations."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.fields import EventForm
from events.forms.planning import CopyForm, SessionForm, StationsForm, stations_stand
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import get_event_or_404, suggested_day
from events.planning.services.events import copy_event, plan_event
from events.planning.services.sessions import open_session, set_stations


def _office(actor: Actor) -> Region:
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office plans events."))
    return Region.objects.get(pk=actor.office)


@page(Permission.EVENTS_PLAN)
def event_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    office = _office(actor)
    villages = regions_below(office.pk, [Level.VILLAGE])
    # A map or a ranking leads here with the region that it was looked at for.
    chosen = {"village": request.GET.get("wilayah", "")}
    form = fill(request, EventForm, villages=villages, initial=chosen)
    if request.method == "POST" and (event := attempt(form, plan_event, by=actor, office=office)):
        messages.success(request, _("The draft was saved. Add sessions, then have it approved."))
        return redirect("event", event.pk)
    return render(request, "events/event_form.html", {"form": form}, status=status_of(form))


@page(Permission.EVENTS_PLAN)
def session_new(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    form = fill(request, SessionForm, event=event, initial={"day": suggested_day(event)})
    if request.method == "POST" and attempt(form, open_session, by=actor, event=event):
        messages.success(request, _("The session was added."))
        return redirect("event", event.pk)
    context = {"form": form, "event": event, "over": not event.is_ahead}
    return render(request, "events/session_form.html", context, status=status_of(form))


def _next_day(event: ServiceEvent) -> date:
    """A copy comes after its event, and no day of it is over."""
    return max(event.ends_on, today_in(event.village_id)) + timedelta(days=1)


@page(Permission.EVENTS_PLAN)
def event_copy(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """One copy, or several with the same number of days between them."""
    event = get_event_or_404(actor, event_id)
    form = fill(
        request,
        CopyForm,
        initial={"starts_on": _next_day(event), "title": event.title},
    )
    if request.method == "POST" and (copies := attempt(form, copy_event, by=actor, event=event)):
        text = ngettext(
            "A draft was made: look at its day and sessions, then have it approved.",
            "%(n)s drafts were made.",
            len(copies),
        )
        messages.success(request, text % {"n": len(copies)})
        return redirect("event", copies[0].pk) if len(copies) == 1 else redirect("events")
    context = {"form": form, "event": event, "section": "events"}
    return render(request, "events/event_copy.html", context, status=status_of(form))


@page(Permission.EVENTS_PLAN)
def event_stations(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    form = fill(
        request, StationsForm, services=event.services, stands=lambda: stations_stand(event.pk)
    )
    if request.method == "POST" and attempt(form, _stations, by=actor, event=event):
        messages.success(request, _("The stations were saved."))
        return redirect("event", event.pk)
    context = {"form": form, "event": event, "section": "events"}
    return render(request, "events/stations.html", context, status=status_of(form))


def _stations(
    *, by: Actor, event: ServiceEvent, stations: dict[str, list[str]], version: str | None
) -> bool:
    set_stations(by=by, event=event, stations=stations, version=version)
    return True
