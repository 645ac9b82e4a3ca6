"""Reports of events as workbooks, the closing report also as a page to sign."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import typst
import xlsxwriter
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from dukcapil.core.templatetags.figures import people
from reports.closing.selectors.closing import Closing
from reports.closing.selectors.recap import Recap
from reports.closing.selectors.sections import Section, Sections

TEMPLATE = Path(settings.BASE_DIR) / "templates" / "typst" / "closing.typ"


def closing_xlsx(report: Closing) -> bytes:
    return _workbook(_("Closing report"), report.event.title, _days(report), report)


def recap_xlsx(report: Recap, region: str) -> bytes:
    first, last = date_format(report.first, "j F Y"), date_format(report.last, "j F Y")
    return _workbook(_("Recap of events"), region, f"{first} – {last}", report)


def _workbook(tab: str, heading: str, days: str, report: Sections) -> bytes:
    """Counts are numbers, sums are formulas whose kept values agree; every text is text."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    bold = book.add_format({"bold": True})
    title = book.add_format({"bold": True, "font_size": 14})
    count = book.add_format({"num_format": "#,##0"})
    total = book.add_format({"num_format": "#,##0", "bold": True, "top": 1})
    sheet = book.add_worksheet(tab)
    sheet.write_string(0, 0, heading, title)
    sheet.write_string(1, 0, days)
    line = 3
    for name, text in report.facts:
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, text)
        line += 1
    line += 1
    for name, number in report.figures:
        sheet.write_string(line, 0, name)
        _cell(sheet, line, 1, number, count)
        line += 1
    for section in report.sections:
        line = _section(sheet, line + 1, section, bold, count, total)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 8, 17)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    book.close()
    return target.getvalue()


def _cell(sheet: Any, line: int, column: int, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(line, column, None, style)
    elif isinstance(value, int):
        sheet.write_number(line, column, value, style)
    else:
        sheet.write_string(line, column, value)


def _section(sheet: Any, line: int, section: Section, bold: Any, count: Any, total: Any) -> int:
    """Writes a table; returns the line after it."""
    sheet.write_string(line, 0, section.title, bold)
    line += 1
    for column, text in enumerate(section.columns):
        sheet.write_string(line, column, text, bold)
    first = line + 1
    for row in section.rows:
        line += 1
        for column, value in enumerate(row):
            _cell(sheet, line, column, value, count)
    if section.total and section.rows:
        sheet.write_string(line + 1, 0, str(section.total[0]), bold)
        for column, value in enumerate(section.total[1:], start=1):
            area = f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(line, column)}"
            sheet.write_formula(line + 1, column, f"=SUM({area})", total, value)
        line += 1
    return line + 1


def closing_pdf(report: Closing) -> bytes:
    """Bytes that depend on the report alone: no fonts or folders of the machine are read."""
    return bytes(
        typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(_content(report))},
            timestamp=int(report.event.created_at.timestamp()),
            pdf_standards=["a-2u"],
        )
    )


def _days(report: Closing) -> str:
    event = report.event
    first, last = date_format(event.starts_on, "j F Y"), date_format(event.ends_on, "j F Y")
    return first if first == last else f"{first} – {last}"


def _content(report: Closing) -> dict[str, Any]:
    def shown(value: Any) -> str:
        return value if isinstance(value, str) else people(value)

    return {
        "title": _("Closing report"),
        "event": report.event.title,
        "office": report.event.office.name,
        "days": _days(report),
        "facts": [list(pair) for pair in report.facts],
        "figures": [[name, people(number)] for name, number in report.figures],
        "sections": [
            {
                "title": section.title,
                "columns": section.columns,
                "rows": [[shown(value) for value in row] for row in section.rows],
                "total": [shown(value) for value in section.total or []],
            }
            for section in report.sections
        ],
        "words": {
            "letterhead": _("[Letterhead of the office]"),
            "page": _("Page"),
            "signature": _("[Place and date]"),
            "head": _("Head of the office"),
            "name": _("[Name]"),
            "number": "NIP [                    ]",
        },
    }
