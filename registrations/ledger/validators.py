from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from events.planning.enums import Service
from registrations.ledger.enums import Outcome


def fitting(
    service: str, outcome: str, *, reason: str, printed_for: str, step: str
) -> tuple[str, str]:
    """Reason and step as they fit what was done: what somebody chose for another service is dropped."""
    if outcome == Outcome.FAILED:
        return reason, step if service == Service.IKD_ACTIVATION else ""
    return printed_for if service == Service.CARD_PRINT else "", ""


NAMED_ONCE = _("Name the person by exactly one of resident, nik, ticket.")


def is_named_once(*, resident: uuid.UUID | None, nik: str | None, ticket: str | None) -> bool:
    return sum(one is not None for one in (resident, nik, ticket)) == 1
