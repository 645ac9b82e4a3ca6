"""What a basis would change: the percentage of each region by today's answer, and with this basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import level_of
from reports.bases.enums import BasisKind
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.bases.selectors.basis import Figures, default_basis, figures, source_of
from reports.bases.validators import percent
from reports.coverage.enums import View
from reports.coverage.selectors.counting import EMPTY, counted_of
from reports.coverage.selectors.coverage import plus
from reports.coverage.selectors.question import Question

#: region -> its percentage recorded, as every answer writes it.
Percentages = dict[str, str | None]


@dataclass
class Effect:
    """`day`: of both. `stays`: bases that go on answering, because they are of a later day."""

    day: date
    before: Percentages = field(default_factory=dict)
    after: Percentages = field(default_factory=dict)
    bases: list[PopulationBasis] = field(default_factory=list)
    stays: list[PopulationBasis] = field(default_factory=list)


def effect_of(
    rows: list[PopulationFigure], basis: PopulationBasis, root: Region, *, replaced: int | None
) -> Effect:
    """`basis`: with its days; it need not be stored yet. The same few queries for any number of rows.

    Before: the answer that lists within `root` give. What was logged since counts in both.
    """
    day = timezone.localdate(timezone=ZoneInfo(root.timezone))
    effect = Effect(day)
    since = PopulationBasis(recorded_as_of=min(basis.recorded_as_of, day))
    by_level: dict[Level, list[PopulationFigure]] = {}
    for row in rows:
        by_level.setdefault(level_of(row.region_id), []).append(row)
    for level, rows_of_level in by_level.items():
        now = Question(root, level, day, default_basis(root.pk, level, day), View.DOMICILE)
        own = figures(source_of(now.basis, root.pk), root.pk, level)
        effect.before |= _percentages(now, own)
        new = Question(root, level, day, since, View.DOMICILE)
        own = {row.region_id: _own(row) for row in rows_of_level}
        effect.after |= _percentages(new, own)
        if now.basis and now.basis not in effect.bases:
            effect.bases.append(now.basis)
    effect.stays = [
        other for other in effect.bases if other.pk != replaced and _stays(other, basis)
    ]
    return effect


def _own(row: PopulationFigure) -> Figures:
    return Figures({"wajib": row.wajib, "recorded": row.recorded})


def _percentages(question: Question, own: dict[str, Figures]) -> Percentages:
    counted = counted_of(question)
    return {
        code: percent(
            plus(found.value("recorded"), counted.get(code, EMPTY)["recorded"]),
            found.value("wajib"),
        )
        for code, found in own.items()
    }


def _stays(other: PopulationBasis, basis: PopulationBasis) -> bool:
    if BasisKind.DERIVED in (basis.kind, other.kind):
        return other.kind != BasisKind.DERIVED
    return (other.recorded_as_of, other.wajib_as_of) > (basis.recorded_as_of, basis.wajib_as_of)
