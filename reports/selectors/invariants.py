"""Every rule of the design that SQL can check, as one list. Each query returns what breaks it.

Run as `owner`, who reads everything and is refused nothing by row-level security: it says so when
it saw no rows where the chain heads know of some.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from dukcapil.core.db import rows

#: Offenders named for one rule; the rest is only counted.
SHOWN = 5


@dataclass(frozen=True)
class Invariant:
    name: str
    meaning: str
    sql: str


@dataclass(frozen=True)
class Broken:
    invariant: Invariant
    count: int
    examples: list[str]


_PEOPLE = (
    "registrations_resident",
    "registrations_residentidentity",
    "registrations_appointment",
    "registrations_appointmentservice",
    "registrations_servicerecord",
    "registrations_residentevent",
    "registrations_visitgroup",
    "registrations_waiting",
    "registrations_message",
    "registrations_recordnote",
    "registrations_export",
    "registrations_effectiveservice",
    "accounts_accesslog",
)
_APPEND_ONLY = (
    "registrations_servicerecord",
    "registrations_recordnote",
    "accounts_accesslog",
    "reports_populationbasis",
    "reports_populationfigure",
    "reports_daycount",
    "reports_release",
    "reports_releaseentry",
    "reports_basisdecision",
    "reports_target",
    "reports_dayconfirmation",
    "reports_daylock",
    "reports_publication",
    "reports_publicfigure",
)


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


def _names(tables: tuple[str, ...]) -> str:
    return ", ".join(f"'{table}'" for table in tables)


INVARIANTS = [
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
        "   lag(hash, 1, ''::bytea) OVER in_office AS before, row_number() OVER in_office AS place"
        "  FROM accounts_accesslink WINDOW in_office AS (PARTITION BY office ORDER BY seq)) chained"
        " WHERE previous_hash <> before OR seq <> place"
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
        "ledger-copies",
        "voids and acceptances repeat date, place, domicile and service of their record",
        "SELECT later.id FROM registrations_servicerecord later"
        " JOIN registrations_servicerecord led ON led.id = later.ref_id"
        " WHERE (later.service, later.service_date, later.domicile_id, later.place_id,"
        "        later.office_id, later.outcome) IS DISTINCT FROM"
        "       (led.service, led.service_date, led.domicile_id, led.place_id,"
        "        led.office_id, led.outcome)",
    ),
    Invariant(
        "effective-once",
        "for each person and service exactly the effective record counts",
        "WITH counting AS (SELECT coalesce(led.ref_id, led.id) AS record, res.nik_hash, led.service"
        "   FROM registrations_servicerecord led JOIN registrations_resident res"
        "     ON res.id = led.resident_id"
        "  WHERE led.outcome = 'done' AND led.service IN ('recording', 'ikd_activation')"
        "  GROUP BY 1, 2, 3 HAVING sum(led.weight) = 1)"
        " SELECT coalesce(c.record, e.record_id) FROM counting c"
        " FULL JOIN registrations_effectiveservice e"
        "   ON e.record_id = c.record AND e.nik_hash = c.nik_hash AND e.service = c.service"
        " WHERE c.record IS NULL OR e.record_id IS NULL",
    ),
    Invariant(
        "revision-recount",
        "every revision equals a recount of its chain at its cut",
        # Days as they are now in one pass over the ledger, which two workers share; days as they
        # were from their index.
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
        "  JOIN reports_buildhead built USING (regency_id) WHERE day.ledger_seq > built.built_to",
    ),
    Invariant(
        "seat-holders",
        "a taken place belongs to a booking of that session and service, and the other way round",
        "SELECT seat.id::text FROM events_seat seat WHERE seat.holder IS NOT NULL AND NOT EXISTS"
        "  (SELECT 1 FROM registrations_appointment app JOIN registrations_appointmentservice place"
        "      ON place.appointment_id = app.id AND place.service = seat.service"
        "    WHERE app.id = seat.holder AND app.session_id = seat.session_id"
        "      AND place.number = seat.number AND app.state IN ('booked', 'checked_in', 'served'))"
        " UNION ALL SELECT place.id::text FROM registrations_appointmentservice place"
        "  WHERE place.active AND NOT EXISTS (SELECT 1 FROM events_seat seat"
        "     WHERE seat.holder = place.appointment_id AND seat.service = place.service)",
    ),
    Invariant(
        "queue-gapless",
        "in every session the numbers of the queue are 1, 2, 3 ...",
        "SELECT session_id FROM registrations_appointment WHERE queue_number IS NOT NULL"
        " GROUP BY session_id HAVING min(queue_number) <> 1 OR max(queue_number) <> count(*)",
    ),
    Invariant(
        "waiting-list",
        "who moved up from a waiting list has a booking of that very session",
        "SELECT entry.id FROM registrations_waiting entry"
        "  LEFT JOIN registrations_appointment visit ON visit.id = entry.appointment_id"
        " WHERE entry.state = 'moved_up' AND (visit.session_id, visit.resident_id)"
        "   IS DISTINCT FROM (entry.session_id, entry.resident_id)",
    ),
    Invariant(
        "lent-only",
        "what belongs to another office is at an event only with a loan of that office",
        "SELECT one.id FROM events_assignment one JOIN events_serviceevent event"
        "    ON event.id = one.event_id"
        "  LEFT JOIN events_device device ON device.id = one.device_id"
        "  LEFT JOIN events_team team ON team.id = one.team_id"
        "  LEFT JOIN events_loan loan ON loan.id = one.loan_id AND loan.event_id = one.event_id"
        "    AND loan.state = 'given'"
        " WHERE coalesce(device.office_id, team.office_id, event.office_id) <> event.office_id"
        "   AND loan.lender_id IS DISTINCT FROM coalesce(device.office_id, team.office_id)",
    ),
    Invariant(
        "booked-once",
        "nobody is booked twice for a service, and only open visits keep active places",
        "SELECT resident_id FROM registrations_appointmentservice WHERE active"
        " GROUP BY resident_id, service HAVING count(*) > 1"
        " UNION ALL SELECT app.id FROM registrations_appointment app"
        "  JOIN registrations_appointmentservice place ON place.appointment_id = app.id"
        " WHERE place.active AND app.state NOT IN ('booked', 'checked_in')",
    ),
    Invariant(
        "events-signed",
        "an approved or closed event has a signed neutrality checklist",
        "SELECT id FROM events_serviceevent WHERE state IN ('approved', 'closed')"
        " AND (neutrality_signed_by_id IS NULL OR neutrality_signed_at IS NULL)",
    ),
    Invariant(
        "sessions-in-events",
        "a session lies within the local days of its event",
        "SELECT s.id FROM events_servicesession s JOIN events_serviceevent e ON e.id = s.event_id"
        " JOIN regions_region r ON r.code = e.village_id"
        " WHERE (s.starts_at AT TIME ZONE r.timezone)::date < e.starts_on"
        "    OR (s.ends_at AT TIME ZONE r.timezone)::date > e.ends_on",
    ),
    Invariant(
        "basis-arithmetic",
        "wajib = recorded + unrecorded, and dinamis follows from its six components",
        "SELECT region_id FROM reports_populationfigure"
        " WHERE wajib <> recorded + unrecorded"
        "    OR wajib <> dkb - deaths - duplicates - moved_out + moved_in + first_recordings",
    ),
    Invariant(
        "regions-tree",
        "every region lies in its parent and has the zone of its province",
        "SELECT child.code FROM regions_region child"
        "  LEFT JOIN regions_region parent ON parent.code = child.parent_id"
        " WHERE child.level <> 'nation' AND (parent.code IS NULL OR (parent.code <> '00'"
        "   AND (left(child.code, length(parent.code) + 1) <> parent.code || '.'"
        "        OR child.timezone <> parent.timezone)))",
    ),
    Invariant(
        "people-in-office",
        "name and person, visit and event, agree on the office",
        "SELECT res.id FROM registrations_resident res"
        "  LEFT JOIN registrations_residentidentity ident ON ident.resident_id = res.id"
        " WHERE (ident.office_id, ident.village_id) IS DISTINCT FROM (res.office_id, res.village_id)"
        " UNION ALL SELECT app.id FROM registrations_appointment app"
        "  JOIN events_serviceevent event ON event.id = app.event_id"
        "  JOIN registrations_resident res ON res.id = app.resident_id"
        " WHERE app.office_id <> event.office_id OR app.office_id <> res.office_id",
    ),
    Invariant(
        "walls-forced",
        "row-level security is forced on every table with people",
        "SELECT wanted FROM unnest(ARRAY["
        + _names(_PEOPLE)
        + "]) wanted LEFT JOIN pg_class c ON c.oid = to_regclass(wanted)"
        " WHERE NOT coalesce(c.relrowsecurity AND c.relforcerowsecurity, false)",
    ),
    Invariant(
        "append-only",
        "append-only tables have their triggers on, and serving roles may not change them",
        "SELECT wanted FROM unnest(ARRAY["
        + _names(_APPEND_ONLY)
        + "]) wanted WHERE (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = to_regclass(wanted)"
        "    AND t.tgname IN (wanted || '_append_only', wanted || '_no_truncate')"
        "    AND t.tgenabled = 'O') <> 2"
        "  OR has_table_privilege('web', wanted, 'UPDATE, DELETE, TRUNCATE')"
        "  OR has_table_privilege('worker', wanted, 'UPDATE, DELETE, TRUNCATE')",
    ),
    Invariant(
        "ledger-trigger",
        "the ledger's trigger is on, and only keeper writes what it derives",
        "SELECT 'ledger_append' WHERE NOT EXISTS (SELECT 1 FROM pg_trigger"
        "   WHERE tgrelid = 'registrations_servicerecord'::regclass AND tgname = 'ledger_append'"
        "     AND tgenabled = 'O')"
        " UNION ALL SELECT t FROM unnest(ARRAY['registrations_ledgerhead',"
        "   'registrations_effectiveservice']) t"
        "  WHERE has_table_privilege('web', t, 'INSERT, UPDATE, DELETE')"
        "     OR has_table_privilege('worker', t, 'INSERT, UPDATE, DELETE')",
    ),
    Invariant(
        "serving-roles",
        "no serving role is superuser, bypasses row-level security or owns a table",
        "SELECT r.rolname FROM pg_roles r WHERE r.rolname IN ('web', 'worker', 'figures')"
        " AND (r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT 1 FROM pg_class c"
        "   WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace))",
    ),
]


#: Whole tables are compared here: in memory by hashes rather than by sorting on disk, and without
#: compiling what is asked once. Ten million rows take a third of the time.
_WHOLE_TABLES = (
    "SET LOCAL work_mem = '256MB'; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"
)


def offenders_of(invariant: Invariant) -> list[str]:
    """Ids and codes of what breaks a rule."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_WHOLE_TABLES)
        return [str(row[0]) for row in rows(invariant.sql)]


def broken() -> list[Broken]:
    """The invariants that do not hold, with a few offenders each. Offenders are ids and codes."""
    found = []
    for invariant in INVARIANTS:
        offenders = offenders_of(invariant)
        if offenders:
            found.append(Broken(invariant, len(offenders), offenders[:SHOWN]))
    return found


#: Every chain's end, and where a row of a chain says what its hash is.
_HEADS = """
SELECT 'ledger ' || office_id, seq, encode(hash, 'hex') FROM registrations_ledgerhead
UNION ALL SELECT 'access ' || office, seq, encode(hash, 'hex') FROM accounts_accesshead
"""
_ROWS = """
SELECT 'ledger ' || office_id, seq, encode(hash, 'hex') FROM registrations_servicerecord
 WHERE ('ledger ' || office_id, seq) IN %(places)s
UNION ALL SELECT 'access ' || office, seq, encode(hash, 'hex') FROM accounts_accesslink
 WHERE ('access ' || office, seq) IN %(places)s
"""


def heads() -> list[tuple[str, int, str]]:
    """chain, seq, hash of every chain's end: to be kept where the database's administrator cannot
    reach, because whoever rewrites a chain can compute all its hashes anew.
    """
    return sorted(rows(_HEADS))


def rewritten(anchors: list[tuple[str, int, str]]) -> list[str]:
    """Chains whose hash at an anchored place is another one now, or that end before it."""
    if not anchors:
        return []
    places = tuple({(chain, seq) for chain, seq, _hash in anchors if seq})
    found = {(chain, seq): text for chain, seq, text in rows(_ROWS, {"places": places})}
    return sorted(
        {chain for chain, seq, text in anchors if seq and found.get((chain, seq)) != text}
    )
