"""Reports of events as workbooks, the closing report also as a page to sign."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import ending, heading, letter, logo_of, put_logo
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import office_profile
from dukcapil.core.paper import compiled
from dukcapil.core.templatetags.figures import people
from dukcapil.core.templatetags.figures import share as share_text
from dukcapil.core.workbook import new_book, part_of_column
from dukcapil.regions.models import Region
from reports.closing.selectors.closing import Closing
from reports.closing.selectors.recap import Recap
from reports.closing.selectors.sections import Section, Sections


def closing_xlsx(report: Closing) -> bytes:
    profile = office_profile(report.event.office)
    return workbook(_("Closing report"), report.event.title, days_of(report), report, profile)


def recap_xlsx(report: Recap, region: Region) -> bytes:
    first, last = date_format(report.first, "j F Y"), date_format(report.last, "j F Y")
    whose = f"{region.name} ({region.pk})"
    profile = office_profile(region)
    return workbook(_("Recap of events"), whose, f"{first} – {last}", report, profile)


def workbook(tab: str, title: str, days: str, report: Sections, profile: OfficeProfile) -> bytes:
    """Counts are numbers, sums are formulas whose kept values agree; every text is text."""
    target = io.BytesIO()
    book = new_book(target, strings_to_formulas=False, strings_to_urls=False)
    bold = book.add_format({"bold": True})
    large = book.add_format({"bold": True, "font_size": 14})
    count = book.add_format({"num_format": "#,##0"})
    share = book.add_format({"num_format": "0.00"})
    total = book.add_format({"num_format": "#,##0", "bold": True, "top": 1})
    sheet = book.add_worksheet(tab)
    line = 0
    for text in heading(profile):
        sheet.write_string(line, 0, text, bold)
        line += 1
    put_logo(sheet, 4, profile)
    sheet.write_string(line + 1, 0, tab, large)
    sheet.write_string(line + 2, 0, title, large)
    sheet.write_string(line + 3, 0, days)
    line += 5
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
        line = _section(sheet, line + 1, section, bold, count, total, share)
    for number, text in enumerate(ending(profile), start=line + 2):
        sheet.write_string(number, 0, text)
    _print(sheet, f"{title}, {days}", report)
    book.close()
    return target.getvalue()


def _print(sheet: Any, foot: str, report: Sections) -> None:
    widest = max((len(section.columns) for section in report.sections), default=2)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, max(8, widest - 1), 17)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    # An ampersand begins an order there, and 255 characters are all it takes.
    sheet.set_footer(f"&L{foot.replace('&', '&&')[:200]}&R&P / &N")


def _cell(sheet: Any, line: int, column: int, value: Any, style: Any) -> None:
    if value is None:
        sheet.write_blank(line, column, None, style)
    elif isinstance(value, int | Decimal):
        sheet.write_number(line, column, value, style)
    else:
        sheet.write_string(line, column, value)


def _section(
    sheet: Any, line: int, section: Section, bold: Any, count: Any, total: Any, share: Any
) -> int:
    """Writes a table; returns the line after it."""
    sheet.write_string(line, 0, section.title, bold)
    line += 1
    for column, text in enumerate(section.columns):
        sheet.write_string(line, column, text, bold)
    first = line + 1
    for row in section.rows:
        line += 1
        for column, value in enumerate(row):
            _cell(sheet, line, column, value, share if isinstance(value, Decimal) else count)
    if section.total and section.rows:
        sheet.write_string(line + 1, 0, str(section.total[0]), bold)
        for column, value in enumerate(section.total[1:], start=1):
            area = part_of_column(first, line, column)
            sheet.write_formula(line + 1, column, f"=SUM({area})", total, value)
        line += 1
    return line + 1


def closing_pdf(report: Closing) -> bytes:
    """Bytes that depend on the report and the office's profile alone."""
    profile = office_profile(report.event.office)
    content = _content(report) | {"office": letter(profile)}
    return compiled("closing.typ", content, report.event.created_at, logo_of(profile))


def days_of(report: Closing) -> str:
    event = report.event
    first, last = date_format(event.starts_on, "j F Y"), date_format(event.ends_on, "j F Y")
    return first if first == last else f"{first} – {last}"


def as_text(sections: list[Section]) -> list[dict[str, Any]]:
    """Sections for a template: numbers as people write them."""

    def shown(value: Any) -> str:
        if isinstance(value, Decimal):
            return share_text(str(value))
        return value if isinstance(value, str) else people(value)

    return [
        {
            "title": section.title,
            "columns": section.columns,
            "rows": [[shown(value) for value in row] for row in section.rows],
            "total": [shown(value) for value in section.total or [] if section.rows],
        }
        for section in sections
    ]


def _content(report: Closing) -> dict[str, Any]:
    return {
        "title": _("Closing report"),
        "event": report.event.title,
        "office_name": report.event.office.name,
        "days": days_of(report),
        "facts": [list(pair) for pair in report.facts],
        "figures": [[name, people(number)] for name, number in report.figures],
        "sections": as_text(report.sections),
    }
