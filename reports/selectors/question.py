"""What is asked of coverage, checked: every edge builds its question here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION
from reports.enums import BasisKind, View
from reports.models import PopulationBasis, Release
from reports.models.release import ReleaseQuerySet
from reports.selectors.basis import default_basis, find_basis

#: KTP-el recording began in this year.
EARLIEST = date(2011, 1, 1)


@dataclass(frozen=True)
class Question:
    """What is asked: regions of `level` within `region`, on `day`."""

    region: Region
    level: Level
    day: date
    basis: PopulationBasis | None
    view: View = View.DOMICILE
    release: Release | None = None

    @property
    def known_at(self) -> datetime | None:
        """The moment that a release froze; None for what stands now."""
        return self.release.frozen_at if self.release else None

    @classmethod
    def of(
        cls,
        *,
        by: Actor,
        region: Region,
        level: str | None = None,
        day: date | None = None,
        basis: str | None = None,
        view: str = View.DOMICILE,
        release: str | None = None,
    ) -> Question:
        """Raises NotFound outside the actor's region, Invalid naming what is allowed."""
        if not by.covers(region.pk):
            raise NotFound
        own = Level(region.level)
        wanted = Level(level) if level else own.below or own
        if own.is_below(wanted):
            raise Invalid(
                "level-above", _("Ask for the region's own level or one below."), field="level"
            )
        today = _today(region)
        when = day or today
        if when > today:
            raise Invalid(
                "date-future",
                _("This day has not come yet; the latest is %(day)s.") % {"day": today},
                field="date",
            )
        if when < EARLIEST:
            raise Invalid(
                "date-early",
                _("There are no figures before %(day)s.") % {"day": EARLIEST},
                field="date",
            )
        frozen = find_release(release, by) if release else None
        known_at = frozen.frozen_at if frozen else None
        chosen = (
            find_basis(basis, known_at)
            if basis
            else default_basis(region.pk, wanted, when, known_at)
        )
        if chosen and chosen.kind != BasisKind.DERIVED and chosen.recorded_as_of > when:
            raise Invalid(
                "basis-later",
                _("This basis is of %(day)s; ask for that day or a later one.")
                % {"day": chosen.recorded_as_of},
                field="date",
            )
        return cls(region, wanted, when, chosen, View(view), frozen)


def find_release(text: str, by: Actor) -> Release:
    """By name or id, as every `release=` takes it. Before its hour a publication is known to those
    alone who publish: for everybody else it is not there.
    """
    wanted = Q(name=text)
    if text.isascii() and text.isdigit() and len(text) < 10:
        wanted |= Q(pk=int(text))
    found = None if "\0" in text else releases_for(by).filter(wanted).order_by("name").first()
    if found is None:
        raise Invalid(
            "release-unknown",
            _("No such release. See /api/v1/releases/ for those there are."),
            field="release",
        )
    return found


def publishes(by: Actor) -> bool:
    """Whether this actor proposes and approves publications, and so knows of them before all."""
    return by.region == NATION and by.may(Permission.RELEASES_PUBLISH)


def releases_for(by: Actor) -> ReleaseQuerySet:
    """Releases that exist for this actor; the database's clock ends an embargo."""
    if publishes(by):
        return Release.objects.all()
    if by.may(Permission.COVERAGE_VIEW):
        return Release.objects.open_to_staff()
    return Release.objects.out()


def _today(region: Region) -> date:
    return timezone.localdate(timezone=ZoneInfo(region.timezone))
