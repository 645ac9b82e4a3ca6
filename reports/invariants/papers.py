"""Papers and documents and their records: one of each, void together, papers numbered without a gap."""

from __future__ import annotations

from reports.invariants.rule import Invariant

PAPERS = [
    Invariant(
        "paper-record",
        "a paper belongs to a done record that says the same, void when that is; and since there are"
        " papers no suket and no biodata sheet counts without one",
        "SELECT paper.id::text FROM registrations_paper paper"
        "  LEFT JOIN registrations_servicerecord led ON led.id = paper.record_id"
        " WHERE led.id IS NULL OR led.row_kind <> 'record' OR led.outcome <> 'done'"
        "    OR (led.office_id, led.resident_id, led.service, led.service_date)"
        "       IS DISTINCT FROM (paper.office_id, paper.resident_id, paper.kind, paper.issued_on)"
        "    OR (paper.state = 'void') <> EXISTS ("
        "       SELECT 1 FROM registrations_servicerecord void"
        "        WHERE void.ref_id = led.id AND void.row_kind = 'void')"
        " UNION ALL SELECT led.id::text FROM registrations_servicerecord led"
        "  LEFT JOIN registrations_paper paper ON paper.record_id = led.id"
        " WHERE led.service IN ('suket', 'biodata') AND led.outcome = 'done'"
        "   AND led.row_kind = 'record' AND paper.id IS NULL"
        "   AND led.received_at > (SELECT applied FROM django_migrations"
        "        WHERE app = 'registrations' AND name = '0043_papers')"
        "   AND (SELECT sum(weight) FROM registrations_servicerecord later"
        "         WHERE later.id = led.id OR later.ref_id = led.id) > 0",
    ),
    Invariant(
        "paper-numbers",
        "papers of an office, kind and year are numbered 1, 2, 3 ... up to its counter",
        "SELECT coalesce(paper.office_id, counter.office_id) FROM ("
        "   SELECT office_id, kind, year, min(serial) AS first, max(serial) AS last, count(*) AS n"
        "     FROM registrations_paper GROUP BY office_id, kind, year) paper"
        "  FULL JOIN registrations_papercounter counter"
        "    ON (counter.office_id, counter.kind, counter.year)"
        "     = (paper.office_id, paper.kind, paper.year)"
        " WHERE paper.first IS DISTINCT FROM 1 OR paper.last IS DISTINCT FROM counter.last"
        "    OR paper.n IS DISTINCT FROM counter.last",
    ),
    Invariant(
        "document-record",
        "a document that was handed over has a done record of the same person and kind, which stands",
        "SELECT document.id::text FROM registrations_documentrequest document"
        "  JOIN registrations_servicerecord led ON led.id = document.record_id"
        " WHERE led.row_kind <> 'record' OR led.outcome <> 'done'"
        "    OR (led.office_id, led.resident_id, led.service)"
        "       IS DISTINCT FROM (document.office_id, document.resident_id, document.service)"
        "    OR EXISTS (SELECT 1 FROM registrations_servicerecord void"
        "        WHERE void.ref_id = led.id AND void.row_kind = 'void')",
    ),
]
