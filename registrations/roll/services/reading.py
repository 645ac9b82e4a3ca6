"""Taking the file apart: into pieces of rows, sealed, or into a question about its sheets and columns."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import DomainError, Invalid
from dukcapil.core.lists.grid import WhichSheet, text_of
from dukcapil.core.lists.layout import Row as ListRow
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.core.lists.people import OF_FAMILIES
from registrations.people.readers import KINDS
from registrations.roll.enums import ImportState, ImportStep
from registrations.roll.models import RollImport, RollRows, Row
from registrations.roll.services.files import lay_out_file
from registrations.roll.services.judging import Bench, read_row
from registrations.roll.services.twins import Twins

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
    layout, listed = lay_out_file(roll_import, OF_FAMILIES, by, told)
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


def _row(bench: Bench, listed: ListRow, twins: Twins) -> Row:
    cells = {name: cell for name, cell in listed.cells.items() if name in KINDS}
    row = Row(listed.number, {name: text_of(cell) for name, cell in cells.items()})
    read_row(bench, row, cells)
    twins.look(row)
    return row
