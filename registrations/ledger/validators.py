"""Rules of a log entry that the form, the API and the ledger itself share."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from events.planning.enums import Service
from registrations.ledger.enums import Outcome


def reason_and_step_for(
    service: str, outcome: str, *, reason: str, printed_for: str, step: str
) -> tuple[str, str]:
    """The reason and the IKD step that fit; what was chosen for another service is dropped."""
    if outcome == Outcome.FAILED:
        return reason, step if service == Service.IKD_ACTIVATION else ""
    return printed_for if service == Service.CARD_PRINT else "", ""


NAMED_ONCE = _("Name the person by exactly one of resident, nik, ticket.")


def is_named_once(*, resident: uuid.UUID | None, nik: str | None, ticket: str | None) -> bool:
    return sum(value is not None for value in (resident, nik, ticket)) == 1
