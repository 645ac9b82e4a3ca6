"""The waiting list of a session."""

from __future__ import annotations

import re
import uuid
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import fill
from dukcapil.core.pages import ordered, paged, status_of
from events.planning.selectors.events import get_session_or_404
from registrations.booking.selectors.waiting import get_waiting_or_404, stages_waiting, waiting_of
from registrations.booking.services.contacts import change_contact
from registrations.booking.services.waiting import withdraw
from registrations.forms.contacts import ContactForm
from registrations.views.contacts import contact_changed, contact_shown

#: The id of an entry of a waiting list.
_ENTRY_ID = re.compile(r"[0-9]{1,18}")
_COLUMNS = {
    "line": ("rank", "id"),
    "name": ("resident__identity__name_key",),
    "group": ("group__name",),
    "since": ("created_at",),
    "state": ("state",),
}


@page(Permission.APPOINTMENTS_VIEW)
def waiting_page(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The waiting list in its order, with those who moved up or left."""
    session = get_session_or_404(actor, session_id)
    form = fill(request, ContactForm, do=("contact",))
    if request.method == "POST":
        require(actor, Permission.APPOINTMENTS_BOOK)
        entry = get_waiting_or_404(actor, _chosen(request))
        if not form.is_bound:
            withdraw(by=actor, entry=entry)
            messages.success(request, _("Taken off the waiting list."))
        change = partial(change_contact, by=actor, owner=entry)
        if not form.is_bound or contact_changed(request, form, change):
            return redirect("waiting", session.pk)
    books = bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK)
    pages = paged(request, ordered(request, waiting_of(actor, session), _COLUMNS))
    log_access(
        by=actor,
        action=Access.VIEW,
        kind="waiting list",
        subject=str(session.pk),
        found=len(pages.object_list),
    )
    context = {
        "session": session,
        "event": session.event,
        "pages": pages,
        "rows": [
            (entry, stage, contact_shown(entry, books=books))
            for entry, stage in zip(pages, stages_waiting(pages), strict=True)
        ],
        "form": form,
        "typed": form.data.get("entry", ""),
        "books": books,
        "exports": actor.may(Permission.RESIDENTS_EXPORT) and actor.covers(session.event.office_id),
        "section": "events",
    }
    return render(request, "registrations/waiting.html", context, status=status_of(form))


def _chosen(request: StaffRequest) -> int:
    text = request.POST.get("entry", "")
    if not _ENTRY_ID.fullmatch(text):
        raise Invalid("choice", _("Choose a row of the list first."))
    return int(text)
