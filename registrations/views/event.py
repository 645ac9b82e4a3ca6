"""Pages of an event as a whole: state, approval, move, absentees, places of its sessions."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
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
from dukcapil.core.errors import Asks
from dukcapil.core.forms import Question, attempt, fill
from dukcapil.core.live import live
from dukcapil.core.pages import status_of
from dukcapil.core.versions import short
from events.calendar.selectors import off_days
from events.fields import DayForm, SessionEditForm, session_stands
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import (
    get_event_or_404,
    get_session_or_404,
    is_final,
    may_plan,
    reopenings_of,
)
from events.planning.selectors.signing import what_stands
from events.resources.selectors import get_planned_event_or_404, plan_of
from events.stock.selectors import bag_of
from registrations.booking.selectors.desk import places_only, progress, sessions_of
from registrations.forms.events import ApprovalForm
from registrations.forms.people import reason_of
from registrations.ledger.enums import Outcome
from registrations.ledger.selectors import funnel_of, served_in
from registrations.lifecycle.selectors import absentees, by_group
from registrations.lifecycle.services.events import cancel_event, close_event, open_to_booking
from registrations.lifecycle.services.follow_up import follow_up
from registrations.lifecycle.services.reopening import reopen_event
from registrations.lifecycle.services.sessions import change_session, remove_session
from registrations.views.changes import decide, show_again
from registrations.views.signed import proposed_rows, signed_costs, signed_sessions


@page(Permission.EVENTS_VIEW)
def event_page(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """An event with its sessions, and what was done so far."""
    event = get_planned_event_or_404(actor, event_id)
    question = None
    if request.method == "POST":
        try:
            return _end_event(request, actor, event)
        except Asks as asks:
            question = Question.of(request, asks)
    people = actor.may(Permission.APPOINTMENTS_VIEW)
    sessions = sessions_of(actor, event)
    own = actor.covers(event.office_id)
    plans = may_plan(actor, event)
    standing = what_stands(event)
    counted = served_in(actor, event) if people else []
    context = {
        "event": event,
        "standing": standing,
        "follows": own and actor.may(Permission.INCIDENTS_WRITE),
        "proposed": proposed_rows(event, standing) if plans else [],
        "sessions": progress(actor, sessions) if people else places_only(sessions),
        "people": people,
        "own": own,
        "served": _served(counted),
        "ikd": funnel_of(counted),
        "services": [Service(name).label for name in event.services],
        "off": off_days(
            event.village_id, event.starts_on, min(event.ends_on, _first_month_end(event))
        ),
        "plans": plans,
        "steps": plan_of(event, len(sessions)) if plans else None,
        "reopenable": plans and _may_reopen(actor, event),
        "reopenings": reopenings_of(event) if plans else [],
        "section": "events",
        "question": question,
    }
    pages = ("registrations/event.html", "registrations/_event_progress.html")
    return live(request, *pages, context, status=409 if question else 200)


def _may_reopen(actor: Actor, event: ServiceEvent) -> bool:
    closed = event.state == EventState.CLOSED and not is_final(event)
    return closed and actor.may(Permission.EVENTS_APPROVE)


def _end_event(request: StaffRequest, actor: Actor, event: ServiceEvent) -> HttpResponse:
    if request.POST.get("do") == "close":
        close_event(by=actor, event=event, confirm=request.POST.getlist("confirm"))
        messages.success(request, _("The event is closed. Late records are still taken."))
    elif request.POST.get("do") == "reopen":
        reopen_event(by=actor, event=event, reason=reason_of(request.POST))
        messages.success(
            request, _("The event is open again; who was booked or waited, is and does again.")
        )
    elif text := decide(actor, event, request.POST):
        messages.success(request, text)
    elif request.POST.get("do") == "cancel":
        require(actor, Permission.EVENTS_PLAN)
        cancel_event(by=actor, event=event, reason=reason_of(request.POST))
        messages.success(
            request,
            _("The event is cancelled; everybody may book elsewhere. Who left a contact is told."),
        )
    return redirect("event", event.pk)


def _served(counted: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """Every service with how often it was done and failed."""
    by_service: dict[str, Counter[str]] = {}
    for row in counted:
        by_service.setdefault(row["service"], Counter())[row["outcome"]] += row["n"]
    return [
        (str(Service(name).label), cell[Outcome.DONE], cell[Outcome.FAILED])
        for name, cell in by_service.items()
    ]


def _first_month_end(event: ServiceEvent) -> Any:
    """A long event names the days off of its first month only."""
    return event.starts_on + timedelta(days=31)


@page(Permission.EVENTS_APPROVE)
def event_approve(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    event = get_event_or_404(actor, event_id)
    standing = what_stands(event)
    form = fill(request, ApprovalForm, initial={"version": standing.version})
    if request.method == "POST" and attempt(form, open_to_booking, by=actor, event=event):
        text = _("The event is approved and takes bookings. Signed: version %(version)s.")
        messages.success(request, text % {"version": short(standing.version)})
        return redirect("event", event.pk)
    show_again(form, standing)
    context = {
        "form": form,
        "event": event,
        "standing": standing,
        "services": [Service(name).label for name in event.services],
        "sessions": signed_sessions(event, standing),
        "costs": signed_costs(standing),
        "version": short(standing.version),
        "bag": bag_of(event.pk),
    }
    return render(request, "events/event_approve.html", context, status=status_of(form))


@page(Permission.APPOINTMENTS_VIEW)
def event_missing(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """Absentees by group, with one button that plans a visit for them."""
    event = get_event_or_404(actor, event_id)
    if request.method == "POST":
        require(actor, Permission.EVENTS_PLAN)
    missing = absentees(actor, event)
    form = fill(request, DayForm, initial={"starts_on": event.ends_on + timedelta(days=7)})
    if request.method == "POST" and (draft := attempt(form, follow_up, by=actor, event=event)):
        messages.success(request, _("A draft was made. They get their places once it is approved."))
        return redirect("event", draft.pk)
    count = len(missing)
    subject = str(event.pk)
    log_access(by=actor, action=Access.VIEW, kind="event missing", subject=subject, found=count)
    context = {
        "form": form,
        "event": event,
        "groups": by_group(missing),
        "count": len(missing),
        "plans": may_plan(actor, event),
        "exports": actor.may(Permission.RESIDENTS_EXPORT) and actor.covers(event.office_id),
        "over": not event.is_ahead,
        "section": "events",
    }
    return render(request, "registrations/event_missing.html", context, status=status_of(form))


@page(Permission.EVENTS_PLAN)
def session_places(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """Hours and places of a session, and taking an empty one away."""
    session = get_session_or_404(actor, session_id)
    if request.POST.get("do") == "remove":
        remove_session(by=actor, session=session)
        messages.success(request, _("The session was removed."))
        return redirect("event", session.event_id)
    form = fill(request, SessionEditForm, session=session, stands=lambda: session_stands(session))
    before = (session.starts_at, session.ends_at)
    if request.method == "POST" and attempt(form, change_session, by=actor, session=session):
        if (session.starts_at, session.ends_at) == before:
            messages.success(request, _("The places were changed."))
        else:
            messages.success(request, _("The session was changed. Who left a contact is told."))
        return redirect("session", session.pk)
    context = {"form": form, "event": session.event, "session": session}
    return render(request, "events/session_form.html", context, status=status_of(form))
