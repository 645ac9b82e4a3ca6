"""Booking one person, and their slip."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks
from dukcapil.core.forms import Question, attempt, fill, refused_with
from dukcapil.core.pages import chosen_id, status_of
from dukcapil.regions.enums import day_of
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import get_session_or_404
from events.planning.selectors.requirements import papers_together
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.appointments import get_appointment_or_404
from registrations.booking.selectors.desk import (
    Progress,
    open_bookings,
    progress,
    sessions_with_room,
)
from registrations.booking.selectors.messages import told
from registrations.booking.services.appointments import (
    book,
    cancel_appointment,
    move_appointment,
)
from registrations.booking.services.contacts import change_contact
from registrations.booking.services.judging import ask_return
from registrations.booking.services.waiting import wait
from registrations.forms.contacts import ContactForm
from registrations.forms.desk import BookingForm
from registrations.forms.people import FindForm
from registrations.people.selectors import get_resident_or_404
from registrations.people.services.lookups import person_served
from registrations.views.contacts import contact_changed, contact_shown
from registrations.views.paper import PAPERS, paper_of
from registrations.views.visitor_search import search_and_log


@page(Permission.APPOINTMENTS_BOOK)
def book_page(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """Find somebody, or add them, and book them."""
    session = get_session_or_404(actor, session_id)
    session_progress = progress(actor, [session])[0]
    more, question = False, None
    if request.POST.get("do") == "find":
        find, form = FindForm(request.POST), _new_form(session_progress)
        match = search_and_log(actor, find)
        people, more = match.people, match.more
    else:
        find = FindForm()
        form = fill(request, BookingForm, do=("book", "wait", ""), free=session_progress.places)
        try:
            if answer := _book_or_wait(request, actor, session, form):
                return answer
        except Asks as asks:
            question = Question.of(request, asks)
        typed = form.data.get("resident") if form.is_bound else None
        people = _chosen_person(actor, typed or request.GET.get("person"))
    context = _session_context(session, session_progress) | {
        "find": find,
        "elsewhere": open_bookings(actor, people[0]["id"]) if form.errors and people else [],
        "form": form if form.is_bound else _new_form(session_progress),
        "people": people,
        "more": more,
        "looked": find.is_bound and find.is_valid(),
        "full": form.is_bound and refused_with(form, "session-full"),
        "question": question,
    }
    status = 409 if question else max(status_of(find), status_of(form))
    return render(request, "registrations/book.html", context, status=status)


def _new_form(session_progress: Progress) -> BookingForm:
    """With the first service chosen already."""
    return BookingForm(
        free=session_progress.places, initial={"services": list(session_progress.places)[:1]}
    )


def _session_context(session: ServiceSession, session_progress: Progress) -> dict[str, Any]:
    return {
        "session": session,
        "session_text": str(session.pk),
        "event": session.event,
        "progress": session_progress,
        "section": "events",
    }


def _chosen_person(actor: Actor, resident_text: str | None) -> list[dict[str, Any]]:
    """The person whom the form or the address names, as a list of one. Logged as a look."""
    if not resident_text:
        return []
    return [person_served(by=actor, resident_id=chosen_id(resident_text))]


def _book_or_wait(
    request: StaffRequest, actor: Actor, session: ServiceSession, form: BookingForm
) -> HttpResponse | None:
    """Book, or put on the waiting list, as the button says, and go on; None: stay on the page."""
    verbs: dict[str, Callable[..., Any]] = {"book": book, "wait": wait}
    verb = verbs.get(request.POST.get("do", ""))
    if verb is None:
        return None
    resident = get_resident_or_404(actor, chosen_id(request.POST.get("resident", "")))
    confirm = request.POST.getlist("confirm")
    if form.is_valid():
        ask_return(actor, session, resident, form.cleaned_data["services"], confirm)
    booking = attempt(form, verb, by=actor, session=session, resident=resident, confirm=confirm)
    if isinstance(booking, Waiting):
        return _on_waiting_list(request, booking)
    if booking is None:
        return None
    messages.success(request, _("Booked. Print the slip or read the code to the person."))
    return redirect("appointment", booking.pk)


def _on_waiting_list(request: StaffRequest, entry: Waiting) -> HttpResponse:
    if entry.appointment_id:
        messages.success(request, _("A place had just come free: booked."))
        return redirect("appointment", entry.appointment_id)
    messages.success(
        request, _("On the waiting list. A place that comes free is booked by itself.")
    )
    return redirect("waiting", entry.session_id)


@page(Permission.APPOINTMENTS_VIEW)
def appointment_page(
    request: StaffRequest, actor: Actor, appointment_id: uuid.UUID
) -> HttpResponse:
    """The slip: to print, to read aloud, to cancel. The QR code holds the slip's code alone."""
    appointment = get_appointment_or_404(actor, appointment_id)
    form, question = fill(request, ContactForm, do=("contact",)), None
    if request.method == "POST" and not form.is_bound:
        try:
            return _change(request, actor, appointment)
        except Asks as asks:
            question = Question.of(request, asks)
    elif request.method == "POST":
        change = partial(change_contact, by=actor, owner=appointment)
        if contact_changed(request, form, change):
            return redirect("appointment", appointment.pk)
    person = person_served(by=actor, resident_id=appointment.resident_id)
    picture = segno.make_qr(appointment.ticket).svg_inline(omitsize=True, border=2)
    moves = actor.may(Permission.APPOINTMENTS_BOOK)
    context = {
        "appointment": appointment,
        "session": appointment.session,
        "event": appointment.session.event,
        "person": person,
        "labels": [Service(name).label for name in appointment.services],
        "bring": papers_together(
            appointment.session.event.office_id,
            appointment.services,
            day_of(appointment.session.starts_at, appointment.session.event.village_id),
        ),
        "qr": mark_safe(picture),  # noqa: S308 - made by segno from our own ticket
        "elsewhere": sessions_with_room(actor, appointment) if moves else [],
        "books": bool(actor.office) and moves,
        "contact": contact_shown(appointment, books=moves),
        "contact_form": form if moves and appointment.state in AppointmentState.active() else None,
        "told": told(actor, appointment) if appointment.channel else [],
        "zone": appointment.session.event.village.timezone,
        "paper": paper_of(request),
        "papers": PAPERS,
        "section": "events",
        "question": question,
    }
    status = 409 if question else status_of(form)
    return render(request, "registrations/slip.html", context, status=status)


def _change(request: StaffRequest, actor: Actor, appointment: Appointment) -> HttpResponse:
    do = request.POST.get("do")
    if do == "cancel":
        cancel_appointment(by=actor, appointment=appointment)
        messages.success(request, _("Cancelled. The places are free again."))
    elif do == "move":
        chosen = get_session_or_404(actor, chosen_id(request.POST.get("session")))
        confirm = request.POST.getlist("confirm")
        appointment = move_appointment(
            by=actor, appointment=appointment, session=chosen, confirm=confirm
        )
        messages.success(request, _("Moved. The slip has a new code."))
    return redirect("appointment", appointment.pk)
