"""People who are held no more: merged into another row, or erased."""

from __future__ import annotations

from reports.invariants.rule import Invariant

_GONE = "(res.merged_into IS NOT NULL OR res.erased_at IS NOT NULL)"

PEOPLE = [
    Invariant(
        "merged-follows",
        "of who was merged nothing counts, nothing is open, and the other row is of the same office",
        "SELECT led.resident_id FROM registrations_servicerecord led"
        "  JOIN registrations_resident res ON res.id = led.resident_id"
        " WHERE res.merged_into IS NOT NULL GROUP BY 1 HAVING sum(led.weight) <> 0"
        " UNION ALL SELECT app.id FROM registrations_appointment app"
        "  JOIN registrations_resident res ON res.id = app.resident_id"
        f" WHERE {_GONE} AND app.state IN ('booked', 'checked_in')"
        " UNION ALL SELECT req.id FROM registrations_visitrequest req"
        "  JOIN registrations_resident res ON res.id = req.resident_id"
        f" WHERE {_GONE} AND req.state IN ('open', 'planned')"
        " UNION ALL SELECT res.id FROM registrations_resident res"
        "  LEFT JOIN registrations_resident other ON other.id = res.merged_into"
        " WHERE res.merged_into IS NOT NULL"
        "   AND (other.office_id IS DISTINCT FROM res.office_id OR other.id = res.id)",
    ),
    Invariant(
        "erased-is-blank",
        "of who was erased or merged no name, number or address is left, of who was erased no history",
        "SELECT res.id FROM registrations_resident res"
        "  JOIN registrations_residentidentity ident ON ident.resident_id = res.id"
        f" WHERE {_GONE} AND (res.sex <> '' OR res.birth_date <> '1900-01-01'"
        "   OR concat(ident.name, ident.name_key, ident.address, ident.rt, ident.rw,"
        "             ident.nik_masked) <> '' OR ident.nik_cipher <> ''::bytea)"
        " UNION ALL SELECT change.id FROM registrations_correctionproposal change"
        "  JOIN registrations_resident res ON res.id = change.resident_id"
        " WHERE res.erased_at IS NOT NULL"
        "   AND (change.sealed IS NOT NULL OR concat(change.reason, change.decided_because) <> '')"
        " UNION ALL SELECT res.id FROM registrations_residentevent past"
        "  JOIN registrations_resident res ON res.id = past.pgh_obj_id"
        " WHERE res.erased_at IS NOT NULL AND past.nik_hash <> res.nik_hash",
    ),
    Invariant(
        "erased-counts-once",
        "what counts once for a number counts once over all offices that erased its person, and keeps the"
        " number's own hash, so that it counts for nobody else",
        "SELECT min(res.id::text) FROM registrations_servicerecord led"
        "  JOIN registrations_resident res ON res.id = led.resident_id"
        " WHERE res.erased_at IS NOT NULL AND led.outcome = 'done'"
        "   AND led.service IN ('recording', 'ikd_activation')"
        " GROUP BY res.nik_hash, led.service HAVING sum(led.weight) > 1"
        " UNION ALL SELECT effective.record_id::text FROM registrations_effectiveservice effective"
        "  JOIN registrations_resident res ON res.nik_hash = effective.nik_hash"
        " WHERE res.erased_at IS NOT NULL",
    ),
]
