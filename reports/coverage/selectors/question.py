"""A checked question about coverage: pages, API and jobs all build theirs here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Found, Part, at_once
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.calendar.validators import FIRST_DAY
from reports.bases.models import PopulationBasis
from reports.bases.selectors.access import check_may_ask
from reports.bases.selectors.answering import (
    Answering,
    answered,
    bases_of,
    cells_of,
    dated,
    ranked,
)
from reports.bases.selectors.basis import find_basis
from reports.coverage.enums import View
from reports.releases.models import Release
from reports.releases.selectors import day_of_release, find_release


@dataclass(frozen=True)
class Question:
    """Asks for the regions of `level` within `region`, on `day`.

    `forced`: one basis for all rows; without it each region answers on its own.
    """

    region: Region
    level: Level
    day: date
    forced: PopulationBasis | None = None
    view: View = View.DOMICILE
    release: Release | None = None
    #: Bases in force now about the region, where whoever asks has read them (`bases_about`).
    in_force: Sequence[PopulationBasis] | None = field(default=None, compare=False, repr=False)

    @property
    def known_at(self) -> datetime | None:
        """The moment that a release froze; None for what stands now."""
        return self.release.frozen_at if self.release else None

    @cached_property
    def answering(self) -> Answering:
        """Asked once, by whoever needs it first."""
        return self._answered(at_once(self._cells()))

    def along(self, parts: Mapping[str, Part], most: int | None = None) -> Found:
        """Reads of whoever answers, in one statement with what the bases say, which is known after it.
        `most`: of more regions than these nothing is read.
        """
        found = at_once({**parts, **self._cells(most)})
        vars(self)["answering"] = self._answered(found)
        return found

    def _cells(self, most: int | None = None) -> dict[str, Part]:
        return {"cells": cells_of(self.region.pk, self.level, self._bases, most)}

    def _answered(self, found: Found) -> Answering:
        return answered(self.region.pk, self.level, self._bases, found, self.forced)

    @cached_property
    def _bases(self) -> list[PopulationBasis]:
        if self.forced is not None:
            return [self.forced]
        if self.in_force is None or self.release is not None:
            return bases_of(self.region.pk, self.day, self.known_at)
        return ranked(self.in_force, self.day)

    @property
    def basis(self) -> PopulationBasis | None:
        """The basis of the region itself."""
        return self.answering.whole.basis

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
        in_force: Sequence[PopulationBasis] | None = None,
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
        asked_day = day or (day_of_release(frozen) if frozen else today)
        if asked_day > today:
            raise Invalid(
                "date-future",
                _("This day has not come yet; the latest is %(day)s.")
                % {"day": date_format(today, "j F Y")},
                field="date",
            )
        if asked_day < FIRST_DAY:
            raise Invalid(
                "date-early",
                _("There are no figures before %(day)s.")
                % {"day": date_format(FIRST_DAY, "j F Y")},
                field="date",
            )
        forced = find_basis(basis, frozen.frozen_at if frozen else None) if basis else None
        if forced:
            check_may_ask(by, forced, asked_level)
        if forced and dated(forced) > asked_day:
            raise Invalid(
                "basis-later",
                _("This basis is of %(day)s; ask for that day or a later one.")
                % {"day": date_format(dated(forced), "j F Y")},
                field="date",
            )
        return cls(region, asked_level, asked_day, forced, View(view), frozen, in_force)


def _today(region: Region) -> date:
    return timezone.localdate(timezone=ZoneInfo(region.timezone))
