"""Days that a program wrote as a moment of Greenwich."""

from __future__ import annotations

import re
from datetime import date, timedelta

#: Midnight in Jakarta, Makassar and Jayapura is 17, 16 and 15 o'clock of the day before; until 1964, for whoever is
#: old by now, half past 16 in Jakarta and half past 14 in Jayapura.
_MIDNIGHT = re.compile(
    r"[ ']*(\d{4})-(\d\d)-(\d\d)[T\s](00:00|15:00|16:00|17:00|16:30|14:30)(?::00(?:\.0+)?)?(?:Z|\+00:?00)\s*"
)


def day_in_indonesia(text: str) -> str:
    """The day that such a midnight begins, as 2009-03-12; any other text as it is."""
    if not (found := _MIDNIGHT.fullmatch(text)):
        return text
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return text
    return str(day if found[4] == "00:00" else day + timedelta(days=1))
