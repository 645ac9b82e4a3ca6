"""Old Excel workbooks and those of LibreOffice, read by calamine.

It builds the whole rectangle of a sheet, so a hostile file may make it ask for any amount of memory:
it gets what `confine` left it, and the process ends. That is why it is nowhere but here.
"""

from __future__ import annotations

import io
import zipfile
from _imp import create_dynamic, exec_dynamic
from datetime import date, datetime
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from typing import Any

from dukcapil.core.reader import opendocument
from dukcapil.core.reader.limits import (
    LONGEST_SHEET_NAME,
    MOST_PARTS,
    MOST_SHEETS,
    Limits,
    Refusal,
)
from dukcapil.core.reader.table import Broken, Cell, Source, Table, which

#: By the first row, from 0 on: column, last row.
Merges = dict[int, list[tuple[int, int]]]
_NAME = "python_calamine._python_calamine"
#: A stream of this name is a workbook behind a password.
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def load(path: str) -> Any:
    """The compiled module alone: no folder of packages is ever looked into."""
    spec = ModuleSpec(_NAME, ExtensionFileLoader(_NAME, path), origin=path)
    module = create_dynamic(spec)
    exec_dynamic(module)
    return module


def read(
    calamine: Any, source: Source, table: Table, wanted: str, *, locked_only: bool = False
) -> None:
    """`locked_only`: it is called XLSX, so behind its beginning a password alone is right."""
    content = source.read()
    if content.startswith(b"PK"):
        _check_parts(content, table.limits)
    elif _LOCKED in content:
        raise Refusal("file-password")
    elif locked_only:
        raise Refusal("file-type")
    try:
        with calamine.load_workbook(io.BytesIO(content)) as book:
            _read(calamine, book, content, table, wanted)
    except calamine.PasswordError as error:
        raise Refusal("file-password") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Refusal("workbook") from error


def _check_parts(content: bytes, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS:
                raise Refusal("file-parts", MOST_PARTS)
            if sum(part.file_size for part in parts) > limits.unpacked:
                raise Refusal("file-unpacked", limits.unpacked)
            if "content.xml" not in packed.namelist():
                raise Refusal("file-type")
            manifest = packed.read("META-INF/manifest.xml") if _has_manifest(packed) else b""
            if b"encryption-data" in manifest:
                raise Refusal("file-password")
    except opendocument.UNREADABLE as error:
        raise Refusal("workbook") from error


def _has_manifest(packed: zipfile.ZipFile) -> bool:
    return "META-INF/manifest.xml" in packed.namelist()


def _read(calamine: Any, book: Any, content: bytes, table: Table, wanted: str) -> None:
    if len(book.sheets_metadata) > MOST_SHEETS:
        raise Refusal("file-parts", MOST_SHEETS)
    worksheets = [
        (
            place,
            meta.name[:LONGEST_SHEET_NAME],
            meta.visible != calamine.SheetVisibleEnum.Visible,
        )
        for place, meta in enumerate(book.sheets_metadata)
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    sheets = [
        (name, hidden, _filled(book.get_sheet_by_index(place)))
        for place, name, hidden in worksheets
    ]
    chosen = which(sheets, wanted, table)
    if chosen is None:
        return
    place = worksheets[chosen][0]
    sheet = book.get_sheet_by_index(place)
    if content.startswith(b"PK"):
        remarks = opendocument.read(content, book.sheets_metadata[place].name, table.limits)
        _rows(sheet, remarks.merges, remarks.broken, table)
        return
    merges: Merges = {}
    for (first, column), (last, _column) in sheet.merged_cell_ranges or ():
        merges.setdefault(first, []).append((column, last))
    _rows(sheet, merges, {}, table)


def _filled(sheet: Any) -> int:
    return sum(1 for row in sheet.iter_rows() if any(cell != "" for cell in row))


def _rows(sheet: Any, merges: Merges, broken: dict[int, dict[int, Broken]], table: Table) -> None:
    first = sheet.start[1] if sheet.start else 0
    reaching: dict[int, tuple[int, Cell]] = {}
    for place, cells in enumerate(sheet.iter_rows()):
        row = ["" for _n in range(first)] + [_cell(cell) for cell in cells]
        while row and row[-1] == "":
            row.pop()
        if not row:
            continue
        for column, remark in broken.get(place, {}).items():
            row += [""] * (column + 1 - len(row))
            row[column] = remark
        _fill_down(place, row, reaching, merges)
        for column, cell in enumerate(row, start=1):
            if cell != "":
                table.check(column, cell)
        table.add(place + 1, row)


def _fill_down(
    place: int,
    row: list[Cell],
    reaching: dict[int, tuple[int, Cell]],
    merges: Merges,
) -> None:
    """`reaching`: by column, the last row into which a cell reaches, and what stands in it."""
    for column, (last, cell) in list(reaching.items()):
        if place > last:
            del reaching[column]
        elif column >= len(row) or row[column] == "":
            row += [""] * (column + 1 - len(row))
            row[column] = cell
    for column, last in merges.get(place, ()):
        if last > place and column < len(row):
            reaching[column] = last, row[column]


def _cell(cell: Any) -> Cell:
    if isinstance(cell, datetime):
        return cell.date() if not (cell.hour or cell.minute or cell.second) else cell
    if isinstance(cell, str | bool | float | date):
        return cell
    return float(cell) if isinstance(cell, int) else str(cell)
