"""A booked group, such as a class: its people, its slips, and what becomes of all of it."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Asks
from dukcapil.core.forms import Question, fill
from dukcapil.core.pages import chosen_id, ordered_rows, status_of
from dukcapil.regions.enums import day_of
from events.planning.selectors.events import get_event_or_404, get_session_or_404
from events.planning.selectors.requirements import papers_together
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.group import VisitGroup
from registrations.booking.selectors.groups import (
    get_group_or_404,
    groups_of,
    members,
    moved_to,
    sessions_with_room_for,
)
from registrations.booking.selectors.messages import told
from registrations.booking.services.contacts import change_contact
from registrations.booking.services.group_changes import cancel_group, check_in_group, move_group
from registrations.booking.services.judging import is_today
from registrations.forms.contacts import ContactForm
from registrations.forms.people import reason_of
from registrations.views.contacts import contact_changed, contact_shown
from registrations.views.paper import PAPERS, paper_of

_MEMBERS = {
    "name": lambda row: row["name"].casefold(),
    "hour": lambda row: row.get("expected_at"),
    "state": lambda row: row["state"],
}


@page(Permission.APPOINTMENTS_VIEW)
def group_page(request: StaffRequest, actor: Actor, group_id: uuid.UUID) -> HttpResponse:
    """A class with the hour, the code and the state of everybody in it."""
    group = get_group_or_404(actor, group_id)
    form, question = fill(request, ContactForm, do=("contact",)), None
    if request.method == "POST" and not form.is_bound:
        try:
            return _change(request, actor, group)
        except Asks as asks:
            question = Question.of(request, asks)
    elif request.method == "POST":
        change = partial(change_contact, by=actor, owner=group)
        if contact_changed(request, form, change):
            return redirect("group", group.pk)
    people = ordered_rows(request, members(actor, group), _MEMBERS)
    log_access(by=actor, action=Access.VIEW, kind="group", subject=str(group.pk), found=len(people))
    booked = sum(row["state"] == AppointmentState.BOOKED for row in people)
    waiting = sum(row["waits"] and row["state"] == "waiting" for row in people)
    books = bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK)
    active = any(map(_is_active, people))
    context = {
        "group": group,
        "session": group.session,
        "event": group.session.event,
        "people": people,
        "booked": booked,
        "waiting": waiting,
        "slips": any(row.get("ticket") and _is_active(row) for row in people),
        "elsewhere": sessions_with_room_for(actor, group, booked) if books else [],
        "books": books,
        "arrives": books and bool(booked) and is_today(group.session),
        "open": not group.cancelled_at and (active or not people),
        "moved_to": None if active else moved_to(actor, group),
        "contact": contact_shown(group, books=books),
        "contact_form": form if books and not group.cancelled_at else None,
        "told": told(actor, group) if group.channel else [],
        "zone": group.session.event.village.timezone,
        "question": question,
        "section": "events",
    }
    status = 409 if question else status_of(form)
    return render(request, "registrations/group.html", context, status=status)


def _is_active(row: dict[str, Any]) -> bool:
    """Comes, came, or waits; not cancelled, and not moved to another session."""
    return row["state"] in (*AppointmentState.active(), WaitState.WAITING)


def _change(request: StaffRequest, actor: Actor, group: VisitGroup) -> HttpResponse:
    do = request.POST.get("do")
    if do == "present":
        count = check_in_group(by=actor, group=group)
        text = ngettext("One person is here.", "%(n)s people are here.", count)
        messages.success(request, text % {"n": number_format(count)})
    elif do == "cancel":
        cancel_group(by=actor, group=group, reason=reason_of(request.POST))
        messages.success(request, _("The group is cancelled. The places are free again."))
    elif do == "move":
        chosen = get_session_or_404(actor, chosen_id(request.POST.get("session")))
        confirm = request.POST.getlist("confirm")
        moved = move_group(by=actor, group=group, session=chosen, confirm=confirm)
        messages.success(request, _("The group is moved. The slips have new codes."))
        if moved.left:
            text = ngettext(
                "One person cannot be recorded on that day, and keeps the place here.",
                "%(n)s people cannot be recorded on that day, and keep their places here.",
                moved.left,
            )
            messages.warning(request, text % {"n": number_format(moved.left)})
        else:
            group = moved.group
    return redirect("group", group.pk)


@page(Permission.APPOINTMENTS_VIEW)
def event_groups(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """The groups of all sessions of an event; of nobody a name."""
    event = get_event_or_404(actor, event_id)
    context = {"event": event, "groups": groups_of(actor, event=event), "section": "events"}
    return render(request, "registrations/event_groups.html", context)


@page(Permission.APPOINTMENTS_VIEW)
def group_slips(request: StaffRequest, actor: Actor, group_id: uuid.UUID) -> HttpResponse:
    """The slips of a class on few sheets, to be cut. Logged as a look at all."""
    group = get_group_or_404(actor, group_id)
    people = [row for row in members(actor, group) if row["state"] in AppointmentState.active()]
    log_access(
        by=actor, action=Access.VIEW, kind="group slips", subject=str(group.pk), found=len(people)
    )
    for row in people:
        picture = segno.make_qr(row["ticket"]).svg_inline(omitsize=True, border=2)
        row["qr"] = mark_safe(picture)  # noqa: S308 - made by segno from our own ticket
    context = {
        "group": group,
        "session": group.session,
        "event": group.session.event,
        "people": people,
        "bring": papers_together(
            group.office_id,
            group.services,
            day_of(group.session.starts_at, group.session.event.village_id),
        ),
        "paper": paper_of(request),
        "papers": PAPERS,
        "section": "events",
    }
    return render(request, "registrations/group_slips.html", context)
