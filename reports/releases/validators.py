"""When a day of an office is over, when its confirmation is due, when its figures are final."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dukcapil.regions.enums import zone_of
from reports.releases.enums import Status

#: A day's figures are provisional for this long; later changes are marked as revisions of a final.
PROVISIONAL = timedelta(days=7)


#: An embargo ends by the clock of the capital.
EMBARGO_ZONE = ZoneInfo("Asia/Jakarta")

#: An office confirms its day until noon of the next one.
CONFIRMED_WITHIN = timedelta(hours=12)


def closes_at(code: str, day: date) -> datetime:
    """Local midnight after the day: 17:00 UTC in the west, 16:00 in the middle, 15:00 in the east."""
    return datetime.combine(day + timedelta(days=1), time(0, 0), ZoneInfo(zone_of(code)))


def is_over(code: str, day: date, moment: datetime) -> bool:
    """Whether the day has ended in that region. Before, nobody may confirm, lock or publish it."""
    return moment >= closes_at(code, day)


def due_at(code: str, day: date) -> datetime:
    """Until when an office's confirmation of its day is on time."""
    return closes_at(code, day) + CONFIRMED_WITHIN


def status_of(code: str, day: date, moment: datetime) -> Status:
    """A day closes at local midnight and is final seven days later, as seen from `moment`."""
    today = moment.astimezone(ZoneInfo(zone_of(code))).date()
    if today <= day:
        return Status.LIVE
    return Status.PROVISIONAL if today <= day + PROVISIONAL else Status.FINAL
