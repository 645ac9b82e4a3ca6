"""Papers and documents and their records: one of each, void together, papers numbered without a gap.

What a paper says is told again from its record, its office's ways of writing numbers and the papers beside it.
"""

from __future__ import annotations

from registrations.papers.models import NUMBERS_AS
from reports.invariants.rule import Invariant

#: The number that a template makes of a paper. As `paper_issue` does.
_AS_WRITTEN = (
    "replace(replace(replace(replace(shape.text, '{number}',"
    " lpad(paper.serial::text, greatest(4, length(paper.serial::text)), '0')),"
    " '{kind}', CASE paper.kind WHEN 'suket' THEN 'SKT' ELSE 'BIO' END),"
    " '{month}', to_char(paper.issued_on, 'FMRM')), '{year}', paper.year::text)"
)
#: Of one person and kind, later than `paper` and not taken back.
_NEWER = (
    "EXISTS (SELECT 1 FROM registrations_paper newer"
    "  WHERE (newer.resident_id, newer.kind) = (paper.resident_id, paper.kind)"
    "    AND newer.state <> 'void' AND (newer.issued_at, newer.id) > (paper.issued_at, paper.id))"
)

PAPERS = [
    Invariant(
        "paper-record",
        "a paper belongs to one done record that says the same, void when that is, and no other paper to"
        " that record; since there are papers no suket and no biodata sheet counts without one",
        "SELECT paper.id::text FROM registrations_paper paper"
        "  LEFT JOIN registrations_servicerecord led ON led.id = paper.record_id"
        " WHERE led.id IS NULL OR led.row_kind <> 'record' OR led.outcome <> 'done'"
        "    OR (led.office_id, led.resident_id, led.service, led.service_date)"
        "       IS DISTINCT FROM (paper.office_id, paper.resident_id, paper.kind, paper.issued_on)"
        "    OR (paper.state = 'void') <> EXISTS ("
        "       SELECT 1 FROM registrations_servicerecord void"
        "        WHERE void.ref_id = led.id AND void.row_kind = 'void')"
        # Written first with the record of its own id; a correction takes it along to another one.
        "    OR NOT EXISTS (SELECT 1 FROM registrations_servicerecord first"
        "       JOIN registrations_servicerecord signed ON first.id IN (signed.id, signed.ref_id)"
        "        WHERE first.id = paper.id AND signed.author_id = paper.issued_by_id"
        "          AND (first.office_id, first.service, first.service_date)"
        "            = (paper.office_id, paper.kind, paper.issued_on))"
        " UNION ALL SELECT record_id::text FROM registrations_paper"
        "  GROUP BY record_id HAVING count(*) > 1"
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
        "papers of an office, kind and year are numbered 1, 2, 3 ... up to its counter, each number is"
        " written as the office wrote them once, and the days follow from that of the record",
        "SELECT coalesce(paper.office_id, counter.office_id) FROM ("
        "   SELECT office_id, kind, year, min(serial) AS first, max(serial) AS last, count(*) AS n"
        "     FROM registrations_paper GROUP BY office_id, kind, year) paper"
        "  FULL JOIN registrations_papercounter counter"
        "    ON (counter.office_id, counter.kind, counter.year)"
        "     = (paper.office_id, paper.kind, paper.year)"
        " WHERE paper.first IS DISTINCT FROM 1 OR paper.last IS DISTINCT FROM counter.last"
        "    OR paper.n IS DISTINCT FROM counter.last"
        " UNION ALL SELECT office_id FROM registrations_papercounter"
        "  GROUP BY office_id, kind, year HAVING count(*) > 1"
        " UNION ALL SELECT office_id FROM registrations_paper"
        "  GROUP BY office_id, kind, year, serial HAVING count(*) > 1"
        " UNION ALL SELECT paper.id::text FROM registrations_paper paper"
        "  WHERE paper.year <> extract(year FROM paper.issued_on)"
        "     OR paper.valid_until IS DISTINCT FROM CASE paper.kind"
        "        WHEN 'suket' THEN (paper.issued_on + interval '6 months')::date END"
        "     OR NOT EXISTS (SELECT 1 FROM ("
        "        SELECT text FROM registrations_papertemplate WHERE office_id = paper.office_id"
        f"       UNION ALL SELECT '{NUMBERS_AS}') shape WHERE paper.number = {_AS_WRITTEN})",
    ),
    Invariant(
        "paper-states",
        "of one person and kind the newest paper that was not taken back is the one that holds; a suket"
        " was exchanged for a card that was handed over; what a paper extends and its rule are there",
        "SELECT paper.id::text FROM registrations_paper paper"
        "  WHERE paper.state NOT IN ('valid', 'void', 'replaced', 'exchanged')"
        f"    OR paper.state = 'valid' AND {_NEWER}"
        f"    OR paper.state = 'replaced' AND NOT {_NEWER}"
        "     OR paper.state = 'exchanged' AND paper.exchanged_by_id IS NULL"
        "     OR paper.exchanged_by_id IS NOT NULL AND (paper.state NOT IN ('exchanged', 'void')"
        "        OR NOT EXISTS (SELECT 1 FROM registrations_servicerecord led"
        "            WHERE led.id = paper.exchanged_by_id AND led.service = 'card_handover'"
        "              AND led.outcome = 'done' AND led.row_kind = 'record'))"
        "     OR paper.extends_id IS NOT NULL AND NOT EXISTS ("
        "        SELECT 1 FROM registrations_paper earlier WHERE earlier.id = paper.extends_id"
        "          AND (earlier.office_id, earlier.kind) = (paper.office_id, paper.kind)"
        "          AND earlier.issued_at < paper.issued_at)"
        "     OR paper.rule_id IS NULL AND paper.reason = '' AND paper.initials <> ''"
        "     OR paper.rule_id IS NOT NULL AND NOT EXISTS ("
        "        SELECT 1 FROM registrations_paperrule rule"
        "         WHERE rule.id = paper.rule_id AND rule.kind = paper.kind)",
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
