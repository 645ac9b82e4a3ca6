"""The elections before, on and after a day in a region."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Max, Q

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import lineage, within
from events.elections.enums import ElectionKind
from events.elections.models import Election

#: An example is one office's practice: entered for a province or the nation it bears on nobody.
_BEARS = ~Q(kind=ElectionKind.EXAMPLE) | ~Q(region__level__in=[Level.NATION, Level.PROVINCE])


def previous_election(code: str, day: date) -> Election | None:
    """The last real election in this region before `day` (examples do not make first-time voters)."""
    return (
        Election.objects.filter(region_id__in=lineage(code), held_on__lt=day)
        .exclude(kind=ElectionKind.EXAMPLE)
        .order_by("-held_on")
        .first()
    )


def last_elections(day: date) -> list[tuple[str, date, list[str]]]:
    """As `previous_election`, for every region at once: (region, day of its last election before
    `day`, regions within it that had a later one). A region that had none later is not among them.
    """
    held = (
        Election.objects.filter(held_on__lt=day)
        .exclude(kind=ElectionKind.EXAMPLE)
        .order_by("region_id")
        .values_list("region_id")
        .annotate(last=Max("held_on"))
    )
    last = dict(held)
    later: dict[str, date] = {}
    for code in sorted(last, key=lambda code: len(lineage(code))):
        above = [later[one] for one in lineage(code) if one in later]
        if not above or last[code] > max(above):
            later[code] = last[code]
    return [
        (code, on, [other for other in later if other != code and within(other, code)])
        for code, on in later.items()
    ]


def next_election(code: str, day: date, known_at: datetime | None = None) -> Election | None:
    """`known_at`: only elections that were entered by that moment."""
    return next_elections([code], day, known_at)[code]


def next_elections(
    codes: Iterable[str], day: date, known_at: datetime | None = None
) -> dict[str, Election | None]:
    """As `next_election`, for each region of its own. One query for any number of regions."""
    lines = {code: lineage(code) for code in codes}
    above = {region for line in lines.values() for region in line}
    elections = Election.objects.filter(_BEARS, region_id__in=above, held_on__gte=day)
    if known_at is not None:
        elections = elections.filter(created_at__lte=known_at)
    first = {
        election.region_id: election
        for election in elections.order_by("region_id", "held_on", "pk").distinct("region_id")
    }
    return {
        code: min(
            (first[region] for region in line if region in first),
            key=lambda election: (election.held_on, election.pk),
            default=None,
        )
        for code, line in lines.items()
    }


def election_on(code: str, day: date) -> Election | None:
    """The election that is held in this region on that very day."""
    return Election.objects.filter(_BEARS, region_id__in=lineage(code), held_on=day).first()
