"""The session desk: one screen from the call to the next call, by keyboard alone.

Every step is one round trip: htmx puts the answer in place of the left half; without it the page
answers with a redirect. The queue on the right keeps itself fresh.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Conflict, DomainError, Invalid, Refused
from dukcapil.core.forms import attempt
from dukcapil.core.ids import uuid7
from dukcapil.core.live import live
from dukcapil.core.pages import chosen_id
from dukcapil.regions.validators import within
from events.planning.enums import BRING, Service
from events.planning.models.session import ServiceSession, Station
from events.planning.selectors.events import get_session_or_404, stations_of
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.appointments import get_appointment_or_404
from registrations.booking.selectors.desk import (
    board,
    by_number,
    find_ticket,
    queue,
    states_in,
    visit_of,
)
from registrations.booking.services.appointments import check_in, walk_in
from registrations.booking.services.queue import call_next, put_back
from registrations.forms.desk import LogForm, WalkInForm
from registrations.forms.people import FindVisitorForm, reason_of
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import done_in, done_services, get_record_or_404
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import Beside, Entry, log_service
from registrations.people.selectors import get_resident_or_404, person_or_404
from registrations.views.finding import found_by
from registrations.views.log import first_service
from registrations.views.session import named

#: Rows of the queue beside the desk; the whole queue has a page of its own.
ROWS = 25
#: A number of the queue has at most so many digits; anything longer is a NIK or part of one.
_NUMBER = 4


@dataclass
class Desk:
    """What the left half shows."""

    request: HttpRequest
    actor: Actor
    session: ServiceSession
    stations: list[Station]
    station: Station | None
    find: FindVisitorForm = field(default_factory=FindVisitorForm)
    people: list[dict[str, Any]] = field(default_factory=list)
    looked: bool = False
    person: dict[str, Any] | None = None
    visit: Appointment | None = None
    form: LogForm | None = None
    walk_in: WalkInForm | None = None
    done: set[str] = field(default_factory=set)
    last: ServiceRecord | None = None
    last_person: dict[str, Any] | None = None
    problem: str = ""

    @property
    def session_text(self) -> str:
        return str(self.session.pk)

    def address(self, **query: Any) -> str:
        if self.station:
            query["station"] = self.station.pk
        here = reverse("desk", args=[self.session.pk])
        return f"{here}?{urlencode(query)}" if query else here


@page(Permission.RECORDS_LOG)
def desk_page(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office logs services."))
    session = get_session_or_404(actor, session_id)
    if request.htmx and request.htmx.target == "live":  # type: ignore[attr-defined]
        return _right(request, actor, session)
    stations = stations_of(session.event_id)
    asked = request.GET.get("station", "")
    station = next((one for one in stations if str(one.pk) == asked), None)
    desk = Desk(request, actor, session, stations, station)
    if request.method == "POST":
        try:
            answer = _ACTIONS.get(request.POST.get("do", ""), _find)(desk)
        except (Invalid, Conflict) as error:
            desk.problem, answer = str(error.message), None
        if answer is not None and not request.htmx:  # type: ignore[attr-defined]
            return redirect(answer)
    else:
        _open(desk)
    return _left(desk)


def _open(desk: Desk) -> None:
    """What the address names: a person, or the record that was saved just now."""
    if text := desk.request.GET.get("person"):
        _show(desk, chosen_id(text))
    if text := desk.request.GET.get("last"):
        try:
            _remember(desk, get_record_or_404(desk.actor, uuid.UUID(text)))
        except (ValueError, DomainError):
            return


# --- what the buttons do; each returns where to go without htmx -----------------------------------


def _find(desk: Desk) -> str | None:
    """By number of the queue, slip code, NIK or name."""
    desk.find = FindVisitorForm(desk.request.POST)
    text = desk.request.POST.get("q", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= _NUMBER:
        found = by_number(desk.actor, desk.session, int(text))
        if found is None:
            desk.problem = _("Nobody in this queue has number %(number)s.") % {"number": text}
            return None
        return _found(desk, found.resident_id)
    if ticket := find_ticket(desk.actor, text):
        if ticket.session_id != desk.session.pk:
            desk.problem = _("This slip is for another session: %(title)s.") % {
                "title": ticket.session.event.title
            }
            return None
        return _found(desk, ticket.resident_id)
    desk.people = found_by(desk.actor, desk.find)
    desk.looked = desk.find.is_valid()
    if len(desk.people) == 1:
        return _found(desk, desk.people[0]["id"])
    return None


def _found(desk: Desk, resident_id: uuid.UUID) -> str:
    desk.people, desk.looked, desk.find = [], False, FindVisitorForm()
    _show(desk, resident_id)
    return desk.address(person=resident_id)


def _call(desk: Desk) -> str | None:
    if desk.station is None:
        raise Invalid("station", _("Choose your station first."))
    called = call_next(by=desk.actor, session=desk.session, station=desk.station)
    if called is None:
        desk.problem = _("Nobody waits for %(station)s.") % {"station": desk.station.name}
        return None
    return _found(desk, called.resident_id)


def _put_back(desk: Desk) -> str:
    put_back(by=desk.actor, appointment=_chosen(desk))
    messages.info(desk.request, _("Put back behind the others."))
    return desk.address()


def _check_in(desk: Desk) -> str:
    priority = True if desk.request.POST.get("priority") else None
    visit = check_in(by=desk.actor, appointment=_chosen(desk), priority=priority)
    messages.success(
        desk.request, _("Checked in: number %(number)s.") % {"number": visit.queue_number}
    )
    return _found(desk, visit.resident_id)


def _walk_in(desk: Desk) -> str | None:
    resident = get_resident_or_404(desk.actor, chosen_id(desk.request.POST.get("resident")))
    desk.walk_in = WalkInForm(desk.request.POST, services=desk.session.event.services)
    made = attempt(desk.walk_in, walk_in, by=desk.actor, session=desk.session, resident=resident)
    if made is None:
        _show(desk, resident.pk)
        return None
    messages.success(
        desk.request, _("Number %(number)s of the queue.") % {"number": made.queue_number}
    )
    return _found(desk, resident.pk)


def _chosen(desk: Desk) -> Appointment:
    visit = get_appointment_or_404(desk.actor, chosen_id(desk.request.POST.get("visit")))
    if visit.session_id != desk.session.pk:
        raise Invalid("visit", _("This booking is for another session."))
    return visit


def _log(desk: Desk) -> str | None:
    resident_id = chosen_id(desk.request.POST.get("resident"))
    _show(desk, resident_id)
    if desk.form is None:
        return None
    record = attempt(desk.form, _write, desk=desk, resident=resident_id)
    if record is None:
        return None
    person = desk.person
    desk.person = desk.visit = desk.form = desk.walk_in = None
    desk.last, desk.last_person = record, person
    return desk.address(last=record.pk)


def _write(*, desk: Desk, resident: uuid.UUID, beside: Beside, **said: Any) -> ServiceRecord:
    """Under the form's own number, so that sending it twice writes one record."""
    try:
        record_id = uuid.UUID(desk.request.POST.get("once", ""))
    except ValueError:
        record_id = uuid7()
    if saved := ServiceRecord.objects.visible_to(desk.actor).filter(pk=record_id).first():
        return saved
    entry = Entry(id=record_id, resident=resident, session=desk.session.pk, **said)
    return log_service(by=desk.actor, entry=entry, beside=beside)[0]


def _void(desk: Desk) -> str:
    record = get_record_or_404(desk.actor, chosen_id(desk.request.POST.get("record")))
    void_record(by=desk.actor, record=record, reason=reason_of(desk.request.POST))
    messages.success(desk.request, _("The record was voided; the count went back at once."))
    return desk.address()


_ACTIONS = {
    "find": _find,
    "call": _call,
    "back": _put_back,
    "check-in": _check_in,
    "walk-in": _walk_in,
    "log": _log,
    "void": _void,
}


# --- what is shown --------------------------------------------------------------------------------


def _show(desk: Desk, resident_id: uuid.UUID) -> None:
    """Somebody with their visit and a form that Enter alone fills in. Logged as a look."""
    desk.person = person_or_404(desk.actor, resident_id)
    log_access(by=desk.actor, action=Access.VIEW, kind="resident", subject=str(resident_id))
    desk.visit = visit_of(desk.actor, desk.session, resident_id)
    desk.done = done_services(desk.actor, resident_id)
    offered = list(desk.session.event.services)
    booked = desk.visit.services if desk.visit else None
    here = [name for name in booked or offered if not desk.station or name in desk.station.services]
    first = first_service(desk.person, here or booked, offered, desk.done)
    event = desk.session.event
    given: dict[str, Any] = {"services": offered, "zone": event.village.timezone}
    initial = {"service": first, "outcome": "done"}
    if desk.request.POST.get("do") == "log":
        desk.form = LogForm(desk.request.POST, **given)
    else:
        desk.form = LogForm(initial=initial, **given)
    if desk.walk_in is None:
        desk.walk_in = WalkInForm(services=offered, initial={"services": [first]})


def _remember(desk: Desk, record: ServiceRecord) -> None:
    desk.last = record
    desk.last_person = person_or_404(desk.actor, record.resident_id)
    log_access(by=desk.actor, action=Access.VIEW, kind="resident", subject=str(record.resident_id))


def _left(desk: Desk) -> HttpResponse:
    event = desk.session.event
    context = {
        "desk": desk,
        "session": desk.session,
        "event": event,
        "here": desk.address(),
        "waits": desk.visit is not None and desk.visit.state == AppointmentState.CHECKED_IN,
        "booked": desk.visit is not None and desk.visit.state == AppointmentState.BOOKED,
        "outsider": bool(desk.person) and not within(str(desk.person["village"]), event.office_id),  # type: ignore[index]
        "own": desk.actor.covers(event.office_id),
        "bring": [(Service(name).label, BRING[Service(name)]) for name in event.services],
        "section": "events",
    }
    if desk.request.htmx:  # type: ignore[attr-defined]
        answer = render(desk.request, "registrations/_desk.html", context)
        answer.headers["HX-Trigger"] = "desk"
        return answer
    return _right(desk.request, desk.actor, desk.session, context)


def _right(
    request: HttpRequest,
    actor: Actor,
    session: ServiceSession,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """The counters and the queue; names in it are logged whenever they are sent."""
    people = queue(actor, session)
    shown = {
        "session": session,
        "event": session.event,
        "states": states_in(actor, session),
        "outcomes": done_in(actor, session),
        "people": [named(row) for row in people[:ROWS]],
        "more": max(0, len(people) - ROWS),
    }
    answer = live(
        request,
        "registrations/desk.html",
        "registrations/_desk_queue.html",
        (context or {}) | shown,
        also="desk from:body",
    )
    if answer.status_code == 200 and people:
        log_access(
            by=actor,
            action=Access.VIEW,
            kind="session queue",
            subject=str(session.pk),
            found=len(people[:ROWS]),
        )
    return answer


@page(Permission.APPOINTMENTS_VIEW)
def board_page(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """For a second screen in the hall: numbers and stations, no name."""
    session = get_session_or_404(actor, session_id)
    # The whole screen: no menu, no office's name.
    context = {
        "session": session,
        "event": session.event,
        "places": [],
        "posting": None,
        **board(actor, session),
    }
    return live(request, "registrations/board.html", "registrations/_board.html", context, every=5)
