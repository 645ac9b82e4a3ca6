"""People as an office holds them: masked, and every look is logged."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import NotFound, Refused
from dukcapil.core.forms import asked_about, attempt, change_typed, confirmed, fill, refused_with
from dukcapil.core.pages import chosen_id, status_of
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from events.planning.enums import Service
from registrations.booking.selectors.desk import appointments_of
from registrations.booking.selectors.returning import called_again
from registrations.corrections.selectors import changes_of, went_to
from registrations.forms.people import ResidentForm, RevealForm, from_nik
from registrations.ledger.selectors import get_record_or_404, records_of
from registrations.people.enums import MaritalStatus
from registrations.people.selectors import (
    get_resident_or_404,
    held_by_number,
    person_or_404,
)
from registrations.people.services.checks import LOOK_ALIKE, look_alikes
from registrations.people.services.residents import register, reveal
from registrations.people.validators import parse_nik
from registrations.views.onward import way_on
from registrations.views.saved import take_back


@page(Permission.RESIDENTS_REGISTER)
def resident_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Add a person. Warnings are shown once and refuse nothing; a look-alike is asked about."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office holds residents."))
    villages = regions_below(actor.office, [Level.VILLAGE])
    if request.POST.get("do") == "start":
        form = ResidentForm(
            villages=villages, initial=from_nik(request.POST.get("nik", ""), actor.today)
        )
    else:
        form = fill(request, ResidentForm, villages=villages)
    complete = request.method == "POST" and form.is_bound and form.is_valid() and not form.warnings
    confirm = confirmed(request, form) if form.is_bound else []
    if complete and (resident := attempt(form, register, by=actor, confirm=confirm)):
        messages.success(request, _("The person was added."))
        return redirect(way_on(request, resident.pk))
    if form.warnings:
        change_typed(form, "accepted", form.to_accept)
    context = {
        "form": form,
        "villages": villages,
        "held": _held_already(actor, form),
        "alike": _alike(request, actor, form),
        "asked": asked_about(form) if form.is_bound else "",
    }
    status = 422 if form.warnings else status_of(form)
    return render(request, "registrations/resident_form.html", context, status=status)


def _held_already(actor: Actor, form: ResidentForm) -> list[dict[str, Any]]:
    """Whom the office holds under this number already, so that the clerk can go on with them. The
    refusal has logged the number with the person.
    """
    if not form.is_bound or not refused_with(form, "resident-exists"):
        return []
    return held_by_number(actor, parse_nik(form.data["nik"]))


def _alike(request: StaffRequest, actor: Actor, form: ResidentForm) -> list[dict[str, Any]]:
    """Who else of the office has this name and birth date, each with the way on to them."""
    if not form.is_bound or not refused_with(form, LOOK_ALIKE):
        return []
    # The question has logged them.
    people = look_alikes(actor, {"": form.person}).get("", [])
    return [row | {"way_on": way_on(request, row["id"])} for row in people]


@page(Permission.RESIDENTS_VIEW)
def resident_page(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """One person with their services. The full number only after a reason and a case."""
    try:
        person = person_or_404(actor, resident_id)
    except NotFound:
        if other := went_to(actor, resident_id):
            page_of = "registrations/resident_merged.html"
            return render(request, page_of, {"other": other}, status=404)
        raise
    card_question = None
    if request.method == "POST" and request.POST.get("do") == "void":
        record = get_record_or_404(actor, chosen_id(request.POST.get("record")))
        card_question = take_back(request, actor, record)
        if card_question is None:
            return redirect("resident", resident_id)
    form, nik = RevealForm(), None
    if request.method == "POST" and request.POST.get("do") == "reveal":
        form = RevealForm(request.POST)
        nik = attempt(form, reveal, by=actor, resident=get_resident_or_404(actor, resident_id))
    if nik is None:
        log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(resident_id))
    sees_visits = actor.may(Permission.APPOINTMENTS_VIEW)
    context = {
        "person": person,
        "form": form,
        "card_question": card_question,
        "nik": nik,
        "records": records_of(actor, resident_id) if actor.may(Permission.RECORDS_VIEW) else [],
        "appointments": appointments_of(actor, resident_id) if sees_visits else [],
        "services": dict(Service.choices),
        "changes": changes_of(actor, resident_id),
        "called_again": called_again(actor, resident_id) if person["called_again"] else [],
        "reopens": actor.may(Permission.RECORDS_ACCEPT) and actor.covers(person["office"]),
        "marital_status": MaritalStatus(person["marital_status"]).label,
        "section": "residents",
    }
    status = 422 if card_question else status_of(form)
    return render(request, "registrations/resident.html", context, status=status)
