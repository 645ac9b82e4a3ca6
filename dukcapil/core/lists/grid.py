"""The cells of a file or a paste, with the numbers that the sheet itself gives its rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from dukcapil.core import tables
from dukcapil.core.errors import Invalid
from dukcapil.core.reader import delimited
from dukcapil.core.reader.limits import Limits, Refusal
from dukcapil.core.reader.table import Table

Broken = tables.Broken
Cell = str | float | bool | date | datetime | Broken
_SEPARATOR = re.compile(r'"?sep=([\t;,])"?\s*', re.IGNORECASE)
#: Lines of a paste that tell what stands between its cells.
_LOOKED_AT = 64


@dataclass(frozen=True)
class Sheet:
    """`rows`: how many of them are filled."""

    name: str
    hidden: bool
    rows: int


class GridRow(NamedTuple):
    """`number`: as the sheet, or the program that opens the file, counts it."""

    number: int
    cells: list[Cell]


@dataclass
class Grid:
    """Filled rows of one sheet. `said`: what was decided in reading it, as sentences."""

    sheet: str
    sheets: list[Sheet]
    rows: list[GridRow]
    said: list[str] = field(default_factory=list)
    #: Days are counted from 1904 on, as old Macs did.
    since_1904: bool = False


class WhichSheet(Invalid):
    """Several sheets are filled, or a hidden one, and nobody said which is meant."""

    def __init__(self, sheets: list[Sheet]) -> None:
        super().__init__("which-sheet", _("Choose the sheet that holds the list."), field="sheet")
        self.sheets = sheets


def read_file(
    file: BinaryIO, name: str = "", limits: Limits = tables.WIDEST, sheet: str = ""
) -> Grid:
    """Raises Invalid with the limit that the file passes, WhichSheet, Busy."""
    try:
        rows, about = tables.read_numbered(file, name, limits, sheet)
    except tables.WhichSheet as error:
        raise WhichSheet([Sheet(*one) for one in error.sheets]) from error
    sheets = [
        Sheet(name, hidden, len(rows) if name == about.get("sheet") else count)
        for name, hidden, count in about.get("sheets", ())
    ]
    return Grid(
        about.get("sheet", ""),
        sheets,
        [GridRow(*row) for row in rows],
        said(about),
        since_1904=about.get("since_1904", False),
    )


def said(about: Mapping[str, Any]) -> list[str]:
    """What the reader decided about a file."""
    sentences = []
    if "sheet" in about:
        sentences.append(_("Sheet “%(name)s” is read.") % {"name": about["sheet"]})
    if about.get("encoding") == "cp1252":
        sentences.append(_("The file was saved in a Windows encoding (ANSI) and is read as such."))
    if about.get("encoding", "").startswith("utf-16"):
        sentences.append(_("The file was saved as Unicode text (UTF-16)."))
    if "separator" in about:
        sentences.append(_separated_by(about["separator"]))
    return sentences


def _separated_by(sign: str) -> str:
    names = {"\t": _("tabs"), ";": _("semicolons"), ",": _("commas"), "|": _("bars")}
    return _("Cells are separated by %(signs)s.") % {"signs": names.get(sign, sign)}


def read_pasted(text: str, limits: Limits = tables.WIDEST) -> Grid:
    """What somebody copied from a sheet or a message. Raises Invalid for more than the limits."""
    if len(text) > limits.text:
        raise tables.refusal("file-text", limits.text)
    lines = list(io.StringIO(text.lstrip("\ufeff"), newline=""))
    head = [line for line in lines if line.strip()][:_LOOKED_AT]
    if not head:
        return Grid("", [], [])
    named = _SEPARATOR.fullmatch(head[0])
    sign = named[1] if named else delimited.separator_of(head)
    if named:
        lines.remove(head[0])
    rows: list[GridRow] = []
    table = Table(limits, lambda told: rows.extend(_numbered(told["rows"])))
    # Quotes hold where they end: somebody's inch mark must not swallow the rest of the list.
    ends = sum(line.count('"') for line in lines) % 2 == 0
    lines_of_cells = csv.reader(
        lines, delimiter=sign, quoting=csv.QUOTE_MINIMAL if ends else csv.QUOTE_NONE
    )
    try:
        delimited.take(lines_of_cells, sign, table)
    except Refusal as refusal:
        raise tables.refusal(refusal.code, refusal.number) from refusal
    table.flush()
    return Grid("", [], rows, [_separated_by(sign)] if sign in text else [])


def _numbered(rows: Any) -> Iterator[GridRow]:
    for number, *cells in rows:
        yield GridRow(number, cells)


def is_filled(cell: Any) -> bool:
    """An error and a formula without a result are something, too."""
    return bool(text_of(cell))


def text_of(cell: Any) -> str:
    """A cell as it is shown to people: whole numbers without `.0`, dates day first."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%d-%m-%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d-%m-%Y")
    return str(cell).strip()
