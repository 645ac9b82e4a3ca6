"""The office's workbook: codes as text, frozen header, totals as formulas whose values agree."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import ending, heading, put_logo
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.core.templatetags.figures import people
from dukcapil.core.workbook import new_book, part_of_column
from reports.coverage.enums import View
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.metadata import BY_NAME, TABLE, in_words
from reports.coverage.selectors.question import Question
from reports.coverage.selectors.row import PERCENT, UNITS, flat
from reports.files.renderers.bases import of_basis, of_others

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIRST = 2  # columns before the figures: code and name
#: The day to which a figure counts, in a column behind it; of each row its own.
_UNTIL = {"needed_per_day": "needed_until"}
_COLUMNS = [one for name in TABLE for one in (name, _UNTIL.get(name)) if one]
#: Behind the figures: each row has its own.
_BASIS = _FIRST + len(_COLUMNS)


class _Book:
    """Workbook, formats and the sheet of the table."""

    def __init__(self) -> None:
        self.target = io.BytesIO()
        self.workbook = new_book(
            self.target,
            strings_to_formulas=False,
            strings_to_urls=False,
            strings_to_numbers=False,
        )
        self.bold = self.workbook.add_format({"bold": True})
        self.title = self.workbook.add_format({"bold": True, "font_size": 14})
        self.quiet = self.workbook.add_format({"italic": True})
        head = {
            "bold": True,
            "text_wrap": True,
            "valign": "top",
            "bg_color": "#eff5fd",
            "border": 1,
        }
        self.head = self.workbook.add_format(head)
        self.text = self.workbook.add_format({"border": 1, "num_format": "@"})
        wrapped = {"border": 1, "num_format": "@", "text_wrap": True, "valign": "top"}
        self.wrapped = self.workbook.add_format(wrapped)
        self.count = self.workbook.add_format({"border": 1, "num_format": "#,##0"})
        self.share = self.workbook.add_format({"border": 1, "num_format": "0.00"})
        self.day = self.workbook.add_format({"border": 1, "num_format": "dd-mm-yyyy"})
        total = {"border": 1, "bold": True, "top": 2}
        self.total_text = self.workbook.add_format(total | {"num_format": "@"})
        self.total_count = self.workbook.add_format(total | {"num_format": "#,##0"})
        self.total_day = self.workbook.add_format(total | {"num_format": "dd-mm-yyyy"})
        self.total_share = self.workbook.add_format(total | {"num_format": "0.00"})

    def number(self, name: str, *, total: bool = False) -> Any:
        if name not in BY_NAME:
            return self.total_day if total else self.day
        if BY_NAME[name].unit == PERCENT:
            return self.total_share if total else self.share
        return self.total_count if total else self.count

    def close(self) -> bytes:
        self.workbook.close()
        return self.target.getvalue()


def xlsx(question: Question, answer: Answer, profile: OfficeProfile | None = None) -> bytes:
    """`profile`: of the office that asks; without it the one that serves the region."""
    signs = profile or profile_of(question.region.pk)
    book = _Book()
    sheet = book.workbook.add_worksheet(_("Coverage"))
    lines = _heading(question, answer, book, signs)
    for line, (text, style) in enumerate(lines):
        sheet.write_string(line, 0, text, style)
    put_logo(sheet, _FIRST + 6, signs)
    top = len(lines) + 1
    sheet.set_row(top, 45)
    for column, text in enumerate((_("Code"), _("Region"))):
        sheet.write_string(top, column, text, book.head)
    for column, name in enumerate(_COLUMNS, start=_FIRST):
        label = str(BY_NAME[name].label) if name in BY_NAME else _("Needed a day: until")
        sheet.write_string(top, column, label, book.head)
    sheet.write_string(top, _BASIS, _("Basis"), book.head)
    rows = [flat(row) for row in answer.rows]
    for line, row in enumerate(rows, start=top + 1):
        _write_row(sheet, line, row, book)
    last = _total(sheet, rows, flat(answer.whole), book, top)
    for line, text in enumerate(ending(signs), start=last + 2):
        sheet.write_string(line, 1, text)
    sheet.freeze_panes(top + 1, _FIRST)
    sheet.repeat_rows(top)
    sheet.set_column(0, 0, 15)
    sheet.set_column(1, 1, 32)
    sheet.set_column(_FIRST, _BASIS - 1, 13)
    sheet.set_column(_BASIS, _BASIS, 32)
    _for_print(sheet)
    sheet.set_footer("&R&P / &N")
    _meanings(book)
    return book.close()


def _heading(
    question: Question, answer: Answer, book: _Book, profile: OfficeProfile
) -> list[tuple[str, Any]]:
    basis = question.basis
    lines: list[tuple[str, Any]] = [
        *((text, book.bold) for text in heading(profile)),
        (_("Coverage of KTP-el recording"), book.title),
        (f"{answer.whole['name']}, {date_format(question.day, 'j F Y')}", book.bold),
        (
            of_basis(basis)
            if basis
            else _("No basis covers this region: only what was logged is known."),
            None,
        ),
        *((text, None) for text in of_others(question, answer)),
        *((note, None) for note in question.answering.notes or [""]),
    ]
    word = _("Counted")
    counted = f"{word} {View(question.view).label}"
    if question.release:
        counted += " · " + _("Release: %(name)s") % {"name": question.release.name}
    return [*lines, (counted, None)]


def _write_row(sheet: Any, line: int, row: dict[str, Any], book: _Book) -> None:
    sheet.write_string(line, 0, row["region"], book.text)
    sheet.write_string(line, 1, row["name"], book.text)
    for column, name in enumerate(_COLUMNS, start=_FIRST):
        _write(sheet, line, column, row[name], book.number(name))
    sheet.write_string(line, _BASIS, row["basis"] or "", book.text)


def _write(sheet: Any, line: int, column: int, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(line, column, None, style)
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, style)
    else:
        sheet.write_number(line, column, Decimal(value), style)


def _total(
    sheet: Any, rows: list[dict[str, Any]], whole: dict[str, Any], book: _Book, top: int
) -> int:
    """A SUM formula where the parts are all known and add up to the region's own figure; else that
    figure, with a line that says so. Returns the last line.
    """
    first, last = top + 1, top + len(rows)
    line = last + 1
    sheet.write_string(line, 0, whole["region"], book.total_text)
    sheet.write_string(line, 1, _("Total %(name)s") % {"name": whole["name"]}, book.total_text)
    sheet.write_string(line, _BASIS, whole["basis"] or "", book.total_text)
    differing = []
    for column, name in enumerate(_COLUMNS, start=_FIRST):
        style = book.number(name, total=True)
        own = whole[name]
        values = [row[name] for row in rows]
        if (
            name in BY_NAME
            and BY_NAME[name].summed
            and own is not None
            and values
            and None not in values
        ):
            if sum(values) == own:
                area = part_of_column(first, last, column)
                sheet.write_formula(line, column, f"=SUM({area})", style, own)
                continue
            differing.append((name, own, sum(values)))
        _write(sheet, line, column, own, style)
    for number, (name, own, parts) in enumerate(differing, start=line + 2):
        text = (
            _(
                "%(figure)s: the region's own figure is %(own)s, its rows, on other bases, sum to %(sum)s."
            )
            if any(row["basis"] != whole["basis"] for row in rows)
            else _("%(figure)s: the source's total is %(own)s, its parts sum to %(sum)s.")
        )
        details = {"figure": BY_NAME[name].label, "own": people(own), "sum": people(parts)}
        sheet.write_string(number, 0, text % details, book.quiet)
    return line + 1 + len(differing)


def _for_print(sheet: Any) -> None:
    """Landscape A4, all columns on one page's width."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _meanings(book: _Book) -> None:
    sheet = book.workbook.add_worksheet(_("Meaning"))
    lines = [(_("Figure"), _("Definition"), _("Unit"), _("Source"))]
    lines += [
        (str(figure.label), str(figure.definition), str(UNITS[figure.unit]), in_words(figure))
        for figure in BY_NAME.values()
    ]
    for line, texts in enumerate(lines):
        for column, text in enumerate(texts):
            sheet.write_string(line, column, text, book.wrapped if line else book.head)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.set_column(2, 3, 30)
    sheet.freeze_panes(1, 0)
    _for_print(sheet)
    sheet.repeat_rows(0)
