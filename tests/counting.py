"""Which statements of a request ask the database for something."""

from __future__ import annotations

import re

#: These only open, close or dress a transaction; what waited for a statement stands before it in its message.
_DRESS = re.compile(
    r"(?:(?:SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET LOCAL)\b|SELECT set_config\((?='pghistory))"
    r"(?:'(?:[^']|'')*'|[^;'])*(?:;\s*|\Z)"
)


def undressed(sql: str) -> str:
    """What a message asks, without what dresses it; nothing: it only dresses."""
    while found := _DRESS.match(sql):
        sql = sql[found.end() :]
    return sql


def asks(sql: str) -> bool:
    """Also behind what waited for it (`core.joined`, `core.scopes`) or keeps it planned (`core.prepared`)."""
    return bool(undressed(sql))
