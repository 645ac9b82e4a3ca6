"""Editions that somebody may see, and what a new one would be made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import lineage
from events.elections.enums import ElectionState
from events.elections.models import Election
from events.elections.selectors import bears_on, elections_of
from reports.bases.enums import VOTERS, BasisKind
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.bases.selectors.answering import dated
from reports.editions.enums import APART, MOST
from reports.editions.models import Edition, EditionRow
from reports.editions.triggers import too_many, too_soon


def editions_seen_by(by: Actor) -> QuerySet[Edition]:
    """Those of the reader's own region and of what lies in it."""
    return Edition.objects.filter(inside("region_id", by.region))


def get_edition_or_404(by: Actor, edition_id: int) -> Edition:
    editions = editions_seen_by(by).filter(pk=edition_id)
    found = editions.select_related("region", "election", "basis", "made_by").first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Content:
    """`results`: villages, each in exactly one row; `sums`: the regions around them, smallest first."""

    results: list[dict[str, Any]]
    sums: list[dict[str, Any]]


NUMBERS = ("potential", "recorded", "unrecorded", "seventeen")


def content_of(edition: Edition) -> Content:
    rows = sorted(edition.rows.all(), key=lambda row: (-len(row.region_id), row.region_id))
    codes = {code for row in rows for code in row.regions}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    told = [_told(row, names) for row in rows]
    villages = [row for row in told if row["level"] == Level.VILLAGE]
    return Content(villages, [row for row in told if row["level"] != Level.VILLAGE])


def _told(row: EditionRow, names: dict[str, str]) -> dict[str, Any]:
    return {
        "region": row.region_id,
        "regions": row.regions,
        "name": ", ".join(names.get(code, code) for code in row.regions),
        "level": row.level,
        **{name: getattr(row, name) for name in NUMBERS},
        "suppressed": row.left_out,
    }


# --- before one is made ---------------------------------------------------------------------------


def elections_ahead(by: Actor) -> list[Election]:
    """Those that an edition of the own region or of a part of it may be made for, soonest first."""
    today = today_in(by.region)
    return [one for one in reversed(elections_of(by.region)) if not _is_over(one, today)]


def _is_over(election: Election, day: date) -> bool:
    return election.state == ElectionState.CANCELLED or election.held_on < day


def regions_of(by: Actor) -> list[Region]:
    """What an edition may be made of: the own province and its regencies and cities."""
    levels = [Level.PROVINCE, Level.REGENCY]
    return list(Region.objects.within(by.region).filter(level__in=levels).order_by("code"))


def election_for(region: str, election_id: int, day: date) -> Election:
    """The election that people of this region vote in, and whose day has not passed."""
    election = Election.objects.filter(pk=election_id).first()
    if election is None or not bears_on(election, region):
        raise Invalid(
            "election-unknown",
            _("No such election is held in this region."),
            field="election",
        )
    if _is_over(election, day):
        raise Conflict(
            "election-over",
            _("This election is over or cancelled: nobody needs its voters any more."),
            field="election",
        )
    return election


def voters_basis(region: str, day: date) -> PopulationBasis:
    """The newest voters' list that has a number for every village; of one day the DPT."""
    bases = PopulationBasis.objects.in_force().filter(
        kind__in=VOTERS, wajib_as_of__lte=day, recorded_as_of__lte=day
    )
    figures = PopulationFigure.objects.filter(
        inside("region_id", region), basis__in=bases, region__level=Level.VILLAGE, wajib__gte=0
    )
    counted = figures.values("basis_id").order_by().annotate(villages=Count("pk"))
    villages = Region.objects.within(region).level(Level.VILLAGE).count()
    whole = [row["basis_id"] for row in counted if row["villages"] == villages]
    found = sorted(
        bases.filter(pk__in=whole),
        key=lambda one: (dated(one), one.kind == BasisKind.DPT, one.pk),
    )
    if not found:
        raise Conflict(
            "no-voters-basis",
            _(
                "No voters' list (DP4 or DPT) has a number for every village of this region. Bring one"
                " under Bases; the roll of residents never takes its place."
            ),
            field="region",
        )
    return found[-1]


@dataclass(frozen=True)
class Earlier:
    """Editions of this region, of parts of it and of regions around it."""

    for_election: int
    last_at: datetime | None

    @property
    def next_at(self) -> datetime | None:
        return self.last_at + APART if self.last_at else None

    def check(self) -> None:
        if self.for_election >= MOST:
            raise too_many()
        if self.next_at and self.next_at > timezone.now():
            raise too_soon(f"{timezone.localtime(self.next_at):%d-%m-%Y %H.%M}")


def earlier(region: str, election: Election) -> Earlier:
    near = Edition.objects.filter(Q(region_id__in=lineage(region)) | inside("region_id", region))
    last = near.order_by("-made_at").first()
    return Earlier(near.filter(election=election).count(), last.made_at if last else None)


def held_here() -> Q:
    """People whom the office of their own home holds; others are guests there."""
    return Q(office_id=Left("village_id", 5))
