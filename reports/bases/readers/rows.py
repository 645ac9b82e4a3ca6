"""A table whose columns have a meaning, from a laid-out file or from a program's own rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.tables import Rows


@dataclass
class Line:
    """`number`: as the sheet counts it."""

    number: int
    cells: Mapping[str, Any]

    def text(self, kind: str) -> str:
        cell = self.cells.get(kind)
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return "" if cell is None else str(cell).strip()


@dataclass
class Table:
    lines: list[Line]
    #: What each column that is used holds -> its letter in the sheet, and its header.
    columns: dict[str, tuple[str, str]]
    #: What was decided in reading it, as sentences.
    said: list[str] = field(default_factory=list)

    def place(self, kind: str) -> str:
        """How a message names a column: as the sheet does, or by a program's own name for it."""
        letter, header = self.columns.get(kind, ("", kind))
        if not letter:
            return kind
        return _("column %(letter)s (%(header)s)") % {"letter": letter, "header": header or kind}


def table_of(rows: Rows) -> Table:
    """A program's own rows: names of columns are those of the API, unknown ones are kept to be refused."""
    names = {name: ("", name) for row in rows for name in row if name}
    return Table([Line(number, row) for number, row in enumerate(rows, start=2)], names)
