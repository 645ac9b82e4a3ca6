"""What a confirmation or a lock is about: the hash of a revision and all its counts."""

from __future__ import annotations

from dukcapil.core.db import rows


def content_of_day(day: int) -> str:
    """SHA-256 in hex, as `DayConfirmation.content` and `DayLock.content` keep it."""
    sql = "SELECT encode(day_content(day), 'hex') FROM reports_regencyday day WHERE id = %s"
    return str(rows(sql, [day])[0][0])
