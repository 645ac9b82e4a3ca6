"""The province's daily row as a workbook, and as a message for a phone."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.core.templatetags.figures import people
from reports.closing.selectors.sections import Cell, Section, Sections, moment_in_words
from reports.day_row.selectors import DayRows, OfficeRow
from reports.files.renderers.closing import workbook


def day_row_xlsx(found: DayRows, profile: OfficeProfile) -> bytes:
    """Codes are text, numbers are numbers, what is unknown is an empty cell."""
    titles = [f"{column.label} ({column.nature.label})" for column in found.columns]
    columns = [_("Office"), _("Code"), _("Reported"), _("Day"), *titles, _("Not explained")]
    day = days_in_words(found)
    table: list[list[Cell]] = [
        [
            row.name,
            row.region,
            moment_in_words(row.reported_at, row.region) if row.reported_at else None,
            day,
            *(row.values[column.name] for column in found.columns),
            row.recorded_residual,
        ]
        for row in found.rows
    ]
    report = Sections(sections=[Section(_("Daily row of the province"), columns, table)])
    if len(found.rows) > 1:
        total, known = found.total, found.known
        report.sections.append(
            Section(
                _("All offices together"),
                [_("Column"), _("Sum"), _("Offices that know it")],
                [[str(one.label), total[one.name], known[one.name]] for one in found.columns],
            )
        )
    title = f"{found.region.name} ({found.region.pk})"
    return workbook(_("Daily row"), title, day, report, profile)


def day_row_message(found: DayRows) -> str:
    heading = _("Daily row of the province")
    lines = [f"*{heading}*", f"*{found.region.name}*, {days_in_words(found, 'l, j F Y')}"]
    for row in found.rows:
        lines += ["", f"*{row.name} ({row.region})*", *_lines(found, row)]
    return "\n".join(lines) + "\n"


def days_in_words(found: DayRows, form: str = "j F Y") -> str:
    last = date_format(found.day, form)
    return last if found.first is None else f"{date_format(found.first, form)} – {last}"


def _lines(found: DayRows, row: OfficeRow) -> list[str]:
    def shown(value: Any) -> str:
        return "?" if value is None else str(people(value))

    lines = [f"{column.label}: {shown(row.values[column.name])}" for column in found.columns]
    if row.recorded_residual:
        words = _("Recordings that are none of PRR, SFE, duplicate: %(n)s")
        lines.append(words % {"n": people(row.recorded_residual)})
    return lines
