"""Correcting a person: data, NIK, merging two rows, called again, erasing. Each on a page of its own, which says before
what will change.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, Conflict, DomainError, Invalid, Refused
from dukcapil.core.forms import (
    asked_about,
    attempt,
    change_typed,
    confirmed,
    fill,
    refuse,
    refused_with,
)
from dukcapil.core.pages import chosen_id, status_of
from dukcapil.core.versions import CHANGED
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.selectors import regions_below
from registrations.corrections.services.called_again import reopen_recording
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.merging import merge
from registrations.corrections.services.numbers import replace_nik
from registrations.corrections.services.own import version_of
from registrations.forms.corrections import (
    CorrectForm,
    EraseForm,
    MergeForm,
    NikForm,
    ReopenForm,
    shown,
)
from registrations.forms.people import FindForm
from registrations.oversight.services.erasing import erase_person
from registrations.people.enums import ChangeState
from registrations.people.models import Resident
from registrations.people.selectors import get_resident_or_404, held_by_number, person_or_404
from registrations.people.services.lookups import log_people
from registrations.people.services.residents import judge_held
from registrations.views.onward import way_on
from registrations.views.visitor_search import search_and_log


def own_person(actor: Actor, resident_id: uuid.UUID) -> Resident:
    """A person of the own office, logged as a look; a lent clerk is refused."""
    resident = get_resident_or_404(actor, resident_id)
    if actor.office != resident.office_id:
        raise Refused("forbidden", _("This person is held by another office."))
    log_people(by=actor, people=[resident.pk], kind="resident")
    return resident


@page(Permission.RESIDENTS_CORRECT)
def resident_correct(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    resident = own_person(actor, resident_id)
    villages = regions_below(resident.office_id, [Level.VILLAGE])
    form = fill(request, CorrectForm, villages=villages, stands=lambda: _stands(resident))
    question: Asks | None = None
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        asked = {name: data.pop(name) for name in ("reason", "moved_on", "version")}
        confirm = confirmed(request, form)
        try:
            before = version_of(resident)
            done = correct(by=actor, resident=resident, changes=data, confirm=confirm, **asked)
            for remark in judge_held(get_resident_or_404(actor, resident_id)):
                messages.warning(request, str(remark.detail))
            if version_of(done) == before:
                messages.info(request, _("Nothing differs from what is held: nothing changed."))
            else:
                messages.success(request, _("The data was corrected."))
            return redirect(way_on(request, resident_id))
        except Asks as asks:
            question = asks
        except (Invalid, Conflict) as error:
            refuse(form, error)
    context = {
        "form": form,
        "villages": villages,
        "person": person_or_404(actor, resident_id),
        "question": question,
        "asked": asked_about(form) if question else "",
        "alike": named_in(actor, question),
        "back": way_on(request, resident_id),
        "section": "residents",
    }
    status = 409 if question else status_of(form)
    return render(request, "registrations/resident_correct.html", context, status=status)


def _stands(resident: Resident) -> Stands:
    _read_again(resident)
    return Stands(shown(resident), version_of(resident))


def _read_again(resident: Resident) -> None:
    resident.refresh_from_db()
    resident.identity.refresh_from_db()


def named_in(actor: Actor, question: Asks | None) -> list[dict[str, Any]]:
    """Masked rows of whom a question names; the verb has logged them."""
    people = question.extra.get("residents", ()) if question else ()
    return [person_or_404(actor, uuid.UUID(one)) for one in people]


def show_again(form: Any, resident: Resident) -> None:
    """After a refusal because of the version: the next try is about what stands now."""
    if refused_with(form, CHANGED):
        _read_again(resident)
        change_typed(form, "version", version_of(resident))


@page(Permission.RESIDENTS_CORRECT)
def resident_nik(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """By the head at once; a clerk's is a proposal."""
    resident = own_person(actor, resident_id)
    form = fill(request, NikForm, initial={"version": version_of(resident)})
    change = None
    if request.method == "POST":
        change = attempt(form, replace_nik, by=actor, resident=resident)
    if change is not None:
        if change.state == ChangeState.OPEN:
            messages.success(request, _("The head decides about the number; nothing changed yet."))
        else:
            messages.success(request, _("The NIK was replaced. Records and bookings went with it."))
        return redirect("resident", resident_id)
    show_again(form, resident)
    is_held = form.is_bound and refused_with(form, "resident-exists")
    held = held_by_number(actor, form.cleaned_data["nik"]) if is_held else []
    context = {
        "form": form,
        "person": person_or_404(actor, resident_id),
        "held": held,
        "proposes": not actor.may(Permission.RESIDENTS_DECIDE),
        "section": "residents",
    }
    return render(request, "registrations/resident_nik.html", context, status=status_of(form))


@page(Permission.RESIDENTS_DECIDE)
def resident_merge(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """First find the other row, then see both side by side, then merge."""
    resident = own_person(actor, resident_id)
    context: dict[str, Any] = {
        "person": person_or_404(actor, resident_id),
        "section": "residents",
    }
    if request.method == "POST" and request.POST.get("do") == "find":
        find = FindForm(request.POST)
        people = [
            row
            for row in search_and_log(actor, find).people
            if row["id"] != resident_id and row["office"] == actor.office
        ]
        context |= {"find": find, "people": people, "looked": find.is_valid()}
        return render(request, "registrations/resident_merge.html", context, status=status_of(find))
    if not (chosen := request.POST.get("into") or request.GET.get("into")):
        return render(request, "registrations/resident_merge.html", context | {"find": FindForm()})
    into = own_person(actor, chosen_id(chosen))
    form = MergeForm(request.POST or None, initial={"into": into.pk})
    if request.method == "POST" and form.is_valid():
        try:
            merge(by=actor, resident=resident, into=into, reason=form.cleaned_data["reason"])
            messages.success(request, _("The two rows are one person now."))
            return redirect("resident", into.pk)
        except (Invalid, Conflict) as error:
            refuse(form, error)
    context |= {"form": form, "stays": person_or_404(actor, into.pk)}
    return render(request, "registrations/resident_merge.html", context, status=status_of(form))


@page(Permission.RECORDS_ACCEPT)
def resident_reopen(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """By the head of the office, or by its province."""
    resident = get_resident_or_404(actor, resident_id)
    if not actor.covers(resident.office_id):
        raise Refused("forbidden", _("This person is held by another office."))
    log_people(by=actor, people=[resident.pk], kind="resident")
    today = today_in(resident.office_id)
    form = fill(request, ReopenForm, initial={"may_return_on": today})
    if request.method == "POST" and attempt(form, reopen_recording, by=actor, resident=resident):
        messages.success(request, _("Called again: the next recording counts."))
        return redirect("resident", resident_id)
    context = {
        "form": form,
        "person": person_or_404(actor, resident_id),
        "section": "residents",
    }
    return render(request, "registrations/resident_reopen.html", context, status=status_of(form))


@page(Permission.RESIDENTS_ERASE)
def resident_erase(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    resident = own_person(actor, resident_id)
    form = fill(request, EraseForm)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            erase_person(by=actor, resident=resident, reason=data["reason"], case=data["case"])
            messages.success(request, _("The person's data was erased. Counts stay as they are."))
            return redirect("residents")
        except DomainError as error:
            refuse(form, error)
    context = {
        "form": form,
        "person": person_or_404(actor, resident_id),
        "section": "residents",
    }
    return render(request, "registrations/resident_erase.html", context, status=status_of(form))
