"""What was found out about people, and what the office decides: all that was said of one side by side."""

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
from dukcapil.core.forms import attempt
from dukcapil.core.pages import chosen_id, paged, status_of
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding
from registrations.findings.selectors.findings import (
    contradicted,
    findings_of,
    others_about,
    waiting,
)
from registrations.findings.services.findings import decide, mark_seen
from registrations.findings.services.sealing import said_in
from registrations.forms.findings import DecisionForm
from registrations.people.services.lookups import log_people

#: Which findings a page shows, by `?lihat=`.
_WAITING, _CONTRADICTED, _ALL = "", "dibantah", "semua"


def _seen(about: dict[uuid.UUID, list[Finding]], found: list[Finding]) -> set[uuid.UUID]:
    """Whose names the page shows: of a duplicate the other row's too."""
    rows = [*found, *(other for one in found for other in about[one.pk])]
    others = {row.of_id for row in rows if row.of_id is not None}
    return {one.resident_id for one in found} | others


@page(Permission.RESIDENTS_VIEW)
def finding_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    # What was typed in a dialog before it was lost goes back into it by kept.js, with whom it is about.
    form = DecisionForm(request.POST if request.POST.get("do") in ("accept", "refuse") else None)
    if request.method == "POST":
        if request.POST.get("do") == "seen":
            mark_seen(by=actor, finding_id=chosen_id(request.POST.get("finding")))
            messages.success(request, _("Noted: you have looked at it."))
            return redirect(request.get_full_path())
        if found := attempt(form, decide, by=actor):
            done = found.state == FindingState.ACCEPTED
            messages.success(request, _("Accepted.") if done else _("Refused."))
            return redirect(request.get_full_path())
    shown = request.GET.get("lihat", _WAITING)
    chosen = {_CONTRADICTED: contradicted, _ALL: findings_of}.get(shown, waiting)
    people = ("resident__identity", "resident__village", "found_by", "decided_by", "of__identity")
    pages = paged(request, chosen(actor).select_related(*people, "office"))
    found = list(pages)
    about = others_about(actor, found)
    log_people(by=actor, people=_seen(about, found), kind="findings")
    context: dict[str, Any] = {
        "pages": pages,
        "rows": [
            (one, said_in(one), [(other, said_in(other)) for other in about[one.pk]])
            for one in found
        ],
        "shown": shown,
        "tabs": [
            (_WAITING, _("To be decided"), waiting(actor).count()),
            (_CONTRADICTED, _("Contradicted by a recording"), contradicted(actor).count()),
            (_ALL, _("All"), None),
        ],
        "form": form,
        "decides": actor.may(Permission.FINDINGS_ACCEPT),
        "section": "findings",
    }
    return render(request, "registrations/finding_list.html", context, status=status_of(form))
