"""Where outreach went last, and where something is held now or soon: counts by region, no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dukcapil.core.db import Part, at_once
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor_sql, inside_sql, span
from events.planning.enums import EventKind, EventState

#: Kinds of event that bring the service to people.
VISITS = (EventKind.JEMPUT_BOLA, EventKind.GEBYAR)
#: How far ahead events are shown, and how many are named.
AHEAD = timedelta(days=14)
NAMED = 3

_BY_REGION = """
SELECT {area} AS region,
       max(least(ends_on, %(day)s)) FILTER (WHERE starts_on <= %(day)s AND state = ANY (%(held)s)
           AND kind = ANY (%(visits)s)) AS last,
       min(starts_on) FILTER (WHERE starts_on > %(day)s AND kind = ANY (%(visits)s)) AS next,
       count(*) FILTER (WHERE ends_on >= %(day)s AND starts_on <= %(ahead)s) AS coming,
       (array_agg(title ORDER BY starts_on, title)
           FILTER (WHERE ends_on >= %(day)s AND starts_on <= %(ahead)s))[1:{named}] AS titles
  FROM events_serviceevent
 WHERE {inside} AND state = ANY (%(states)s) AND (%(all)s OR NOT by_invitation)
 GROUP BY 1
"""


@dataclass(frozen=True)
class Visits:
    """Of one region. `last` and `next` are of visits alone, `coming` counts every event."""

    last: date | None
    next: date | None
    coming: int
    titles: list[str]


def visits(code: str, level: Level, day: date, *, staff: bool) -> dict[str, Visits]:
    """Regions of `level` within `code` with events. `staff`: with drafts, and events by invitation."""
    return visits_by(at_once({"visits": visits_part(code, level, day, staff=staff)})["visits"])


def visits_part(code: str, level: Level, day: date, *, staff: bool) -> Part:
    states = {*EventState.held(), *(EventState.ahead() if staff else ())}
    sql = _BY_REGION.format(
        area=ancestor_sql("village_id", level), inside=inside_sql("village_id"), named=NAMED
    )
    return sql, {
        **span(code),
        "day": day,
        "ahead": day + AHEAD,
        "held": [str(state) for state in EventState.held()],
        "states": sorted(str(state) for state in states),
        "visits": [str(kind) for kind in VISITS],
        "all": staff,
    }


def visits_by(rows: list[dict[str, Any]]) -> dict[str, Visits]:
    """`rows`: of `visits_part`."""
    return {
        row["region"]: Visits(
            _day(row["last"]), _day(row["next"]), row["coming"], row["titles"] or []
        )
        for row in rows
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
