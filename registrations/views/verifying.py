"""A village looks at its people: for a phone, one person a card; and the minutes that its head signs."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, change_typed, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import Level, day_of
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region
from registrations.findings.renderers import minutes_pdf
from registrations.findings.selectors.findings import alike, findings_of
from registrations.findings.selectors.minutes import (
    draft_of,
    get_minutes_or_404,
    minutes_of,
    task_of,
    unsigned,
)
from registrations.findings.services.findings import propose
from registrations.findings.services.minutes import ask_village, sign_minutes
from registrations.findings.services.sealing import said_in
from registrations.forms.findings import (
    WITH_MORE,
    DeceasedForm,
    DuplicateForm,
    FindingForm,
    RecordedForm,
    SignForm,
    TaskForm,
)
from registrations.missing.enums import Purpose
from registrations.missing.selectors.lists import closed_since
from registrations.missing.selectors.verifying import cards, next_to_verify, villages_to_verify
from registrations.missing.services.refreshing import refresh_within
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.selectors import get_resident_or_404, person_or_404
from registrations.people.services.lookups import log_people

#: People on a page of a phone.
CARDS = 20


def _village(request: StaffRequest, actor: Actor) -> Region | None:
    """The own village, or the one that `?desa=` names within the own office; None: none is chosen."""
    if actor.office is None:
        raise NotFound
    code = request.GET.get("desa") or request.POST.get("desa", "")
    if not code and len(actor.region) == Level.VILLAGE.code_length:
        code = actor.region
    if not code:
        return None
    village = get_region(code, level=Level.VILLAGE, field="desa")
    if not actor.covers(village.pk):
        raise NotFound
    return village


def _address(name: str, village: Region) -> str:
    return f"{reverse(name)}?desa={village.pk}"


@page(Permission.FINDINGS_PROPOSE)
def verify_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """People of the village who are open on the list of the missing; else the villages to choose from."""
    village = _village(request, actor)
    refresh_within(village.pk if village else actor.region)
    if village is None:
        chosen = {"villages": villages_to_verify(actor), "section": "verify"}
        return render(request, "registrations/verify_villages.html", chosen)
    form = fill(request, TaskForm)
    if request.method == "POST" and attempt(form, ask_village, by=actor, village=village):
        messages.success(request, _("The village sees the day on its page."))
        return redirect(_address("verify", village))
    task = task_of(actor, village.pk)
    found = cards(actor, village.pk, task)
    pages = paged(request, found, CARDS)
    people = list(pages)
    log_people(by=actor, people=(one["resident_id"] for one in people), kind="people to verify")
    context: dict[str, Any] = {
        "village": village,
        "task": task,
        "late": task is not None and task.due < actor.today,
        "pages": pages,
        "people": people,
        "mine": actor.posting_id,
        "open": found.open,
        "listed": bool(found.open) or closed_since(village.pk, Purpose.MISSING) is not None,
        "left": found.left,
        "form": form if actor.may(Permission.APPOINTMENTS_BOOK) else None,
        "section": "verify",
    }
    return render(request, "registrations/verify.html", context, status=status_of(form))


@page(Permission.FINDINGS_PROPOSE)
def verify_person(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """One person: what was found out is a tap, or a tap and its paper. Then the next one comes."""
    resident = get_resident_or_404(actor, resident_id)
    if resident.office_id != actor.office:
        raise NotFound
    others = list(alike(actor, resident))
    forms = _forms(request, others)
    village = resident.village
    if request.method == "POST":
        form = next((one for one in forms.values() if one.is_bound), forms["simple"])
        if attempt(form, propose, by=actor, resident=resident):
            messages.success(request, _("Saved. The office decides about it."))
            return _onward(actor, resident)
    log_people(by=actor, people=[resident.pk, *(one.pk for one in others)], kind="person to verify")
    earlier = findings_of(actor, resident=resident.pk).select_related("found_by")[:5]
    task = task_of(actor, village.pk)
    context = {
        "person": person_or_404(actor, resident.pk),
        "village": village,
        "task": task,
        "earlier": [(one, said_in(one)) for one in earlier],
        "taps": [one for one in FindingOutcome if one not in WITH_MORE],
        "forms": forms,
        "alike": others,
        "labels": {one.value: one.label for one in WITH_MORE},
        "next": next_to_verify(actor, village.pk, task, resident.pk),
        "section": "verify",
    }
    status = max(status_of(form) for form in forms.values())
    return render(request, "registrations/verify_person.html", context, status=status)


def _forms(request: StaffRequest, others: list[Resident]) -> dict[str, FindingForm]:
    """The one that was sent is bound."""
    kinds: dict[str, tuple[type[FindingForm], dict[str, Any]]] = {
        FindingOutcome.DECEASED: (DeceasedForm, {}),
        FindingOutcome.RECORDED_ALREADY: (RecordedForm, {}),
        FindingOutcome.DUPLICATE: (DuplicateForm, {"alike": others}),
    }
    sent = request.POST.get("outcome") if request.method == "POST" else None
    forms: dict[str, FindingForm] = {
        name: kind(
            request.POST if sent == name else None,
            initial={"outcome": name},
            auto_id=f"{name}_%s",
            **more,
        )
        for name, (kind, more) in kinds.items()
    }
    simple = request.POST if request.method == "POST" and sent not in kinds else None
    forms["simple"] = FindingForm(simple)
    return forms


def _onward(actor: Actor, resident: Resident) -> HttpResponse:
    village = resident.village
    following = next_to_verify(actor, village.pk, task_of(actor, village.pk), resident.pk)
    if following is None:
        return redirect(_address("verify", village))
    return redirect("verify-person", following)


@page(Permission.FINDINGS_PROPOSE)
def verify_minutes(request: StaffRequest, actor: Actor) -> HttpResponse:
    """What was found and is not signed yet, counted; signed by name and function. No person is shown."""
    village = _village(request, actor)
    if village is None:
        return redirect("verify")
    draft = draft_of(village, unsigned(actor, village))
    form = fill(request, SignForm, initial={"version": draft.version})
    if request.method == "POST" and (
        minutes := attempt(form, sign_minutes, by=actor, village=village)
    ):
        messages.success(request, _("The minutes are signed: print them, or send the file."))
        return redirect(f"{_address('verify-minutes', village)}#b{minutes.pk}")
    if form.is_bound:
        # Shown again with what stands by now: that is what the next click signs.
        draft = draft_of(village, unsigned(actor, village))
        change_typed(form, "version", draft.version)
    context = {
        "village": village,
        "draft": draft,
        "counts": [(FindingOutcome(name).label, n) for name, n in draft.counts.items()],
        "form": form,
        "signed": minutes_of(actor, village.pk)[:20],
        "section": "verify",
    }
    return render(request, "registrations/verify_minutes.html", context, status=status_of(form))


@page(Permission.RESIDENTS_VIEW)
def minutes_file(request: StaffRequest, actor: Actor, minutes_id: uuid.UUID) -> HttpResponse:
    """Signed minutes as PDF, in Indonesian: counts alone."""
    minutes = get_minutes_or_404(actor, minutes_id)
    with translation.override("id"):
        content = minutes_pdf(minutes)
    day = day_of(minutes.signed_at, minutes.village_id)
    name = f"berita-acara-verifikasi-{minutes.village_id}-{day:%Y%m%d}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
