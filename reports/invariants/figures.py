"""Revisions, releases and bases: recounted, numbered, decided by two."""

from __future__ import annotations

from reports.bases.validators import DINAMIS_SQL
from reports.invariants.rule import Invariant

#: What tells one count of a day from another.
_CELL = "led.place_id, led.domicile_id, led.service, led.category, led.outcome, led.reason"


def _recount(side: str) -> str:
    """One half of the latest revisions; 36 is Banten, with about as many regencies on each side.

    Counted before the days are joined, so that the planner sees how few cells there are.
    """
    return (
        f"SELECT day.id, {_CELL}, led.n FROM (SELECT led.office_id, led.service_date, {_CELL},"
        "   sum(led.weight) AS n FROM registrations_servicerecord led JOIN reports_buildhead built"
        "     ON built.regency_id = led.office_id AND led.seq <= built.built_to"
        f"  WHERE led.office_id {side} '36' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
        "  HAVING sum(led.weight) <> 0) led JOIN reports_regencyday day"
        "   ON day.regency_id = led.office_id AND day.service_date = led.service_date"
        " WHERE day.latest"
    )


FIGURES = [
    Invariant(
        "revision-recount",
        "every revision equals a recount of its chain at its cut",
        # The latest revisions in one pass over the ledger, split between two workers; the earlier
        # revisions by an index.
        f"WITH recount AS ({_recount('<')} UNION ALL {_recount('>=')}"
        f" UNION ALL SELECT day.id, {_CELL}, sum(led.weight) FROM reports_regencyday day"
        "   JOIN registrations_servicerecord led"
        "     ON led.office_id = day.regency_id AND led.service_date = day.service_date"
        "    AND led.seq <= day.ledger_seq"
        "  WHERE NOT day.latest GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(led.weight) <> 0)"
        " SELECT coalesce(r.id, c.day_id) FROM recount r FULL JOIN reports_daycount c"
        "   ON (c.day_id, c.place_id, c.domicile_id, c.service, c.category, c.outcome, c.reason)"
        "    = (r.id, r.place_id, r.domicile_id, r.service, r.category, r.outcome, r.reason)"
        " WHERE r.n IS DISTINCT FROM c.n",
    ),
    Invariant(
        "revision-early",
        "what of a revision counts later equals a recount of its chain at its cut",
        "SELECT coalesce(r.id, c.day_id) FROM ("
        "  SELECT day.id, led.place_id, led.domicile_id, led.service, led.reason, led.counts_from,"
        "         day.service_date, sum(led.weight) AS n, max(led.received_at) AS last_at"
        "    FROM reports_regencyday day"
        "    JOIN registrations_servicerecord led ON led.office_id = day.regency_id"
        "     AND led.service_date = day.service_date AND led.seq <= day.ledger_seq"
        "   WHERE led.counts_from IS NOT NULL AND led.outcome = 'done'"
        "   GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(led.weight) <> 0) r"
        " FULL JOIN reports_earlycount c ON"
        "   (c.day_id, c.place_id, c.domicile_id, c.service, c.reason, c.counts_from)"
        "    = (r.id, r.place_id, r.domicile_id, r.service, r.reason, r.counts_from)"
        " WHERE (r.n, r.last_at, r.service_date) IS DISTINCT FROM (c.n, c.last_at, c.service_date)",
    ),
    Invariant(
        "two-people",
        "nobody decided about their own basis, or published their own release",
        "SELECT basis.id FROM reports_populationbasis basis JOIN reports_basisdecision decision"
        "   ON decision.basis_id = basis.id WHERE basis.imported_by_id IS NOT NULL"
        "  AND (decision.decided_by_id IS NULL OR decision.decided_by_id = basis.imported_by_id)"
        " UNION ALL SELECT release.id FROM reports_release release"
        "  JOIN reports_publication publication ON publication.release_id = release.id"
        " WHERE release.proposed_by_id = publication.approved_by_id",
    ),
    Invariant(
        "revision-numbers",
        "a day's revisions are numbered 1, 2, 3 ... and the last one is the latest",
        "SELECT regency_id || ' ' || service_date FROM reports_regencyday"
        " GROUP BY regency_id, service_date HAVING min(revision) <> 1"
        " OR max(revision) <> count(*) OR count(*) FILTER (WHERE latest) <> 1"
        " OR max(revision) FILTER (WHERE latest) <> max(revision)",
    ),
    Invariant(
        "built-to",
        "built_to is not past the chain, and every day up to it, none past it, has a revision",
        "SELECT built.regency_id FROM reports_buildhead built"
        "  LEFT JOIN registrations_ledgerhead head ON head.office_id = built.regency_id"
        " WHERE built.built_to > coalesce(head.seq, 0)"
        " UNION SELECT led.office_id FROM registrations_servicerecord led"
        "  JOIN reports_buildhead built ON built.regency_id = led.office_id"
        " WHERE led.seq <= built.built_to AND NOT EXISTS"
        "  (SELECT 1 FROM reports_regencyday day WHERE day.regency_id = led.office_id"
        "     AND day.service_date = led.service_date AND day.latest AND day.ledger_seq >= led.seq)"
        " UNION SELECT day.regency_id FROM reports_regencyday day"
        "  LEFT JOIN reports_buildhead built USING (regency_id)"
        " WHERE built.built_to IS NULL OR day.ledger_seq > built.built_to",
    ),
    Invariant(
        "basis-arithmetic",
        "wajib = recorded + unrecorded, and dinamis follows from its six components",
        "SELECT region_id FROM reports_populationfigure"
        " WHERE wajib <> recorded + unrecorded"
        f"    OR wajib <> {DINAMIS_SQL}",
    ),
]
