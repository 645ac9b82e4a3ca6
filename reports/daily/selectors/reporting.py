"""Which offices confirm their days, and which do it late."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from dukcapil.core.db import dicts
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import inside_sql, span
from events.calendar.selectors import days_worked
from reports.bases.validators import percent
from reports.releases.validators import due_at

#: Days that a rate of reporting looks back on.
LOOKED_AT = timedelta(days=29)

_CONFIRMATIONS = f"""
SELECT day.regency_id AS region, day.service_date AS date,
       min(confirmation.confirmed_at) AS confirmed_at,
       bool_or(day_lock.id IS NOT NULL) AS locked,
       bool_or(day.latest AND EXISTS (SELECT 1 FROM reports_daycount cell
           WHERE cell.day_id = day.id AND cell.service_date = day.service_date
             AND cell.service_date BETWEEN %(first)s AND %(last)s)) AS served
  FROM reports_regencyday day
  LEFT JOIN reports_dayconfirmation confirmation ON confirmation.day_id = day.id
  LEFT JOIN reports_daylock day_lock
    ON day_lock.regency_id = day.regency_id AND day_lock.service_date = day.service_date
 WHERE {inside_sql("day.regency_id")}
   AND day.service_date BETWEEN %(first)s AND %(last)s
 GROUP BY 1, 2
"""


def reporting(
    code: str, last: date, regencies: list[str] | None = None
) -> dict[str, dict[str, Any]]:
    """regency -> days due, confirmed and on time among the thirty days up to `last`, with rates.
    `regencies`: those of the region, where somebody has read them already.

    Due are the days on which an office works, and those on which it served anybody, once noon of
    the next day is over there. `missing`: those that the office can still confirm, the newest first;
    a day that was locked without it is due, and nobody owes it any more. `missing_served`: those among
    them on which somebody was served.
    """
    now = timezone.now()
    first = last - LOOKED_AT
    if regencies is None:
        within = Region.objects.within(code).level(Level.REGENCY)
        regencies = list(within.values_list("code", flat=True))
    worked = days_worked(regencies, first, last)
    confirmations: dict[str, dict[date, datetime | None]] = defaultdict(dict)
    locked: dict[str, set[date]] = defaultdict(set)
    served: dict[str, set[date]] = defaultdict(set)
    for row in dicts(_CONFIRMATIONS, {**span(code), "first": first, "last": last}):
        confirmations[row["region"]][row["date"]] = row["confirmed_at"]
        if row["served"]:
            worked[row["region"]].add(row["date"])
            served[row["region"]].add(row["date"])
        if row["locked"]:
            locked[row["region"]].add(row["date"])
    return {
        region: _rates(
            *(region, worked[region], served[region], confirmations[region], locked[region], now)
        )
        for region in regencies
    }


def _rates(
    region: str,
    worked: set[date],
    served: set[date],
    confirmations: dict[date, datetime | None],
    locked: set[date],
    now: datetime,
) -> dict[str, Any]:
    due = {day for day in worked if due_at(region, day) <= now}
    confirmed = {day: moment for day, moment in confirmations.items() if moment and day in due}
    on_time = sum(moment <= due_at(region, day) for day, moment in confirmed.items())
    missing = sorted(due - confirmed.keys() - locked, reverse=True)
    return {
        "due": len(due),
        "confirmed": len(confirmed),
        "on_time": on_time,
        "reporting_rate": percent(len(confirmed), len(due)),
        "on_time_rate": percent(on_time, len(due)),
        "missing": missing,
        "missing_served": [day for day in missing if day in served],
    }
