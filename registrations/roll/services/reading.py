"""Taking the file apart: into pieces of rows, sealed, or into a question about its sheets and columns."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import decrypt
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.lists.grid import Grid, WhichSheet, read_file, text_of
from dukcapil.core.lists.layout import Layout, WhichColumns, lay_out
from dukcapil.core.lists.layout import Row as ListRow
from dukcapil.core.lists.people import OF_FAMILIES
from dukcapil.core.lists.streams import stream_file
from dukcapil.core.reader.child import CSV
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.tables import declared_type
from registrations.people.readers import KINDS
from registrations.people.services.list_mappings import remember, remembered
from registrations.roll.enums import ImportState, ImportStep
from registrations.roll.models import RollImport, RollRows, Row
from registrations.roll.services.judging import Bench, read_row
from registrations.roll.services.twins import Twins

#: Bytes of a file that a page takes: a workbook of 100,000 rows has some 10 MB.
LARGEST_FILE = 20 * MB
#: Of a workbook every row is held at once; a CSV is read while its rows are taken.
WORKBOOK_LIMITS = Limits(
    size=LARGEST_FILE,
    unpacked=400 * MB,
    rows=100_000,
    cells=4_000_000,
    text=80_000_000,
    memory=1_024 * MB,
    cpu=120,
    seconds=240,
    at_once=1,
)
CSV_LIMITS = Limits(
    size=LARGEST_FILE,
    rows=1_000_000,
    cells=40_000_000,
    text=100_000_000,
    memory=256 * MB,
    cpu=240,
    seconds=60,
    at_once=None,
)
#: Rows that stand sealed together, and are written in one transaction.
PIECE = 500
#: Pieces that are inserted at a time.
_AT_ONCE = 10


def read_list(roll_import: RollImport, by: Actor) -> dict[str, Any]:
    """Stage every row. Returns the columns to write: the next step, a question, or why it failed."""
    told = roll_import.told
    try:
        total = _staged(roll_import, by, told)
    except WhichSheet as question:
        sheets = [vars(sheet) for sheet in question.sheets]
        return _asks(roll_import, told | {"asked": "sheet", "sheets": sheets})
    except WhichColumns as question:
        columns = [vars(column) for column in question.columns]
        return _asks(
            roll_import,
            told | {"asked": "columns", "columns": columns, "problems": question.problems},
        )
    except DomainError as error:
        # What is wrong with the whole may be known only behind the last row.
        RollRows.objects.visible_to(by).filter(roll_import=roll_import).delete()
        told |= {"message": str(error.message)}
        return {
            "state": ImportState.FAILED,
            "problem": error.code[:40],
            "about": roll_import.tell(told),
            "file": None,
        }
    return {
        "step": ImportStep.JUDGE,
        "total": total,
        "done": 0,
        "attempts": 0,
        "about": roll_import.tell({**told, "asked": ""}),
    }


def _asks(roll_import: RollImport, told: dict[str, Any]) -> dict[str, Any]:
    return {"state": ImportState.ASKS, "about": roll_import.tell(told)}


def _staged(roll_import: RollImport, by: Actor, told: dict[str, Any]) -> int:
    """How many rows; what was said of the file is added to `told`. Rows of an earlier reading go."""
    layout, listed = _laid_out(roll_import, by, told)
    RollRows.objects.visible_to(by).filter(roll_import=roll_import).delete()
    bench, twins = Bench.of(by), Twins()
    pieces: list[RollRows] = []
    rows: list[Row] = []
    total = number = 0
    for listed_row in listed:
        rows.append(_row(bench, listed_row, twins))
        total += 1
        if len(rows) == PIECE:
            pieces.append(_piece(roll_import, number, rows))
            rows, number = [], number + 1
        if len(pieces) == _AT_ONCE:
            RollRows.objects.bulk_create(pieces)
            pieces = []
    if rows:
        pieces.append(_piece(roll_import, number, rows))
    RollRows.objects.bulk_create(pieces)
    if not total:
        raise Invalid("file-empty", _("There is no row in this list."), field="file")
    said = [*layout.said, *told.pop("remembered", [])]
    told |= {"said": said, "columns": [vars(column) for column in layout.columns]}
    return total


def _piece(roll_import: RollImport, number: int, rows: list[Row]) -> RollRows:
    piece = RollRows(roll_import=roll_import, office_id=roll_import.office_id, number=number)
    piece.put(rows)
    return piece


def _laid_out(
    roll_import: RollImport, by: Actor, told: dict[str, Any]
) -> tuple[Layout, Iterable[ListRow]]:
    """As somebody chose on the page, or before for the same header, or by the header's words."""
    if (chosen := told.get("chosen")) is not None:
        layout, rows = _opened(roll_import, told, chosen)
        remember(by=by, columns=layout.columns, kinds=chosen)
        return layout, rows
    try:
        layout, rows = _opened(roll_import, told, None)
    except WhichColumns as question:
        if (chosen := remembered(by=by, columns=question.columns)) is None:
            raise
    else:
        if (chosen := remembered(by=by, columns=layout.columns)) is None:
            return layout, rows
    told["remembered"] = [_("The columns are used as your office chose for this header before.")]
    return _opened(roll_import, told, chosen)


def _opened(
    roll_import: RollImport, told: dict[str, Any], chosen: dict[str, str] | None
) -> tuple[Layout, Iterable[ListRow]]:
    name, file = roll_import.file_name, opened(roll_import)
    if declared_type(name) == CSV:
        return stream_file(file, name, CSV_LIMITS, OF_FAMILIES, chosen)
    layout = lay_out(_grid(file, name, told.get("sheet", "")), OF_FAMILIES, chosen)
    return layout, layout.rows


def _grid(file: BinaryIO, name: str, sheet: str) -> Grid:
    """A file to mend that we made ourselves has a sheet about the file before the list: no question."""
    try:
        return read_file(file, name, WORKBOOK_LIMITS, sheet)
    except WhichSheet as question:
        if [one.name for one in question.sheets] != [_("About this file"), _("List")]:
            raise
    file.seek(0)
    return read_file(file, name, WORKBOOK_LIMITS, _("List"))


def opened(roll_import: RollImport) -> BinaryIO:
    """The file in memory, with a descriptor for the process that reads it; never on a disk."""
    text = decrypt(bytes(roll_import.file or b""), context=f"file {roll_import.pk}")
    file = os.fdopen(os.memfd_create("list"), "w+b")
    file.write(base64.b64decode(text))
    file.flush()
    file.seek(0)
    return file


def _row(bench: Bench, listed: ListRow, twins: Twins) -> Row:
    cells = {name: cell for name, cell in listed.cells.items() if name in KINDS}
    row = Row(listed.number, {name: text_of(cell) for name, cell in cells.items()})
    read_row(bench, row, cells)
    twins.look(row)
    return row
