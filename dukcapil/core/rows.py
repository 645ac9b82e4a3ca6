"""Rows that are declared once, as TypedDicts: the name, type and meaning of each column.

Whatever else needs the columns (an API answer, a file, a description) is made from the declaration.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


@dataclass(frozen=True)
class Column:
    name: str
    #: A plain type, `list[...]` or `dict[str, ...]` of one, or the TypedDict of what is inside.
    kind: Any
    nullable: bool
    #: What stands beside the type in `Annotated`.
    notes: tuple[Any, ...] = ()

    def note(self, kind: type[T]) -> T | None:
        """The note of this kind, if the column has one."""
        return next((note for note in self.notes if isinstance(note, kind)), None)


@cache
def columns(row: type) -> tuple[Column, ...]:
    """Columns of a TypedDict, in its order."""
    hints = get_type_hints(row, include_extras=True)
    return tuple(_column(name, hint) for name, hint in hints.items())


def _column(name: str, hint: Any) -> Column:
    kind, notes = hint, ()
    if get_origin(hint) is Annotated:
        kind, *rest = get_args(hint)
        notes = tuple(rest)
    if get_origin(kind) not in (Union, types.UnionType):
        return Column(name, kind, nullable=False, notes=notes)
    [kind] = [member for member in get_args(kind) if member is not type(None)]
    return Column(name, kind, nullable=True, notes=notes)
