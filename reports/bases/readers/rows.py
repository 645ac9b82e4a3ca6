"""A table whose columns have a meaning, from a laid-out file or from a program's own rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _

from dukcapil.core.lists.grid import text_of
from dukcapil.core.tables import Broken, Rows


@dataclass
class Line:
    """`number`: as the sheet counts it. `first`: its first filled cell, used or not."""

    number: int
    cells: Mapping[str, Any]
    first: str = ""

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
    #: Every column of the sheet, used or not, as `core.lists.layout.Column` has it.
    sheet: list[dict[str, Any]] = field(default_factory=list)

    def packed(self) -> dict[str, Any]:
        """As plain values, to be kept for a while."""
        lines = [
            (line.number, {kind: _plain(cell) for kind, cell in line.cells.items()}, line.first)
            for line in self.lines
        ]
        return {
            "lines": lines,
            "columns": self.columns,
            "said": self.said,
            "sheet": self.sheet,
        }

    @classmethod
    def unpacked(cls, kept: dict[str, Any]) -> Self:
        columns = {kind: (letter, header) for kind, (letter, header) in kept["columns"].items()}
        return cls([Line(*line) for line in kept["lines"]], columns, kept["said"], kept["sheet"])

    def place(self, kind: str) -> str:
        """How a message names a column: as the sheet does, or by a program's own name for it."""
        letter, header = self.columns.get(kind, ("", kind))
        if not letter:
            return kind
        return _("column %(letter)s (%(header)s)") % {"letter": letter, "header": header or kind}


def _plain(cell: Any) -> Any:
    """A broken cell stays one by its text: an error of a workbook begins with a sign of its own."""
    if isinstance(cell, Broken):
        return text_of(cell) or "#?"
    return cell if isinstance(cell, (float, bool)) else text_of(cell)


def table_of(rows: Rows) -> Table:
    """A program's own rows: names of columns are those of the API, unknown ones are kept to be refused."""
    names = {name: ("", name) for row in rows for name in row if name}
    return Table([Line(number, row) for number, row in enumerate(rows, start=2)], names)
