"""A basis by its name, a region's figures in one, and the targets of regions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, cast

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.regions.models import inside
from dukcapil.regions.validators import lineage
from reports.bases.models import PopulationBasis, PopulationFigure, Target
from reports.bases.validators import COMPONENTS, SIGNS

COLUMNS = (
    *("wajib", "recorded", "unrecorded", "printed", "ikd_activated", "population"),
    *COMPONENTS,
)


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


def targets_within(
    indicators: tuple[str, ...], code: str, year: int, known_at: datetime | None = None
) -> QuerySet[Target, dict[str, Any]]:
    """For `nearest_targets`: of a region and all within it, where a page asks for many things at once
    (`core.db.at_once`). `known_at`: as the targets stood at that moment.
    """
    where = Q(region_id__in=lineage(code)) | inside("region_id", code)
    rows = Target.objects.filter(where, indicator__in=indicators, year__lte=year)
    if known_at is not None:
        rows = rows.filter(set_at__lte=known_at)
    columns: Any = rows.order_by("year", "set_at", "pk").annotate(
        share=Cast("percent", CharField())
    )
    return cast("Any", columns.values("indicator", "region_id", "year", "share"))


def nearest_targets(
    indicators: tuple[str, ...], codes: list[str], rows: list[dict[str, Any]]
) -> dict[str, dict[str, Decimal | None]]:
    """indicator -> region -> the nearest region's target of the newest year of `targets_within`."""
    lines = {code: lineage(code)[::-1] for code in codes}
    by_year = {(row["indicator"], row["region_id"], row["year"]): row["share"] for row in rows}
    # Rows come in order of years, so the newest target that was not withdrawn remains.
    newest = {key[:2]: Decimal(share) for key, share in by_year.items() if share is not None}
    return {
        name: {
            code: next((newest[name, c] for c in above if (name, c) in newest), None)
            for code, above in lines.items()
        }
        for name in indicators
    }
