"""A session's list: who is booked, who is here, who waits; booking one person; the slip."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import attempt, fill, refused_with
from dukcapil.core.live import live
from dukcapil.core.pages import chosen_id, ordered, page_number, paged, status_of
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import get_session_or_404
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.appointments import get_appointment_or_404
from registrations.booking.selectors.desk import (
    QUEUE,
    find_ticket,
    open_bookings,
    printed,
    progress,
    queue,
    sessions_with_room,
)
from registrations.booking.selectors.waiting import get_waiting_or_404, waiting_of
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    check_in,
    move_appointment,
    release_no_shows,
)
from registrations.booking.services.waiting import wait, withdraw
from registrations.forms.desk import BookingForm
from registrations.forms.people import FindForm
from registrations.people.selectors import get_resident_or_404, person_or_404
from registrations.views.finding import found_by


@page(Permission.APPOINTMENTS_VIEW)
def session_page(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The queue. A look is logged whenever names are sent, so not while a refresh finds nothing new."""
    session = get_session_or_404(actor, session_id)
    if request.method == "POST" and request.POST.get("do") == "release":
        return _release(request, actor, session)
    if request.method == "POST":
        return _check_in(request, actor, session)
    done = request.GET.get("show") == "done"
    skip = QUEUE * max(0, page_number(request) - 1)
    shown = progress(actor, [session])[0]
    people = queue(actor, session, done=done, skip=skip)
    context = {
        "session": session,
        "event": session.event,
        "progress": shown,
        "free": [(Service(name).label, cell) for name, cell in shown.places.items()],
        "people": [named(row) for row in people[:QUEUE]],
        "more": skip // QUEUE + 2 if len(people) > QUEUE else 0,
        "done": done,
        "books": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "exports": actor.may(Permission.RESIDENTS_EXPORT),
        "own": actor.covers(session.event.office_id),
        "serves": bool(actor.office) and actor.may(Permission.RECORDS_LOG),
        "late_until": _late(),
        "section": "events",
    }
    answer = live(request, "registrations/session.html", "registrations/_queue.html", context)
    if answer.status_code != HTTPStatus.NO_CONTENT:
        log_access(
            by=actor,
            action=Access.VIEW,
            kind="session queue",
            subject=str(session.pk),
            found=len(people),
        )
    return answer


#: Who is this much behind the hour of the invitation may lose the place to who waits.
GRACE = timedelta(minutes=30)


#: The number of an entry of a waiting list.
_PLACE = re.compile(r"[0-9]{1,18}")


def _late() -> datetime:
    return timezone.now() - GRACE


def _release(request: HttpRequest, actor: Actor, session: ServiceSession) -> HttpResponse:
    """Who is more than half an hour late gives the place to the waiting list."""
    missed = release_no_shows(by=actor, session=session, until=_late())
    text = ngettext(
        "%(n)s person did not come; the place went to the waiting list.",
        "%(n)s people did not come; their places went to the waiting list.",
        missed,
    )
    messages.success(request, text % {"n": missed})
    return redirect("session", session.pk)


def named(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "name": row["resident__identity__name"],
        "nik_masked": row["resident__identity__nik_masked"],
        "village": row["resident__village__name"],
        "labels": [Service(name).label for name in row["services"]],
    }


def _check_in(request: HttpRequest, actor: Actor, session: ServiceSession) -> HttpResponse:
    """By the code of a slip, as a scanner types it. A slip of another session is named as such."""
    found = find_ticket(actor, request.POST.get("ticket", ""))
    here = redirect("session", session.pk)
    if found is None:
        messages.error(request, _("No slip of this office has this code."))
    elif found.session_id != session.pk:
        zone = ZoneInfo(session.event.village.timezone)
        messages.error(
            request,
            _("This slip is for %(title)s, %(day)s.")
            % {
                "title": found.session.event.title,
                "day": date_format(timezone.localdate(found.session.starts_at, zone), "j F Y"),
            },
        )
    elif found.state == AppointmentState.CHECKED_IN:
        messages.warning(request, _("%(code)s was checked in before.") % {"code": found.ticket})
    else:
        check_in(by=actor, appointment=found)
        messages.success(request, _("%(code)s is here.") % {"code": found.ticket})
    return here


@page(Permission.APPOINTMENTS_BOOK)
def book_page(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """Find somebody, or add them, and give them their places."""
    session = get_session_or_404(actor, session_id)
    shown = progress(actor, [session])[0]
    do = request.POST.get("do")
    find = FindForm(request.POST if do == "find" else None)
    form = fill(request, BookingForm, free=shown.places) if do != "find" else None
    people = found_by(actor, find) if do == "find" else []
    if do == "book" and form and (made := _book(request, actor, session, form)):
        messages.success(request, _("Booked. Print the slip or read the code to the person."))
        return redirect("appointment", made.pk)
    if do == "wait" and form and (entry := _wait(request, actor, session, form)):
        return _waits(request, entry)
    typed = form.data.get("resident") if form and form.is_bound else None
    chosen = typed or request.GET.get("person")
    if chosen and do != "find":
        people = [person_or_404(actor, chosen_id(chosen))]
        log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(people[0]["id"]))
    elsewhere = open_bookings(actor, people[0]["id"]) if form and form.errors and people else []
    form = form or BookingForm(free=shown.places, initial={"services": list(shown.places)[:1]})
    if not form.is_bound:
        form.initial.setdefault("services", list(shown.places)[:1])
    context = {
        "session": session,
        "session_text": str(session.pk),
        "event": session.event,
        "progress": shown,
        "find": find,
        "elsewhere": elsewhere,
        "form": form,
        "people": people,
        "looked": do == "find" and find.is_valid(),
        "full": form.is_bound and refused_with(form, "session-full"),
        "section": "events",
    }
    status = max(status_of(find), status_of(form))
    return render(request, "registrations/book.html", context, status=status)


def _wait(request: HttpRequest, actor: Actor, session: ServiceSession, form: BookingForm) -> Any:
    resident = get_resident_or_404(actor, chosen_id(request.POST.get("resident", "")))
    return attempt(form, _queue_up, by=actor, session=session, resident=resident)


def _queue_up(*, contact: Any, **given: Any) -> Waiting:
    return wait(**given)


def _waits(request: HttpRequest, entry: Waiting) -> HttpResponse:
    if entry.appointment_id:
        messages.success(request, _("A place had just come free: booked."))
        return redirect("appointment", entry.appointment_id)
    messages.success(
        request, _("On the waiting list. A place that comes free is booked by itself.")
    )
    return redirect("waiting", entry.session_id)


_WAITING = {
    "line": ("rank", "id"),
    "name": ("resident__identity__name_key",),
    "group": ("group__name",),
    "since": ("created_at",),
    "state": ("state",),
}


@page(Permission.APPOINTMENTS_VIEW)
def waiting_page(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The waiting list in its order, and how it moved."""
    session = get_session_or_404(actor, session_id)
    if request.method == "POST":
        require(actor, Permission.APPOINTMENTS_BOOK)
        text = request.POST.get("entry", "")
        if not _PLACE.fullmatch(text):
            raise Invalid("choice", _("Choose a row of the list first."))
        entry = get_waiting_or_404(actor, int(text))
        withdraw(by=actor, entry=entry)
        messages.success(request, _("Taken off the waiting list."))
        return redirect("waiting", session.pk)
    pages = paged(request, ordered(request, waiting_of(actor, session), _WAITING))
    log_access(
        by=actor,
        action=Access.VIEW,
        kind="waiting list",
        subject=str(session.pk),
        found=len(pages.object_list),
    )
    context = {
        "session": session,
        "event": session.event,
        "pages": pages,
        "books": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "exports": actor.may(Permission.RESIDENTS_EXPORT) and actor.covers(session.event.office_id),
        "section": "events",
    }
    return render(request, "registrations/waiting.html", context)


@page(Permission.APPOINTMENTS_VIEW)
def print_list(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The session on paper: by group and hour, with a box to tick. Logged as a look at everybody."""
    session = get_session_or_404(actor, session_id)
    people = [named(row) for row in printed(actor, session)]
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


def _book(request: HttpRequest, actor: Actor, session: ServiceSession, form: BookingForm) -> Any:
    resident = get_resident_or_404(actor, chosen_id(request.POST.get("resident", "")))
    return attempt(form, book, by=actor, session=session, resident=resident)


@page(Permission.APPOINTMENTS_VIEW)
def appointment_page(request: HttpRequest, actor: Actor, appointment_id: uuid.UUID) -> HttpResponse:
    """The slip: to print, to read aloud, to cancel. The QR code holds the slip's code alone."""
    appointment = get_appointment_or_404(actor, appointment_id)
    if request.method == "POST":
        if request.POST.get("do") == "cancel":
            cancel_appointment(by=actor, appointment=appointment)
            messages.success(request, _("Cancelled. The places are free again."))
        elif request.POST.get("do") == "check-in":
            check_in(by=actor, appointment=appointment)
            messages.success(request, _("%(code)s is here.") % {"code": appointment.ticket})
            return redirect("session", appointment.session_id)
        elif request.POST.get("do") == "move":
            chosen = get_session_or_404(actor, chosen_id(request.POST.get("session")))
            made = move_appointment(by=actor, appointment=appointment, session=chosen)
            messages.success(request, _("Moved. The slip has a new code."))
            return redirect("appointment", made.pk)
        return redirect("appointment", appointment.pk)
    person = person_or_404(actor, appointment.resident_id)
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(person["id"]))
    picture = segno.make_qr(appointment.ticket).svg_inline(omitsize=True, border=2)
    context = {
        "appointment": appointment,
        "session": appointment.session,
        "event": appointment.session.event,
        "person": person,
        "labels": [Service(name).label for name in appointment.services],
        "qr": mark_safe(picture),  # noqa: S308 - made by segno from our own ticket
        "elsewhere": _other_sessions(actor, appointment),
        "books": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "section": "events",
    }
    return render(request, "registrations/slip.html", context)


def _other_sessions(actor: Actor, appointment: Appointment) -> list[Any]:
    """Where the booking may be moved to: sessions to come of the office with the services free."""
    if appointment.state != AppointmentState.BOOKED or not actor.may(Permission.APPOINTMENTS_BOOK):
        return []
    return sessions_with_room(actor, appointment)
