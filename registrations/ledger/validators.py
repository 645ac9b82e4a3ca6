from __future__ import annotations

from events.planning.enums import Service
from registrations.ledger.enums import Outcome


def fitting(
    service: str, outcome: str, *, reason: str, printed_for: str, step: str
) -> tuple[str, str]:
    """Reason and step as they fit what was done: what somebody chose for another service is dropped."""
    if outcome == Outcome.FAILED:
        return reason, step if service == Service.IKD_ACTIVATION else ""
    return printed_for if service == Service.CARD_PRINT else "", ""
