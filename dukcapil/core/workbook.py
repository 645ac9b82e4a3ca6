"""Lists as XLSX workbooks. One with people says inside who took it out, when and why."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from django.utils.translation import gettext as _


def new_book(target: IO[bytes], **options: Any) -> Any:
    """An empty workbook that is written to `target` when it is closed. All of ours are made here."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - 30 ms for the first workbook, not for each start

    return Workbook(target, {"in_memory": True, **options})


def part_of_column(first: int, last: int, column: int) -> str:
    """As a formula names it."""
    from xlsxwriter.utility import xl_range  # noqa: PLC0415 - loaded with the workbook that it is about

    return str(xl_range(first, column, last, column))


@dataclass(frozen=True)
class Cover:
    """What the first sheet says, and the foot of every printed page."""

    title: str
    who: str
    office: str
    when: datetime
    why: str
    number: str
    note: str


def workbook(cover: Cover, header: list[str], rows: Iterable[list[str]]) -> tuple[bytes, int]:
    """The file and its number of rows. Every cell is text: no number loses digits, and nothing that
    somebody typed becomes a formula.
    """
    target = io.BytesIO()
    book = new_book(target)
    bold = book.add_format({"bold": True})
    number = book.add_format({"num_format": "#,##0", "align": "left"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    about = book.add_worksheet(_("About this file"))
    sheet = book.add_worksheet(_("List"))
    # Excel allows 255 characters; a digit after the size of the letters would become part of it.
    foot = f"{cover.who[:90]} · {cover.when:%Y-%m-%d %H.%M} · {cover.why[:100]}".replace("&", "+")
    sheet.set_footer(f"&L&8 {foot}&R&8 &P/&N")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    sheet.set_column(0, len(header) - 1, 22)
    count = 0
    for count, row in enumerate(rows, start=1):
        for column, text in enumerate(row):
            if sheet.write_string(count, column, text):
                raise ValueError("a sheet has no more room")
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 70, wrapped)
    for line, (name, value) in enumerate(_lines(cover, count)):
        about.write_string(line, 0, name, bold)
        if isinstance(value, int):
            about.write_number(line, 1, value, number)
        else:
            about.write_string(line, 1, value)
    book.close()
    return target.getvalue(), count


def _lines(cover: Cover, count: int) -> list[tuple[str, str | int]]:
    return [
        (_("List"), cover.title),
        (_("Taken out by"), cover.who),
        (_("Office"), cover.office),
        (_("When"), cover.when.strftime("%Y-%m-%d %H.%M %Z")),
        (_("Reason"), cover.why),
        (_("Rows"), count),
        (_("Number of the export"), cover.number),
        (_("Note"), cover.note),
    ]


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(name: str, header: list[str], rows: Iterable[list[str | int | date]]) -> bytes:
    """A list without people: counts are numbers, days are dates, every text is text."""
    target = io.BytesIO()
    book = new_book(target, default_date_format="yyyy-mm-dd")
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_column(0, len(header) - 1, 18)
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(line, column, value)
            elif isinstance(value, date):
                sheet.write_datetime(line, column, value)
            else:
                sheet.write_string(line, column, str(value))
    book.close()
    return target.getvalue()
