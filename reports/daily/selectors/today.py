"""What an office did on a day, and how many days are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from dukcapil.accounts.scoping import Actor
from events.elections.enums import ElectionKind
from events.elections.selectors import next_election
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.people.enums import Category


@dataclass(frozen=True)
class Countdown:
    name: str
    held_on: date
    days: int
    example: bool


def countdown(code: str, day: date) -> Countdown | None:
    found = next_election(code, day)
    if found is None:
        return None
    left = (found.held_on - day).days
    return Countdown(found.name, found.held_on, left, found.kind == ElectionKind.EXAMPLE)


def done_on(by: Actor, day: date) -> dict[tuple[str, str], int]:
    """(service, outcome) and (service, `pemula`) -> n, straight from the ledger, voids taken off."""
    counted: Any = (
        ServiceRecord.objects.visible_to(by)
        .filter(service_date=day)
        .values_list("service", "outcome", "category")
        .annotate(n=Sum("weight"))
        .order_by()
    )
    found: dict[tuple[str, str], int] = {}
    for service, outcome, category, n in counted:
        found[service, outcome] = found.get((service, outcome), 0) + n
        if outcome == Outcome.DONE and category == Category.PEMULA:
            found[service, category] = found.get((service, category), 0) + n
    return found
