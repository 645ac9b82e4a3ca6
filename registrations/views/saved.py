"""Showing the record that was saved last, and voiding one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import DomainError
from registrations.forms.people import reason_of
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import get_record_or_404
from registrations.ledger.services.corrections import void_record
from registrations.people.selectors import person_or_404


@dataclass(frozen=True)
class Saved:
    """A record with its person: `registrations/_saved.html`."""

    record: ServiceRecord
    person: dict[str, Any]


def saved_as(actor: Actor, text: str | None) -> Saved | None:
    """The record that an address names, logged as a look; None when it names none."""
    try:
        record = get_record_or_404(actor, uuid.UUID(text or ""))
        saved = Saved(record, person_or_404(actor, record.resident_id))
    except (ValueError, DomainError):
        return None
    log_access(by=actor, action=Access.VIEW, kind="resident", subject=str(record.resident_id))
    return saved


def take_back(request: StaffRequest, actor: Actor, record: ServiceRecord) -> None:
    """Void a record for the reason that the dialog sent."""
    void_record(by=actor, record=record, reason=reason_of(request.POST))
    messages.success(request, _("The record was voided; the count went back at once."))
