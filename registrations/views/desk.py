"""Pages where a clerk serves people, by keyboard alone: at a counter, with or without a session, or
in the hall of a session, with its queue.

Every step is one request. In a hall htmx replaces the left half of the page with the answer;
without htmx, and at a counter, the answer is a redirect. The queue on the right refreshes itself.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.db import Part
from dukcapil.core.errors import Refused
from dukcapil.core.joined import joined
from dukcapil.core.live import glances, live
from dukcapil.core.pages import chosen_id, status_of
from events.planning.models.session import ServiceSession, Station
from events.planning.selectors.events import get_session_or_404
from events.planning.selectors.halls import hall_or_404
from events.planning.selectors.requirements import brought_to
from registrations.booking.selectors.desk import sessions_on
from registrations.booking.selectors.queues import (
    beside_desk,
    board_read,
    drawn_beside_desk,
    drawn_board,
    stamp_of,
)
from registrations.ledger.selectors import outcomes_in
from registrations.people.selectors import lives_outside
from registrations.views.desk_frames import forms_frame, start_frame
from registrations.views.desks import Counter, Desk, Hall
from registrations.views.saved import saved_as
from registrations.views.steps import carry_out


@page(Permission.RECORDS_LOG)
def log_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """At a counter."""
    _require_office(actor)
    zone = request.posting.region.timezone
    sessions = sessions_on(actor, timezone.localdate(timezone=ZoneInfo(zone)), zone)
    desk = Desk(request, actor, Counter(sessions, zone), _chosen_session(request, sessions))
    if (address := _act(desk)) is not None:
        return redirect(address)
    return _counter(desk)


@joined
@page(Permission.RECORDS_LOG)
def desk_page(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """In the hall of a session."""
    _require_office(actor)
    if request.htmx and request.htmx.target == "live":
        return _queue(request, actor, session_id)
    session, stations = hall_or_404(actor, session_id)
    station = _chosen_station(request, stations)
    desk = Desk(request, actor, Hall(session, stations, station), session)
    address = _act(desk)
    if address is not None and not request.htmx:
        return redirect(address)
    return _hall(desk, session)


def _require_office(actor: Actor) -> None:
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office logs services."))


def _chosen_session(request: StaffRequest, sessions: list[ServiceSession]) -> ServiceSession | None:
    """As `_chosen`; with nothing chosen, the only one."""
    chosen = _chosen(request, "session", "log_session")
    if chosen is None and len(sessions) == 1:
        return sessions[0]
    return next((session for session in sessions if str(session.pk) == chosen), None)


def _chosen_station(request: StaffRequest, stations: list[Station]) -> Station | None:
    chosen = _chosen(request, "station", "desk_station")
    return next((station for station in stations if str(station.pk) == chosen), None)


def _chosen(request: StaffRequest, name: str, kept_as: str) -> str | None:
    """What the address names; else what was chosen before."""
    chosen = request.GET.get(name)
    before: str | None = request.session.get(kept_as)
    if chosen is None:
        return before
    if chosen != before:
        request.session[kept_as] = chosen[:40]
    return chosen


def _act(desk: Desk) -> str | None:
    """Do what a button says, or open what the address names: a person, or the last record.

    Returns where to go, None to show the page.
    """
    query = desk.request.GET
    if desk.request.method == "POST":
        return carry_out(desk)
    if text := query.get("person"):
        desk.show(chosen_id(text))
        desk.sits = "serve" in query and not desk.expects and not desk.elsewhere
    elif text := query.get("last"):
        desk.saved = saved_as(desk.actor, text)
    return None


def _counter(desk: Desk) -> HttpResponse:
    context = {
        "desk": desk,
        "sessions": desk.workplace.sessions if isinstance(desk.workplace, Counter) else [],
        "session": desk.session,
        "find": desk.find,
        "people": desk.people,
        "person": desk.person,
        "form": desk.form,
        "here": desk.address(),
    }
    status = max(status_of(desk.find), status_of(desk.form) if desk.form else 200)
    if desk.card_question:
        status = 422
    return render(desk.request, "registrations/log.html", context, status=status)


def _hall(desk: Desk, session: Any) -> HttpResponse:
    """`session` knows what is asked at its office (`hall_or_404`)."""
    event = session.event
    context = {
        "desk": desk,
        "start": start_frame(desk),
        "forms": forms_frame(desk),
        "session": session,
        "event": event,
        "here": desk.address(),
        "outsider": desk.person and lives_outside(event.office_id, desk.person["village"]),
        "bring": brought_to(event, session.asked),
        "section": "events",
    }
    if desk.request.htmx:
        answer = render(desk.request, "registrations/_desk.html", context)
        answer.headers["HX-Trigger"] = "desk"
        return answer
    return _queue(desk.request, desk.actor, session.pk, context)


def _queue(
    request: StaffRequest,
    actor: Actor,
    session_id: uuid.UUID,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The counts and the queue; names in it are logged whenever they are sent."""

    def outcomes() -> Part:
        return outcomes_in(actor, session_id)

    reading = beside_desk(actor, session_id, outcomes, glance=glances(request))
    answer = live(
        request,
        "registrations/desk.html",
        "registrations/_desk_queue.html",
        context or {},
        also="desk from:body",
        stamp=stamp_of,
        reading=reading,
        needs="session",
        drawn_from=lambda: drawn_beside_desk(reading),
    )
    if answer.status_code == HTTPStatus.OK and (people := reading.found["people"]):
        log_access(
            by=actor,
            action=Access.VIEW,
            kind="session queue",
            subject=str(session_id),
            found=len(people),
        )
    return answer


@page(Permission.APPOINTMENTS_VIEW)
def board_page(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """For a second screen in the hall: numbers and stations, no name."""
    reading = board_read(actor, session_id, glance=glances(request))
    # The whole screen: no menu, no office's name.
    refreshes = request.htmx and request.htmx.target == "live"
    event = None if refreshes else get_session_or_404(actor, session_id).event
    return live(
        request,
        "registrations/board.html",
        "registrations/_board.html",
        {"event": event, "navigation": [], "posting": None},
        every=5,
        stamp=stamp_of,
        reading=reading,
        needs="session",
        drawn_from=lambda: drawn_board(reading),
    )
