"""One person of a list: who follows them up, what is next, and when somebody spoke to them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from registrations.bench.selectors.entries import contacts_of, entry_or_404, shown_entry
from registrations.bench.selectors.head import owners_of
from registrations.bench.services.handling import hand_over, note_contact
from registrations.forms.bench import EntryContactForm, EntryHandForm, entry_stands
from registrations.missing.models import RollEntry
from registrations.missing.services.refreshing import refresh_within
from registrations.people.services.lookups import log_person


@page(Permission.RESIDENTS_VIEW)
def entry_page(request: StaffRequest, actor: Actor, entry_id: int) -> HttpResponse:
    entry = entry_or_404(actor, entry_id)
    refresh_within(entry.village_id)
    row = shown_entry(actor, entry)
    contact = fill(request, EntryContactForm, do=("contact",), prefix="contact")
    owners = owners_of(entry.village_id)
    hand: Any = fill(
        request,
        EntryHandForm,
        do=("hand",),
        owners=owners,
        stands=lambda: entry_stands(entry, again=request.method == "POST"),
    )
    if request.method == "POST":
        require(actor, Permission.APPOINTMENTS_BOOK)
        if contact.is_bound and attempt(contact, note_contact, by=actor, entry=entry):
            messages.success(request, _("Noted."))
            return redirect("bench-entry", entry.pk)
        if hand.is_bound and attempt(hand, _hand, by=actor, entry=entry):
            messages.success(request, _("Saved."))
            return redirect("bench-entry", entry.pk)
    log_person(by=actor, person=entry.resident_id)
    context = {
        "entry": entry,
        "row": row,
        "contacts": contacts_of(actor, entry),
        "contact": contact,
        "hand": hand,
        "does": bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK),
        "section": "unrecorded",
    }
    status = max(status_of(contact), status_of(hand))
    return render(request, "registrations/bench_entry.html", context, status=status)


def _hand(*, by: Actor, entry: RollEntry, owner: str, next_step: str, version: str | None) -> int:
    return hand_over(
        by=by,
        entries=[entry],
        owner=int(owner) if owner else None,
        next_step=next_step,
        versions={entry.pk: version},
    )
