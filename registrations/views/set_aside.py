"""Records that were set aside: doubtful numbers for the head, and for the province; of two offices'
records decides who sees both.
"""

from __future__ import annotations

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
from dukcapil.core.errors import Invalid
from dukcapil.core.pages import chosen_id, paged
from registrations.forms.people import reason_of
from registrations.ledger.selectors import counting_instead, get_record_or_404, set_aside
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.validators import CARD_NEEDED
from registrations.views.saved import CardQuestion


@page(Permission.RECORDS_ACCEPT)
def set_aside_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Each with why it waits; a second recording of one person beside the record that counts."""
    card_question = None
    if request.method == "POST":
        card_question = _decide(request, actor)
        if card_question is None:
            return redirect("set-aside")
    pages = paged(request, set_aside(actor))
    log_access(by=actor, action=Access.VIEW, kind="set aside", found=len(pages))
    counting = counting_instead(actor, pages)
    rows = [(record, counting.get(record.pk)) for record in pages]
    decisions = [
        ("accept", _("Let this record count?"), _("Accept")),
        ("void", _("Void this record?"), _("Void the record")),
    ]
    context = {
        "pages": pages,
        "rows": rows,
        "decisions": decisions,
        "card_question": card_question,
    }
    status = 422 if card_question else 200
    return render(request, "registrations/set_aside.html", context, status=status)


def _decide(request: StaffRequest, actor: Actor) -> CardQuestion | None:
    """A print that is voided used a card, although it never counted: that is asked first."""
    record = get_record_or_404(actor, chosen_id(request.POST.get("record")))
    reason = reason_of(request.POST)
    if request.POST.get("do") == "accept":
        accept_record(by=actor, record=record, reason=reason)
        messages.success(request, _("The record counts now."))
        return None
    try:
        void_record(by=actor, record=record, reason=reason, card=request.POST.get("card", ""))
    except Invalid as error:
        if error.code != CARD_NEEDED:
            raise
        return CardQuestion.of(request)
    messages.success(request, _("The record was voided; it never counted."))
    return None
