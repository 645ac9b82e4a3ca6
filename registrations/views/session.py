"""The list of a session: people booked, here and served; the same on paper."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Asks
from dukcapil.core.forms import Question
from dukcapil.core.live import glances, live, polled
from dukcapil.core.pages import chosen_id, page_number
from dukcapil.core.templatetags.ui import here_with
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import get_session_or_404
from registrations.booking.enums import AppointmentState
from registrations.booking.selectors.appointments import get_appointment_or_404
from registrations.booking.selectors.desk import QUEUE_PAGE, late_cutoff, people_to_print
from registrations.booking.selectors.groups import groups_of
from registrations.booking.selectors.queues import drawn_queue, queue_read, stamp_of
from registrations.booking.selectors.visitor_search import find_ticket
from registrations.booking.services.appointments import check_in, release_no_shows
from registrations.booking.services.arrivals import undo_check_in
from registrations.views.saved import say_taken_back


@polled
@page(Permission.APPOINTMENTS_VIEW)
def session_page(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The queue. A look is logged whenever names are sent: not when a refresh finds nothing new."""
    refreshes = request.method == "GET" and request.htmx and request.htmx.target == "live"
    if refreshes:
        return _shown(request, actor, session_id, {})
    session = get_session_or_404(actor, session_id)
    if request.method == "POST" and request.POST.get("do") == "release":
        return _release(request, actor, session)
    question = None
    if request.method == "POST" and request.POST.get("do") == "undo":
        return _undo(request, actor, session)
    if request.method == "POST":
        try:
            return _check_in(request, actor, session)
        except Asks as asks:
            question = Question.of(request, asks)
    context = _session_context(actor, session) | {"question": question}
    return _shown(request, actor, session_id, context, status=409 if question else 200)


def _shown(
    request: StaffRequest,
    actor: Actor,
    session_id: uuid.UUID,
    context: dict[str, Any],
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    done = request.GET.get("show") == "done"
    skip = QUEUE_PAGE * max(0, page_number(request) - 1)
    reading = queue_read(actor, session_id, done=done, skip=skip, glance=glances(request))
    books = _books(actor)

    def drawn() -> dict[str, Any]:
        more = len(reading.found["people"]) > QUEUE_PAGE
        further = here_with({"request": request}, page=skip // QUEUE_PAGE + 2) if more else ""
        return {**drawn_queue(reading), "further": further, "done": done, "books": books}

    # What the address of the further page is made of, as it stands.
    query = request.META["QUERY_STRING"]
    answer = live(
        request,
        "registrations/session.html",
        "registrations/_queue.html",
        context,
        status=status,
        stamp=lambda read: stamp_of(read, done, books, query),
        reading=reading,
        needs="session",
        drawn_from=drawn,
    )
    if answer.status_code != HTTPStatus.NO_CONTENT:
        log_access(
            by=actor,
            action=Access.VIEW,
            kind="session queue",
            subject=str(session_id),
            found=len(reading.found["people"]),
        )
    return answer


def _books(actor: Actor) -> bool:
    return bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK)


def _session_context(actor: Actor, session: ServiceSession) -> dict[str, Any]:
    """What stands around the list, and what the actor may do."""
    return {
        "session": session,
        "event": session.event,
        "books": _books(actor),
        "exports": actor.may(Permission.RESIDENTS_EXPORT),
        "own": actor.covers(session.event.office_id),
        "serves": bool(actor.office) and actor.may(Permission.RECORDS_LOG),
        "groups": groups_of(actor, session=session),
        "section": "events",
    }


def _release(request: StaffRequest, actor: Actor, session: ServiceSession) -> HttpResponse:
    """People who are late lose their places to the waiting list."""
    missed = release_no_shows(by=actor, session=session, until=late_cutoff())
    text = ngettext(
        "%(n)s person did not come; the place went to the waiting list.",
        "%(n)s people did not come; their places went to the waiting list.",
        missed,
    )
    messages.success(request, text % {"n": number_format(missed)})
    return redirect("session", session.pk)


def _undo(request: StaffRequest, actor: Actor, session: ServiceSession) -> HttpResponse:
    visit = get_appointment_or_404(actor, chosen_id(request.POST.get("visit")))
    say_taken_back(request, undo_check_in(by=actor, appointment=visit))
    return redirect("session", session.pk)


def _check_in(request: StaffRequest, actor: Actor, session: ServiceSession) -> HttpResponse:
    """By the code of a slip, as a scanner types it. If it is of another session, say which."""
    appointment = find_ticket(actor, request.POST.get("ticket", ""))
    back = redirect("session", session.pk)
    if appointment is None:
        messages.error(request, _("No slip of this office has this code."))
    elif appointment.session_id != session.pk:
        zone = ZoneInfo(session.event.village.timezone)
        messages.error(
            request,
            _("This slip is for %(title)s, %(day)s.")
            % {
                "title": appointment.session.event.title,
                "day": date_format(
                    timezone.localdate(appointment.session.starts_at, zone), "j F Y"
                ),
            },
        )
    elif appointment.state == AppointmentState.CHECKED_IN:
        messages.warning(
            request, _("%(code)s was checked in before.") % {"code": appointment.ticket}
        )
    else:
        check_in(by=actor, appointment=appointment, confirm=request.POST.getlist("confirm"))
        messages.success(request, _("%(code)s is here.") % {"code": appointment.ticket})
    return back


@page(Permission.APPOINTMENTS_VIEW)
def print_list(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The session on paper, by group and hour, with boxes to tick. Logged as a look at all."""
    session = get_session_or_404(actor, session_id)
    people = people_to_print(actor, session)
    log_access(
        by=actor,
        action=Access.VIEW,
        kind="printed list",
        subject=str(session.pk),
        found=len(people),
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in people:
        groups.setdefault(row["group__name"] or "", []).append(row)
    context = {
        "session": session,
        "event": session.event,
        "groups": list(groups.items()),
        "count": len(people),
        "printed_at": timezone.now(),
        "section": "events",
    }
    return render(request, "registrations/print_list.html", context)
