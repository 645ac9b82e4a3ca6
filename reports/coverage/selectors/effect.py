"""What a basis would change: the percentage of each region by today's answer, and with this basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.core.templatetags.figures import signed
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import level_of
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.bases.selectors.answering import rank
from reports.bases.selectors.basis import Figures
from reports.bases.validators import percent
from reports.coverage.selectors.counting import EMPTY, Since, counted_of, since_of, whole_of
from reports.coverage.selectors.coverage import plus
from reports.coverage.selectors.question import Question

#: Percent by which wajib KTP hardly changes from one basis to the next: a figure of another kind, or of
#: another region.
JUMP = 20
#: region -> its percentage recorded, as every answer writes it.
Percentages = dict[str, str | None]


@dataclass
class Effect:
    """`day`: of both. `stays`: bases that go on answering, because they are of a later day."""

    day: date
    before: Percentages = field(default_factory=dict)
    after: Percentages = field(default_factory=dict)
    #: region -> wajib KTP by today's answer
    wajib: dict[str, int | None] = field(default_factory=dict)
    #: region -> what an approver should look at
    remarks: dict[str, list[str]] = field(default_factory=dict)
    bases: list[PopulationBasis] = field(default_factory=list)
    stays: list[PopulationBasis] = field(default_factory=list)
    #: A voters' list: everything else goes on answering.
    by_name: bool = False


def effect_of(
    rows: list[PopulationFigure], basis: PopulationBasis, root: Region, *, replaced: int | None
) -> Effect:
    """`basis`: with its days; it need not be stored yet. The same few queries for any number of rows.

    Before: the answer that lists within `root` give. What was logged since counts in both.
    """
    day = timezone.localdate(timezone=ZoneInfo(root.timezone))
    effect = Effect(day, by_name=basis.of_voters)
    levels: dict[Level, list[PopulationFigure]] = {}
    for row in rows:
        levels.setdefault(level_of(row.region_id), []).append(row)
    alike = min(basis.recorded_as_of, day)
    for level, rows_of_level in levels.items():
        now = Question(root, level, day)
        own = {code: found for code, found in now.answering.regions.items() if found.basis}
        figures_now = {code: found.figures for code, found in own.items()}
        effect.before |= _percentages(now, figures_now, since_of(now))
        effect.wajib |= {code: found.value("wajib") for code, found in figures_now.items()}
        new = {row.region_id: _own(row) for row in rows_of_level}
        effect.after |= _percentages(now, new, Since(alike, alike))
        for answered in own.values():
            if answered.basis and answered.basis not in effect.bases:
                effect.bases.append(answered.basis)
    for row in rows:
        if found := _remarks(row, effect):
            effect.remarks[row.region_id] = found
    effect.stays = [
        other for other in effect.bases if other.pk != replaced and rank(other) > rank(basis)
    ]
    return effect


def _remarks(row: PopulationFigure, effect: Effect) -> list[str]:
    found = []
    share, before = effect.after.get(row.region_id), effect.wajib.get(row.region_id)
    if share is not None and Decimal(share) > 100:
        found.append(_("More people recorded than wajib KTP: above 100 %."))
    if before and row.wajib is not None:
        change = 100 * (row.wajib - before) / before
        if abs(change) > JUMP:
            text = _("Wajib KTP changes by %(change)s %%.")
            found.append(text % {"change": signed(round(change))})
    return found


def _own(row: PopulationFigure) -> Figures:
    return Figures({"wajib": row.wajib, "recorded": row.recorded})


def _percentages(question: Question, own: dict[str, Figures], since: Since) -> Percentages:
    counted = counted_of(question, since)
    if question.region.pk not in counted:
        counted[question.region.pk] = whole_of(counted)
    return {
        code: percent(
            plus(found.value("recorded"), counted.get(code, EMPTY)["recorded"]),
            found.value("wajib"),
        )
        for code, found in own.items()
    }
