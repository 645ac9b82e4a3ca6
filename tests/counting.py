"""Which statements of a request ask the database for something."""

from __future__ import annotations

#: These only open, close or dress a transaction.
_DRESS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET LOCAL")


def asks(sql: str) -> bool:
    """Also what stays planned does (`core.prepared`), which is sent behind a `SET LOCAL`."""
    return not sql.startswith(_DRESS) or "EXECUTE " in sql
