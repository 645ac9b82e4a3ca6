"""What is asked of coverage, checked: every edge builds its question here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from reports.enums import BasisKind, View
from reports.models import PopulationBasis, Release
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
        frozen = _release(release)
        chosen = (
            find_basis(basis)
            if basis
            else default_basis(region.pk, wanted, when, frozen.frozen_at if frozen else None)
        )
        if chosen and chosen.kind != BasisKind.DERIVED and chosen.recorded_as_of > when:
            raise Invalid(
                "basis-later",
                _("This basis is of %(day)s; ask for that day or a later one.")
                % {"day": chosen.recorded_as_of},
                field="date",
            )
        return cls(region, wanted, when, chosen, View(view), frozen)


def _release(text: str | None) -> Release | None:
    if not text:
        return None
    found = Release.objects.filter(name=text).first()
    if found is None and text.isascii() and text.isdigit() and len(text) < 10:
        found = Release.objects.filter(pk=int(text)).first()
    if found is None:
        raise Invalid("release-unknown", _("No such release."), field="release")
    return found


def _today(region: Region) -> date:
    return timezone.localdate(timezone=ZoneInfo(region.timezone))
