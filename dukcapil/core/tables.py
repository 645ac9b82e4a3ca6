"""Reading uploaded tables, CSV and XLSX, into one dict a row with the header's names as keys."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from dukcapil.core.errors import DomainError, Invalid

#: Bytes of a file as it comes, and of what a workbook unpacks to.
LARGEST, LARGEST_UNPACKED = 8 * 1024 * 1024, 80 * 1024 * 1024

Rows = list[dict[str, Any]]


@dataclass
class RowError:
    row: int
    field: str
    message: str

    def __str__(self) -> str:
        if not self.row:
            return self.message
        return _("Row %(row)s, %(field)s: %(message)s") % {
            "row": self.row,
            "field": self.field,
            "message": self.message,
        }


class RowErrors(DomainError):
    """Every bad row of a file, so that all of them can be corrected at once."""

    def __init__(self, errors: list[RowError]) -> None:
        self.errors = [str(error) for error in errors]
        super().__init__("rows", "\n".join(self.errors), rows=self.errors)


def read_rows(file: BinaryIO, name: str = "") -> Rows:
    """Rows of a CSV (UTF-8, comma or semicolon) or of the first sheet of an XLSX."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Invalid("file-size", _("The file is larger than 8 MB."), field="file")
    if content.startswith(b"PK") or name.lower().endswith((".xlsx", ".xlsm")):
        return _from_workbook(content)
    return _from_csv(content)


def _from_csv(content: bytes) -> Rows:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise RowErrors(
            [
                RowError(
                    row,
                    _("file"),
                    _(
                        "This file was saved in a Windows encoding (ANSI). Save it again as"
                        " “CSV UTF-8”."
                    ),
                )
            ]
        ) from error
    if "\0" in text:
        raise Invalid("file", _("This is no CSV and no XLSX file."), field="file")
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    try:
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("file", _("This is no CSV and no XLSX file."), field="file") from error


def _from_workbook(content: bytes) -> Rows:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > LARGEST_UNPACKED:
                raise Invalid("file-size", _("The workbook unpacks to too much."), field="file")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        lines = sheet.to_python()
    except (zipfile.BadZipFile, CalamineError, IndexError) as error:
        raise Invalid("file", _("This workbook cannot be read."), field="file") from error
    if not lines:
        return []
    header = [str(cell).strip() for cell in lines[0]]
    return [
        dict(zip(header, line, strict=False)) for line in lines[1:] if any(text_of(c) for c in line)
    ]


def text_of(value: Any) -> str:
    return "" if value is None else str(value).strip()
