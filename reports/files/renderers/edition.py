"""An edition as a file for its recipient: the numbers, and the notice that stays with them."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.letterhead import ending, heading
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.workbook import new_book
from dukcapil.regions.enums import Level
from reports.editions.models import Edition
from reports.editions.selectors import NUMBERS, Content
from reports.files.renderers.delimited import BOM, neutral


def notice(edition: Edition) -> list[str]:
    """Who got it, what it is made of, and what its numbers are not."""
    return [
        _("For %(recipient)s, agreement %(agreement)s; edition %(number)s of %(day)s.")
        % {
            "recipient": edition.recipient,
            "agreement": edition.agreement,
            "number": edition.pk,
            "day": date_format(edition.day, "j F Y"),
        },
        _("%(election)s, %(day)s. Voters of “%(basis)s”, with all recordings logged since.")
        % {
            "election": edition.election.name,
            "day": date_format(edition.held_on, "j F Y"),
            "basis": edition.basis.name,
        },
        _(
            "Every number is rounded to a multiple of five; villages with fewer than twenty voters are"
            " joined with a neighbour. “*” stands for a number that is left out, because it would tell of"
            " fewer than five people or help to find such a number; “–” for one that is unknown."
        ),
        _(
            "“Turning 17” are people whom the offices hold and who reach that age after the day of this"
            " edition and not later than the election: not all who do."
        ),
        _(
            "Only for the purpose of the agreement. Do not pass it on, and do not join it with lists of people."
        ),
    ]


def columns() -> list[str]:
    return [
        _("Code"),
        _("Codes joined"),
        _("Region"),
        _("Level"),
        _("Potential voters"),
        _("Recorded"),
        _("Not recorded"),
        _("Turning 17"),
    ]


def _shown(row: dict[str, Any], name: str) -> Any:
    family = "seventeen" if name == "seventeen" else "recording"
    if row[name] is not None:
        return row[name]
    return "*" if family in row["suppressed"] else "–"


def edition_csv(edition: Edition, content: Content, profile: OfficeProfile) -> bytes:
    """The notice stands below the numbers, where a program that reads the table stops."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns())
    for row in (*content.results, *content.sums):
        numbers = [_shown(row, name) for name in NUMBERS]
        codes = " ".join(row["regions"])
        writer.writerow(
            [row["region"], codes, neutral(row["name"]), Level(row["level"]).label, *numbers]
        )
    writer.writerow([])
    for line in (*heading(profile), *notice(edition)):
        writer.writerow([neutral(line)])
    return (BOM + text.getvalue()).encode()


def edition_xlsx(edition: Edition, content: Content, profile: OfficeProfile) -> bytes:
    target = io.BytesIO()
    book = new_book(target, strings_to_formulas=False, strings_to_urls=False)
    bold = book.add_format({"bold": True})
    lines = [
        *((text, bold) for text in heading(profile)),
        (_("Voters by village"), book.add_format({"bold": True, "font_size": 14})),
        (edition.region.name, bold),
        *((text, None) for text in notice(edition)),
    ]
    sheet = book.add_worksheet(_("Voters"))
    for line, (text, style) in enumerate(lines):
        sheet.write_string(line, 0, text, style)
    top = len(lines) + 1
    rows = [*content.results, *content.sums]
    _table(book, sheet, rows, top)
    for line, text in enumerate(ending(profile), start=top + len(rows) + 3):
        sheet.write_string(line, 2, text)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&R&P / &N")
    book.close()
    return target.getvalue()


def _table(book: Any, sheet: Any, rows: list[dict[str, Any]], top: int) -> None:
    head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#eff5fd", "border": 1})
    cell = book.add_format({"border": 1, "num_format": "@"})
    count = book.add_format({"border": 1, "num_format": "#,##0"})
    for column, text in enumerate(columns()):
        sheet.write_string(top, column, text, head)
    for line, row in enumerate(rows, start=top + 1):
        texts = (row["region"], " ".join(row["regions"]), row["name"], Level(row["level"]).label)
        values = [*map(str, texts), *(_shown(row, name) for name in NUMBERS)]
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(line, column, value, cell)
            else:
                sheet.write_number(line, column, value, count)
    sheet.freeze_panes(top + 1, 3)
    sheet.repeat_rows(top)
    sheet.set_column(0, 0, 15)
    sheet.set_column(1, 2, 32)
    sheet.set_column(3, 7, 13)
