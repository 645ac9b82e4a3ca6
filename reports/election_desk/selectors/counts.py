"""What an office did on a day: the row that a job keeps, and what the chain took since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.utils import timezone

from dukcapil.core.db import dicts
from dukcapil.regions.enums import bounds, zone_of
from dukcapil.regions.validators import inside_sql, span
from registrations.cards.selectors.backlog import KEPT_OF_OFFICE, RegionBacklog, kept_by
from registrations.missing.selectors.lists import LAGS, OPEN_OF_SEVENTEEN

#: `recorded_hour`: the last sixty minutes.
HOUR = timedelta(hours=1)

_DONE = "coalesce(sum(led.weight) FILTER (WHERE led.service = '{}' AND led.outcome = 'done'), 0)"
RECORDED, PRINTED, BIODATA, SUKET = (
    _DONE.format(service) for service in ("recording", "card_print", "biodata", "suket")
)
LOCAL_HOUR = "extract(hour FROM led.occurred_at AT TIME ZONE led.timezone)::int"

#: Who is checked in and not served, at the sessions of an office's local day.
WAITING = """(
    SELECT count(*) FROM events_serviceevent event
      JOIN events_servicesession session ON session.event_id = event.id
      JOIN registrations_appointment visit
        ON visit.session_id = session.id AND visit.state = 'checked_in'
     WHERE event.office_id = {office} AND {day} BETWEEN event.starts_on AND event.ends_on
       AND (session.starts_at AT TIME ZONE {zone})::date = {day}
)"""

_COUNTS = f"""
SELECT region.code, region.name,
       (coalesce(kept.recorded, 0) + fresh.recorded)::bigint AS recorded,
       (coalesce(kept.printed, 0) + fresh.printed)::bigint AS printed,
       (coalesce(kept.biodata, 0) + fresh.biodata)::bigint AS biodata,
       (coalesce(kept.suket, 0) + fresh.suket)::bigint AS suket,
       kept.hours, fresh_hours.hours AS fresh_hours, kept.waiting AS kept_waiting,
       CASE WHEN %(is_live)s
            THEN {WAITING.format(office="region.code", day="%(day)s::date", zone="region.timezone")}
       END AS waiting,
       (SELECT coalesce(sum(led.weight), 0) FROM registrations_servicerecord led
         WHERE led.office_id = region.code AND led.service_date = %(day)s
           AND led.service = 'recording' AND led.outcome = 'done'
           AND led.occurred_at > %(hour_ago)s) AS last_hour,
       head.last_at,
       (SELECT CASE WHEN count(*) > 0 THEN count(*) FILTER (WHERE EXISTS (
                   SELECT 1 FROM events_devicefault fault WHERE fault.device_id = device.id
                      AND fault.since <= %(moment)s
                      AND (fault.until IS NULL OR fault.until > %(moment)s))) END
          FROM events_device device
         WHERE device.office_id = region.code AND %(has_begun)s) AS devices_down,
       (SELECT jsonb_agg(jsonb_build_array(outage.kind, outage.since, coalesce(point.name, ''),
                   outage.event_id IS NOT NULL) ORDER BY outage.since, outage.id)
          FROM events_outage outage LEFT JOIN events_point point ON point.id = outage.point_id
         WHERE outage.office_id = region.code AND %(has_begun)s
           AND outage.since <= %(moment)s
           AND (outage.until IS NULL OR outage.until > %(moment)s)) AS outages,
       CASE WHEN day_lock.id IS NOT NULL THEN 'locked'
            WHEN confirmation.id IS NULL THEN 'none'
            WHEN confirmation.nil_reason <> '' THEN 'nil'
            ELSE 'confirmed' END AS report_state,
       {OPEN_OF_SEVENTEEN.format(office="region.code")} AS unexplained,
       CASE WHEN %(is_live)s
            THEN {KEPT_OF_OFFICE.format(office="region.code")} END AS statuses,
       {LAGS.format(office="region.code")} AS lags
  FROM regions_region region
  LEFT JOIN reports_deskrow kept ON kept.office_id = region.code AND kept.day = %(day)s
 CROSS JOIN LATERAL (
       SELECT {RECORDED} AS recorded, {PRINTED} AS printed, {BIODATA} AS biodata, {SUKET} AS suket
         FROM registrations_servicerecord led
        WHERE led.office_id = region.code AND led.service_date = %(day)s
          AND led.seq > coalesce(kept.ledger_seq, 0)) fresh
 CROSS JOIN LATERAL (
       SELECT jsonb_object_agg(each.hour, each.n) AS hours FROM (
           SELECT {LOCAL_HOUR} AS hour, sum(led.weight) AS n
             FROM registrations_servicerecord led
            WHERE led.office_id = region.code AND led.service_date = %(day)s
              AND led.seq > coalesce(kept.ledger_seq, 0)
              AND led.service = 'recording' AND led.outcome = 'done'
            GROUP BY 1) each) fresh_hours
 CROSS JOIN LATERAL (
       SELECT max(led.received_at) AS last_at FROM registrations_servicerecord led
        WHERE led.office_id = region.code AND led.service_date = %(day)s) head
  LEFT JOIN reports_regencyday report
    ON report.regency_id = region.code AND report.service_date = %(day)s AND report.latest
  LEFT JOIN reports_dayconfirmation confirmation ON confirmation.day_id = report.id
  LEFT JOIN reports_daylock day_lock
    ON day_lock.regency_id = region.code AND day_lock.service_date = %(day)s
 WHERE region.level = 'regency' AND {inside_sql("region.code")}
 ORDER BY region.code
"""


@dataclass(frozen=True)
class OutageNow:
    """What is out at the end of the day, or now."""

    kind: str
    since: datetime
    #: Name of the point; empty: at an event or in the whole office.
    point: str
    at_event: bool


@dataclass(frozen=True)
class OfficeCounts:
    region: str
    name: str
    recorded: int
    #: In the last sixty minutes; None of another day than today.
    last_hour: int | None
    printed: int
    biodata: int
    suket: int
    #: None of a day that no job has looked at.
    waiting: int | None
    report_state: str
    #: Recorded in each hour of the local day.
    hours: list[int]
    #: When the last counted row came.
    last_at: datetime | None
    #: At the end of the day, or now; None of an office that keeps no devices.
    devices_down: int | None
    outages: list[OutageNow]
    #: Election -> open people of the list that the office closed for it.
    unexplained: dict[int, int]
    #: A stock of now. None of another day, and of an office that brings no lists of statuses.
    backlog: RegionBacklog | None
    #: Its lists lag behind what happened.
    lags: bool


def office_counts(code: str, day: date, now: datetime | None = None) -> list[OfficeCounts]:
    """Of every office within `code`, in one statement and so of one moment. Asked within the scope of
    whoever may see these offices.
    """
    now = now or timezone.now()
    first, last = bounds(day, zone_of(code))
    is_live = first <= now < last
    params = {
        **span(code),
        "day": day,
        "is_live": is_live,
        "hour_ago": now - HOUR,
        "moment": min(now, last),
        "has_begun": first <= now,
    }
    return [_counts(row, is_live=is_live) for row in dicts(_COUNTS, params)]


def _counts(row: dict[str, Any], *, is_live: bool) -> OfficeCounts:
    hours = list(row["hours"] or [0] * 24)
    for hour, n in orjson.loads(row["fresh_hours"] or "{}").items():
        hours[int(hour)] += n
    return OfficeCounts(
        region=row["code"],
        name=row["name"],
        recorded=row["recorded"],
        last_hour=int(row["last_hour"]) if is_live else None,
        printed=row["printed"],
        biodata=row["biodata"],
        suket=row["suket"],
        waiting=row["waiting"] if is_live else row["kept_waiting"],
        report_state=row["report_state"],
        hours=hours,
        last_at=row["last_at"],
        devices_down=row["devices_down"],
        outages=[
            OutageNow(kind, datetime.fromisoformat(since), point, at_event)
            for kind, since, point, at_event in orjson.loads(row["outages"] or "[]")
        ],
        unexplained={
            int(election): n for election, n in orjson.loads(row["unexplained"] or "{}").items()
        },
        backlog=kept_by(orjson.loads(row["statuses"] or "[]")).get(row["code"]),
        lags=row["lags"],
    )
