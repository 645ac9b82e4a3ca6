"""What another office asks for: clerks and devices, lent or refused."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from dukcapil.core.versions import version_of
from events.resources.models import Loan
from events.resources.selectors import (
    clerks_of,
    devices_of,
    faulty_between,
    get_loan_or_404,
    may_answer,
)
from events.resources.services import FAULTY
from registrations.forms.devices import LendForm
from registrations.lifecycle.services.devices import answer_loan


@page(Permission.EVENTS_PLAN)
def loan_page(request: StaffRequest, actor: Actor, loan_id: uuid.UUID) -> HttpResponse:
    """What another office asks for; the head answers with names or with a reason."""
    loan = get_loan_or_404(actor, loan_id)
    form = None
    if may_answer(actor, loan):
        form = fill(
            request,
            LendForm,
            do=("", "lend", "refuse"),
            event=loan.event,
            clerks=clerks_of(loan.lender_id, loan.event.starts_on),
            devices=devices_of(loan.lender_id),
        )
    question, asked = _lending(request, loan, form) if form else ("", "")
    if (
        request.method == "POST"
        and form
        and not question
        # The question named those that are out of order.
        and attempt(form, answer_loan, by=actor, loan=loan, confirm=[FAULTY])
    ):
        messages.success(request, _("Answered."))
        return redirect("resources")
    if request.method == "POST" and form is None:
        raise Refused("forbidden", _("Only the head of the office that is asked answers, once."))
    context = {
        "loan": loan,
        "form": form,
        "question": question,
        "asked": asked,
        "lent": list(loan.assignments.select_related("clerk", "device")),
        "section": "events",
    }
    status = 409 if question else status_of(form) if form else 200
    return render(request, "events/loan.html", context, status=status)


def _lending(request: StaffRequest, loan: Loan, form: LendForm) -> tuple[str, str]:
    """What the page asks before it lends, and the version of what it asked about."""
    if request.method != "POST" or not form.is_valid():
        return "", ""
    chosen = form.cleaned_data
    if not (chosen["clerks"] or chosen["devices"]):
        return "", ""  # refused, whatever the button
    first, last = (chosen[name] for name in ("starts_at", "ends_at"))
    parts = {name: [str(one.pk) for one in chosen[name]] for name in ("clerks", "devices")}
    faulty = sorted(one.label for one in faulty_between(chosen["devices"], first, last))
    asked = version_of({**parts, "hours": [first, last], "faulty": faulty})
    if request.POST.get("confirm") == "lend" and request.POST.get("asked") == asked:
        return "", ""
    text = _(
        "Lend to %(office)s for “%(title)s”, %(first)s to %(last)s: %(clerks)s clerks and"
        " %(devices)s devices?"
    )
    details = {
        "office": loan.event.office.name,
        "title": loan.event.title,
        "first": date_format(first, "l, j F Y H.i"),
        "last": date_format(last, "l, j F Y H.i"),
        "clerks": len(parts["clerks"]),
        "devices": len(parts["devices"]),
    }
    question = text % details
    if faulty:
        question += " " + _("Out of order at that time: %(names)s.") % {"names": ", ".join(faulty)}
    return question, asked
