"""Recordings of each row's last thirty days: the small charts of a ranking."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from dukcapil.core.db import Part, as_role, at_once
from dukcapil.regions.validators import ancestor_sql
from reports.coverage.selectors.counting import cells_of
from reports.coverage.selectors.question import Question

#: Days of a small chart, the question's day being the last.
DAYS = 30

_BY_REGION = """
SELECT {above} AS region, service_date AS date, sum(n)::bigint AS n
  FROM ({cells}) AS cells
 WHERE service = 'recording' AND service_date >= %(first)s
 GROUP BY 1, 2
"""


def sparks(question: Question) -> dict[str, list[int]]:
    """region of the question's level -> recordings of each of the thirty days, the oldest first. A
    region where nobody was recorded is not among them. One query.
    """
    with as_role("figures"):
        return sparks_by(question, at_once({"sparks": sparks_part(question)})["sparks"])


def sparks_part(question: Question) -> Part:
    first = _first(question)
    cells, params = cells_of(question, first - timedelta(days=1))
    params |= {"first": first}
    return _BY_REGION.format(cells=cells, above=ancestor_sql("code", question.level)), params


def sparks_by(question: Question, rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    """`rows`: of `sparks_part`, which anybody asks in the role `figures`."""
    days: dict[str, list[int]] = defaultdict(lambda: [0] * DAYS)
    for row in rows:
        place = (date.fromisoformat(row["date"]) - _first(question)).days
        days[row["region"]][place] += row["n"]
    return dict(days)


def _first(question: Question) -> date:
    return question.day - timedelta(days=DAYS - 1)
