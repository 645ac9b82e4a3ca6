"""Writing the access log: at once, or beside a request, for rows that outlive what its view undid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import AccessLog
from dukcapil.accounts.scoping import Actor
from dukcapil.core.logs import without_numbers
from dukcapil.core.prepared import Step, hot

_COLUMNS = 'at, action, user_id, posting_id, office, kind, subject, reason, "case", found'
_ROW = "(clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s, %s)"
#: What every page of a person writes. Nothing of the row is read back.
_ROW_OF_ONE = hot(
    "access_row",
    f"""
INSERT INTO {AccessLog._meta.db_table} ({_COLUMNS})
VALUES (clock_timestamp(), {", ".join(f"${n}" for n in range(1, 10))}) RETURNING 1
""",
)


@dataclass(frozen=True)
class Look:
    """One row. `subject` is an id or a path, never a number, a name or a search text."""

    by: Actor | None
    action: Access
    kind: str
    subject: str = ""
    reason: str = ""
    case: str = ""
    found: int | None = None
    #: The office whose row it is; empty: that of who did it.
    office: str = ""
    #: Tells apart rows that are written alike: two numbers that nobody holds. Never written.
    mark: str = ""

    def values(self) -> list[str | int | None]:
        return [
            *(str(self.action), *self._who(), self.kind, without_numbers(self.subject)[:200]),
            *(without_numbers(self.reason)[:300], without_numbers(self.case)[:100], self.found),
        ]

    def _who(self) -> tuple[int | None, int | None, str]:
        by = self.by
        if by is None:
            return (None, None, self.office)
        return (by.user_id, by.posting_id, self.office or by.region)


#: Rows of the request that runs now, each once, in their order. None: no request runs.
_beside: ContextVar[dict[Look, None] | None] = ContextVar("looks_beside_the_view", default=None)


def write(looks: Iterable[Look]) -> None:
    """In the caller's transaction: nobody sees data without leaving a row."""
    rows = [look.values() for look in looks]
    if len(rows) == 1:
        _ROW_OF_ONE.one(*rows[0])
    if len(rows) < 2:
        return
    # Not through the model, which reads the row back: after a failed login nobody is logged in, and
    # then no row may be read.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {AccessLog._meta.db_table} ({_COLUMNS})"
            f" VALUES {', '.join([_ROW] * len(rows))}",
            [value for row in rows for value in row],
        )


def written_before(look: Look) -> Step:
    """The row, for the message that then reads what it tells of: whoever finds nobody must refuse, so that it goes."""
    return _ROW_OF_ONE, look.values()


def write_whatever_comes(looks: Iterable[Look]) -> None:
    """For rows that stay when the view refuses and its savepoint is undone: somebody was looked up.

    Written in the transaction of the answer, before it leaves; without a request at once.
    """
    beside = _beside.get()
    if beside is None:
        write(looks)
    else:
        beside.update(dict.fromkeys(looks))


@contextmanager
def written_beside_the_view() -> Iterator[None]:
    """Around the view, inside the transaction of the request. A verb that is tried again after a
    deadlock leaves its rows once.
    """
    token = _beside.set({})
    try:
        yield
        write(_beside.get() or ())
    finally:
        _beside.reset(token)
