"""The cells of a file or a paste, with the numbers that the sheet itself gives its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from dukcapil.core import tables
from dukcapil.core.errors import Invalid
from dukcapil.core.reader.limits import Limits


@dataclass(frozen=True)
class Broken:
    """A cell that shows no value: an error (`#REF!`), or a formula that nobody has computed."""

    kind: str
    text: str = ""

    def __str__(self) -> str:
        return self.text


Cell = str | float | bool | date | datetime | Broken


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
    found = tables.read_rows(file, name, limits)
    if not found:
        return Grid("", [], [])
    rows = [GridRow(1, list(found[0]))]
    rows += [GridRow(n, list(row.values())) for n, row in enumerate(found, start=2)]
    return Grid("", [], rows)


def read_pasted(text: str, limits: Limits = tables.WIDEST) -> Grid:
    """What somebody copied from a sheet or a message."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    sign = max("\t;,", key=lambda sign: sum(line.count(sign) for _n, line in lines))
    return Grid("", [], [GridRow(n, list(line.split(sign))) for n, line in lines])


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
