"""What an office did on a day, and how many days are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

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
    election = next_election(code, day)
    if election is None:
        return None
    days_left = (election.held_on - day).days
    return Countdown(
        election.name, election.held_on, days_left, election.kind == ElectionKind.EXAMPLE
    )


def done_rows(by: Actor, day: date) -> QuerySet[ServiceRecord, dict[str, Any]]:
    """For `done_of`: straight from the ledger, voids taken off."""
    rows: Any = (
        ServiceRecord.objects.visible_to(by)
        .filter(service_date=day)
        .values("service", "outcome", "category")
        .annotate(n=Sum("weight"))
        .order_by()
    )
    return rows


def done_of(rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """(service, outcome) and (service, `pemula`) -> n."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        service, outcome, n = row["service"], row["outcome"], row["n"]
        counts[service, outcome] = counts.get((service, outcome), 0) + n
        if outcome == Outcome.DONE and row["category"] == Category.PEMULA:
            counts[service, Category.PEMULA] = counts.get((service, Category.PEMULA), 0) + n
    return counts
