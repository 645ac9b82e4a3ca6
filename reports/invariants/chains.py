"""Ledger and access log: numbered, hashed, chained; what they derive. Ends of every chain."""

from __future__ import annotations

from dukcapil.core.db import rows
from reports.invariants.rule import Invariant

CHAINS = [
    Invariant(
        "ledger-seen",
        "the ledger is visible where chain heads say that it has rows",
        "SELECT office_id FROM registrations_ledgerhead head WHERE seq > 0 AND NOT EXISTS"
        " (SELECT 1 FROM registrations_servicerecord led WHERE led.office_id = head.office_id)",
    ),
    Invariant(
        "ledger-gapless",
        "every chain is numbered 1, 2, 3 ... up to its head",
        "SELECT office_id FROM registrations_servicerecord GROUP BY office_id"
        " HAVING min(seq) <> 1 OR max(seq) <> count(*) OR max(seq) IS DISTINCT FROM"
        " (SELECT seq FROM registrations_ledgerhead h"
        "   WHERE h.office_id = registrations_servicerecord.office_id)",
    ),
    Invariant(
        "ledger-hash",
        "every row's hash is that of its content",
        "SELECT id FROM registrations_servicerecord led WHERE hash <> ledger_hash(led)",
    ),
    Invariant(
        "ledger-chain",
        "every row names the hash of the row before it, and the head that of the last",
        "SELECT id FROM (SELECT id, previous_hash, lag(hash, 1, ''::bytea)"
        "   OVER (PARTITION BY office_id ORDER BY seq) AS before"
        " FROM registrations_servicerecord) chained WHERE previous_hash <> before"
        " UNION ALL SELECT led.id FROM registrations_servicerecord led"
        " JOIN registrations_ledgerhead head USING (office_id, seq) WHERE head.hash <> led.hash",
    ),
    Invariant(
        "access-hash",
        "every row of the access log is in a chain, with the hash of its content",
        "SELECT coalesce(log.id, link.log_id) FROM accounts_accesslog log"
        " FULL JOIN accounts_accesslink link ON link.log_id = log.id"
        " WHERE log.id IS NULL OR link.log_id IS NULL OR link.office <> log.office"
        "    OR link.hash <> access_hash(log, link.previous_hash)",
    ),
    Invariant(
        "access-chain",
        "every link is numbered and names the hash of the one before, and the head the last",
        "SELECT office || ' ' || seq FROM (SELECT office, seq, previous_hash,"
        "   lag(hash, 1, ''::bytea) OVER in_office AS before, row_number() OVER in_office AS number"
        "  FROM accounts_accesslink WINDOW in_office AS (PARTITION BY office ORDER BY seq)) chained"
        " WHERE previous_hash <> before OR seq <> number"
        " UNION ALL SELECT coalesce(head.office, last.office) FROM accounts_accesshead head"
        "  FULL JOIN (SELECT DISTINCT ON (office) office, seq, hash FROM accounts_accesslink"
        "     ORDER BY office, seq DESC) last ON last.office = head.office"
        " WHERE (head.seq, head.hash) IS DISTINCT FROM (last.seq, last.hash)",
    ),
    Invariant(
        "ledger-weights",
        "a record and what came after it weigh 0 or 1 together, a voided one 0",
        "SELECT coalesce(ref_id, id) FROM registrations_servicerecord"
        " GROUP BY coalesce(ref_id, id) HAVING sum(weight) NOT IN (0, 1)"
        " OR (bool_or(row_kind = 'void') AND sum(weight) <> 0)",
    ),
    Invariant(
        "ledger-doubtful",
        "a doubtful number's record weighs 0 unless somebody accepted the number before it; of another"
        " number none waits",
        "SELECT led.id FROM registrations_servicerecord led"
        " JOIN registrations_resident res ON res.id = led.resident_id"
        " WHERE led.row_kind = 'record' AND NOT EXISTS ("
        "       SELECT 1 FROM registrations_servicerecord void"
        "        WHERE void.ref_id = led.id AND void.row_kind = 'void')"
        "   AND (led.set_aside_code = 'doubtful-number' AND NOT res.doubtful_number AND NOT EXISTS ("
        "       SELECT 1 FROM registrations_servicerecord acc"
        "        WHERE acc.ref_id = led.id AND acc.row_kind = 'accept')"
        "    OR res.doubtful_number AND led.set_aside_code <> 'doubtful-number' AND NOT EXISTS ("
        "       SELECT 1 FROM registrations_servicerecord acc"
        "         JOIN registrations_servicerecord first ON first.id = acc.ref_id"
        "        WHERE acc.row_kind = 'accept' AND acc.resident_id = led.resident_id"
        "          AND acc.office_id = led.office_id AND acc.seq < led.seq"
        "          AND first.set_aside_code = 'doubtful-number'))"
        " UNION ALL SELECT id FROM registrations_servicerecord"
        "  WHERE set_aside_code <> '' AND (row_kind <> 'record' OR weight <> 0)",
    ),
    Invariant(
        "ledger-copies",
        "voids and acceptances repeat dates, place, domicile and service of their record",
        "SELECT later.id FROM registrations_servicerecord later"
        " JOIN registrations_servicerecord led ON led.id = later.ref_id"
        " WHERE (later.service, later.service_date, later.domicile_id, later.place_id,"
        "        later.office_id, later.outcome, later.counts_from) IS DISTINCT FROM"
        "       (led.service, led.service_date, led.domicile_id, led.place_id,"
        "        led.office_id, led.outcome, led.counts_from)",
    ),
    Invariant(
        "ledger-counts-from",
        "a record counts from the day on which its person, as held now, is due; rows from before that"
        " was kept, from their own day",
        "SELECT led.id FROM registrations_servicerecord led"
        " JOIN registrations_resident res ON res.id = led.resident_id"
        " WHERE led.row_kind = 'record' AND res.erased_at IS NULL AND res.merged_into IS NULL"
        "   AND (led.counts_from IS NOT NULL OR res.birth_date > led.service_date - 6210)"
        "   AND led.received_at > (SELECT applied FROM django_migrations"
        "        WHERE app = 'registrations' AND name = '0017_counts_from')"
        "   AND NOT EXISTS (SELECT 1 FROM registrations_servicerecord void"
        "        WHERE void.ref_id = led.id AND void.row_kind = 'void')"
        "   AND led.counts_from IS DISTINCT FROM nullif(greatest(led.service_date,"
        "        card_due(res.birth_date, res.known_married_since)), led.service_date)",
    ),
    Invariant(
        "effective-once",
        "for each person and service exactly the effective record counts",
        # Of who was erased the row has a tombstone, and what counts keeps the number's own hash.
        "WITH counting AS (SELECT coalesce(led.ref_id, led.id) AS record, led.service,"
        "          CASE WHEN res.erased_at IS NULL THEN res.nik_hash END AS nik_hash"
        "   FROM registrations_servicerecord led JOIN registrations_resident res"
        "     ON res.id = led.resident_id"
        "  WHERE led.outcome = 'done' AND led.service IN ('recording', 'ikd_activation')"
        "  GROUP BY 1, 2, 3 HAVING sum(led.weight) = 1)"
        " SELECT coalesce(c.record, e.record_id) FROM counting c"
        " FULL JOIN registrations_effectiveservice e"
        "   ON e.record_id = c.record AND e.service = c.service"
        " WHERE c.record IS NULL OR e.record_id IS NULL OR e.nik_hash <> c.nik_hash",
    ),
]


#: Every chain's end, and where a row of a chain says what its hash is.
_HEADS = """
SELECT 'ledger ' || office_id, seq, encode(hash, 'hex') FROM registrations_ledgerhead
UNION ALL SELECT 'access ' || office, seq, encode(hash, 'hex') FROM accounts_accesshead
UNION ALL SELECT 'seal ' || chain, seq, encode(hash, 'hex') FROM accounts_sealhead
"""
_ROWS = """
SELECT 'ledger ' || office_id, seq, encode(hash, 'hex') FROM registrations_servicerecord
 WHERE ('ledger ' || office_id, seq) IN %(anchored)s
UNION ALL SELECT 'access ' || office, seq, encode(hash, 'hex') FROM accounts_accesslink
 WHERE ('access ' || office, seq) IN %(anchored)s
UNION ALL SELECT 'seal ' || chain, seq, encode(hash, 'hex') FROM accounts_seal
 WHERE ('seal ' || chain, seq) IN %(anchored)s
"""


def heads() -> list[tuple[str, int, str]]:
    """chain, seq and hash of the last row of every chain. Keep them where the database's administrator
    has no access: whoever rewrites a chain can also compute all its hashes again.
    """
    return sorted(rows(_HEADS))


def rewritten(anchors: list[tuple[str, int, str]]) -> list[str]:
    """Chains whose row at an anchored number has another hash now, or is gone."""
    if not anchors:
        return []
    anchored = tuple({(chain, seq) for chain, seq, _hash in anchors if seq})
    hashes = {(chain, seq): text for chain, seq, text in rows(_ROWS, {"anchored": anchored})}
    return sorted(
        {chain for chain, seq, text in anchors if seq and hashes.get((chain, seq)) != text}
    )
