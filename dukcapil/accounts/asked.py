"""Queries of the ORM that are put together once and stay planned (`core.prepared`): for look-ups of every step
at a desk, of which putting together and planning takes longer than carrying out::

    _SESSION = asked("session", lambda by, pk: ServiceSession.objects.visible_to(by).filter(pk=pk), pk=uuid.UUID)

    _SESSION.rows(actor, session_id)     # what the query gives: models, dicts or tuples

- The query is written with marks in the place of its values; wherever a mark, or what was made of it, stands
  among the parameters, the prepared statement has a value. All else is written into it.
- It is the query of somebody who sees the whole of one office and no more. For everybody else (a village, a
  province, the nation, whoever is lent to an event) `visible_to` has another shape: they ask as ever.
- A mark must reach the query as it is: no arithmetic with it, no `if` about it.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet

from dukcapil.accounts.scoping import Actor, declared
from dukcapil.core.db import CASTS, with_values
from dukcapil.core.prepared import Hot, Step, carry_out, hot

#: An office that is none: as long as the code of one.
_OFFICE = "~~.~~"
_SOMEBODY = Actor(user_id=0, posting_id=0, role="", region=_OFFICE)
#: Values that no query has by itself, by their number.
_MARKS: dict[type, Callable[[int], Any]] = {
    uuid.UUID: lambda number: uuid.UUID(int=2**128 - 1 - number),
    date: lambda number: date.fromordinal(1 + number),
    datetime: lambda number: datetime(2, 1, 1 + number, tzinfo=UTC),
    str: lambda number: f"~~{number}~~",
}


@dataclass(frozen=True)
class Compiled:
    """What is known of a query before its values are."""

    sql: str
    #: For each `$n`: which of the values; or a text with the office's code in it.
    params: list[int | str]
    queryset: QuerySet[Any, Any]
    compiler: Any
    #: False where its wall was down when it was put together.
    asks_office: bool

    @cached_property
    def converters(self) -> Any:
        """Of what PostgreSQL gives to what Python gets: the same for every row of this query."""
        return self.compiler.get_converters([one for one, *_rest in self.compiler.select])


@dataclass
class Asked:
    name: str
    make: Callable[..., QuerySet[Any, Any]]
    kinds: dict[str, type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hot: Hot = hot(self.name, lambda: self.compiled.sql)

    def rows(self, by: Actor, *values: Any, after: Sequence[Step] = ()) -> list[Any]:
        """For somebody; `by` is the first value of `make`. `after`: what is done before, in the same message."""
        office = by.whole_office
        if office is None:
            return self.each_time(by, *values, after=after)
        if not self.compiled.asks_office:
            # Its wall was down when it was put together (tests do that): it would be, until the process ends.
            del self.compiled
            raise ValueError(f"{self.name}: no office is asked for")
        return self._found(office, values, after)

    def each_time(self, by: Actor, *values: Any, after: Sequence[Step] = ()) -> list[Any]:
        """The same, put together and planned now."""
        carry_out(after)
        return list(self.make(by, *values))

    def one(self, by: Actor, *values: Any, after: Sequence[Step] = ()) -> Any:
        """The first of them, or None."""
        return next(iter(self.rows(by, *values, after=after)), None)

    def one_for_all(self, *values: Any) -> Any:
        """The first one, of a query that asks the same for everybody: `make` leaves `by` alone."""
        return next(iter(self._found("", values)), None)

    def _found(self, office: str, values: tuple[Any, ...], after: Sequence[Step] = ()) -> list[Any]:
        asked = _values(self.compiled.params, office, values)
        return list(_objects(self.compiled, self.hot.rows_after(after, *asked)))

    @cached_property
    def compiled(self) -> Compiled:
        """In no scope of anybody's, and without asking: the statement is the same for all of them."""
        params: list[int | str] = []
        found = _compiled(self.make, _marks(self.kinds), params)
        _all_asked(self.name, self.kinds, params)
        return found


@dataclass
class Together:
    """Queries of the same values in one statement, of each the first row: `one_row(by, *values)` gives what each
    would give, or None of all when the first one finds nothing.
    """

    name: str
    makes: list[Callable[..., QuerySet[Any, Any]]]
    kinds: dict[str, type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hot: Hot = hot(self.name, lambda: self._sql)

    def one_row(self, by: Actor, *values: Any, after: Sequence[Step] = ()) -> list[Any] | None:
        """`after`: as `Asked.rows`."""
        office = by.whole_office
        if office is None:
            return self.one_by_one(by, *values, after=after)
        if not all(part.asks_office for part in self.compiled):
            # As `Asked.rows`.
            del self.compiled
            raise ValueError(f"{self.name}: no office is asked for")
        rows = self.hot.rows_after(after, *_values(self.compiled[0].params, office, values))
        return list(self._cut(rows[0])) if rows else None

    def one_by_one(self, by: Actor, *values: Any, after: Sequence[Step] = ()) -> list[Any] | None:
        carry_out(after)
        found = [next(iter(make(by, *values)), None) for make in self.makes]
        return None if found[0] is None else found

    @cached_property
    def compiled(self) -> list[Compiled]:
        params: list[int | str] = []
        marks = _marks(self.kinds)
        found = [_compiled(make, marks, params) for make in self.makes]
        _all_asked(self.name, self.kinds, params)
        return found

    @property
    def _sql(self) -> str:
        first, *others = (part.sql for part in self.compiled)
        joined = (
            f" LEFT JOIN (SELECT true, part.* FROM ({sql}) part LIMIT 1) part{number} ON true"
            for number, sql in enumerate(others)
        )
        return f"SELECT * FROM (SELECT true, part.* FROM ({first}) part LIMIT 1) first{''.join(joined)}"

    def _cut(self, row: tuple[Any, ...]) -> Iterator[Any]:
        begin = 0
        for part in self.compiled:
            end = begin + 1 + part.compiler.col_count
            yield next(_objects(part, [row[begin + 1 : end]])) if row[begin] else None
            begin = end


def _marks(kinds: dict[str, type]) -> list[Any]:
    return [_MARKS[kind](number) for number, kind in enumerate(kinds.values())]


def _compiled(
    make: Callable[..., QuerySet[Any, Any]], marks: list[Any], params: list[int | str]
) -> Compiled:
    """`params` grows by what stands in this query and is not among them."""
    token = declared.set(_SOMEBODY.scope)
    try:
        queryset = make(_SOMEBODY, *marks)
        compiler = queryset.query.get_compiler(using=queryset.db)
        text, values = compiler.as_sql()
    finally:
        declared.reset(token)
    asked_of: set[int | str] = set()

    def written(value: Any) -> str | None:
        """None: no value of anybody's, but a state, a number of rows."""
        known = _meant(value, marks)
        if known is None:
            return None
        asked_of.add(known)
        if known not in params:
            params.append(known)
        cast = CASTS[type(marks[known]) if isinstance(known, int) else str]
        return f"${1 + params.index(known)}{cast}"

    sql = with_values(text, values, written)
    asks_office = any(isinstance(of, str) for of in asked_of)
    return Compiled(sql, params, queryset, compiler, asks_office)


def _all_asked(name: str, kinds: dict[str, type], params: list[int | str]) -> None:
    if missing := set(range(len(kinds))) - {of for of in params if isinstance(of, int)}:
        raise ValueError(f"{name}: {missing} is not in the query as it is")


def _values(params: list[int | str], office: str, values: tuple[Any, ...]) -> list[Any]:
    return [values[of] if isinstance(of, int) else of.replace(_OFFICE, office) for of in params]


def _objects(compiled: Compiled, found: list[tuple[Any, ...]]) -> Iterator[Any]:
    """As the query itself makes objects of rows: by Django's own iterables, which ask nothing here."""
    compiler: Any = copy.copy(compiled.compiler)
    compiler.execute_sql = lambda *_args, **_options: [found]
    compiler.get_converters = lambda *_args: compiled.converters
    asked: Any = compiled.queryset
    query = copy.copy(asked.query)
    query.get_compiler = lambda *_args, **_options: compiler
    known: dict[str, Any] = {"_known_related_objects": {}}
    answered = SimpleNamespace(db=asked.db, query=query, model=asked.model, **known)
    # Django's own way from rows to objects.
    return iter(asked._iterable_class(answered))  # noqa: SLF001 - there is no other


def _meant(value: Any, marks: list[Any]) -> int | str | None:
    """The number of a value, or a text with the office's code in it; None: anything else."""
    if isinstance(value, str) and _OFFICE in value:
        return value
    same = (n for n, mark in enumerate(marks) if type(mark) is type(value) and mark == value)
    return next(same, None)


def asked(name: str, make: Callable[..., QuerySet[Any, Any]], **kinds: type) -> Asked:
    """Register a query under a name of its own; `make(by, *values)`, `kinds` of the values in their order."""
    return Asked(name, make, kinds)


def together(name: str, *makes: Callable[..., QuerySet[Any, Any]], **kinds: type) -> Together:
    """As `asked`, of several queries that are asked by the same values in one statement."""
    return Together(name, list(makes), kinds)
