"""Public figures: the rows of published releases, as they were made at approval."""

from __future__ import annotations

from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.rows import columns
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, inside
from reports.coverage.selectors.residual import Residual, residual_of
from reports.coverage.selectors.row import CoverageRow
from reports.publication.models import PublicFigure
from reports.releases.models import Release
from reports.releases.selectors import named

#: A row was made at its approval: columns that were added since are unknown in it.
_UNKNOWN = dict.fromkeys(column.name for column in columns(CoverageRow))
#: Below regencies almost every count is too small to be shown.
LEVELS = (Level.NATION, Level.PROVINCE, Level.REGENCY)


def published(text: str | None) -> Release:
    """The release of this name or id, or the newest one; embargoed ones do not exist yet."""
    releases = Release.objects.out()
    if text:
        release = releases.filter(named(text)).order_by("name").first()
    else:
        release = releases.order_by("-day", "-pk").first()
    if release is None:
        if text is None:
            raise NotFound
        names = ", ".join(releases.order_by("-day").values_list("name", flat=True)[:10])
        raise Invalid(
            "release-unknown",
            _("No such release. Published: %(names)s.") % {"names": names or "–"},
            field="release",
        )
    return release


def public_rows(release: Release, region: Region, level: str | None) -> list[dict[str, Any]]:
    own = Level(region.level)
    asked_level = (
        Level(level) if level else min(own.below or own, LEVELS[-1], key=list(Level).index)
    )
    if asked_level not in LEVELS or own.is_below(asked_level):
        raise Invalid(
            "level-public",
            _("Public figures go from the region's own level down to regencies."),
            field="level",
        )
    figures = PublicFigure.objects.filter(release=release, region__level=asked_level)
    figures = figures.filter(inside("region_id", region.pk)).order_by("region")
    return [_UNKNOWN | row for row in figures.values_list("row", flat=True)]


def public_whole(release: Release, region: Region, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The region's own public row, and what it says more than these; unknown where one is left out."""
    level = Level(region.level)
    if level not in LEVELS:
        return {"row": None, "residual": dict.fromkeys(Residual.__annotations__)}
    whole, *_others = [*public_rows(release, region, level), None]
    if whole is None:
        return {"row": None, "residual": dict.fromkeys(Residual.__annotations__)}
    return {"row": whole, "residual": residual_of(cast("CoverageRow", whole), cast("Any", rows))}
