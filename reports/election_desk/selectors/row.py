"""A row of the board: every column once."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

#: `from` is a word of Python's.
OpeningCell = TypedDict(
    "OpeningCell",
    {
        "id": str,
        "point": str | None,
        "day": dt.date,
        "from": str,
        "until": str,
        "consult_only": bool,
        "reason": str,
        "election": int | None,
    },
)


class HeartbeatCell(TypedDict):
    state: str
    at: dt.datetime
    by: int | None


class StatusCell(TypedDict):
    code: str
    people: int
    late: int
    oldest: dt.datetime | None


class DeskLine(TypedDict):
    region: str
    name: str
    opening: OpeningCell | None
    heartbeat: HeartbeatCell | None
    recorded_hour: int | None
    recorded_day: int
    printed_day: int
    biodata_day: int
    suket_day: int
    waiting: int | None
    cards_left: int | None
    days_of_cover: str | None
    devices_down: int | None
    network: str
    incidents_open: int
    unexplained: int | None
    statuses: list[StatusCell] | None
    statuses_as_of: dt.date | None
    report_state: str
    worst: str
