"""Revisions of regency days, as lists and as status of a build."""

from __future__ import annotations

from datetime import date
from typing import Any

from dukcapil.core.db import dicts
from reports.selectors.basis import span

_REPORTS = """
SELECT day.regency_id AS region, region.name, day.service_date AS date, day.revision,
       day.ledger_seq, day.reason, day.built_at, day.latest,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'recording' AND c.outcome = 'done'), 0)::bigint
           AS recorded,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'recording' AND c.outcome = 'done'
                                 AND c.category = 'pemula'), 0)::bigint AS recorded_pemula,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'recording' AND c.outcome = 'done'
                                 AND left(c.domicile_id, 5) <> day.regency_id), 0)::bigint
           AS recorded_outsiders,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'ikd_activation' AND c.outcome = 'done'),
                0)::bigint AS ikd_activated,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'card_print' AND c.outcome = 'done'), 0)::bigint
           AS cards_printed,
       coalesce(sum(c.n) FILTER (WHERE c.outcome = 'done' AND c.service NOT IN
                ('recording', 'ikd_activation', 'card_print')), 0)::bigint AS documents,
       coalesce(sum(c.n) FILTER (WHERE c.outcome = 'failed'), 0)::bigint AS failed
  FROM reports_regencyday day
  JOIN regions_region region ON region.code = day.regency_id
  LEFT JOIN reports_daycount c ON c.day_id = day.id
 WHERE (day.regency_id = %(code)s OR (day.regency_id >= %(low)s AND day.regency_id < %(high)s))
   AND day.service_date = %(day)s
 GROUP BY day.id, region.name
 ORDER BY day.regency_id, day.revision
"""


def daily_reports(code: str, day: date) -> list[dict[str, Any]]:
    """Every revision of a day within a region, the first beside its corrections."""
    return dicts(_REPORTS, {**span(code), "day": day})


_BEHIND = """
SELECT head.office_id AS region, head.seq AS head, coalesce(built.built_to, 0) AS built_to
  FROM registrations_ledgerhead head
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
 WHERE (head.office_id = %(code)s OR (head.office_id >= %(low)s AND head.office_id < %(high)s))
   AND head.seq > coalesce(built.built_to, 0)
 ORDER BY 1
"""


def behind(code: str) -> list[dict[str, Any]]:
    """Regencies whose chain is past their revisions; empty when all is built."""
    return dicts(_BEHIND, span(code))


#: Changes whenever any figure, basis, target, election or local day does.
_STAMP = """
SELECT concat_ws('.',
    (SELECT sum(seq) FROM registrations_ledgerhead),
    (SELECT sum(built_to) FROM reports_buildhead),
    (SELECT count(*) || '-' || max(id) FROM reports_regencyday),
    (SELECT max(id) FROM reports_populationbasis),
    (SELECT sum(hashtext(t::text)) FROM reports_target t),
    (SELECT sum(hashtext(e::text)) FROM events_election e),
    (SELECT sum(hashtext(d::text)) FROM events_localday d)
) AS stamp
"""


def figures_stamp() -> str:
    return str(dicts(_STAMP)[0]["stamp"])
