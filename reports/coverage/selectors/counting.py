"""Counts of the ledger: from revisions, and from the rows that are not in a revision yet."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from dukcapil.core.db import as_role, dicts
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor, ancestor_sql, inside_sql, span
from reports.coverage.enums import View
from reports.coverage.selectors.question import Question

#: Cells of revisions and ledger rows after them, in one statement: both at the same moment.
_LIVE = """
SELECT cell.{dimension}_id AS code, cell.service, cell.category, cell.service_date,
       cell.n, cell.last_at
  FROM reports_daycount cell
  JOIN reports_regencyday day ON day.id = cell.day_id AND day.latest
 WHERE cell.outcome = 'done' AND cell.service IN ('recording', 'ikd_activation')
   AND cell.service_date BETWEEN %(after)s AND %(day)s
   AND {cell_inside}
UNION ALL
SELECT led.{dimension}_id, led.service, led.category, led.service_date, led.weight, led.received_at
  FROM registrations_ledgerhead head
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
  JOIN registrations_servicerecord led
    ON led.office_id = head.office_id AND led.seq > coalesce(built.built_to, 0)
 WHERE head.seq > coalesce(built.built_to, 0)
   AND led.outcome = 'done' AND led.service IN ('recording', 'ikd_activation')
   AND led.service_date BETWEEN %(after)s AND %(day)s
   AND {led_inside}
"""

#: A release: for every regency the newest revision that its frozen seq covers, nothing after.
_FROZEN = """
SELECT cell.{dimension}_id AS code, cell.service, cell.category, cell.service_date,
       cell.n, cell.last_at
  FROM (SELECT DISTINCT ON (day.regency_id, day.service_date) day.id, day.service_date
          FROM reports_releaseentry entry
          JOIN reports_regencyday day
            ON day.regency_id = entry.regency_id AND day.ledger_seq <= entry.ledger_seq
         WHERE entry.release_id = %(release)s
           AND day.service_date BETWEEN %(after)s AND %(day)s
         ORDER BY day.regency_id, day.service_date, day.revision DESC) AS chosen
  JOIN reports_daycount cell
    ON cell.day_id = chosen.id AND cell.service_date = chosen.service_date
 WHERE cell.outcome = 'done' AND cell.service IN ('recording', 'ikd_activation')
   AND {cell_inside}
"""

_SUMS = """
SELECT {above} AS region,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND service_date > %(since)s), 0)::bigint AS recorded,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND service_date > %(since)s), 0)::bigint AS ikd,
       coalesce(sum(n) FILTER (WHERE service = 'recording'
                               AND service_date = %(day)s), 0)::bigint AS recorded_today,
       coalesce(sum(n) FILTER (WHERE service = 'recording' AND category = 'pemula'
                               AND service_date = %(day)s), 0)::bigint AS pemula_today,
       coalesce(sum(n) FILTER (WHERE service = 'ikd_activation'
                               AND service_date = %(day)s), 0)::bigint AS ikd_today,
       max(last_at) AS last_at
  FROM ({cells}) AS cells
 GROUP BY 1
"""

EMPTY: dict[str, Any] = {
    "recorded": 0,
    "ikd": 0,
    "recorded_today": 0,
    "pemula_today": 0,
    "ikd_today": 0,
    "last_at": None,
}


def cells_of(question: Question) -> tuple[str, dict[str, Any]]:
    dimension = "domicile" if question.view == View.DOMICILE else "place"
    # Without a basis there is nothing to add to: only the day itself is counted.
    since = question.basis.recorded_as_of if question.basis else question.day
    params: dict[str, Any] = {
        **span(question.region.pk),
        "since": since,
        "after": min(since + timedelta(days=1), question.day),
        "day": question.day,
    }
    if question.release:
        params["release"] = question.release.pk
    parts = {
        "dimension": dimension,
        "cell_inside": inside_sql(f"cell.{dimension}_id"),
        "led_inside": inside_sql(f"led.{dimension}_id"),
    }
    return (_FROZEN if question.release else _LIVE).format(**parts), params


def counted_of(question: Question) -> dict[str, dict[str, Any]]:
    cells, params = cells_of(question)
    above = ancestor_sql("code", question.level)
    with as_role("figures"):
        rows = dicts(_SUMS.format(cells=cells, above=above), params)
    return {row["region"]: row for row in rows}


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


def revisions_of(question: Question) -> dict[str, int]:
    """The day's revision of each regency; above regencies the highest within."""
    regency = ancestor(question.region.pk, Level.REGENCY)
    params: dict[str, Any] = {**span(regency), "day": question.day}
    if question.release:
        params["release"] = question.release.pk
    sql = _REVISIONS.format(
        release=_OF_RELEASE if question.release else "", inside=inside_sql("day.regency_id")
    )
    highest: dict[str, int] = defaultdict(int)
    for row in dicts(sql, params):
        key = ancestor(row["regency"], question.level)
        highest[key] = max(highest[key], row["revision"])
    return highest
