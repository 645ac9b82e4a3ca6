"""The only selector of coverage figures: pages, files and API all show what it returns.

It runs as the database role `figures`, which sees all regions but only the ledger's counting
columns: a figure does not depend on who asks. Which regions somebody may ask for is checked
before (`Question.of`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import Found, Part, as_role, at_once
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor, lineage
from events.calendar.selectors import local_days_from, working_days_by
from events.elections.selectors import Coming, coming_elections, nearest
from reports.bases.enums import Indicator
from reports.bases.models import PopulationBasis
from reports.bases.selectors.answering import Answered
from reports.bases.selectors.basis import (
    DifferenceRow,
    Figures,
    nearest_targets,
    targets_within,
)
from reports.bases.validators import COMPONENTS, gap_to_target, per_day, percent, percent_of_target
from reports.coverage.selectors.counting import (
    EMPTY,
    counted_by,
    counts_of,
    revisions_of,
    revisions_part,
    since_of,
    whole_of,
)
from reports.coverage.selectors.frozen import kept_rows
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.residual import Residual, residual_of
from reports.coverage.selectors.row import Components, CoverageRow
from reports.coverage.selectors.sparks import sparks_by, sparks_part
from reports.releases.validators import status_of

#: The most rows of one page or answer; for more, ask for a part of the region.
MOST_ROWS = 2000


@dataclass(frozen=True)
class Answer:
    """Rows of the level in code order, each on its own basis; the region itself; and where a source
    contradicts itself.
    """

    rows: list[CoverageRow]
    whole: CoverageRow
    differences: list[DifferenceRow]
    #: Recordings of each row's last thirty days, where they were asked for with it and counted anew.
    sparks: dict[str, list[int]] | None = None

    @property
    def residual(self) -> Residual:
        """Of each figure what the region says more than its rows together."""
        return residual_of(self.whole, self.rows)

    @property
    def bases(self) -> list[str]:
        """Names of the bases of the rows, the region's own first."""
        names = [row["basis"] for row in (self.whole, *self.rows) if row["basis"]]
        return list(dict.fromkeys(names))

    @property
    def elsewhere(self) -> list[CoverageRow]:
        """Rows that stand on another basis than the region itself."""
        own = self.whole["basis"]
        return [row for row in self.rows if row["basis"] and row["basis"] != own]


def answer(question: Question, *, with_sparks: bool = False) -> Answer:
    """Percentages are text with two decimals; unknown is None. The same three queries for any size:
    which bases there are, what they and other tables say of regions, what the ledger counts.
    """
    sparks = None
    rows = kept_rows(question)
    if rows is None:
        rows, sparks = _counted(question, with_sparks=with_sparks)
    answers = question.answering
    return Answer(
        rows=[row for row in rows.values() if row["level"] == question.level],
        whole=rows[question.region.pk],
        differences=[
            difference
            for code in sorted(rows, key=lambda code: len(lineage(code)))
            for difference in answers.of(code).figures.differences(code)
        ],
        sparks=sparks,
    )


def _counted(
    question: Question, *, with_sparks: bool
) -> tuple[dict[str, CoverageRow], dict[str, list[int]] | None]:
    code, level = question.region.pk, question.level
    found = question.along(_beside(question), MOST_ROWS)
    regions = found["regions"]
    if len(regions) > MOST_ROWS + 1:
        raise Invalid(
            "too-many-rows",
            _("More than %(most)s regions: ask for a part of them.") % {"most": MOST_ROWS},
            field="level",
        )
    parts = {"counted": counts_of(question, since_of(question))}
    if with_sparks:
        parts |= {"sparks": sparks_part(question)}
    with as_role("figures"):
        logged = at_once(parts)
    counted = counted_by(logged["counted"])
    revisions = revisions_of(question, found["revisions"])
    if question.region.level != level:
        counted |= {code: whole_of(counted)}
        revisions |= {code: max(revisions.values())} if revisions else {}
    rows = _rows(question, found, counted, revisions)
    return rows, sparks_by(question, logged["sparks"]) if with_sparks else None


#: Whose targets a row names.
_AIMS = (Indicator.RECORDING, Indicator.IKD)


def _beside(question: Question) -> dict[str, Part]:
    """What is read of the regions beside bases and ledger."""
    code, level, day, known_at = (
        *(question.region.pk, question.level),
        *(question.day, question.known_at),
    )
    own = Level(question.region.level)
    regions: Any = Region.objects.within(code).filter(level__in={own, level}).order_by("code")
    return {
        "regions": regions.values("code", "name", "level", "timezone")[: MOST_ROWS + 2],
        "revisions": revisions_part(question),
        "targets": targets_within(_AIMS, code, day.year, known_at),
        "elections": coming_elections(code, level, day, known_at),
        "local_days": local_days_from(day + timedelta(days=1), known_at),
    }


def _rows(
    question: Question,
    found: Found,
    counted: dict[str, dict[str, Any]],
    revisions: dict[str, int],
) -> dict[str, CoverageRow]:
    regions, answers = found["regions"], question.answering
    codes = [region["code"] for region in regions]
    targets_of = nearest_targets(_AIMS, codes, found["targets"])
    horizons = _horizons(question, codes, found)
    return {
        region["code"]: _row(
            question,
            region,
            answers.of(region["code"]),
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


def coverage(question: Question) -> list[CoverageRow]:
    return answer(question).rows


@dataclass(frozen=True)
class Horizon:
    """The day up to which a region's gap is spread: its own next election, else the year's end."""

    until: date
    #: Working or opened days after the question's day, up to and with `until`.
    days: int
    election: Coming | None = None


def _horizons(question: Question, codes: list[str], found: Found) -> dict[str, Horizon]:
    """Of each region its own, so that a row says the same in its own list and in one above."""
    elections = nearest(codes, found["elections"])
    year_end = date(question.day.year, 12, 31)
    until = {
        code: election.held_on if election else year_end for code, election in elections.items()
    }
    days = working_days_by(question.day + timedelta(days=1), until, found["local_days"])
    return {code: Horizon(until[code], days[code], elections[code]) for code in codes}


def plus(figure: int | None, added: int) -> int | None:
    return None if figure is None else figure + added


def _row(
    question: Question,
    region: dict[str, Any],
    answered: Answered,
    counted: dict[str, Any],
    target: tuple[Any, Any],
    horizon: Horizon,
    revision: int | None,
) -> CoverageRow:
    basis, basis_figures = answered.basis, answered.figures
    wajib = basis_figures.value("wajib")
    printed = plus(basis_figures.value("printed"), counted["printed"])
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
        "recorded_early": counted["early"],
        "ikd_target_percent": str(target[1]) if target[1] is not None else None,
        "ikd_gap_to_target": gap_to_target(activated, recorded, target[1]),
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
