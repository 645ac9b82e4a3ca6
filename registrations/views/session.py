"""A session's desk: who is booked, who is here; booking one person; the slip."""

from __future__ import annotations

import uuid
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

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.forms import attempt, fill
from dukcapil.core.live import live
from dukcapil.core.pages import chosen_id, page_number, status_of
from events.enums import Service
from events.models import ServiceSession
from events.selectors import get_session_or_404
from registrations.enums import AppointmentState
from registrations.forms import BookingForm, FindForm
from registrations.selectors import (
    get_appointment_or_404,
    get_resident_or_404,
    person_or_404,
)
from registrations.selectors.desk import QUEUE, find_ticket, open_bookings, progress, queue
from registrations.services import book, cancel_appointment, check_in
from registrations.views.finding import found_by


@page(Permission.APPOINTMENTS_VIEW)
def session_page(request: HttpRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The queue. A look is logged whenever names are sent, so not while a refresh finds nothing new."""
    session = get_session_or_404(actor, session_id)
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
        "people": [_named(row) for row in people[:QUEUE]],
        "more": skip // QUEUE + 2 if len(people) > QUEUE else 0,
        "done": done,
        "books": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "exports": actor.may(Permission.RESIDENTS_EXPORT),
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


def _named(row: dict[str, Any]) -> dict[str, Any]:
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
        "section": "events",
    }
    status = max(status_of(find), status_of(form))
    return render(request, "registrations/book.html", context, status=status)


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
        "books": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "section": "events",
    }
    return render(request, "registrations/slip.html", context)
