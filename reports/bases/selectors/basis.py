"""Which basis answers a question, and each region's figures in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import dicts
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import inside
from dukcapil.regions.validators import ancestor, ancestor_sql, inside_sql, level_of, lineage, span
from reports.bases.enums import BasisKind
from reports.bases.models import PopulationBasis, PopulationFigure, Target
from reports.bases.validators import COMPONENTS, SIGNS

COLUMNS = (
    *("wajib", "recorded", "unrecorded", "printed", "ikd_activated", "population"),
    *COMPONENTS,
)

#: For each basis and level: how many regions within a region it has figures for, and how many
#: there are. Levels above that of the question do not matter.
_COVER = f"""
SELECT figure.basis_id AS basis, region.level, count(*) AS has, max(total.n) AS all
  FROM reports_populationfigure figure
  JOIN regions_region region ON region.code = figure.region_id
  JOIN (SELECT level, count(*) AS n FROM regions_region
         WHERE level = ANY (%(levels)s)
           AND {inside_sql("code")}
         GROUP BY level) total ON total.level = region.level
 WHERE {inside_sql("figure.region_id")}
 GROUP BY figure.basis_id, region.level
"""


def find_basis(text: str, known_at: datetime | None = None) -> PopulationBasis:
    """By id or by name, as every `basis=` takes it: of the approved ones, replaced or not."""
    matching = Q(name=text)
    if text.isascii() and text.isdigit() and len(text) < 10:
        matching |= Q(pk=int(text))
    approved = PopulationBasis.objects.approved(known_at)
    basis = None if "\0" in text else approved.filter(matching).first()
    if basis is None:
        raise Invalid(
            "basis-unknown",
            _("No such basis. See /api/v1/bases/ for those there are."),
            field="basis",
        )
    return basis


def default_basis(
    code: str, level: Level, day: date, known_at: datetime | None = None
) -> PopulationBasis | None:
    """The newest official basis not later than `day` that covers every region of the question (the
    region itself or all its parts); else a derived basis of any date; else an official one that
    covers some of them. `known_at`: only bases in force at that moment (a release keeps its basis).
    """
    levels = [str(other) for other in Level if other == level or other.is_below(level)]
    cover: dict[int, bool] = defaultdict(bool)
    itself: dict[int, bool] = {}
    for row in dicts(_COVER, {**span(code), "levels": levels}):
        cover[row["basis"]] |= row["has"] == row["all"]
        if row["level"] == level:
            itself[row["basis"]] = row["has"] == row["all"]
    bases = (
        PopulationBasis.objects.in_force(known_at)
        .filter(pk__in=cover)
        .order_by("-recorded_as_of", "-wajib_as_of", "-pk")
    )
    official = [
        basis
        for basis in bases
        if basis.kind != BasisKind.DERIVED and max(basis.recorded_as_of, basis.wajib_as_of) <= day
    ]
    derived = [basis for basis in bases if basis.kind == BasisKind.DERIVED]
    choices = [basis for basis in official if cover[basis.pk]]
    choices += [basis for basis in derived if itself.get(basis.pk)]
    choices += [basis for basis in derived if cover[basis.pk]]
    choices += [basis for basis in derived + official if basis.pk in itself]
    return choices[0] if choices else None


class DifferenceRow(TypedDict):
    """A region's own figure that is not what its parts sum to."""

    region: str
    figure: str
    own: int
    sum_of_parts: int
    difference: int
    parts_level: str


@dataclass
class Figures:
    """A region's own figures, what its parts sum to, and where the two differ."""

    own: dict[str, int | None]
    parts: dict[str, int] = field(default_factory=dict)
    parts_level: str = ""
    #: Unrecorded in percent as the source printed it.
    published: Decimal | None = None

    def value(self, name: str) -> int | None:
        """A region's own figure wins over the sum of its parts."""
        own = self.own.get(name)
        return self.parts.get(name) if own is None else own

    def differences(self, region: str) -> list[DifferenceRow]:
        rows: list[DifferenceRow] = []
        for name, total in self.parts.items():
            own = self.own.get(name)
            if own is not None and own != total:
                rows.append(
                    {
                        "region": region,
                        "figure": "wajib_ktp" if name == "wajib" else name,
                        "own": own,
                        "sum_of_parts": total,
                        "difference": own - total,
                        "parts_level": self.parts_level,
                    }
                )
        return rows


Source = list[tuple[Any, ...]]


def source_of(basis: PopulationBasis | None, code: str) -> Source:
    """Rows of a basis for a region and all regions below it: one query, whatever the levels."""
    if basis is None:
        return []
    columns = ("region_id", "published_unrecorded_percent", *COLUMNS)
    return list(basis.figures.filter(inside("region_id", code)).values_list(*columns))


def figures(source: Source, code: str, level: Level) -> dict[str, Figures]:
    """Own figures of the regions of `level` within `code`, and complete sums of what lies below."""
    by_region: dict[str, Figures] = defaultdict(lambda: Figures({}))
    sums: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for region, published, *values in source:
        own_level = level_of(region)
        if own_level == level:
            by_region[region].own = dict(zip(COLUMNS, values, strict=True))
            by_region[region].published = published
        elif own_level.is_below(level):
            cells = sums[ancestor(region, level), own_level]
            for name, value in zip(COLUMNS, values, strict=True):
                if value is not None:
                    cells[name].append(value)
    if sums:
        _add_sums(by_region, sums, code, level)
    return by_region


def _add_sums(
    by_region: dict[str, Figures],
    sums: dict[tuple[str, str], dict[str, list[int]]],
    code: str,
    level: Level,
) -> None:
    """A sum counts only when every part is known: unknown is not zero."""
    part_levels = sorted({part_level for _region, part_level in sums}, key=Level.values.index)
    counted = dicts(
        f"SELECT {ancestor_sql('code', level)} AS region, level, count(*) AS n FROM regions_region"
        f" WHERE level = ANY (%(levels)s) AND {inside_sql('code')} GROUP BY 1, 2",
        {**span(code), "levels": part_levels},
    )
    expected = {(row["region"], row["level"]): row["n"] for row in counted}
    for part_level in part_levels:
        for (region, level_of_sum), cells in sums.items():
            if level_of_sum != part_level:
                continue
            for name, values in cells.items():
                if (
                    len(values) == expected.get((region, part_level))
                    and name not in by_region[region].parts
                ):
                    by_region[region].parts[name] = sum(values)
                    by_region[region].parts_level = part_level


def components_of(figure: PopulationFigure) -> list[dict[str, Any]]:
    """The parts of a dinamis figure with their signs, in the order of its formula; else nothing.

    `sign` as it is typed, `printed` as it is printed: the first part has none.
    """
    if figure.dkb is None:
        return []
    return [
        {
            "sign": COMPONENTS[name] if printed else "",
            "printed": printed,
            "name": name,
            "value": getattr(figure, name),
        }
        for name, printed in SIGNS.items()
    ]


def targets(
    indicators: tuple[str, ...], codes: list[str], year: int, known_at: datetime | None = None
) -> dict[str, dict[str, Decimal | None]]:
    """indicator -> region -> the nearest region's target of the newest year not later than `year`.

    `known_at`: as the targets stood at that moment.
    """
    lines = {code: lineage(code)[::-1] for code in codes}
    rows = Target.objects.filter(
        indicator__in=indicators,
        year__lte=year,
        region_id__in={c for above in lines.values() for c in above},
    ).order_by("year", "set_at", "pk")
    if known_at is not None:
        rows = rows.filter(set_at__lte=known_at)
    by_year = {(row.indicator, row.region_id, row.year): row.percent for row in rows}
    # Rows come in order of years, so the newest target that was not withdrawn remains.
    newest = {key[:2]: percent for key, percent in by_year.items() if percent is not None}
    return {
        name: {
            code: next((newest[name, c] for c in above if (name, c) in newest), None)
            for code, above in lines.items()
        }
        for name in indicators
    }
