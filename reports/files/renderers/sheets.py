"""The office's workbook: codes as text, frozen header, totals as formulas whose values agree."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from reports.coverage.enums import View
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import BY_NAME, TABLE
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import PERCENT, flat

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIRST = 2  # columns before the figures: code and name
_HEADER = 7  # the row of the table's header


class _Book:
    """Workbook, formats and the sheet of the table."""

    def __init__(self) -> None:
        self.target = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(self.target, options)
        self.bold = self.book.add_format({"bold": True})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.quiet = self.book.add_format({"italic": True})
        head = {
            "bold": True,
            "text_wrap": True,
            "valign": "top",
            "bg_color": "#eff5fd",
            "border": 1,
        }
        self.head = self.book.add_format(head)
        self.text = self.book.add_format({"border": 1, "num_format": "@"})
        self.count = self.book.add_format({"border": 1, "num_format": "#,##0"})
        self.share = self.book.add_format({"border": 1, "num_format": "0.00"})
        total = {"border": 1, "bold": True, "top": 2}
        self.total_text = self.book.add_format(total | {"num_format": "@"})
        self.total_count = self.book.add_format(total | {"num_format": "#,##0"})
        self.total_share = self.book.add_format(total | {"num_format": "0.00"})

    def number(self, name: str, *, total: bool = False) -> Any:
        if BY_NAME[name].unit == PERCENT:
            return self.total_share if total else self.share
        return self.total_count if total else self.count

    def close(self) -> bytes:
        self.book.close()
        return self.target.getvalue()


def xlsx(question: Question, found: Answer) -> bytes:
    made = _Book()
    sheet = made.book.add_worksheet(_("Coverage"))
    for line, (text, style) in enumerate(_heading(question, found, made)):
        sheet.write_string(line, 0, text, style)
    sheet.set_row(_HEADER, 45)
    for column, text in enumerate((_("Code"), _("Region"))):
        sheet.write_string(_HEADER, column, text, made.head)
    for column, name in enumerate(TABLE, start=_FIRST):
        sheet.write_string(_HEADER, column, str(BY_NAME[name].label), made.head)
    rows = [flat(row) for row in found.rows]
    for line, row in enumerate(rows, start=_HEADER + 1):
        _write_row(sheet, line, row, made)
    _total(sheet, rows, flat(found.whole), made)
    sheet.freeze_panes(_HEADER + 1, _FIRST)
    sheet.repeat_rows(_HEADER)
    sheet.set_column(0, 0, 15)
    sheet.set_column(1, 1, 32)
    sheet.set_column(_FIRST, _FIRST + len(TABLE) - 1, 13)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&R&P / &N")
    _meanings(made)
    return made.close()


def _heading(question: Question, found: Answer, made: _Book) -> list[tuple[str, Any]]:
    basis = question.basis
    lines: list[tuple[str, Any]] = [
        (_("[Letterhead of the office]"), made.quiet),
        (_("Coverage of KTP-el recording"), made.title),
        (f"{found.whole['name']}, {date_format(question.day, 'j F Y')}", made.bold),
        (
            _("Basis: %(name)s (recordings of %(day)s, and all logged since)")
            % {"name": basis.name, "day": date_format(basis.recorded_as_of, "j F Y")}
            if basis
            else _("No basis covers this region: only what was logged is known."),
            None,
        ),
        (basis.note if basis else "", None),
    ]
    word = _("Counted")
    counted = f"{word} {View(question.view).label}"
    if question.release:
        counted += " · " + _("Release: %(name)s") % {"name": question.release.name}
    return [*lines, (counted, None)]


def _write_row(sheet: Any, line: int, row: dict[str, Any], made: _Book) -> None:
    sheet.write_string(line, 0, row["region"], made.text)
    sheet.write_string(line, 1, row["name"], made.text)
    for column, name in enumerate(TABLE, start=_FIRST):
        _write(sheet, line, column, row[name], made.number(name))


def _write(sheet: Any, line: int, column: int, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(line, column, None, style)
    else:
        sheet.write_number(line, column, Decimal(value), style)


def _total(sheet: Any, rows: list[dict[str, Any]], whole: dict[str, Any], made: _Book) -> None:
    """Sums where all parts are known and give the region's own figure; else that figure, named."""
    first, last = _HEADER + 1, _HEADER + len(rows)
    line = last + 1
    sheet.write_string(line, 0, whole["region"], made.total_text)
    sheet.write_string(line, 1, _("Total %(name)s") % {"name": whole["name"]}, made.total_text)
    differing = []
    for column, name in enumerate(TABLE, start=_FIRST):
        style = made.number(name, total=True)
        own = whole[name]
        values = [row[name] for row in rows]
        if BY_NAME[name].summed and own is not None and values and None not in values:
            if sum(values) == own:
                area = f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)}"
                sheet.write_formula(line, column, f"=SUM({area})", style, own)
                continue
            differing.append((name, own, sum(values)))
        _write(sheet, line, column, own, style)
    for number, (name, own, parts) in enumerate(differing, start=line + 2):
        text = _("%(figure)s: the source's total is %(own)s, its parts sum to %(sum)s.")
        known = {"figure": BY_NAME[name].label, "own": own, "sum": parts}
        sheet.write_string(number, 0, text % known, made.quiet)


def _meanings(made: _Book) -> None:
    sheet = made.book.add_worksheet(_("Meaning"))
    lines = [(_("Figure"), _("Definition"), _("Unit"), _("Source"))]
    lines += [(str(m.label), str(m.definition), m.unit, m.formula) for m in BY_NAME.values()]
    for line, texts in enumerate(lines):
        for column, text in enumerate(texts):
            sheet.write_string(line, column, text, made.text if line else made.head)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.set_column(2, 3, 30)
    sheet.freeze_panes(1, 0)
