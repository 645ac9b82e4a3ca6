"""The short road: the tools of requests that pass by the framework (docs/adr/0078).

A road knows how to say yes. Whatever it does not know, and every refusal that needs words, raises
`LongWay`: what was begun is undone, and the request goes through all middleware and the view as if
there were no road.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeVar

import orjson
import pghistory
import structlog
from django.apps import apps
from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import (
    DatabaseError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    connection,
    models,
)
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, UnreadablePostError
from django.utils import timezone
from redis.exceptions import RedisError

from dukcapil.core.db import by_number, prepare, with_names, with_values
from dukcapil.core.redis import client
from dukcapil.front import REFUSED

T = TypeVar("T")
log = structlog.get_logger()

#: Bytes of a body; a booking has some 150, a record some 300.
LARGEST = 4096
_JSON = "application/json"
#: Headers that change nothing in what these requests are answered. A cookie counts as none when empty.
_PLAIN = frozenset(
    f"HTTP_{name}"
    for name in (
        *("HOST", "AUTHORIZATION", "USER_AGENT", "CONNECTION", "KEEP_ALIVE", "DATE"),
        *("ACCEPT", "ACCEPT_ENCODING", "X_FORWARDED_FOR", "X_FORWARDED_PROTO"),
        *("X_REAL_IP", "X_REQUEST_ID", "X_CORRELATION_ID", "TRACEPARENT", "TRACESTATE"),
    )
)
_ACCEPTED = frozenset({"", "*/*", _JSON})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: The type stubs do not know `health_check_done`.
_connection: Any = connection


#: What a statement raises: a connection that is closed says so by an error of its own kind.
DatabaseErrors = (DatabaseError, InterfaceError)


class LongWay(Exception):
    """This request is not for the short road. `reason`: a word of ours, counted.

    `made`: asked when the long way refuses, what the road has done all the same.
    """

    def __init__(self, reason: str, made: Callable[[], Any] = lambda: None) -> None:
        super().__init__(reason)
        self.reason, self.made = reason, made


class Unknown(Exception):
    """The connection ended while the commit was on its way: nobody knows whether it happened."""


# --- what a request is ------------------------------------------------------------------------------


def plain_token(request: HttpRequest) -> str:
    """The token of a request in which nothing is unusual, whoever it belongs to."""
    meta = request.META
    if meta.get("QUERY_STRING"):
        raise LongWay("query")
    if REFUSED in meta:
        raise LongWay("front")
    for name in meta:
        if (
            name.startswith("HTTP_")
            and name not in _PLAIN
            and (name != "HTTP_COOKIE" or meta[name])
        ):
            raise LongWay("header")
    if meta.get("HTTP_ACCEPT", "") not in _ACCEPTED:
        raise LongWay("accept")
    try:
        request.get_host()
    except DisallowedHost:
        raise LongWay("host") from None
    scheme, _space, token = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme != "Token" or not (token.isascii() and token.isalnum()):
        raise LongWay("token")
    return str(token)


def plain_body(request: HttpRequest) -> dict[str, Any]:
    """The body of such a request: a small object in JSON."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if request.META.get("CONTENT_TYPE") != _JSON:
        raise LongWay("content-type")
    if not (length.isascii() and length.isdigit()) or not 0 < int(length) <= LARGEST:
        raise LongWay("length")
    try:
        data = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise LongWay("body") from None
    except RequestDataTooBig:
        raise LongWay("length") from None
    if not isinstance(data, dict):
        raise LongWay("body")
    return data


def plain_id(value: Any) -> str:
    """A UUID as it is mostly written."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise LongWay("id")
    return value


# --- the transaction --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """SQL with $1, $2, ..., prepared under this name in each connection."""

    name: str
    sql: str
    #: Tables that it writes: none whose changes are told to somebody by Python or kept by pghistory.
    writes: tuple[type[Model], ...] = ()


Step = tuple[Statement, Sequence[Any]]


class Transaction:
    """One transaction, begun and ended by hand together with the statements that it begins and ends
    with: each call is one way to the database and back.

    It passes by `atomic`, `on_commit` and `pghistory.context`, so it writes no table that needs them.
    Inside another transaction (tests) it is a savepoint.
    """

    def __init__(self) -> None:
        self._inner = connection.in_atomic_block
        self.open = False

    def glance(self, *steps: Step) -> list[tuple[Any, ...]]:
        """The rows of the last one, in a transaction that is over with its answer. They write nothing."""
        if self._inner:
            try:
                return self.begin(*steps)
            finally:
                self.undo()
        self._ready(steps)
        return _rows(_calls(steps))

    def begin(self, *steps: Step) -> list[tuple[Any, ...]]:
        self._ready(steps)
        self.open = True
        return _rows([("SAVEPOINT short_road" if self._inner else "BEGIN", ()), *_calls(steps)])

    def _ready(self, steps: Sequence[Step]) -> None:
        if connection.run_on_commit and not self._inner:
            raise LongWay("hooks")
        # The first statement serves as health check.
        _connection.health_check_done = True
        _prepare(steps)

    def ask(self, *steps: Step) -> list[tuple[Any, ...]]:
        """The rows of the last one."""
        _prepare(steps)
        return _rows(_calls(steps))

    def commit(self, *steps: Step, scope_before: str = "") -> None:
        """After the last steps, all or nothing. Raises Unknown."""
        _prepare(steps)
        calls = _calls(steps)
        if self._inner:
            again = ("SELECT set_config('app.scope', %s, true)", (scope_before,))
            _rows([*calls, ("RELEASE SAVEPOINT short_road", ()), again])
        else:
            try:
                _rows([*calls, ("COMMIT", ())])
            except DatabaseErrors as error:
                if connection.connection is None or connection.connection.closed:
                    raise Unknown from error
                raise
        self.open = False

    def undo(self) -> None:
        """Whatever happened: nothing of this transaction stays, not even a broken connection."""
        if not self.open:
            return
        self.open = False
        try:
            _rows(
                [
                    ("ROLLBACK TO SAVEPOINT short_road; RELEASE SAVEPOINT short_road", ())
                    if self._inner
                    else ("ROLLBACK", ())
                ]
            )
        except DatabaseErrors:
            connection.close()


def look(statement: Statement, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """One read that needs no transaction."""
    _connection.health_check_done = True
    _prepare([(statement, values)])
    return _rows(_calls([(statement, values)]))


def mend(error: Exception) -> None:
    """After a statement failed: who comes next looks whether the connection holds. One whose plans are older
    than a change of a table refuses them as long as it lives.
    """
    _connection.health_check_done = False
    if isinstance(error, NotSupportedError) and not connection.in_atomic_block:
        connection.close()


def take(way: Callable[[], T]) -> T:
    """What a road answers. Whatever fails on it is a reason for the long way, too; who hangs up is not."""
    try:
        return way()
    except (LongWay, UnreadablePostError):
        raise
    except Exception as error:
        raise LongWay(_failed(error)) from error


def _failed(error: Exception) -> str:
    """`database` for a rule of it, somebody who was faster, a connection that broke; else `fault`, which is no reason
    to refuse anybody, and is logged.
    """
    mend(error)
    if isinstance(error, DatabaseErrors) and not isinstance(error, ProgrammingError):
        return "database"
    log.error("road_failed", exc_info=error)
    return "fault"


def _prepare(steps: Iterable[Step]) -> None:
    for statement, _values in steps:
        if not _tracked().isdisjoint(statement.writes):
            raise LongWay("tracked")
        if settings.PREPARED:
            prepare(statement.name, statement.sql)


@cache
def _tracked() -> frozenset[type[Model]]:
    """Tables whose changes pghistory keeps: it has to be told who changes them."""
    events: list[Any] = [
        model for model in apps.get_models() if issubclass(model, pghistory.models.Event)
    ]
    return frozenset(model.pgh_tracked_model for model in events)


Call = tuple[str, Any]


def _calls(steps: Iterable[Step]) -> list[Call]:
    if settings.PREPARED:
        return [
            (
                f"EXECUTE {one.name} ({', '.join(['%s'] * len(values))})"
                if values
                else f"EXECUTE {one.name}",
                values,
            )
            for one, values in steps
        ]
    return [(with_names(one.sql), by_number(values)) for one, values in steps]


def _rows(calls: list[Call]) -> list[tuple[Any, ...]]:
    """All in one message; the rows of the last one."""
    with connection.cursor() as cursor:
        write = cursor.cursor.mogrify
        texts = [write(sql, values).decode() if values else sql for sql, values in calls]
        cursor.execute("; ".join(texts))
        return cursor.fetchall() if cursor.description else []


class Query:
    """A query of the ORM, put together and planned once: `make` puts `marks` into it, which no query has by
    itself, and the values that stand in their place come with each call.
    """

    def __init__(
        self, name: str, make: Callable[[], QuerySet[Any, Any]], marks: Sequence[Any]
    ) -> None:
        self._name, self._make, self._marks = name, make, list(marks)

    def of(self, values: Sequence[Any]) -> Step:
        return self._statement, values

    @cached_property
    def _statement(self) -> Statement:
        numbers = {mark: f"${number}" for number, mark in enumerate(self._marks, start=1)}
        return Statement(self._name, with_marks(self._name, self._make(), numbers))


def with_marks(name: str, query: QuerySet[Any, Any], written: Mapping[Any, str]) -> str:
    """The text of a query in which marks stand, with this SQL in their place."""
    sql, params = query.query.sql_with_params()
    if missing := [mark for mark in written if mark not in params]:
        # Without a wall, say: kept for good, it would be asked of everybody who comes after.
        raise ValueError(f"{name}: {missing} are not asked for")
    # Not by look-up: a list among them has no hash.
    return with_values(
        sql,
        params,
        lambda value: next((text for mark, text in written.items() if mark == value), None),
    )


class Insert:
    """Writes one object of a model as `save(force_insert=True)` would, by a prepared statement."""

    def __init__(self, name: str, model: type[Model]) -> None:
        self._fields: list[Field[Any, Any]] = [
            field
            for field in model._meta.concrete_fields
            if field.get_internal_type() not in ("AutoField", "BigAutoField")
        ]
        columns = ", ".join(f'"{field.column}"' for field in self._fields)
        marks = ", ".join(f"${number}" for number in range(1, len(self._fields) + 1))
        sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'
        self.statement = Statement(name, sql, writes=(model,))

        #: What Python has of these is what the database gets, where it is nothing or of these types.
        self._plain = {field.attname for field in self._fields if type(field) in _AS_THEY_ARE}

    def of(self, one: Model) -> Step:
        return self.statement, [self._value(field, one) for field in self._fields]

    def _value(self, field: Field[Any, Any], one: Model) -> Any:
        if field.attname in self._plain:
            value = one.__dict__[field.attname]
            if value is None or type(value) in (str, int, bool):
                return value
        return field.get_db_prep_save(field.pre_save(one, add=True), connection)


_AS_THEY_ARE = (
    models.CharField,
    models.BooleanField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.ForeignKey,
)


# --- who did not take it -----------------------------------------------------------------------------

_DAYS = 8


def _key() -> str:
    return f"short_road:{timezone.localdate():%Y-%m-%d}"


def count_long_way(reason: str) -> None:
    """One more request of today that went the long way, by its reason."""
    try:
        pipe = client().pipeline(transaction=False)
        pipe.hincrby(_key(), reason, 1)
        pipe.expire(_key(), _DAYS * 86_400)
        pipe.execute()
    except RedisError as error:
        log.warning("road_without_redis", error=type(error).__name__)


def long_ways() -> Mapping[str, int]:
    """How many of today's requests went the long way, by reason."""
    try:
        found: Any = client().hgetall(_key())
    except RedisError:
        return {}
    return {name.decode(): int(count) for name, count in sorted(found.items())}
