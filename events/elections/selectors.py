"""The elections before, on and after a day in a region."""

from __future__ import annotations

from datetime import date, datetime

from dukcapil.regions.validators import lineage
from events.elections.enums import ElectionKind
from events.elections.models import Election


def previous_election(code: str, day: date) -> Election | None:
    """The last real election in this region before `day` (examples do not make first-time voters)."""
    return (
        Election.objects.filter(region_id__in=lineage(code), held_on__lt=day)
        .exclude(kind=ElectionKind.EXAMPLE)
        .order_by("-held_on")
        .first()
    )


def next_election(code: str, day: date, known_at: datetime | None = None) -> Election | None:
    """`known_at`: only elections that were entered by that moment."""
    elections = Election.objects.filter(region_id__in=lineage(code), held_on__gte=day)
    if known_at is not None:
        elections = elections.filter(created_at__lte=known_at)
    return elections.order_by("held_on").first()


def election_on(code: str, day: date) -> Election | None:
    """The election that is held in this region on that very day."""
    return Election.objects.filter(region_id__in=lineage(code), held_on=day).first()
