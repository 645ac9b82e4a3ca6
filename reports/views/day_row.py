"""The province's daily row: the page, and the same as workbook and message."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import Region
from reports.day_row.selectors import DayRows, day_rows, recap_rows
from reports.files.renderers.day_row import day_row_message, day_row_xlsx
from reports.views.papers import format_asked, paper_file
from reports.views.question import asked_day, crumbs_of, day_of, query_of


@require_safe
@page(Permission.REPORTS_VIEW)
def day_row_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """``?format=xlsx|txt`` gives the file, in Indonesian; with ``first=`` days together, up to ``date=``."""
    crumbs = crumbs_of(actor, code)
    region = crumbs[-1]
    context = {"region": region, "crumbs": crumbs, "query": query_of(request), "section": "daily"}
    try:
        day = asked_day(request, actor, region).question.day
        first = day_of(request, "first")
        if not request.GET.get("format"):
            found = _asked(region, day, first)
    except Invalid as error:
        context |= {"problem": error.message}
        return render(request, "reports/day_row.html", context, status=error.status)
    if request.GET.get("format"):
        makers = {"xlsx": day_row_xlsx, "txt": _text}
        fmt = format_asked(request, makers)
        with translation.override("id"):
            content = makers[fmt](_asked(region, day, first), profile_of(actor.region))
        name = f"{first}-{day}" if first else f"{day}"
        return paper_file(f"baris-harian-{region.pk}-{name}", fmt, content)
    total, known = found.total, found.known
    context |= {
        "day": day,
        "first": first,
        "month": day.replace(day=1),
        "found": found,
        "columns": [
            (
                column,
                [row.values[column.name] for row in found.rows],
                total[column.name],
                known[column.name],
            )
            for column in found.columns
        ],
        "residuals": [(row, row.recorded_residual) for row in found.rows if row.recorded_residual],
        "many": len(found.rows) > 1,
    }
    return render(request, "reports/day_row.html", context)


def _asked(region: Region, day: date, first: date | None) -> DayRows:
    return recap_rows(region, first, day) if first else day_rows(region, day)


def _text(found: DayRows, profile: OfficeProfile) -> bytes:
    return day_row_message(found).encode()
