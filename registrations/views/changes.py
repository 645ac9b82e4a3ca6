"""Changing and moving an event. After the approval a change of somebody who may not sign waits."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import attempt, change_typed, fill, refused_with
from dukcapil.core.pages import status_of
from dukcapil.core.versions import CHANGED, changed_parts, short
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from events.fields import EditForm
from events.planning.enums import EventState, Neutrality
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import get_event_or_404
from events.planning.selectors.signing import PART_WORDS, Standing, what_stands
from events.planning.services.signing import note_seen, withdraw_change
from registrations.forms.events import MoveForm
from registrations.lifecycle.services.events import change_event, move_event, sign_change


@page(Permission.EVENTS_PLAN)
def event_edit(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    waits = _waits(actor, event)
    form = fill(
        request,
        EditForm,
        villages=regions_below(event.office_id, [Level.VILLAGE]),
        stands=lambda: _stands(actor, event_id),
    )
    if request.method == "POST" and attempt(form, change_event, by=actor, event=event):
        messages.success(request, _said(waits=waits, done=_("The event was changed.")))
        return redirect("event", event.pk)
    elsewhere = _elsewhere(request, actor, event_id) if refused_with(form, CHANGED) else []
    context = {"form": form, "event": event, "waits": waits, "elsewhere": elsewhere}
    return render(request, "events/event_form.html", context, status=status_of(form))


def _elsewhere(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> list[tuple[str, str]]:
    """What changed and has no field in this form: what it is called, and the page that shows it. Saving
    again leaves it as it is.
    """
    pages = {"sessions": "event", "places": "event", "costs": "event-notes", "proposal": "event"}
    parts = what_stands(get_event_or_404(actor, event_id)).parts
    changed = changed_parts(request.POST.get("version", ""), parts)
    return [
        (str(PART_WORDS[name]), reverse(pages[name], args=[event_id]))
        for name in changed
        if name in pages
    ]


def _stands(actor: Actor, event_id: uuid.UUID) -> Stands:
    event = get_event_or_404(actor, event_id)
    standing = what_stands(event)
    values = dict(standing.content["facts"])
    if _waits(actor, event) and standing.proposal:
        # Who may not sign goes on with what waits already.
        values |= standing.proposal.values
    return Stands({**values, "village": values["village_id"]}, standing.version)


@page(Permission.EVENTS_PLAN)
def event_move(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    standing = what_stands(event)
    waits = _waits(actor, event)
    initial = {"starts_on": event.starts_on, "version": standing.version}
    form = fill(request, MoveForm, initial=initial)
    if request.method == "POST" and attempt(form, move_event, by=actor, event=event):
        done = _("The event was moved. Who left a contact is told.")
        messages.success(request, _said(waits=waits, done=done))
        return redirect("event", event.pk)
    show_again(form, standing)
    context = {"form": form, "event": event, "waits": waits, "section": "events"}
    return render(request, "registrations/event_move.html", context, status=status_of(form))


def _waits(actor: Actor, event: ServiceEvent) -> bool:
    """Whether what this person changes waits for the head; for words alone, the verb decides."""
    return event.state == EventState.APPROVED and not actor.may(Permission.EVENTS_APPROVE)


def _said(*, waits: bool, done: str) -> str:
    if waits:
        return _("The change waits for the head; until it is signed, what was approved stands.")
    return done


def show_again(form: Any, standing: Standing) -> None:
    """After a refusal because of the version: the next try is about what stands now. What the head
    confirmed was about something else.
    """
    if refused_with(form, CHANGED):
        change_typed(form, "version", standing.version)
        for item in set(form.fields) & set(Neutrality.values):
            change_typed(form, item, "")


def decide(actor: Actor, event: ServiceEvent, data: Any) -> str | None:
    """A button of the event's page about a change or about what came after the signature: what to say."""
    do, version = data.get("do"), data.get("version") or None
    if do == "sign-change":
        event = sign_change(by=actor, event=event, version=version)
        words = _(
            "The change is signed and in force. Who left a contact is told. Version %(version)s."
        )
        return words % {"version": short(what_stands(event).version)}
    if do == "withdraw-change":
        withdraw_change(by=actor, event=event)
        return _("The change is withdrawn; what was approved stands.")
    if do == "seen":
        event = note_seen(by=actor, event=event, version=version)
        return _("Signed as it stands: version %(version)s.") % {
            "version": short(what_stands(event).version)
        }
    return None
