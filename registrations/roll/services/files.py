"""A file with a list, for whoever takes one: kept, asked about its sheets and columns, laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.lists.brought import Brought
from dukcapil.core.lists.grid import Grid, WhichSheet, read_file
from dukcapil.core.lists.layout import Layout, WhichColumns, lay_out
from dukcapil.core.lists.layout import Row as ListRow
from dukcapil.core.lists.streams import stream_file
from dukcapil.core.lists.vocabulary import Vocabulary
from dukcapil.core.reader.child import CSV
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.tables import declared_type
from registrations.people.services.list_mappings import remember, remembered

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


def keep_file(brought: Brought, file: BinaryIO, name: str) -> None:
    """Take it into the row; nothing is saved. Raises Invalid `file-size`, `file-type`."""
    declared_type(name, getattr(file, "content_type", "") or "")
    content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        text = _("The file is larger than %(most)s MB. Save a long list as CSV, in several parts.")
        raise Invalid("file-size", text % {"most": LARGEST_FILE // MB}, field="file")
    brought.keep(name, content)


def with_sheet(told: Mapping[str, Any], sheet: str) -> dict[str, Any]:
    """What is known of a file, and the sheet that holds the list. Raises Invalid for one it does not have."""
    if sheet not in {one["name"] for one in told.get("sheets", ())}:
        raise Invalid("which-sheet", _("Choose the sheet that holds the list."), field="sheet")
    return {**told, "sheet": sheet, "chosen": None}


def with_columns(
    told: Mapping[str, Any], words: Vocabulary, columns: Mapping[str, str]
) -> dict[str, Any]:
    """What is known of a file, and what each column holds, by its letter."""
    known = {kind.name for kind in words.kinds} | {""}
    letters = {column["letter"] for column in told.get("columns", ())}
    chosen = {letter: columns.get(letter, "") for letter in letters}
    if any(kind not in known for kind in chosen.values()):
        raise Invalid("which-columns", _("Say what each column holds."), field="columns")
    return {**told, "chosen": chosen}


def lay_out_file(
    brought: Brought, words: Vocabulary, by: Actor, told: dict[str, Any]
) -> tuple[Layout, Iterable[ListRow]]:
    """As somebody chose on the page, or the office before for the same header, or by the header's words.

    Puts into `told` that the office's choice was used.
    """
    if (chosen := told.get("chosen")) is not None:
        layout, rows = laid_out_as(brought, words, told, chosen)
        remember(by=by, columns=layout.columns, kinds=chosen)
        return layout, rows
    try:
        layout, rows = laid_out_as(brought, words, told, None)
    except WhichColumns as question:
        if (chosen := remembered(by=by, columns=question.columns)) is None:
            raise
    else:
        if (chosen := remembered(by=by, columns=layout.columns)) is None:
            return layout, rows
    told["remembered"] = [_("The columns are used as your office chose for this header before.")]
    return laid_out_as(brought, words, told, chosen)


def laid_out_as(
    brought: Brought, words: Vocabulary, told: dict[str, Any], chosen: dict[str, str] | None
) -> tuple[Layout, Iterable[ListRow]]:
    """`chosen`: letter of a column -> its kind; None: by the header's words."""
    name, file = brought.file_name, brought.open_file()
    if declared_type(name) == CSV:
        return stream_file(file, name, CSV_LIMITS, words, chosen)
    layout = lay_out(_grid(file, name, told.get("sheet", "")), words, chosen)
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
