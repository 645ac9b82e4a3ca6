"""What SIAK says of recordings: one history of each person."""

from __future__ import annotations

from reports.invariants.rule import Invariant

STATUSES = [
    Invariant(
        "status-newest",
        "of what SIAK said of somebody who is held exactly the latest status stands, none that was taken"
        " back; of who was erased none does",
        "SELECT said.id::text FROM ("
        "   SELECT status.id, status.newest, status.taken_back, res.erased_at, row_number() OVER ("
        "            PARTITION BY status.resident_id, status.taken_back"
        "                ORDER BY status.at DESC, status.entered_at DESC) AS place"
        "     FROM registrations_recordstatus status"
        "     JOIN registrations_resident res ON res.id = status.resident_id"
        "    WHERE res.merged_into IS NULL) said"
        " WHERE said.newest"
        "   <> (said.place = 1 AND NOT said.taken_back AND said.erased_at IS NULL)",
    ),
    Invariant(
        "status-counts",
        "how many people of an office stand in a code, and since when, is what its statuses say",
        "SELECT office_id || ' ' || code FROM ("
        "   SELECT office_id, code, count(*) AS n, min(since) AS oldest"
        "     FROM registrations_recordstatus WHERE newest GROUP BY 1, 2) said"
        " FULL JOIN registrations_statuscount kept USING (office_id, code)"
        " WHERE (coalesce(kept.people, 0), kept.oldest)"
        "    IS DISTINCT FROM (coalesce(said.n, 0), said.oldest)",
    ),
]
