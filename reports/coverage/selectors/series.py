"""One region over time: each day as coverage answers it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from dukcapil.core.db import as_role, dicts
from dukcapil.core.errors import Invalid
from reports.bases.models import PopulationBasis
from reports.bases.selectors.answering import Answered, timeline
from reports.bases.validators import percent
from reports.coverage.selectors.counting import cells_of
from reports.coverage.selectors.coverage import plus
from reports.coverage.selectors.question import Question

#: The most days of one answer.
LONGEST_SERIES = 400

#: Of each day what was done on it, and what coverage counts from it on.
_BY_DAY = """
SELECT at.date, of_basis,
       coalesce(sum(n) FILTER (WHERE service = 'recording' AND at.flow), 0)::bigint AS recorded,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation' AND at.flow), 0)::bigint AS ikd,
       coalesce(sum(n) FILTER (WHERE service = 'recording' AND NOT at.flow), 0)::bigint AS counted
  FROM ({cells}) AS cells
 CROSS JOIN LATERAL (VALUES (service_date, true), (counts_on, false)) AS at (date, flow)
 WHERE at.date IS NOT NULL
 GROUP BY 1, 2 ORDER BY 1
"""


def usual_first(last: date) -> date:
    """The first day of a series when none is given: it covers thirty days."""
    return last - timedelta(days=29)


@dataclass(frozen=True)
class Join:
    """The day on which another basis takes over: a change of it says nothing of work."""

    date: date
    before: PopulationBasis | None
    basis: PopulationBasis | None


@dataclass(frozen=True)
class Series:
    rows: list[dict[str, Any]]
    joins: list[Join]
    #: The last day's.
    basis: PopulationBasis | None


def series(question: Question, first: date) -> list[dict[str, Any]]:
    """One row a day from `first` to the question's day: on each the answer of that day."""
    return series_of(question, first).rows


def series_of(question: Question, first: date) -> Series:
    """Between two bases the earlier one goes on with the ledger; where the later one takes over a row
    says `joined`. Raises Invalid for a series that runs backward or is too long.
    """
    if not 0 <= (question.day - first).days < LONGEST_SERIES:
        raise Invalid(
            "series-span",
            _("A series runs forward over at most %(most)s days.") % {"most": LONGEST_SERIES},
            field="from",
        )
    taken_over = timeline(
        question.region.pk, first, question.day, question.known_at, question.forced
    )
    logged = _logged(question, first, taken_over)
    rows, part = [], 0
    for number in range((question.day - first).days + 1):
        day = first + timedelta(days=number)
        joined = part + 1 < len(taken_over) and taken_over[part + 1][0] == day
        part += joined
        rows.append(_row(day, taken_over[part][1], logged, joined=joined))
    joins = [
        Join(day, before.basis, after.basis)
        for (_first, before), (day, after) in pairwise(taken_over)
    ]
    return Series(rows, joins, taken_over[-1][1].basis)


@dataclass(frozen=True)
class _Logged:
    """What was done on each day, and what coverage counts of all days up to it."""

    by_day: dict[date, dict[str, int]]
    days: list[date]
    sums: list[int]
    #: Who was called again of whom no ledger holds a recording: (day, only in bases from this day on, n).
    again: list[tuple[date, date, int]]

    def after(self, since: date, day: date) -> int:
        before, upto = bisect_right(self.days, since), bisect_right(self.days, day)
        again = sum(n for on, of, n in self.again if of <= since < on <= day)
        return again + (self.sums[upto] - self.sums[before] if upto > before else 0)


def _logged(question: Question, first: date, taken_over: list[tuple[date, Answered]]) -> _Logged:
    known = [answered.basis.recorded_as_of for _day, answered in taken_over if answered.basis]
    cells, params = cells_of(question, min(*known, first - timedelta(days=1), question.day))
    with as_role("figures"):
        found = dicts(_BY_DAY.format(cells=cells), params)
    by_day = {row["date"]: row for row in found if row["of_basis"] is None}
    again = [(row["date"], row["of_basis"], row["counted"]) for row in found if row["of_basis"]]
    days = sorted(by_day)
    return _Logged(by_day, days, [0, *accumulate(by_day[day]["counted"] for day in days)], again)


def _row(day: date, answered: Answered, logged: _Logged, *, joined: bool) -> dict[str, Any]:
    basis, own = answered.basis, answered.figures
    added = logged.after(basis.recorded_as_of, day) if basis else 0
    today = logged.by_day.get(day, {"recorded": 0, "ikd": 0})
    recorded, wajib = plus(own.value("recorded"), added), own.value("wajib")
    return {
        "date": day,
        "wajib_ktp": wajib,
        "recorded": recorded,
        "unrecorded": plus(own.value("unrecorded"), -added),
        "recorded_percent": percent(recorded, wajib),
        "recorded_today": today["recorded"],
        "ikd_today": today["ikd"],
        "basis": basis.name if basis else None,
        "basis_kind": basis.kind if basis else None,
        "joined": joined,
    }
