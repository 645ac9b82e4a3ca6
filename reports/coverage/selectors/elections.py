"""The elections before and after a day: they decide who is a first-time voter."""

from __future__ import annotations

from datetime import date

from events.elections.models import Election
from events.elections.selectors import next_election, previous_election


def elections_around(code: str, day: date) -> tuple[Election | None, date | None]:
    """The next election of a region, and the day of the real one before it."""
    coming = next_election(code, day)
    before = previous_election(code, coming.held_on if coming else day)
    return coming, before.held_on if before else None
