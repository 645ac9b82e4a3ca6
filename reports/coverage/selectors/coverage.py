"""The only selector of coverage figures: pages, files and API all show what it returns.

It runs as the database role `figures`, which sees all regions but only the ledger's counting
columns: a figure does not depend on who asks. Which regions somebody may ask for is checked
before (`Question.of`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor
from events.calendar.selectors import working_days
from events.elections.models import Election
from events.elections.selectors import next_elections
from reports.bases.enums import Indicator
from reports.bases.models import PopulationBasis
from reports.bases.selectors.basis import DifferenceRow, Figures, figures, source_of, targets
from reports.bases.validators import COMPONENTS, gap_to_target, per_day, percent, percent_of_target
from reports.coverage.selectors.counting import EMPTY, counted_of, revisions_of
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import Components, CoverageRow
from reports.releases.validators import status_of

#: The most rows of one page or answer; for more, ask for a part of the region.
MOST_ROWS = 2000


@dataclass(frozen=True)
class Answer:
    """Rows of the level in code order, the region itself, and where the source contradicts itself."""

    rows: list[CoverageRow]
    whole: CoverageRow
    differences: list[DifferenceRow]


def answer(question: Question) -> Answer:
    """Percentages are text with two decimals; unknown is None. The same few queries for any size."""
    code, own = question.region.pk, Level(question.region.level)
    regions = _regions(question, own)
    source = source_of(question.basis, code)
    figures_of_level = {level: figures(source, code, level) for level in {own, question.level}}
    counted = counted_of(question)
    revisions = revisions_of(question)
    if own != question.level:
        # Parts and whole are counted in one statement, so they cannot disagree.
        counted |= {code: _total(counted.values())}
        revisions |= {code: max(revisions.values())} if revisions else {}
    codes = [region["code"] for region in regions]
    targets_of = targets(
        (Indicator.RECORDING, Indicator.IKD), codes, question.day.year, question.known_at
    )
    horizons = _horizons(question, codes)
    rows = {
        region["code"]: _row(
            question,
            region,
            figures_of_level[Level(region["level"])].get(region["code"], Figures({})),
            counted.get(region["code"], EMPTY),
            (
                targets_of[Indicator.RECORDING][region["code"]],
                targets_of[Indicator.IKD][region["code"]],
            ),
            horizons[region["code"]],
            revisions.get(region["code"], revisions.get(ancestor(region["code"], Level.REGENCY))),
        )
        for region in regions
    }
    return Answer(
        rows=[row for row in rows.values() if row["level"] == question.level],
        whole=rows[code],
        differences=[
            difference
            for level in sorted(figures_of_level, key=list(Level).index)
            for region_code, region_figures in sorted(figures_of_level[level].items())
            for difference in region_figures.differences(region_code)
        ],
    )


def coverage(question: Question) -> list[CoverageRow]:
    return answer(question).rows


def _total(cells: Iterable[dict[str, Any]]) -> dict[str, Any]:
    total = dict(EMPTY)
    for cell in cells:
        for name in total.keys() - {"last_at"}:
            total[name] += cell[name]
        moments = [moment for moment in (total["last_at"], cell["last_at"]) if moment]
        total["last_at"] = max(moments, default=None)
    return total


def _regions(question: Question, own: Level) -> list[dict[str, Any]]:
    regions_below = Region.objects.within(question.region.pk)
    regions = regions_below.filter(level__in={own, question.level}).order_by("code")
    rows: list[Any] = list(regions.values("code", "name", "level", "timezone")[: MOST_ROWS + 2])
    if len(rows) > MOST_ROWS + 1:
        raise Invalid(
            "too-many-rows",
            _("More than %(most)s regions: ask for a part of them.") % {"most": MOST_ROWS},
            field="level",
        )
    return rows


@dataclass(frozen=True)
class Horizon:
    """The day up to which a region's gap is spread: its own next election, else the year's end."""

    until: date
    #: Working or opened days after the question's day, up to and with `until`.
    days: int
    election: Election | None = None


def _horizons(question: Question, codes: list[str]) -> dict[str, Horizon]:
    """Of each region its own, so that a row says the same in its own list and in one above."""
    known_at = question.known_at
    elections = next_elections(codes, question.day, known_at)
    year_end = date(question.day.year, 12, 31)
    until = {
        code: election.held_on if election else year_end for code, election in elections.items()
    }
    days = working_days(question.day + timedelta(days=1), until, known_at)
    return {code: Horizon(until[code], days[code], elections[code]) for code in codes}


def plus(figure: int | None, added: int) -> int | None:
    return None if figure is None else figure + added


def _row(
    question: Question,
    region: dict[str, Any],
    basis_figures: Figures,
    counted: dict[str, Any],
    target: tuple[Any, Any],
    horizon: Horizon,
    revision: int | None,
) -> CoverageRow:
    basis = question.basis
    wajib, printed = basis_figures.value("wajib"), basis_figures.value("printed")
    recorded = plus(basis_figures.value("recorded"), counted["recorded"])
    unrecorded = plus(basis_figures.value("unrecorded"), -counted["recorded"])
    activated = plus(basis_figures.value("ikd_activated"), counted["ikd"])
    gap = gap_to_target(recorded, wajib, target[0])
    return {
        "region": region["code"],
        "name": region["name"],
        "level": region["level"],
        "date": question.day,
        "basis": basis.name if basis else None,
        "basis_kind": basis.kind if basis else None,
        "wajib_as_of": basis.wajib_as_of if basis else None,
        "recorded_as_of": basis.recorded_as_of if basis else None,
        "wajib_ktp": wajib,
        "recorded": recorded,
        "unrecorded": unrecorded,
        "recorded_percent": percent(recorded, wajib),
        "printed": printed,
        "printed_percent": percent(printed, recorded),
        "ikd_activated": activated,
        "ikd_percent_of_base": percent(activated, recorded),
        "ikd_percent_of_target": percent_of_target(activated, recorded, target[1]),
        "target_percent": str(target[0]) if target[0] is not None else None,
        "gap_to_target": gap,
        "needed_per_day": per_day(gap, horizon.days),
        "recorded_today": counted["recorded_today"],
        "recorded_today_pemula": counted["pemula_today"],
        "ikd_today": counted["ikd_today"],
        "status": status_of(region["code"], question.day, question.known_at or timezone.now()),
        "revision": revision,
        "as_of": counted["last_at"] or _end_of(basis, region),
        "unrecorded_percent": percent(unrecorded, wajib),
        "published_unrecorded_percent": str(basis_figures.published)
        if basis_figures.published
        else None,
        "population": basis_figures.value("population"),
        "components": _components(basis_figures),
        "needed_until": horizon.until if gap is not None else None,
        "election": horizon.election.pk if gap is not None and horizon.election else None,
    }


def _components(basis_figures: Figures) -> Components | None:
    if all(basis_figures.value(name) is None for name in COMPONENTS):
        return None
    return {
        "dkb": basis_figures.value("dkb"),
        "deaths": basis_figures.value("deaths"),
        "duplicates": basis_figures.value("duplicates"),
        "moved_out": basis_figures.value("moved_out"),
        "moved_in": basis_figures.value("moved_in"),
        "first_recordings": basis_figures.value("first_recordings"),
    }


def _end_of(basis: PopulationBasis | None, region: dict[str, Any]) -> datetime | None:
    """The end of the basis' own day: `as_of` where nothing was counted since."""
    if basis is None:
        return None
    zone = ZoneInfo(region["timezone"])
    return datetime.combine(basis.recorded_as_of, time(23, 59, 59), zone)
