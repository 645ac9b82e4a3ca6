"""A basis before somebody decides about it: its sums, what its own total says besides, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import level_of
from reports.bases.models import PopulationFigure
from reports.bases.readers.places import root_of
from reports.bases.readers.unusual import SUMMED, Total

#: Missing regions that a page names; all are counted.
SHOWN = 50
LABELS: dict[str, str | Promise] = {
    "population": _("Population"),
    "wajib": _("Wajib KTP"),
    "recorded": _("Recorded"),
    "unrecorded": _("Not recorded"),
    "printed": _("Cards printed"),
    "ikd_activated": _("IKD active"),
}


@dataclass
class Sum:
    """One column: what its rows make, what the source's own total says, and what is left between."""

    name: str
    label: str | Promise
    rows: int | None
    own: int | None
    #: Rows without this figure; a sum of the others would not be one.
    unknown: int
    residual: int | None


@dataclass
class Summary:
    level: Level
    root: Region
    rows: int
    sums: list[Sum]
    missing: list[tuple[str, str]] = field(default_factory=list)
    missing_count: int = 0

    @property
    def has_recorded(self) -> bool:
        return any(one.name == "recorded" for one in self.sums)

    @property
    def residuals(self) -> list[Sum]:
        return [one for one in self.sums if one.residual]


def summary_of(figures: list[PopulationFigure], total: Total | None = None) -> Summary:
    """`total`: a row of sums that is no region's own; else the row of the region above all others."""
    by_code = {figure.region_id: figure for figure in figures}
    root = root_of(by_code)
    level = max(map(level_of, by_code), key=list(Level).index)
    rows = [figure for code, figure in by_code.items() if level_of(code) == level]
    expected = dict(Region.objects.within(root).level(level).values_list("code", "name"))
    missing = sorted(expected.keys() - by_code.keys())
    above = total.figure if total else by_code.get(root) if level_of(root) != level else None
    return Summary(
        level,
        Region.objects.get(pk=root),
        len(rows),
        [one for name in SUMMED if (one := _sum(name, rows, above, whole=not missing))],
        [(code, expected[code]) for code in missing[:SHOWN]],
        len(missing),
    )


def _sum(
    name: str, rows: list[PopulationFigure], above: PopulationFigure | None, *, whole: bool
) -> Sum | None:
    values: list[Any] = [getattr(figure, name) for figure in rows]
    known = [value for value in values if value is not None]
    own = getattr(above, name) if above else None
    if not known and own is None:
        return None
    unknown = len(values) - len(known)
    added = sum(known) if known else None
    residual = own - added if own is not None and added is not None and not unknown else None
    return Sum(name, LABELS[name], added, own, unknown, residual if whole else None)
