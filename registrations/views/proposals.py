"""What is proposed for people's data: old and new side by side, accepted or refused."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, Conflict, Invalid, NotFound
from dukcapil.core.forms import attempt, refuse
from dukcapil.core.pages import paged, status_of
from registrations.corrections.selectors import (
    decided_about,
    open_change_or_404,
    open_changes,
    with_lines,
)
from registrations.corrections.services.deciding import accept
from registrations.corrections.services.deciding import refuse as refuse_change
from registrations.corrections.services.numbers import remarks_on, reveal_proposed
from registrations.corrections.services.own import version_of
from registrations.forms.corrections import DecideForm
from registrations.forms.people import RevealForm
from registrations.people.enums import ChangeKind
from registrations.people.services.lookups import log_people
from registrations.people.services.proposals import withdraw_proposal
from registrations.views.corrections import named_in

#: A page of people with two lines each.
_ROWS = 25


@page(Permission.RESIDENTS_CORRECT)
def correction_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    pages = paged(request, open_changes(actor), _ROWS)
    changes = with_lines(list(pages))
    people = [change.proposal.resident_id for change in changes]
    log_people(by=actor, people=people, kind="corrections proposed")
    context = {
        "pages": pages,
        "changes": changes,
        "decides": actor.may(Permission.RESIDENTS_DECIDE),
        "section": "residents",
    }
    return render(request, "registrations/correction_list.html", context)


@page(Permission.RESIDENTS_CORRECT)
def correction_page(request: StaffRequest, actor: Actor, proposal_id: uuid.UUID) -> HttpResponse:
    """Accepting asks as correcting does, where figures move."""
    try:
        proposal = open_change_or_404(actor, proposal_id)
    except NotFound:
        if resident := decided_about(actor, proposal_id):
            context = {"resident": resident, "section": "residents"}
            return render(request, "registrations/correction_decided.html", context, status=409)
        raise
    reveal_form, nik = RevealForm(), None
    if request.POST.get("do") == "reveal":
        reveal_form = RevealForm(request.POST)
        nik = attempt(reveal_form, reveal_proposed, by=actor, proposal_id=proposal_id)
    form = DecideForm(request.POST if request.POST.get("do") == "refuse" else None)
    question: Asks | None = None
    problem: Invalid | Conflict | None = None
    if request.method == "POST" and not reveal_form.is_bound:
        try:
            if said := _decide(request, actor, proposal_id, form):
                messages.success(request, said)
                return redirect("corrections")
        except Asks as asks:
            question = asks
        except (Invalid, Conflict) as error:
            if form.is_bound and error.field in form.fields:
                refuse(form, error)
            else:
                problem = error
    log_people(by=actor, people=[proposal.resident_id], kind="resident")
    number = proposal.kind == ChangeKind.NIK
    context = {
        "change": with_lines([proposal])[0],
        "form": form,
        "question": question,
        "alike": named_in(actor, question),
        "problem": problem,
        "held": problem.extra.get("resident") if problem else None,
        "version": version_of(proposal.resident),
        "decides": not number or actor.may(Permission.RESIDENTS_DECIDE),
        "own": proposal.proposed_by_id == actor.user_id,
        "remarks": remarks_on(proposal),
        "reveals": number and actor.may(Permission.RESIDENTS_REVEAL),
        "reveal_form": reveal_form,
        "nik": nik,
        "section": "residents",
    }
    refused = problem.status if problem else max(status_of(form), status_of(reveal_form))
    status = 409 if question else refused
    return render(request, "registrations/correction.html", context, status=status)


def _decide(
    request: StaffRequest, actor: Actor, proposal_id: uuid.UUID, form: DecideForm
) -> str | None:
    if request.POST.get("do") == "withdraw":
        withdraw_proposal(by=actor, proposal_id=proposal_id)
        return _("The proposal is withdrawn; nothing changed.")
    if request.POST.get("do") == "refuse":
        if not form.is_valid():
            return None
        refuse_change(by=actor, proposal_id=proposal_id, because=form.cleaned_data["because"])
        return _("The proposal was refused; nothing changed.")
    accept(
        by=actor,
        proposal_id=proposal_id,
        confirm=request.POST.getlist("confirm"),
        version=request.POST.get("version", ""),
    )
    return _("The proposal was accepted; the data was changed.")
