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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from dukcapil.accounts.permissions import OF_VILLAGES
from dukcapil.accounts.scoping import Actor, declared
from dukcapil.core.prepared import Hot, hot

#: An office that is none: as long as the code of one.
_OFFICE = "~~.~~"
_SOMEBODY = Actor(user_id=0, posting_id=0, role="", region=_OFFICE)
#: Values that no query has by itself, by their number.
_MARKS: dict[type, Callable[[int], Any]] = {
    uuid.UUID: lambda number: uuid.UUID(int=2**128 - 1 - number),
    date: lambda number: date.fromordinal(1 + number),
    str: lambda number: f"~~{number}~~",
}
_CASTS: dict[type, str] = {uuid.UUID: "::uuid", date: "::date", str: "::text"}


@dataclass(frozen=True)
class Compiled:
    """What is known of a query before its values are."""

    sql: str
    #: For each `$n`: which of the values, and what of the office's code is in it; None: the value itself.
    params: list[tuple[int, str | None]]
    queryset: QuerySet[Any, Any]
    compiler: Any


@dataclass
class Asked:
    name: str
    make: Callable[..., QuerySet[Any, Any]]
    kinds: dict[str, type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hot: Hot = hot(self.name, lambda: self.compiled.sql)

    def rows(self, by: Actor, *values: Any) -> list[Any]:
        if by.office != by.region or by.lent_events or by.role in OF_VILLAGES:
            return list(self.make(by, *values))
        asked = [
            values[number] if of is None else of.replace(_OFFICE, by.region)
            for number, of in self.compiled.params
        ]
        return list(self._as_asked(self.hot.rows(*asked)))

    @cached_property
    def compiled(self) -> Compiled:
        """In no scope of anybody's, and without asking: the statement is the same for all of them."""
        token = declared.set(_SOMEBODY.scope)
        try:
            marks = [_MARKS[kind](number) for number, kind in enumerate(self.kinds.values())]
            queryset = self.make(_SOMEBODY, *marks)
            compiler = queryset.query.get_compiler(using=queryset.db)
            text, values = compiler.as_sql()
        finally:
            declared.reset(token)
        kinds = list(self.kinds.values())
        params: list[tuple[int, str | None]] = []
        written: list[str] = []
        with connection.cursor() as cursor:
            for value in values:
                known = _meant(value, marks)
                if known is None:
                    # Theirs is no value of anybody's: a state, a number of rows.
                    literal: bytes = cursor.mogrify("%s", [value])
                    written.append(literal.decode())
                    continue
                if known not in params:
                    params.append(known)
                cast = _CASTS[kinds[known[0]] if known[1] is None else str]
                written.append(f"${1 + params.index(known)}{cast}")
        assert {number for number, of in params if of is None} == set(range(len(marks))), self.name
        return Compiled(text % tuple(written), params, queryset, compiler)

    def _as_asked(self, found: list[tuple[Any, ...]]) -> Iterator[Any]:
        """As the query itself makes objects of rows: by Django's own iterables, which ask nothing here."""
        compiler = copy.copy(self.compiled.compiler)
        compiler.execute_sql = lambda *_args, **_options: [found]
        asked = self.compiled.queryset
        query = copy.copy(asked.query)
        query.get_compiler = lambda *_args, **_options: compiler
        answered = SimpleNamespace(db=asked.db, query=query, model=asked.model, _known_related_objects={})
        return iter(asked._iterable_class(answered))  # noqa: SLF001 - Django's own way from rows to objects


def _meant(value: Any, marks: list[Any]) -> tuple[int, str | None] | None:
    if isinstance(value, str) and _OFFICE in value:
        return -1, value
    if isinstance(value, (str, uuid.UUID, date)):
        return next(
            ((number, None) for number, mark in enumerate(marks) if type(mark) is type(value) and mark == value),
            None,
        )
    return None


def asked(name: str, make: Callable[..., QuerySet[Any, Any]], **kinds: type) -> Asked:
    """Register a query under a name of its own; `make(by, *values)`, `kinds` of the values in their order."""
    return Asked(name, make, kinds)
