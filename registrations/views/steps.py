"""What the buttons of a desk do. Each step returns where to go next; None: stay on the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.core.errors import Asks, Conflict, Invalid
from dukcapil.core.forms import Question, attempt
from dukcapil.core.ids import uuid7
from dukcapil.core.pages import chosen_id
from dukcapil.core.unbound import unbound
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.appointments import get_appointment_or_404
from registrations.booking.services.appointments import check_in, walk_in
from registrations.booking.services.arrivals import ask_day, undo_check_in
from registrations.booking.services.queue import call_next, put_back, serve_here
from registrations.forms.desk import WalkInForm
from registrations.forms.people import FindVisitorForm
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import get_record_or_404
from registrations.ledger.services.desk import log_form
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import DeskNote
from registrations.papers.enums import PaperKind
from registrations.papers.services.papers import issue_at_desk
from registrations.people.selectors import get_resident_or_404
from registrations.views.desks import Counter, Desk, Hall
from registrations.views.saved import (
    Saved,
    saved_as,
    say_no_card_left,
    say_taken_back,
    take_back,
)
from registrations.views.visitor_search import search_and_log


def carry_out(desk: Desk) -> str | None:
    """Do what the button says. In a hall a refusal is shown next to the queue."""
    do = desk.request.POST.get("do", "")
    try:
        if desk.hall and do in _IN_A_HALL:
            return _IN_A_HALL[do](desk, desk.hall)
        return _EVERYWHERE.get(do, _find)(desk)
    except Asks as question:
        _open_asked(desk)
        desk.question = Question.of(desk.request, question)
        return None
    except (Invalid, Conflict) as error:
        if desk.hall is None:
            raise
        desk.problem = str(error.message)
        return None


def _open_asked(desk: Desk) -> None:
    """Whom the question is about."""
    post = desk.request.POST
    if text := post.get("visit"):
        desk.show(get_appointment_or_404(desk.actor, chosen_id(text)).resident_id)
    elif text := post.get("resident"):
        desk.show(chosen_id(text))


# --- everywhere -----------------------------------------------------------------------------------


def _find(desk: Desk) -> str | None:
    """By slip code, NIK or name; in a hall by number of the queue, too."""
    desk.find = FindVisitorForm(desk.request.POST)
    queue = desk.hall.session if desk.hall else None
    match = search_and_log(desk.actor, desk.find, queue=queue)
    if match.visit:
        return _open_visit(desk, match.visit)
    desk.people, desk.more, desk.looked = match.people, match.more, desk.find.is_valid()
    if len(desk.people) == 1:
        return _open_person(desk, desk.people[0]["id"])
    return None


def _open_visit(desk: Desk, visit: Appointment) -> str:
    """Open the person of a visit: a counter switches to its session, if it is one of today's."""
    if isinstance(desk.workplace, Counter):
        sessions = desk.workplace.sessions
        desk.session = next(
            (session for session in sessions if session.pk == visit.session_id), desk.session
        )
    elif visit.session_id != desk.workplace.session.pk:
        raise Conflict(
            "other-session",
            _("This slip is for another session: %(title)s.")
            % {"title": visit.session.event.title},
        )
    return _open_person(desk, visit.resident_id)


def _open_person(desk: Desk, resident_id: uuid.UUID) -> str:
    desk.people, desk.more, desk.looked = [], False, False
    desk.find = unbound(FindVisitorForm)
    if desk.hall:
        desk.show(resident_id)
    return desk.address(person=resident_id)


def _log(desk: Desk) -> str | None:
    resident_text = desk.request.POST.get("resident") or desk.request.GET.get("person")
    resident_id = chosen_id(resident_text)
    desk.show(resident_id)
    if desk.form is None or desk.person is None:
        return None
    if desk.expects:
        raise Conflict(
            "not-arrived", _("This person is booked and not checked in yet: check them in first.")
        )
    desk.sits = True
    record = attempt(desk.form, _write, desk=desk, resident=resident_id)
    if record is None:
        return None
    say_no_card_left(desk.request, record)
    desk.saved = Saved(record, desk.person)
    desk.person = desk.visit = desk.form = desk.walk_in = None
    return desk.address(last=record.pk)


def _write(*, desk: Desk, resident: uuid.UUID, desk_note: DeskNote, **fields: str) -> ServiceRecord:
    try:
        record_id = uuid.UUID(desk.request.POST.get("once", ""))
    except ValueError:
        record_id = uuid7()
    session_id = desk.session.pk if desk.session else None
    if fields["service"] in PaperKind.values and fields["outcome"] == Outcome.DONE:
        # The paper is the service: one verb writes both.
        moment: Any = fields["occurred_at"]
        if desk.form and desk.actor.may(Permission.PAPERS_SET):
            # Outside every rule the head issues it, with a reason.
            desk.form.typed_in["kind"] = "paper_reason"
        paper = issue_at_desk(
            by=desk.actor,
            kind=fields["service"],
            resident=resident,
            paper_id=record_id,
            session=session_id,
            reason=fields["reason"],
            note=fields.get("note", ""),
            occurred_at=moment,
            desk_note=desk_note,
        )
        return paper.record
    entry = Entry(id=record_id, resident=resident, session=session_id, **fields)  # type: ignore[arg-type]  # the form checked them
    return log_form(by=desk.actor, entry=entry, desk_note=desk_note, session=desk.session)


def _void(desk: Desk) -> str | None:
    """The record that the button names, or the one that the address shows."""
    if text := desk.request.POST.get("record"):
        record = get_record_or_404(desk.actor, chosen_id(text))
    elif saved := saved_as(desk.actor, desk.request.GET.get("last")):
        record = saved.record
    else:
        raise Invalid("record", _("Choose a record first."))
    desk.card_question = take_back(desk.request, desk.actor, record)
    return None if desk.card_question else desk.address()


def _check_in(desk: Desk) -> str:
    visit = check_in(
        by=desk.actor,
        appointment=_chosen(desk),
        priority=True if desk.request.POST.get("priority") else None,
        confirm=desk.request.POST.getlist("confirm"),
    )
    messages.success(
        desk.request, _("Checked in: number %(number)s.") % {"number": visit.queue_number}
    )
    desk.arrived = True
    return _open_person(desk, visit.resident_id)


def _undo(desk: Desk) -> str:
    visit = undo_check_in(by=desk.actor, appointment=_chosen(desk))
    say_taken_back(desk.request, visit)
    return desk.address()


def _chosen(desk: Desk) -> Appointment:
    visit = get_appointment_or_404(desk.actor, chosen_id(desk.request.POST.get("visit")))
    if desk.session is None or visit.session_id != desk.session.pk:
        raise Invalid("visit", _("This booking is for another session."))
    return visit


# --- in a hall ------------------------------------------------------------------------------------


def _call(desk: Desk, hall: Hall) -> str | None:
    if hall.station is None:
        raise Invalid("station", _("Choose your station first."))
    called = call_next(by=desk.actor, session=hall.session, station=hall.station)
    if called is None:
        desk.problem = _("Nobody waits for %(station)s.") % {"station": hall.station.name}
        return None
    return _sit_down(desk, called.resident_id)


def _serve(desk: Desk, hall: Hall) -> str:
    if hall.station is None:
        raise Invalid("station", _("Choose your station first."))
    visit = serve_here(by=desk.actor, appointment=_chosen(desk), station=hall.station)
    return _sit_down(desk, visit.resident_id)


def _sit_down(desk: Desk, resident_id: uuid.UUID) -> str:
    _open_person(desk, resident_id)
    desk.sits = not desk.elsewhere
    return desk.address(person=resident_id, serve=1)


def _put_back(desk: Desk, hall: Hall) -> str:
    put_back(by=desk.actor, appointment=_chosen(desk))
    messages.info(desk.request, _("Put back behind the others."))
    return desk.address()


def _walk_in(desk: Desk, hall: Hall) -> str | None:
    resident = get_resident_or_404(desk.actor, chosen_id(desk.request.POST.get("resident")))
    confirm = desk.request.POST.getlist("confirm")
    ask_day(hall.session, confirm)
    desk.walk_in = WalkInForm(desk.request.POST, services=hall.session.event.services)
    questions: list[Asks] = []

    def verb(**fields: Any) -> Appointment | None:
        # A question is no refusal of a field.
        try:
            return walk_in(by=desk.actor, session=hall.session, resident=resident, **fields)
        except Asks as question:
            questions.append(question)
            return None

    appointment = attempt(desk.walk_in, verb, confirm=confirm)
    for question in questions:
        raise question
    if appointment is None:
        desk.show(resident.pk)
        return None
    messages.success(
        desk.request, _("Number %(number)s of the queue.") % {"number": appointment.queue_number}
    )
    return _open_person(desk, resident.pk)


_EVERYWHERE: dict[str, Callable[[Desk], str | None]] = {
    "find": _find,
    "log": _log,
    "void": _void,
    "check-in": _check_in,
    "undo": _undo,
}
_IN_A_HALL: dict[str, Callable[[Desk, Hall], str | None]] = {
    "call": _call,
    "serve": _serve,
    "back": _put_back,
    "walk-in": _walk_in,
}
