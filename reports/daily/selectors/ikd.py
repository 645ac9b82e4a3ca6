"""Activations of IKD of a day as a funnel, of the revisions that a page or file shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from dukcapil.core.db import dicts
from registrations.ledger.selectors import Funnel
from reports.daily.selectors.row import HOME

_CHOSEN = """
WITH chosen AS (
    SELECT day.* FROM unnest(%(regencies)s::text[], %(revisions)s::int[]) AS one (regency, revision)
      JOIN reports_regencyday day ON day.regency_id = one.regency
       AND day.service_date = %(day)s AND day.revision = one.revision)
"""
_CELLS = f"""
SELECT day.regency_id AS region, 'count' AS kind, c.outcome AS name, c.reason, sum(c.n)::bigint AS n,
       coalesce(sum(c.n) FILTER (WHERE {HOME} <> day.regency_id), 0)::bigint AS outsiders
  FROM chosen day
  JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = day.service_date
   AND c.service = 'ikd_activation'
 GROUP BY 1, 3, 4
"""
#: What follows from the chains at these revisions' cuts, as counts.
_BESIDE = """
UNION ALL
SELECT day.regency_id, 'came', '', '', present_on(day.regency_id, day.service_date, day.ledger_seq), 0
  FROM chosen day
UNION ALL
SELECT day.regency_id, 'step', stopped.step, stopped.reason, stopped.n, 0
  FROM chosen day
 CROSS JOIN LATERAL ikd_steps_on(day.regency_id, day.service_date, day.ledger_seq) stopped
"""


def ikd_funnels(
    day: date, revisions: Mapping[str, int | None], *, beside: bool = True
) -> dict[str, Funnel]:
    """regency -> its funnel on this day by the revision that is named; none where none is. One query.

    Without `beside` neither who came nor the steps: they are asked of each chain.
    """
    return funnels_by(revisions, dicts(*funnels_part(day, revisions, beside=beside)))


def funnels_part(
    day: date, revisions: Mapping[str, int | None], *, beside: bool = True
) -> tuple[str, dict[str, Any]]:
    """For `funnels_by`, of a page that asks for several things at once (`core.db.at_once`)."""
    chosen = {code: number for code, number in revisions.items() if number is not None}
    params = {"day": day, "regencies": list(chosen), "revisions": list(chosen.values())}
    return _CHOSEN + _CELLS + (_BESIDE if beside else ""), params


def funnels_by(
    revisions: Mapping[str, int | None], rows: Iterable[dict[str, Any]]
) -> dict[str, Funnel]:
    found = {code: Funnel() for code, number in revisions.items() if number is not None}
    for row in rows:
        _add(found[row["region"]], row)
    return found


def _add(funnel: Funnel, row: dict[str, Any]) -> None:
    if row["kind"] == "came":
        funnel.came = row["n"]
    elif row["kind"] == "step":
        funnel.stopped[row["name"]] += row["n"]
    else:
        funnel.add(row["name"], row["reason"], row["n"], row["outsiders"])


def together(funnels: Iterable[Funnel]) -> Funnel:
    """All of them as one. Who came is unknown where it is of one of them."""
    parts = list(funnels)
    known = [one.came for one in parts if one.came is not None]
    whole = Funnel(sum(known) if parts and len(known) == len(parts) else None)
    for one in parts:
        whole.active += one.active
        whole.active_outsiders += one.active_outsiders
        whole.failed += one.failed
        whole.failed_outsiders += one.failed_outsiders
        whole.stopped += one.stopped
    return whole
