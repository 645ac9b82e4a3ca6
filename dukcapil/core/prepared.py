"""Prepared look-ups: statements that are asked so often that planning them costs more than carrying them
out (a person by id behind the wall: 0.06 ms prepared, 0.38 planned each time).

Register a statement once, where its module is loaded, and ask it by its values::

    STATION = hot("station", "SELECT id, name FROM events_station WHERE session_id = $1::uuid ORDER BY name")

    STATION.rows(session_id)          # [(id, name), ...]
    STATION.one(session_id)           # the first row, or None

- Values are `$1`, `$2`, ...; write a cast (`$1::uuid`) wherever PostgreSQL cannot see the type, for the
  setting below sends values as plain text.
- Each connection prepares a statement when it first asks it, in no transaction of its own: what a rollback
  takes back, a prepared statement is not part of.
- The plan is the generic one, so it is the one that `tests/core/test_prepared.py` looks at: no scan of a
  whole table of people or of the ledger, whatever the values. `plan_cache_mode` is set for this statement
  alone, in the same message, and the statement puts it back before it reads its first row; triggers and
  functions that follow are planned as ever.
- A statement that writes ends with RETURNING. One that cannot stand inside another (it begins with a WITH
  that writes) is registered with ``generic=False`` and left to the planner's own choice.
- Row security, the scope and `execute_wrapper` hold as for any statement; it counts as one query.
- `DUKCAPIL_PREPARED=no`, for a pooler that gives every transaction another connection, plans each time.
"""

from __future__ import annotations

import re
import uuid
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

from dukcapil.core.db import by_number, plans_end, prepare, with_names

#: The longest name that PostgreSQL keeps, without our mark of the text.
_LONGEST = 63 - 9
#: Before a statement of `with_generic_plan`, in its message.
GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan; "
#: True, once, before the first row is read: the plan is chosen by then.
_PUT_BACK = "(SELECT set_config('plan_cache_mode', 'auto', true)) IS NOT NULL"
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)


#: A statement with its values, for `in_a_row`.
Step = tuple["Hot", Sequence[Any]]


@dataclass(frozen=True)
class Hot:
    """A statement that is prepared. Make it with `hot`."""

    name: str
    #: The text, or what makes it when it is first asked, for SQL that is put together by the ORM.
    text: str | Callable[[], str]
    generic: bool = True

    @property
    def sql(self) -> str:
        return self.text if isinstance(self.text, str) else self.text()

    @property
    def as_prepared(self) -> str:
        """What PREPARE gets."""
        return with_generic_plan(self.sql) if self.generic else self.sql

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            if not settings.PREPARED:
                cursor.execute(with_names(self.sql), by_number(values))
                return cursor.fetchall() if cursor.description else []
            name, body, execute = _texts(self.name, self.sql, len(values), self.generic)
            prepare(name, body, cursor.db)
            with plans_end():
                cursor.execute(execute, values or None)
            return cursor.fetchall()

    def rows_after(self, before: Sequence[Step], *values: Any) -> list[tuple[Any, ...]]:
        """`rows`, in one message with what is done before it."""
        return in_a_row(*before, (self, values)) if before else self.rows(*values)

    def one(self, *values: Any) -> tuple[Any, ...] | None:
        found = self.rows(*values)
        return found[0] if found else None


def in_a_row(*steps: Step) -> list[tuple[Any, ...]]:
    """The rows of the last of these statements, which are sent in one message, within a transaction. Each finds what
    the ones before it did, and what others committed before it began.
    """
    if not settings.PREPARED:
        return [one.rows(*values) for one, values in steps][-1]
    calls: list[str] = []
    given: list[Any] = []
    with connection.cursor() as cursor, plans_end():
        for one, values in steps:
            name, body, execute = _texts(one.name, one.sql, len(values), one.generic)
            prepare(name, body, cursor.db)
            calls.append(execute)
            given += values
        cursor.execute("; ".join(calls), given or None)
        return cursor.fetchall()


def carry_out(steps: Sequence[Step]) -> None:
    """Statements of which nothing is read."""
    if steps:
        in_a_row(*steps)


def as_array(values: Iterable[uuid.UUID | str]) -> str:
    """Ids or names of the house, as PostgreSQL reads a list of any type: psycopg2 would say that it is text."""
    escaped = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


_registered: dict[str, Hot] = {}


def hot(name: str, sql: str | Callable[[], str], *, generic: bool = True) -> Hot:
    """Register a statement under a name of its own."""
    if name in _registered or len(name) > _LONGEST or not name.isidentifier():
        raise ValueError(f"{name}: taken, too long or no name")
    _registered[name] = Hot(name, sql, generic)
    return _registered[name]


def hot_statements() -> list[Hot]:
    """All that is registered, for the test of their plans."""
    return list(_registered.values())


def with_generic_plan(sql: str) -> str:
    """The statement, which puts back what `GENERIC` set once its plan is chosen."""
    if _WRITES.match(sql):
        return f"WITH done AS ({sql}) SELECT * FROM done WHERE {_PUT_BACK}"
    return f"SELECT * FROM ({sql}) asked WHERE {_PUT_BACK}"


@lru_cache(maxsize=512)
def _texts(name: str, sql: str, count: int, generic: bool) -> tuple[str, str, str]:  # noqa: FBT001 - a part of the key
    """The statement's name in a connection, how it is prepared there, and how it is asked."""
    whole = f"{name}_{zlib.crc32(sql.encode()):08x}"
    marks = f" ({', '.join(['%s'] * count)})" if count else ""
    body = with_generic_plan(sql) if generic else sql
    return whole, body, f"{GENERIC if generic else ''}EXECUTE {whole}{marks}"
