"""Booking a class from its list, and the class afterwards."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.forms import attempt
from dukcapil.core.pages import ordered_rows, status_of
from events.planning.selectors.events import get_session_or_404
from registrations.booking.selectors.desk import Progress, progress
from registrations.booking.selectors.groups import get_group_or_404, groups_of, members
from registrations.booking.services.groups import Booked, book_group
from registrations.forms.desk import GroupForm


@page(Permission.APPOINTMENTS_BOOK)
def group_new(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The form; once sent, the answer to every row, and bad rows in the form again."""
    session = get_session_or_404(actor, session_id)
    session_progress = progress(actor, [session])[0]
    form = GroupForm(
        request.POST or None,
        request.FILES or None,
        free=session_progress.places,
        initial={
            "services": list(session_progress.places)[:1],
            "name": request.GET.get("name", ""),
        },
    )
    context = {"session": session, "event": session.event, "form": form, "section": "events"}
    if request.method == "POST" and (
        booked := attempt(form, book_group, by=actor, session=session)
    ):
        context |= _answers(actor, booked, session_progress)
        return render(request, "registrations/group_result.html", context)
    context["groups"] = groups_of(actor, session)
    return render(request, "registrations/group_form.html", context, status=status_of(form))


def _answers(actor: Actor, booked: Booked, session_progress: Progress) -> dict[str, Any]:
    """What became of every row, and a form with the rows to correct. Logged as a look."""
    log_access(
        by=actor,
        action=Access.VIEW,
        kind="group",
        subject=str(booked.group.pk),
        found=len(booked.answers),
    )
    problems = booked.of("problem")
    initial = {
        "name": booked.group.name,
        "services": booked.group.services,
        "pasted": "\n".join(answer.line.text for answer in problems),
        "waiting_list": True,
    }
    return {
        "form": GroupForm(free=session_progress.places, initial=initial),
        "booked": booked,
        "counts": {name: len(booked.of(name)) for name in ("booked", "waiting", "here", "full")},
        "bad": problems,
    }


_MEMBERS = {
    "name": lambda row: row["name"].casefold(),
    "hour": lambda row: row.get("expected_at"),
    "state": lambda row: row["state"],
}


@page(Permission.APPOINTMENTS_VIEW)
def group_page(request: StaffRequest, actor: Actor, group_id: uuid.UUID) -> HttpResponse:
    """A class with the hour, the code and the state of everybody in it."""
    group = get_group_or_404(actor, group_id)
    people = ordered_rows(request, members(actor, group), _MEMBERS)
    log_access(by=actor, action=Access.VIEW, kind="group", subject=str(group.pk), found=len(people))
    context = {
        "group": group,
        "session": group.session,
        "event": group.session.event,
        "people": people,
        "books": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "section": "events",
    }
    return render(request, "registrations/group.html", context)
