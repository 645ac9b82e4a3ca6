"""Why a figure is what it is: its parts, the other bases beside it, the cut of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import as_role, dicts
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor, inside_sql, span
from reports.bases.enums import VOTERS
from reports.bases.models import PopulationBasis, PopulationFigure
from reports.bases.selectors.access import is_refused_voters
from reports.bases.selectors.answering import dated
from reports.bases.selectors.basis import components_of
from reports.bases.validators import percent
from reports.coverage.selectors.counting import cells_of
from reports.coverage.selectors.coverage import plus
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import CoverageRow

_BY_DAY = """
SELECT counts_on AS day, of_basis, sum(n)::bigint AS recorded,
       -coalesce(sum(n) FILTER (WHERE called_again AND n < 0), 0)::bigint AS again
  FROM ({cells}) AS cells
 WHERE counts_on IS NOT NULL AND service = 'recording' GROUP BY 1, 2
"""


@dataclass(frozen=True)
class _Added:
    """What counts from a day on, and how many of them were called again. `of_basis`: in bases of that day
    and later alone.
    """

    day: date
    of_basis: date | None
    recorded: int
    again: int


def other_bases(by: Actor, question: Question, whole: CoverageRow) -> list[dict[str, Any]]:
    """The region on every basis that has a row for it, is not of a later day, and may be asked by name,
    side by side.

    `whole`: the region's answer, which the chosen basis must show to the digit.
    """
    bases = PopulationBasis.objects.in_force(question.known_at)
    if is_refused_voters(by, Level(question.region.level)):
        bases = bases.exclude(kind__in=VOTERS)
    rows = list(
        PopulationFigure.objects.filter(region_id=question.region.pk, basis__in=bases)
        .select_related("basis")
        .order_by("-basis__recorded_as_of", "-basis__wajib_as_of", "-basis_id")
    )
    rows = [row for row in rows if dated(row.basis) <= question.day]
    if question.basis and question.basis.pk not in {row.basis_id for row in rows}:
        rows.insert(0, PopulationFigure(basis=question.basis))  # it has rows for the parts alone
    if not rows:
        return []
    logged = _logged(question, min(row.basis.recorded_as_of for row in rows))
    return [_beside(row, question, logged, whole) for row in rows]


def _logged(question: Question, since: date) -> list[_Added]:
    cells, params = cells_of(question, since)
    with as_role("figures"):
        return [_Added(**row) for row in dicts(_BY_DAY.format(cells=cells), params)]


def _beside(
    row: PopulationFigure, question: Question, logged: list[_Added], whole: CoverageRow
) -> dict[str, Any]:
    since = row.basis.recorded_as_of
    counted = [one for one in logged if since < one.day <= question.day]
    counted = [one for one in counted if one.of_basis is None or one.of_basis <= since]
    added = sum(one.recorded for one in counted)
    again = sum(one.again for one in counted)
    chosen = question.basis is not None and row.basis_id == question.basis.pk
    if chosen:
        wajib, recorded = whole["wajib_ktp"], whole["recorded"]
        unrecorded = whole["unrecorded"]
    else:
        wajib = row.wajib
        recorded, unrecorded = plus(row.recorded, added), plus(row.unrecorded, -added)
    return {
        "basis": row.basis,
        "chosen": chosen,
        "wajib": wajib,
        "of_basis": plus(recorded, -added),
        "added": added,
        "logged": added + again,
        "again": again,
        "recorded": recorded,
        "unrecorded": unrecorded,
        "percent": percent(recorded, wajib),
        "components": components_of(row),
    }


_CUT = f"""
SELECT head.office_id AS region, region.name, head.seq AS head,
       encode(head.hash, 'hex') AS hash, coalesce(built.built_to, 0) AS built_to, built.built_at,
       day.revision, day.reason, day.ledger_seq
  FROM registrations_ledgerhead head
  JOIN regions_region region ON region.code = head.office_id
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
  LEFT JOIN reports_regencyday day
    ON day.regency_id = head.office_id AND day.service_date = %(day)s AND day.latest
 WHERE {inside_sql("head.office_id")}
 ORDER BY 1
"""


def ledger_cut(question: Question) -> list[dict[str, Any]]:
    """Up to which number of each office's chain is counted, and in which revision.

    By domicile, people of the region may also stand in chains of other offices: those few are
    counted too, and belong to the cut of their own office.
    """
    return dicts(_CUT, {**span(ancestor(question.region.pk, Level.REGENCY)), "day": question.day})
