"""The job of the boards: what each office did today, counted from its chain; and a board whose lists
are settled.
"""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.regions.models import Region
from dukcapil.regions.validators import NATION, inside_sql, span
from events.elections.models import Election
from registrations.missing.services.refreshing import refresh_offices
from reports.election_desk.selectors.board import Board, board
from reports.election_desk.selectors.counts import (
    BIODATA,
    LOCAL_HOUR,
    PRINTED,
    RECORDED,
    SUKET,
    WAITING,
)

#: Offices with something to show today: they opened, or their chain has a row of the day. A row that
#: says what it said before is left alone.
_KEEP = f"""
WITH today AS (
    SELECT region.code, region.timezone AS zone,
           (%(now)s AT TIME ZONE region.timezone)::date AS day, head.seq
      FROM regions_region region
      LEFT JOIN registrations_ledgerhead head ON head.office_id = region.code
     WHERE region.level = 'regency' AND {inside_sql("region.code")}
), busy AS (
    SELECT today.code, today.zone, today.day, coalesce(today.seq, 0) AS seq, opened.election_id
      FROM today
      LEFT JOIN LATERAL (
           SELECT opening.id, opening.election_id FROM events_opening opening
            WHERE opening.office_id = today.code AND opening.day = today.day
              AND opening.ended_at IS NULL
            ORDER BY opening.election_id NULLS LAST LIMIT 1) opened ON true
     WHERE opened.id IS NOT NULL OR EXISTS (
           SELECT 1 FROM registrations_servicerecord led
            WHERE led.office_id = today.code AND led.service_date = today.day)
)
INSERT INTO reports_deskrow (office_id, day, election_id, ledger_seq, recorded, printed, biodata,
                             suket, hours, waiting, kept_at)
SELECT busy.code, busy.day, busy.election_id, busy.seq,
       counted.recorded, counted.printed, counted.biodata, counted.suket, by_hour.hours,
       {WAITING.format(office="busy.code", day="busy.day", zone="busy.zone")}, %(now)s
  FROM busy
 CROSS JOIN LATERAL (
       SELECT {RECORDED} AS recorded, {PRINTED} AS printed, {BIODATA} AS biodata, {SUKET} AS suket
         FROM registrations_servicerecord led
        WHERE led.office_id = busy.code AND led.service_date = busy.day
          AND led.seq <= busy.seq) counted
 CROSS JOIN LATERAL (
       SELECT array_agg(coalesce(each.n, 0) ORDER BY clock.hour) AS hours
         FROM generate_series(0, 23) AS clock (hour)
         LEFT JOIN (
             SELECT {LOCAL_HOUR} AS hour, sum(led.weight)::int AS n
               FROM registrations_servicerecord led
              WHERE led.office_id = busy.code AND led.service_date = busy.day
                AND led.seq <= busy.seq
                AND led.service = 'recording' AND led.outcome = 'done'
              GROUP BY 1) each ON each.hour = clock.hour) by_hour
ON CONFLICT (office_id, day) DO UPDATE
   SET election_id = excluded.election_id, ledger_seq = excluded.ledger_seq,
       recorded = excluded.recorded, printed = excluded.printed, biodata = excluded.biodata,
       suket = excluded.suket, hours = excluded.hours, waiting = excluded.waiting,
       kept_at = excluded.kept_at
 WHERE excluded.ledger_seq >= reports_deskrow.ledger_seq
   AND (reports_deskrow.election_id, reports_deskrow.ledger_seq, reports_deskrow.waiting)
       IS DISTINCT FROM (excluded.election_id, excluded.ledger_seq, excluded.waiting)
RETURNING office_id
"""


def keep_rows(code: str = NATION) -> int:
    """Bring the rows of today up to the chains; returns how many changed. Run twice, or by two at
    once, it writes the same.
    """
    with scoped(EVERYBODY):
        return len(rows(_KEEP, {**span(code), "now": timezone.now()}))


def settled_board(*, region: Region, day: date | None, election: Election | None) -> Board:
    """The board, once the lists of its offices are up to what happened. Where they are already, it is
    asked for once.
    """
    shown = board(region, day, election)
    if not shown.lagging:
        return shown
    refresh_offices(shown.lagging)
    return board(region, day, election)
