"""Transactions, retries and the scope variable that row-level security reads."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import orjson
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, NotSupportedError, connection, transaction
from django.db.models import Model, QuerySet

from dukcapil.core.errors import from_database

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Model)

#: The scope that sees all people: the nation's, and that of jobs and commands.
EVERYBODY = "*"
RETRIED = {"40001", "40P01"}  # serialization failure, deadlock
ATTEMPTS = 5


def service(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb: atomic, retried on deadlock and serialization failure, errors in the domain's words.

    Inside another transaction the retry works from a savepoint.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except DatabaseError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if code in RETRIED and attempt + 1 < ATTEMPTS:
                    time.sleep(0.01 * 2**attempt)
                    continue
                if domain_error := from_database(error):
                    raise domain_error from None
                raise
        raise AssertionError("unreachable")

    return run


def get_scope() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.scope', true), '')")
        return str(cursor.fetchone()[0])


def set_scope(scope: str) -> None:
    """Say whose people this transaction may see. Needs an open transaction; '' means nobody's."""
    if not connection.in_atomic_block:
        raise RuntimeError("A scope lives in a transaction: open one first.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.scope', %s, true)", [scope])


@contextmanager
def scope_of_transaction(scope: str) -> Iterator[None]:
    """The database's half of `accounts.scoping.scoped`. Use that one, not this."""
    with transaction.atomic():
        before = get_scope()
        set_scope(scope)
        yield
        set_scope(before)


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """Enter a role that does not log in (`figures`) until the block ends; blocks do not nest."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        yield
        # Back to who logged in. After an error the savepoint's rollback restores the role.
        cursor.execute("SET LOCAL ROLE NONE")


def rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def the_one(chosen: QuerySet[M]) -> M | None:
    """The row that a key has chosen. `first` would put even one row in order; to look for that among all
    columns of all joined tables is up to a third of putting the query together.
    """
    return next(iter(chosen.order_by()[:1]), None)


#: Names of the statements that a connection of psycopg2 has prepared.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def prepared(name: str, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """`rows` of a statement with $1, $2, ... that is planned once for each connection.

    For the look-ups of every request: to plan one takes longer than to run it. Without
    DUKCAPIL_PREPARED it is planned each time, for a pooler that gives every transaction another
    connection.
    """
    if not settings.PREPARED:
        return rows(with_names(sql), by_number(params))
    with connection.cursor() as cursor:
        prepare(name, sql)
        marks = f"({', '.join(['%s'] * len(params))})" if params else ""
        with plans_end():
            cursor.execute(f"EXECUTE {name} {marks}", params)
        return cursor.fetchall()


@contextmanager
def plans_end() -> Iterator[None]:
    """A plan that is older than a change of its table is refused as long as the connection lives: which is
    until the end of this request.
    """
    try:
        yield
    except NotSupportedError:
        # From when on Django closes it between two requests; the type stubs do not know it.
        alive: Any = connection
        alive.close_at = time.monotonic()
        raise


def prepare(name: str, sql: str, on: Any = None) -> None:
    """Once for each connection, past Django's cursor: what pghistory puts before a statement does not belong
    into this one. `on`: the connection of a cursor that is open (to look for it takes as long as the rest).
    """
    if on is None:
        connection.ensure_connection()
        on = connection
    names = _prepared.get(on.connection)
    if names is None:
        names = _prepared.setdefault(on.connection, set())
    if name not in names:
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.cursor.execute(f"PREPARE {name} AS {sql}")
        names.add(name)


def forget(name: str) -> None:
    """What this connection has prepared under a name."""
    with connection.cursor() as cursor:
        cursor.execute(f"DEALLOCATE {name}")
    _prepared[connection.connection].discard(name)


@lru_cache(maxsize=512)
def with_names(sql: str) -> str:
    """The statement for psycopg2, which numbers nothing; values by `by_number`."""
    return re.sub(r"\$(\d+)", r"%(p\1)s", sql.replace("%", "%%"))


def by_number(values: Sequence[Any]) -> dict[str, Any]:
    return {f"p{number}": value for number, value in enumerate(values, start=1)}


def dicts(sql: str, params: Any = None) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_AS_ROWS = "(SELECT json_agg(part)::text FROM ({sql}) AS part) AS {name}"
_MARKS = "string_agg(hash_record_extended(part, 0)::text, ' ')"
#: Whom a statement before it in the same message found (`accounts.polls`); nobody: empty.
ENTERED = "current_setting('app.entered', true)"
_AS_MARKS = f"(SELECT {_MARKS} FROM ({{sql}}) AS part)"
_ROWS_AND_MARKS = (
    f"(SELECT json_agg(part)::text AS said, {_MARKS} AS marks FROM ({{sql}}) AS part) AS part{{n}}"
)

#: How a value is written where PostgreSQL cannot see its type.
CASTS: dict[type, str] = {
    uuid.UUID: "::uuid",
    date: "::date",
    datetime: "::timestamptz",
    str: "::text",
}
#: A read for `at_once`: a query of `values`, or SQL with its parameters.
Part = QuerySet[Any, Any] | tuple[str, Mapping[str, Any] | Sequence[Any]]
#: What it found, by the names of the reads.
Found = dict[str, list[dict[str, Any]]]


def at_once(parts: Mapping[str, Part]) -> Found:
    """Reads of several tables in one statement, and so at one moment. They come through JSON: days and
    moments as text, and so is what has decimals to be written by the read itself.
    """
    texts, _none = texts_of(parts)
    if not texts:
        return {name: [] for name in parts}
    with connection.cursor() as cursor:
        cursor.execute(in_one_statement(texts))
        found = dict(zip(texts, cursor.fetchone(), strict=True))
    return {name: orjson.loads(found.get(name) or "[]") for name in parts}


def in_one_statement(texts: Mapping[str, str]) -> str:
    """The statement of `at_once`, with a column of each text."""
    return f"SELECT {', '.join(_AS_ROWS.format(sql=sql, name=name) for name, sql in texts.items())}"


def marked(texts: Mapping[str, str]) -> tuple[str, str]:
    """As `in_one_statement`: with the rows of each and then the marks of each, 64 bits of every row; and with
    the marks alone, after `ENTERED`.
    """
    each = range(len(texts))
    columns = (*(f"part{n}.said" for n in each), *(f"part{n}.marks" for n in each))
    both = ", ".join(_ROWS_AND_MARKS.format(sql=sql, n=n) for n, sql in enumerate(texts.values()))
    marks = ", ".join(_AS_MARKS.format(sql=sql) for sql in texts.values())
    return f"SELECT {', '.join(columns)} FROM {both}", f"SELECT {ENTERED}, {marks}"


def texts_of(
    parts: Mapping[str, Part], values: Sequence[Any] = ()
) -> tuple[dict[str, str], list[Any]]:
    """The statement of each part with its values in it: without the parts that can find nothing. Wherever one of
    `values` stands, the text has `$n`: those that do, by their number.
    """
    used: list[Any] = []

    def written(value: Any) -> str | None:
        if not any(type(one) is type(value) and one == value for one in values):
            return None
        if value not in used:
            used.append(value)
        return f"${1 + used.index(value)}{CASTS[type(value)]}"

    texts: dict[str, str] = {}
    for name, part in parts.items():
        with suppress(EmptyResultSet):
            sql, given = part if isinstance(part, tuple) else part.query.sql_with_params()
            if isinstance(given, Mapping):
                texts[name] = _mogrified(sql, given)
            else:
                texts[name] = with_values(sql, given, written)
    return texts, used


def with_values(sql: str, params: Iterable[Any], written: Callable[[Any], str | None]) -> str:
    """The text of a query of the ORM with `written(value)` for each of its parameters; None: the value itself."""

    def text(value: Any) -> str:
        if isinstance(value, list) and any(written(one) is not None for one in value):
            return f"(ARRAY[{', '.join(map(text, value))}])"
        return written(value) or _mogrified("%s", [value])

    return sql % tuple(map(text, params))


def _mogrified(sql: str, values: Any) -> str:
    with connection.cursor() as cursor:
        found: bytes = cursor.mogrify(sql, values)
    return found.decode()


def together(
    rows: Mapping[str, Part], counts: Mapping[str, QuerySet[Any, Any]]
) -> tuple[Found, dict[str, int]]:
    """As `at_once`, and of some queries only how many rows there are: for a page that asks after everything
    that waits.
    """
    numbered = counted(counts)
    found = at_once({**rows, **numbered})
    numbers = {name: found[name][0]["n"] if name in numbered else 0 for name in counts}
    return {name: found[name] for name in rows}, numbers


def counted(queries: Mapping[str, QuerySet[Any, Any]]) -> dict[str, Part]:
    """How many rows there are of each, as `n`; nothing of a query that no row can match."""
    found: dict[str, Part] = {}
    for name, query in queries.items():
        with suppress(EmptyResultSet):
            sql, values = query.order_by().values("pk").query.sql_with_params()
            found[name] = f"SELECT count(*) AS n FROM ({sql}) AS part", values
    return found
