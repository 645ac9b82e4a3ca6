"""The daily build. The tables are the work list: running it twice, in parallel, or late is harmless.

Design: for every regency whose chain is past `built_to`, one REPEATABLE READ transaction recounts
each service date that the new rows touch and moves `built_to`. Committing half is impossible, so
killing the worker, or losing every message with Redis, leaves no wrong figure.
"""

from __future__ import annotations

from datetime import date

import structlog
from django.db import DatabaseError, connection, transaction

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, RETRIED, rows
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor_sql, bounds

log = structlog.get_logger()
ATTEMPTS = 5
#: A build of the whole nation runs in about this many transactions.
GROUPS = 8

_STALE = f"""
SELECT DISTINCT {ancestor_sql("head.office_id", Level.PROVINCE)}
  FROM registrations_ledgerhead head
  LEFT JOIN reports_buildhead built ON built.regency_id = head.office_id
 WHERE head.seq > coalesce(built.built_to, 0)
"""

_OPEN_HEADS = """
INSERT INTO reports_buildhead (regency_id, built_to)
SELECT office_id, 0 FROM registrations_ledgerhead
 WHERE office_id >= %(low)s AND office_id < %(high)s
ON CONFLICT (regency_id) DO NOTHING
"""

#: Locks the heads: a build of the same province that ran meanwhile makes this one start again.
_LOCK = """
SELECT built.regency_id, built.built_to, head.seq
  FROM reports_buildhead built
  JOIN registrations_ledgerhead head ON head.office_id = built.regency_id
 WHERE built.regency_id >= %(low)s AND built.regency_id < %(high)s AND head.seq > built.built_to
 ORDER BY built.regency_id
   FOR UPDATE OF built
"""

# Rows of the ledger are fetched office by office: OFFSET 0 keeps the planner from joining them with the
# policy of their table first. That one compares with subqueries, which it takes for a few rows, and so it
# read the whole ledger for each group of provinces.

#: Every service date that new rows touch, and why its revision is made.
_TOUCHED = """
SELECT led.office_id, led.service_date, stale.head,
       CASE WHEN bool_or(led.row_kind = 'void') THEN 'void'
            WHEN bool_or(led.row_kind = 'accept') THEN 'accepted'
            ELSE 'late' END
  FROM unnest(%(regencies)s::text[], %(froms)s::bigint[], %(heads)s::bigint[])
       AS stale (regency, built_to, head)
 CROSS JOIN LATERAL (
        SELECT office_id, service_date, row_kind FROM registrations_servicerecord
         WHERE office_id = stale.regency AND seq > stale.built_to AND seq <= stale.head
        OFFSET 0) led
 GROUP BY 1, 2, 3
"""

_FROM_TOUCHED = """
WITH touched AS (
    SELECT * FROM unnest(%(regency)s::text[], %(day)s::date[], %(head)s::bigint[], %(why)s::text[])
        AS touched (regency, service_date, head, reason)
)
"""

_SUPERSEDE = (
    _FROM_TOUCHED
    + """
UPDATE reports_regencyday day SET latest = false
  FROM touched
 WHERE day.latest AND day.regency_id = touched.regency AND day.service_date = touched.service_date
"""
)

#: Places for recording at sessions of approved events on a regency's day, as they stand now.
PLANNED = """(
    SELECT count(*) FROM events_serviceevent event
      JOIN regions_region village ON village.code = event.village_id
      JOIN events_servicesession session ON session.event_id = event.id
      JOIN events_seat seat ON seat.session_id = session.id AND seat.service = 'recording'
     WHERE event.office_id = {regency} AND {day} BETWEEN event.starts_on AND event.ends_on
       AND event.state IN ('approved', 'closed')
       AND (session.starts_at AT TIME ZONE village.timezone)::date = {day}
)"""

_REVISE = (
    _FROM_TOUCHED
    + f"""
INSERT INTO reports_regencyday
    (regency_id, service_date, revision, ledger_seq, reason, latest, target, built_at)
SELECT touched.regency, touched.service_date, coalesce(max(day.revision), 0) + 1, touched.head,
       CASE WHEN max(day.revision) IS NULL THEN 'first' ELSE touched.reason END, true,
       {PLANNED.format(regency="touched.regency", day="touched.service_date")},
       now()
  FROM touched
  LEFT JOIN reports_regencyday day
    ON day.regency_id = touched.regency AND day.service_date = touched.service_date
 GROUP BY touched.regency, touched.service_date, touched.head, touched.reason
"""
)

#: The recount. tests/benchmarks runs the same statement in psql as the yardstick.
COUNT = """
INSERT INTO reports_daycount
    (day_id, service_date, place_id, domicile_id, service, category, outcome, reason, n, last_at)
SELECT day.id, day.service_date, led.place_id, led.domicile_id, led.service, led.category,
       led.outcome, led.reason, sum(led.weight), max(led.received_at)
  FROM touched
  JOIN reports_regencyday day
    ON day.latest AND day.regency_id = touched.regency AND day.service_date = touched.service_date
 CROSS JOIN LATERAL (
        SELECT place_id, domicile_id, service, category, outcome, reason, weight, received_at
          FROM registrations_servicerecord
         WHERE office_id = touched.regency AND service_date = touched.service_date
           AND seq <= touched.head
        OFFSET 0) led
 GROUP BY day.id, day.service_date, led.place_id, led.domicile_id, led.service, led.category,
       led.outcome, led.reason
HAVING sum(led.weight) <> 0
"""

#: Of these the few that coverage counts later, found by an index of their own.
_COUNT_EARLY = """
INSERT INTO reports_earlycount
    (day_id, service_date, counts_from, place_id, domicile_id, service, reason, n, last_at)
SELECT day.id, day.service_date, led.counts_from, led.place_id, led.domicile_id, led.service,
       led.reason, sum(led.weight), max(led.received_at)
  FROM touched
  JOIN reports_regencyday day
    ON day.latest AND day.regency_id = touched.regency AND day.service_date = touched.service_date
 CROSS JOIN LATERAL (
        SELECT counts_from, place_id, domicile_id, service, reason, weight, received_at
          FROM registrations_servicerecord
         WHERE office_id = touched.regency AND service_date = touched.service_date
           AND seq <= touched.head AND counts_from IS NOT NULL AND outcome = 'done'
        OFFSET 0) led
 GROUP BY day.id, day.service_date, led.counts_from, led.place_id, led.domicile_id, led.service,
       led.reason
HAVING sum(led.weight) <> 0
"""

_ADVANCE = """
UPDATE reports_buildhead built SET built_to = stale.head, built_at = now()
  FROM unnest(%(regencies)s::text[], %(heads)s::bigint[]) AS stale (regency, head)
 WHERE built.regency_id = stale.regency
"""


def stale_provinces() -> list[str]:
    """Provinces with a chain that is past its revisions."""
    with transaction.atomic():
        return sorted(row[0] for row in rows(_STALE))


def grouped(provinces: list[str]) -> list[list[str]]:
    """Groups of neighbouring provinces, each built in one transaction. While few are stale, each is
    alone; when all are, several go together, because most of the time would be spent on commits.
    """
    size = max(1, len(provinces) // GROUPS)
    return [provinces[start : start + size] for start in range(0, len(provinces), size)]


def build_province(province: str) -> int:
    """Build every stale regency of a province; returns how many there were."""
    return build_provinces([province])


def build_provinces(provinces: list[str]) -> int:
    """The same for neighbouring provinces, and whatever lies between them, in one transaction.

    Must be the outermost transaction (REPEATABLE READ is chosen at its first statement).
    """
    for attempt in range(ATTEMPTS):
        try:
            return _build(provinces[0], provinces[-1])
        except DatabaseError as error:
            # A nil report written meanwhile takes the revision's number (23505): count again.
            again = getattr(error.__cause__, "pgcode", None) in {*RETRIED, "23505"}
            if not again or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _build(first: str, last: str) -> int:
    span = {"low": bounds(first)[0], "high": bounds(last)[1]}
    if connection.in_atomic_block:
        raise RuntimeError("A build is the outermost transaction.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with scoped(EVERYBODY), connection.cursor() as cursor:
            cursor.execute(_OPEN_HEADS, span)
            cursor.execute(_LOCK, span)
            stale = cursor.fetchall()
            if not stale:
                return 0
            heads = {
                "regencies": [row[0] for row in stale],
                "froms": [row[1] for row in stale],
                "heads": [row[2] for row in stale],
            }
            cursor.execute(_TOUCHED, heads)
            columns = list(zip(*cursor.fetchall(), strict=True))
            touched = dict(zip(("regency", "day", "head", "why"), map(list, columns), strict=True))
            cursor.execute(_SUPERSEDE, touched)
            cursor.execute(_REVISE, touched)
            cursor.execute(_FROM_TOUCHED + COUNT, touched)
            cursor.execute(_FROM_TOUCHED + _COUNT_EARLY, touched)
            cursor.execute(_ADVANCE, heads)
    log.info("provinces_built", first=first, last=last, regencies=len(stale))
    return len(stale)


def build_stale() -> int:
    """Everything that is behind, in this process (commands, tests; the worker fans out)."""
    return sum(build_provinces(group) for group in grouped(stale_provinces()))


#: Inserts the report and counts it in `nil_days`, so that kept answers become invalid.
_NIL = f"""
WITH inserted AS (
INSERT INTO reports_regencyday
    (regency_id, service_date, revision, ledger_seq, reason, latest, target, built_at)
SELECT code, %(day)s, 1,
       coalesce((SELECT built_to FROM reports_buildhead WHERE regency_id = code), 0),
       'first', true, {PLANNED.format(regency="code", day="%(day)s::date")}, now()
  FROM regions_region WHERE code = %(regency)s AND level = 'regency'
ON CONFLICT DO NOTHING RETURNING regency_id)
INSERT INTO reports_buildhead (regency_id, built_to, nil_days) SELECT regency_id, 0, 1 FROM inserted
ON CONFLICT (regency_id) DO UPDATE SET nil_days = reports_buildhead.nil_days + 1
"""


def ensure_day(regency: str, day: date) -> None:
    """A first revision for a day on which nothing was recorded, so that nil is a report too."""
    with scoped(EVERYBODY), connection.cursor() as cursor:
        cursor.execute(
            _NIL,
            {"day": day, "regency": regency},
        )
