"""Revisions of regency days, as lists and as status of a build."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from dukcapil.core.db import dicts
from dukcapil.regions.enums import zone_of
from reports.selectors.basis import line_of, span

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
  LEFT JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = day.service_date
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
    (SELECT max(id) FROM reports_basisdecision),
    (SELECT max(id) FROM reports_target),
    (SELECT max(id) FROM events_election),
    (SELECT max(id) FROM events_localday)
) AS stamp
"""


def figures_stamp() -> str:
    return str(dicts(_STAMP)[0]["stamp"])


_LATEST = """
SELECT greatest(
    (SELECT max(day.service_date) FROM reports_regencyday day
      WHERE day.regency_id = %(code)s OR (day.regency_id >= %(low)s AND day.regency_id < %(high)s)),
    (SELECT max(basis.recorded_as_of) FROM reports_populationbasis basis
       JOIN reports_basisdecision decision
         ON decision.basis_id = basis.id AND decision.verdict = 'approved'
      WHERE basis.kind <> 'derived' AND (basis.region_id = ANY (%(line)s)
         OR (basis.region_id >= %(low)s AND basis.region_id < %(high)s))),
    (SELECT max(%(today)s::date) FROM registrations_ledgerhead head
       LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
      WHERE (head.office_id = %(code)s
             OR (head.office_id >= %(low)s AND head.office_id < %(high)s))
        AND head.seq > coalesce(built.built_to, 0))
) AS day
"""


def latest_day(code: str) -> date:
    """The last day of which a region has anything to show, never a coming one; else today."""
    today = timezone.localdate(timezone=ZoneInfo(zone_of(code)))
    # Below a regency the regency's own days decide: records are counted there.
    found: date | None = dicts(
        _LATEST, {**span(code[:5]), "line": line_of(code[:5]), "today": today}
    )[0]["day"]
    return min(found or today, today)


_OF_REGENCIES = """
SELECT region.code AS region, region.name, day.revision, day.reason, day.built_at, day.ledger_seq,
       head.seq AS head, coalesce(built.built_to, 0) AS built_to,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'recording' AND c.outcome = 'done'), 0)::bigint
           AS recorded,
       coalesce(sum(c.n) FILTER (WHERE c.service = 'ikd_activation' AND c.outcome = 'done'),
                0)::bigint AS ikd_activated,
       coalesce(sum(c.n) FILTER (WHERE c.outcome = 'failed'), 0)::bigint AS failed
  FROM regions_region region
  LEFT JOIN reports_regencyday day
    ON day.regency_id = region.code AND day.service_date = %(day)s AND day.latest
  LEFT JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = day.service_date
  LEFT JOIN registrations_ledgerhead head ON head.office_id = region.code
  LEFT JOIN reports_buildhead built ON built.regency_id = region.code
 WHERE region.level = 'regency'
   AND (region.code = %(code)s OR (region.code >= %(low)s AND region.code < %(high)s))
 GROUP BY region.code, day.id, head.seq, built.built_to
 ORDER BY region.code
"""


def day_of_regencies(code: str, day: date) -> list[dict[str, Any]]:
    """Every regency within a region with the newest revision of its day, or none: who is missing."""
    return dicts(_OF_REGENCIES, {**span(code), "day": day})


_CELLS = """
SELECT c.service, c.category, c.outcome, c.reason, sum(c.n)::bigint AS n,
       sum(c.n) FILTER (WHERE left(c.domicile_id, 5) <> day.regency_id)::bigint AS outsiders
  FROM reports_regencyday day
  JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = day.service_date
 WHERE day.regency_id = %(code)s AND day.service_date = %(day)s AND day.latest
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4
"""


def day_cells(regency: str, day: date) -> list[dict[str, Any]]:
    """The newest revision of a regency's day by service, category, outcome and reason."""
    return dicts(_CELLS, {"code": regency, "day": day})
