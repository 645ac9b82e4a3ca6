"""Hours in which no mail goes out, by the clock of a place."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dukcapil.regions.enums import zone_of


def mail_may_go(moment: datetime, code: str, quiet: tuple[time, time] | None) -> datetime:
    """The first moment, from this one on, at which mail of this region may go out. Quiet hours may pass
    midnight: from 21.00 until 06.00.
    """
    if quiet is None or quiet[0] == quiet[1]:
        return moment
    begins, ends = quiet
    local = moment.astimezone(ZoneInfo(zone_of(code)))
    clock = local.time()
    passes_midnight = begins > ends
    is_quiet = clock >= begins or clock < ends if passes_midnight else begins <= clock < ends
    if not is_quiet:
        return moment
    day = local.date() + timedelta(days=passes_midnight and clock >= begins)
    return datetime.combine(day, ends, local.tzinfo)
