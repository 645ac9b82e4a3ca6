"""Logging a service: find, Enter, Enter, next person."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import DomainError, Invalid, Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.ids import uuid7
from dukcapil.core.pages import status_of
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.booking.selectors.desk import find_ticket, open_booking, sessions_on
from registrations.forms.desk import LogForm
from registrations.forms.people import FindVisitorForm, reason_of
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import done_services, get_record_or_404
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import Beside, Entry, log_service
from registrations.people.selectors import person_or_404
from registrations.views.finding import found_by


@page(Permission.RECORDS_LOG)
def log_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office logs services."))
    office: Region = request.posting.region  # type: ignore[attr-defined]
    today = timezone.localdate(timezone=ZoneInfo(office.timezone))
    sessions = sessions_on(actor, today, office.timezone)
    session = _chosen(request, sessions)
    do = request.POST.get("do")
    if do == "find":
        return _find(request, actor, sessions, session)
    if do == "void":
        return _void(request, actor, session)
    person = _person(actor, request.GET.get("person"))
    if person is None:
        return _page(request, sessions, session, last=_last(request, actor))
    booked = open_booking(person["id"], session.pk) if session else None
    services = session.event.services if session else Service.values
    done = done_services(actor, person["id"])
    first = first_service(person, booked.services if booked else None, services, done)
    form = fill(
        request,
        LogForm,
        services=services,
        zone=session.event.village.timezone if session else office.timezone,
        initial={"service": first, "outcome": "done"},
    )
    if request.method == "POST":
        given = {"by": actor, "person": person, "session": session}
        if record := attempt(form, _log, **given):
            return redirect(_address(session, last=record.pk))
    context = {"form": form, "person": person, "booked": booked, "done": done}
    return _page(request, sessions, session, status=status_of(form), **context)


def _log(
    *,
    by: Actor,
    person: dict[str, Any],
    session: ServiceSession | None,
    beside: Beside,
    **said: Any,
) -> ServiceRecord:
    entry = Entry(
        id=uuid7(), resident=person["id"], session=session.pk if session else None, **said
    )
    return log_service(by=by, entry=entry, beside=beside)[0]


def _chosen(request: HttpRequest, sessions: list[ServiceSession]) -> ServiceSession | None:
    """The session that the address names; else the one chosen before; else the only one."""
    asked = request.GET.get("session")
    if asked is None:
        asked = request.session.get("log_session")
    elif asked != request.session.get("log_session"):
        request.session["log_session"] = asked[:40]
    if asked is None and len(sessions) == 1:
        return sessions[0]
    return next((session for session in sessions if str(session.pk) == asked), None)


def _person(actor: Actor, text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        chosen = uuid.UUID(text)
    except ValueError:
        return None
    person = person_or_404(actor, chosen)
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(chosen))
    return person


def first_service(
    person: dict[str, Any], booked: list[str] | None, offered: list[str], done: set[str]
) -> str:
    """What this person most likely came for: the booking, else the next step of a KTP-el."""
    step = Service.IKD_ACTIVATION if person["recorded_on"] else Service.RECORDING
    choices = booked or offered
    if step in choices and step not in done:
        return step
    return next((name for name in choices if name not in done | {Service.RECORDING}), choices[0])


def _find(
    request: HttpRequest,
    actor: Actor,
    sessions: list[ServiceSession],
    session: ServiceSession | None,
) -> HttpResponse:
    find = FindVisitorForm(request.POST)
    if find.is_valid() and (ticket := find_ticket(actor, find.cleaned_data["q"])):
        at = next((s for s in sessions if s.pk == ticket.session_id), session)
        return redirect(_address(at, person=ticket.resident_id))
    people = found_by(actor, find)
    if len(people) == 1:
        return redirect(_address(session, person=people[0]["id"]))
    context = {"find": find, "people": people, "looked": find.is_valid()}
    return _page(request, sessions, session, status=status_of(find), **context)


def _address(session: ServiceSession | None, **query: Any) -> str:
    return f"{reverse('log')}?{urlencode({'session': str(session.pk) if session else '', **query})}"


def _last(request: HttpRequest, actor: Actor) -> dict[str, Any] | None:
    """What was logged just now, to see it once more, go on with the person, or take it back."""
    try:
        record = get_record_or_404(actor, uuid.UUID(request.GET.get("last", "")))
    except (ValueError, DomainError):
        return None
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(record.resident_id))
    return {"record": record, "person": person_or_404(actor, record.resident_id)}


def _void(request: HttpRequest, actor: Actor, session: ServiceSession | None) -> HttpResponse:
    last = _last(request, actor)
    if last is None:
        raise Invalid("record", _("Choose a record first."))
    void_record(by=actor, record=last["record"], reason=reason_of(request.POST))
    messages.success(request, _("The record was voided; the count went back at once."))
    return redirect(_address(session))


def _page(
    request: HttpRequest,
    sessions: list[ServiceSession],
    session: ServiceSession | None,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    shared = {
        "sessions": sessions,
        "session": session,
        "find": FindVisitorForm(),
        "session_id": str(session.pk) if session else "",
    }
    return render(request, "registrations/log.html", shared | context, status=status)
