"""Lists of who is to be recorded, and voters' lists: counts, and nobody twice."""

from __future__ import annotations

from registrations.missing.models import COUNTED
from reports.invariants.rule import Invariant

_COUNTED = ", ".join(
    f"count(*) FILTER (WHERE entry.state = '{state}') AS \"{state}\"" for state in COUNTED
)
_KEPT = ", ".join(f'coalesce(kept."{state}", 0)' for state in COUNTED)
_FOUND = ", ".join(f'coalesce(found."{state}", 0)' for state in COUNTED)
_VOTERS = "voter_list_id, verdict, code, village_id, recorded"


def _as_counted(table: str, place: str, entry: str) -> str:
    return (
        f"SELECT coalesce(kept.list_id, found.list_id)::text || ' '"
        f"    || coalesce(kept.{place}, found.{place})::text"
        f"  FROM {table} kept FULL JOIN ("
        f"    SELECT entry.list_id, entry.{entry} AS {place}, {_COUNTED}"
        f"       FROM registrations_rollentry entry WHERE entry.{entry} IS NOT NULL GROUP BY 1, 2) found"
        f"    ON found.list_id = kept.list_id AND found.{place} = kept.{place}"
        f" WHERE ({_KEPT}) IS DISTINCT FROM ({_FOUND})"
    )


MISSING = [
    Invariant(
        "roll-counts",
        "the counts of a list are those of its entries, village by village: the six sum to the list",
        _as_counted("registrations_rollcount", "village_id", "village_id"),
    ),
    Invariant(
        "roll-venue-counts",
        "and those of a venue are those of who is there",
        _as_counted("registrations_rollvenuecount", "venue_id", "venue"),
    ),
    Invariant(
        "voter-counts",
        "the counts of a voters' list are those of its rows, by village, class, code and whether recorded",
        "SELECT coalesce(kept.voter_list_id, found.voter_list_id)::text || ' '"
        "    || coalesce(kept.verdict, found.verdict)"
        "  FROM (SELECT * FROM registrations_votercount WHERE n > 0) kept FULL JOIN ("
        f"    SELECT {_VOTERS}, count(*) AS n FROM registrations_voterrow GROUP BY {_VOTERS}) found"
        f"    ON (kept.voter_list_id, kept.verdict, kept.code, coalesce(kept.village_id, ''),"
        "        coalesce(kept.recorded::int, -1)) = (found.voter_list_id, found.verdict, found.code,"
        "        coalesce(found.village_id, ''), coalesce(found.recorded::int, -1))"
        " WHERE kept.n IS DISTINCT FROM found.n",
    ),
    Invariant(
        "roll-once",
        "nobody stands on two lists of a purpose and election in the nation, under the person's own"
        " number, of the person's own office",
        "SELECT min(entry.id)::text FROM registrations_rollentry entry"
        " WHERE entry.state <> 'left' AND entry.nik_hash IS NOT NULL"
        " GROUP BY entry.nik_hash, entry.purpose, entry.election_id HAVING count(*) > 1"
        " UNION ALL SELECT entry.id::text FROM registrations_rollentry entry"
        "  JOIN registrations_rolllist list ON list.id = entry.list_id"
        "  JOIN registrations_resident res ON res.id = entry.resident_id"
        " WHERE entry.office_id <> list.office_id OR res.office_id <> list.office_id"
        "    OR entry.purpose <> list.purpose"
        "    OR entry.election_id IS DISTINCT FROM list.election_id",
    ),
    Invariant(
        "roll-merged",
        "who was merged into another row stands on no list as somebody, or waits to be looked at again",
        "SELECT entry.id::text FROM registrations_rollentry entry"
        "  JOIN registrations_resident res ON res.id = entry.resident_id"
        " WHERE res.merged_into IS NOT NULL AND entry.state NOT IN ('left', 'explained')"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_rolltouched waits"
        "                    WHERE waits.resident = entry.resident_id)",
    ),
    Invariant(
        "roll-recorded",
        "who is known to be recorded stands on a list as recorded, or waits to be looked at again",
        "SELECT entry.id::text FROM registrations_rollentry entry"
        "  JOIN registrations_resident res ON res.id = entry.resident_id"
        " WHERE entry.state NOT IN ('recorded', 'left') AND (res.known_recorded_on IS NOT NULL OR EXISTS ("
        "    SELECT 1 FROM registrations_effectiveservice effective"
        "     WHERE effective.nik_hash = res.nik_hash AND effective.service = 'recording'))"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_rolltouched waits"
        "                    WHERE waits.resident = entry.resident_id)",
    ),
]
