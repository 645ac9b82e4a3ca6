"""What was found out about people: signed as it stands, decided by two."""

from __future__ import annotations

from reports.invariants.rule import Invariant

FINDINGS = [
    Invariant(
        "minutes-content",
        "signed minutes hold the findings that were signed, with what was found out then",
        "SELECT minutes.id::text FROM registrations_findingminutes minutes"
        "  LEFT JOIN registrations_finding finding ON finding.minutes_id = minutes.id"
        " GROUP BY minutes.id, minutes.content"
        " HAVING minutes.content <> encode(sha256(convert_to("
        "    coalesce(string_agg(finding.id::text || ' ' || finding.outcome, E'\\n'"
        "        ORDER BY finding.id::text || ' ' || finding.outcome COLLATE \"C\"), ''),"
        "    'UTF8')), 'hex')",
    ),
    Invariant(
        "findings-two-people",
        "what was found out is decided by another account than the finder's",
        "SELECT finding.id::text FROM registrations_finding finding"
        " WHERE finding.found_by_id = finding.decided_by_id"
        "   AND finding.why NOT IN ('replaced', 'gone')",
    ),
    Invariant(
        "findings-of-recorded",
        "nothing that stands says of somebody with a known recording that there will be none",
        "SELECT finding.id::text FROM registrations_finding finding"
        "  JOIN registrations_resident res ON res.id = finding.resident_id"
        " WHERE finding.state IN ('proposed', 'accepted')"
        "   AND finding.outcome NOT IN ('not_met', 'away', 'sick_or_disabled', 'recorded_already')"
        "   AND (res.known_recorded_on IS NOT NULL OR EXISTS ("
        "        SELECT 1 FROM registrations_effectiveservice effective"
        "         WHERE effective.nik_hash = res.nik_hash AND effective.service = 'recording'))",
    ),
]
