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
        "of who was erased or merged no name, number or address is left, of who was erased no history; a"
        " voters' list that is over names nobody",
        "SELECT res.id FROM registrations_resident res"
        "  JOIN registrations_residentidentity ident ON ident.resident_id = res.id"
        f" WHERE {_GONE} AND (res.sex <> '' OR res.birth_date <> '1900-01-01'"
        "   OR concat(ident.name, ident.name_key, ident.address, ident.rt, ident.rw,"
        "             ident.nik_masked) <> '' OR ident.nik_cipher <> ''::bytea"
        "   OR ident.family_card_hash IS NOT NULL OR ident.family_card_cipher IS NOT NULL)"
        " UNION ALL SELECT change.id FROM registrations_correctionproposal change"
        "  JOIN registrations_resident res ON res.id = change.resident_id"
        " WHERE res.erased_at IS NOT NULL"
        "   AND (change.sealed IS NOT NULL OR concat(change.reason, change.decided_because) <> '')"
        " UNION ALL SELECT res.id FROM registrations_residentevent past"
        "  JOIN registrations_resident res ON res.id = past.pgh_obj_id"
        " WHERE res.erased_at IS NOT NULL AND past.nik_hash <> res.nik_hash"
        " UNION ALL SELECT voter.resident_id FROM registrations_voterrow voter"
        "  JOIN registrations_voterlist list ON list.id = voter.voter_list_id"
        "  LEFT JOIN registrations_resident res ON res.id = voter.resident_id"
        " WHERE (res.erased_at IS NOT NULL AND voter.sealed IS NOT NULL)"
        "    OR (list.state IN ('accepted', 'gone') AND (voter.sealed IS NOT NULL"
        "        OR voter.nik_hash IS NOT NULL OR voter.resident_id IS NOT NULL OR voter.maybe <> '{}'))",
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
    Invariant(
        "called-again",
        "who was called again stands beside the void of the one record that counted, under its number in"
        " that chain, on the day on which it counted and where",
        "SELECT again.id FROM registrations_recordingreopened again"
        "  LEFT JOIN registrations_servicerecord void ON void.id = again.void"
        "   AND void.row_kind = 'void' AND void.ref_id = again.record AND void.service = 'recording'"
        "   AND void.outcome = 'done' AND void.weight = -1"
        " WHERE again.record IS NOT NULL AND (void.id IS NULL"
        "    OR (void.office_id, void.seq, void.domicile_id, void.place_id,"
        "        greatest(void.service_date, void.counts_from))"
        "    <> (again.chain_id, again.seq, again.domicile_id, again.place_id, again.counted_on))"
        " UNION ALL SELECT again.id FROM registrations_recordingreopened again"
        "  JOIN registrations_resident res ON res.id = again.resident_id"
        " WHERE res.erased_at IS NOT NULL AND again.evidence <> ''",
    ),
    Invariant(
        "called-again-counts",
        "no recording that came in after its person was called again counts from before that call; of who"
        " was merged the calls of both rows are kept",
        "SELECT led.id FROM registrations_recordingreopened again"
        "  JOIN registrations_resident res ON res.id = again.resident_id"
        "  JOIN registrations_effectiveservice effective"
        "    ON effective.nik_hash = res.nik_hash AND effective.service = 'recording'"
        "  JOIN registrations_servicerecord led ON led.id = effective.record_id"
        " WHERE led.service_date < again.reopened_on AND led.received_at > again.at"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_resident gone WHERE gone.merged_into = res.id)",
    ),
    Invariant(
        "activated-is-recorded",
        "nobody of whom no recording is known keeps an IKD activation that counts",
        "SELECT active.record_id FROM registrations_effectiveservice active"
        "  JOIN registrations_servicerecord led ON led.id = active.record_id"
        "  JOIN registrations_resident own ON own.id = led.resident_id"
        " WHERE active.service = 'ikd_activation' AND own.erased_at IS NULL"
        "   AND own.known_recorded_on IS NULL"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_effectiveservice recorded"
        "        WHERE recorded.nik_hash = active.nik_hash AND recorded.service = 'recording')"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_resident held"
        "        WHERE held.nik_hash = active.nik_hash AND held.known_recorded_on IS NOT NULL)",
    ),
]
