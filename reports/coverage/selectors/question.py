"""A checked question about coverage: pages, API and jobs all build theirs here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.calendar.validators import FIRST_DAY
from reports.bases.enums import BasisKind
from reports.bases.models import PopulationBasis
from reports.bases.selectors.basis import default_basis, find_basis
from reports.coverage.enums import View
from reports.releases.models import Release
from reports.releases.selectors import find_release


@dataclass(frozen=True)
class Question:
    """Asks for the regions of `level` within `region`, on `day`."""

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
        asked_level = Level(level) if level else own.below or own
        if own.is_below(asked_level):
            raise Invalid(
                "level-above", _("Ask for the region's own level or one below."), field="level"
            )
        today = _today(region)
        frozen = find_release(release, by) if release else None
        asked_day = day or (frozen.day if frozen and frozen.day else today)
        if asked_day > today:
            raise Invalid(
                "date-future",
                _("This day has not come yet; the latest is %(day)s.") % {"day": today},
                field="date",
            )
        if asked_day < FIRST_DAY:
            raise Invalid(
                "date-early",
                _("There are no figures before %(day)s.") % {"day": FIRST_DAY},
                field="date",
            )
        known_at = frozen.frozen_at if frozen else None
        chosen = (
            find_basis(basis, known_at)
            if basis
            else default_basis(region.pk, asked_level, asked_day, known_at)
        )
        if chosen and chosen.kind != BasisKind.DERIVED and chosen.recorded_as_of > asked_day:
            raise Invalid(
                "basis-later",
                _("This basis is of %(day)s; ask for that day or a later one.")
                % {"day": chosen.recorded_as_of},
                field="date",
            )
        return cls(region, asked_level, asked_day, chosen, View(view), frozen)


def _today(region: Region) -> date:
    return timezone.localdate(timezone=ZoneInfo(region.timezone))
