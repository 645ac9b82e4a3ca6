"""Counts of the ledger: from revisions, and from the rows that are not in a revision yet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from dukcapil.core.db import Part, as_role, at_once
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor, ancestor_sql, inside_sql, span
from reports.bases.models import PopulationBasis
from reports.coverage.enums import View
from reports.coverage.selectors.question import Question

#: What coverage counts: recordings, activations, and first cards (or cards printed without a reason).
_COUNTED = """({row}.service IN ('recording', 'ikd_activation')
    OR {row}.service = 'card_print' AND {row}.reason IN ('', 'first_card'))"""

#: What was done for somebody who was not due yet: taken off the day of the service, and counted from
#: `counts_from` on. It is no flow: its `service_date` is null. Until then it is `early`.
_MOVED = f"""
SELECT early.{{dimension}}_id, early.service, '', NULL::date, moved.counts_on, moved.n, moved.early,
       early.last_at, NULL::date, false
  FROM reports_earlycount early
  JOIN reports_regencyday day ON day.id = early.day_id
 CROSS JOIN LATERAL (VALUES
       (early.service_date, -early.n, 0),
       (CASE WHEN early.counts_from <= %(day)s THEN early.counts_from END, early.n,
        CASE WHEN early.counts_from > %(day)s THEN early.n ELSE 0 END)
       ) AS moved (counts_on, n, early)
 WHERE early.service_date <= %(day)s AND early.counts_from >= %(after)s
   AND {_COUNTED.format(row="early")}
   AND {{early_inside}}
"""

#: Who was called again was recorded until that day: what a void took off on the day of the service is put
#: back, and taken off from `reopened_on` on. No flow. What no ledger held counts in bases of its day and
#: later alone (`of_basis`).
_AGAIN = """
SELECT again.{{dimension}}_id, 'recording', '', NULL::date, moved.counts_on, moved.n, 0, again.at,
       CASE WHEN again.void IS NULL THEN again.counted_on END, true
  FROM registrations_recordingreopened again
 CROSS JOIN LATERAL (VALUES
       (again.counted_on, CASE WHEN again.void IS NULL THEN 0 ELSE 1 END),
       (greatest(again.counted_on, again.reopened_on), -1)) AS moved (counts_on, n)
  {known}
 WHERE moved.counts_on BETWEEN %(after)s AND %(day)s
   AND {{again_inside}}
"""

#: A void stands in a chain. What no ledger held goes by the moment: no call is written while a release is
#: cut (`Lock.KNOWN`).
_KNOWN_TO_RELEASE = """JOIN reports_release known ON known.id = %(release)s
   AND CASE WHEN again.void IS NULL THEN again.at <= known.frozen_at
            ELSE EXISTS (SELECT FROM reports_releaseentry entry
                          WHERE entry.release_id = known.id AND entry.regency_id = again.chain_id
                            AND entry.ledger_seq >= again.seq) END"""

#: Cells of revisions and ledger rows after them, in one statement: both at the same moment. Flows go by
#: `service_date`, stocks by `counts_on` (null: not by this day).
_LIVE = f"""
SELECT cell.{{dimension}}_id AS code, cell.service, cell.category, cell.service_date,
       cell.service_date AS counts_on, cell.n, 0 AS early, cell.last_at, NULL::date AS of_basis,
       false AS called_again
  FROM reports_daycount cell
  JOIN reports_regencyday day ON day.id = cell.day_id AND day.latest
 WHERE cell.outcome = 'done' AND {_COUNTED.format(row="cell")}
   AND cell.service_date BETWEEN %(after)s AND %(day)s
   AND {{cell_inside}}
UNION ALL
{_MOVED}   AND day.latest
UNION ALL
SELECT led.{{dimension}}_id, led.service, led.category, led.service_date,
       CASE WHEN led.counts_from IS NULL THEN led.service_date
            WHEN led.counts_from <= %(day)s THEN led.counts_from END,
       led.weight, CASE WHEN led.counts_from > %(day)s THEN led.weight ELSE 0 END, led.received_at,
       NULL::date, false
  FROM registrations_ledgerhead head
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
  JOIN registrations_servicerecord led
    ON led.office_id = head.office_id AND led.seq > coalesce(built.built_to, 0)
 WHERE head.seq > coalesce(built.built_to, 0)
   AND led.outcome = 'done' AND {_COUNTED.format(row="led")}
   AND led.service_date <= %(day)s
   AND greatest(led.service_date, led.counts_from) >= %(after)s
   AND {{led_inside}}
UNION ALL
{_AGAIN.format(known="")}"""

#: A release: for every regency the newest revision that its frozen seq covers, nothing after.
_FROZEN = f"""
SELECT cell.{{dimension}}_id AS code, cell.service, cell.category, cell.service_date,
       cell.service_date AS counts_on, cell.n, 0 AS early, cell.last_at, NULL::date AS of_basis,
       false AS called_again
  FROM (SELECT DISTINCT ON (day.regency_id, day.service_date) day.id, day.service_date
          FROM reports_releaseentry entry
          JOIN reports_regencyday day
            ON day.regency_id = entry.regency_id AND day.ledger_seq <= entry.ledger_seq
         WHERE entry.release_id = %(release)s
           AND day.service_date BETWEEN %(after)s AND %(day)s
         ORDER BY day.regency_id, day.service_date, day.revision DESC) AS chosen
  JOIN reports_daycount cell
    ON cell.day_id = chosen.id AND cell.service_date = chosen.service_date
   AND cell.service_date BETWEEN %(after)s AND %(day)s
 WHERE cell.outcome = 'done' AND {_COUNTED.format(row="cell")}
   AND {{cell_inside}}
UNION ALL
{_MOVED}
   AND day.id = (
        SELECT newest.id FROM reports_regencyday newest
          JOIN reports_releaseentry entry ON entry.release_id = %(release)s
           AND entry.regency_id = newest.regency_id AND newest.ledger_seq <= entry.ledger_seq
         WHERE newest.regency_id = day.regency_id AND newest.service_date = day.service_date
         ORDER BY newest.revision DESC LIMIT 1)
UNION ALL
{_AGAIN.format(known=_KNOWN_TO_RELEASE)}"""

#: Each region counts from the day of its own basis on; the `whole_` ones from that of the whole.
_SUMS = """
SELECT {above} AS region,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND counts_on > since
                               AND (of_basis <= basis) IS NOT FALSE), 0)::bigint AS recorded,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND counts_on > since), 0)::bigint AS ikd,
       coalesce(sum(n) FILTER (WHERE service = 'card_print'
                               AND counts_on > since), 0)::bigint AS printed,
       coalesce(sum(early) FILTER (WHERE service = 'recording'), 0)::bigint AS early,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND service_date = %(day)s), 0)::bigint AS recorded_today,
       coalesce(sum(n) FILTER (WHERE service = 'recording' AND category = 'pemula'
                               AND service_date = %(day)s), 0)::bigint AS pemula_today,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND service_date = %(day)s), 0)::bigint AS ikd_today,
       max(last_at) FILTER (WHERE service_date > least(since, %(day)s - 1)) AS last_at,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND counts_on > %(whole)s
                               AND (of_basis <= %(whole_basis)s) IS NOT FALSE), 0)::bigint AS whole_recorded,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND counts_on > %(whole)s), 0)::bigint AS whole_ikd,
       coalesce(sum(n) FILTER (WHERE service = 'card_print'
                               AND counts_on > %(whole)s), 0)::bigint AS whole_printed,
       max(last_at) FILTER (WHERE service_date > least(%(whole)s, %(day)s - 1)) AS whole_last_at
  FROM (SELECT cells.*, coalesce(own.since, %(usual)s) AS since,
               coalesce(own.basis, %(usual_basis)s) AS basis
          FROM ({cells}) AS cells
          LEFT JOIN unnest(%(regions)s::text[], %(sinces)s::date[], %(bases)s::date[])
                    AS own(region, since, basis)
            ON own.region = {above}) AS cells
 GROUP BY 1
"""

EMPTY: dict[str, Any] = {
    "recorded": 0,
    "ikd": 0,
    "printed": 0,
    "early": 0,
    "recorded_today": 0,
    "pemula_today": 0,
    "ikd_today": 0,
    "last_at": None,
}


@dataclass(frozen=True)
class Since:
    """After which day the ledger is added to what a basis knows."""

    whole: date
    #: What a region of `regions` has not.
    usual: date
    regions: dict[str, date] = field(default_factory=dict)
    #: The days of the bases themselves, where the ledger is asked from another day on.
    bases: Since | None = None

    @property
    def earliest(self) -> date:
        return min(self.whole, self.usual, *self.regions.values())


def since_of(question: Question) -> Since:
    """Without a basis there is nothing to add to: only the day itself is counted."""

    def of(basis: PopulationBasis | None) -> date:
        return basis.recorded_as_of if basis else question.day

    answers = question.answering
    own = {code: of(answered.basis) for code, answered in answers.regions.items()}
    usual = of(question.forced)
    regions = {code: since for code, since in own.items() if since != usual}
    return Since(of(answers.whole.basis), usual, regions)


def cells_of(question: Question, since: date) -> tuple[str, dict[str, Any]]:
    """Cells of the days after `since`, and of the question's day."""
    dimension = "domicile" if question.view == View.DOMICILE else "place"
    params: dict[str, Any] = {
        **span(question.region.pk),
        "after": min(since + timedelta(days=1), question.day),
        "day": question.day,
    }
    if question.release:
        params["release"] = question.release.pk
    parts = {
        "dimension": dimension,
        "cell_inside": inside_sql(f"cell.{dimension}_id"),
        "led_inside": inside_sql(f"led.{dimension}_id"),
        "early_inside": inside_sql(f"early.{dimension}_id"),
        "again_inside": inside_sql(f"again.{dimension}_id"),
    }
    return (_FROZEN if question.release else _LIVE).format(**parts), params


def counted_of(question: Question, since: Since) -> dict[str, dict[str, Any]]:
    with as_role("figures"):
        return counted_by(at_once({"counted": counts_of(question, since)})["counted"])


def counted_by(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """`rows`: of `counts_of`, which anybody asks in the role `figures`."""
    for row in rows:
        for name in ("last_at", "whole_last_at"):
            row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return {row["region"]: row for row in rows}


def counts_of(question: Question, since: Since) -> Part:
    cells, params = cells_of(question, since.earliest)
    bases = since.bases or since
    regions = list(since.regions | bases.regions)
    params |= {
        "whole": since.whole,
        "whole_basis": bases.whole,
        "usual": since.usual,
        "usual_basis": bases.usual,
        "regions": regions,
        "sinces": [since.regions.get(code, since.usual) for code in regions],
        "bases": [bases.regions.get(code, bases.usual) for code in regions],
    }
    above = ancestor_sql("cells.code", question.level)
    return _SUMS.format(cells=cells, above=above), params


def whole_of(counted: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What the same statement counted for the region itself: its parts cannot disagree with it."""
    total = dict(EMPTY)
    for cell in counted.values():
        for name, source in _OF_WHOLE.items():
            total[name] += cell[source]
        moments = [moment for moment in (total["last_at"], cell["whole_last_at"]) if moment]
        total["last_at"] = max(moments, default=None)
    return total


_OF_WHOLE = {
    "recorded": "whole_recorded",
    "ikd": "whole_ikd",
    "printed": "whole_printed",
    "early": "early",
    **{name: name for name in ("recorded_today", "pemula_today", "ikd_today")},
}


_REVISIONS = """
SELECT day.regency_id AS regency, max(day.revision) AS revision
  FROM reports_regencyday day
  {release}
 WHERE day.service_date = %(day)s
   AND {inside}
 GROUP BY 1
"""
_OF_RELEASE = """
JOIN reports_releaseentry entry ON entry.release_id = %(release)s
 AND entry.regency_id = day.regency_id AND day.ledger_seq <= entry.ledger_seq
"""


def revisions_part(question: Question) -> Part:
    regency = ancestor(question.region.pk, Level.REGENCY)
    params: dict[str, Any] = {**span(regency), "day": question.day}
    if question.release:
        params["release"] = question.release.pk
    sql = _REVISIONS.format(
        release=_OF_RELEASE if question.release else "", inside=inside_sql("day.regency_id")
    )
    return sql, params


def revisions_of(question: Question, rows: list[dict[str, Any]]) -> dict[str, int]:
    """The day's revision of each regency; above regencies the highest within. `rows`: of
    `revisions_part`.
    """
    highest: dict[str, int] = defaultdict(int)
    for row in rows:
        key = ancestor(row["regency"], question.level)
        highest[key] = max(highest[key], row["revision"])
    return highest
