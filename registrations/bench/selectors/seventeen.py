"""The lists of who is 17 by an election: of an office with its countdown, of a province by office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import inside
from registrations.bench.selectors.filters import TO_DO_STATES
from registrations.missing.enums import EntryState, Purpose
from registrations.missing.models import RollList


@dataclass(frozen=True)
class Countdown:
    """Of a list, or of the part of it that the actor sees."""

    roll: RollList
    counts: dict[str, int]
    #: None: the election is cancelled.
    days_left: int | None

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def to_do(self) -> int:
        return sum(self.counts[state] for state in TO_DO_STATES)

    @property
    def states(self) -> list[tuple[EntryState, int]]:
        return [(state, self.counts[state]) for state in EntryState]


def countdowns(by: Actor, election: int | None = None) -> list[Countdown]:
    """Of every office that the actor covers and that has closed its list once, the nearest election first;
    one query.
    """
    counted = Q()
    if by.village_range:
        counted = inside("counts__village", by.village_range)
    lists = RollList.objects.filter(
        inside("office_id", by.office or by.region),
        purpose=Purpose.SEVENTEEN,
        closed_at__isnull=False,
    )
    if election is not None:
        lists = lists.filter(election_id=election)
    sums: dict[str, Any] = {
        f"n_{state.value}": Coalesce(Sum(f"counts__{state.value}", filter=counted), 0)
        for state in EntryState
    }
    found = lists.select_related("election", "office", "owner__user").annotate(**sums)
    today = by.today
    shown = [
        Countdown(
            roll,
            {state: getattr(roll, f"n_{state.value}") for state in EntryState},
            _days_left(roll, today),
        )
        for roll in found.order_by("held_on", "election_id", "office_id")
    ]
    # What is over comes last, the newest of it first.
    ahead = [one for one in shown if one.days_left is not None and one.days_left >= 0]
    over = [one for one in shown if one not in ahead]
    return [*ahead, *reversed(over)]


def _days_left(roll: RollList, today: date) -> int | None:
    return (roll.held_on - today).days if roll.held_on else None


def election_id(text: str) -> int | None:
    """As an address names it. Raises Invalid."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("election-unknown", _("No election has this number."), field="election")
    return int(text)
