"""The month's report of burials: what it says now, what was sent, and its files."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import status_of
from dukcapil.core.workbook import XLSX
from dukcapil.regions.models import Region
from registrations.burials.models import BurialReport
from registrations.burials.renderers import labels, reach_labels, report_pdf, report_xlsx
from registrations.burials.selectors.months import (
    content_now,
    digest_of,
    due_of,
    get_report_or_404,
    month_after,
    newest_reports,
    rates_of,
    region_of,
)
from registrations.burials.services.reporting import count_books, send_report
from registrations.forms.burials import (
    BooksForm,
    MonthForm,
)


@page(Permission.BURIALS_REPORT)
def burial_report(request: StaffRequest, actor: Actor) -> HttpResponse:
    """What the report says now, what was sent, and how many registers there are."""
    region, month = region_of(actor), MonthForm(request.GET).month(actor.today)
    books = fill(request, BooksForm, do=("books",))
    here = f"{reverse('burial-report')}?bulan={month:%Y-%m}"
    if request.method == "POST":
        done = _act_on_report(request, actor, month, books)
        if done:
            return redirect(here)
    content, _parts = content_now(actor, region, month)
    heads, whole = labels(), content["totals"]
    if "offices" in content:
        heads, whole = {**heads, **reach_labels()}, {**whole, **content["reach"]}
    sent = newest_reports([region], month).get(region)
    context = {
        "region": Region.objects.get(pk=region),
        "month": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "after": month_after(month) if month_after(month) <= actor.today else None,
        "due": due_of(region, month),
        "content": content,
        "rates": rates_of(content),
        "columns": list(heads.values()),
        "rows": [(row, [row[name] for name in heads]) for row in content["rows"]],
        "totals": [whole[name] for name in heads],
        "sent": sent,
        "same": sent is not None and sent.digest == digest_of(content),
        "late": sent is None and actor.today > due_of(region, month),
        "books": books if actor.office else None,
        "section": "burials",
    }
    return render(request, "registrations/burial_report.html", context, status=status_of(books))


def _act_on_report(request: StaffRequest, actor: Actor, month: date, books: BooksForm) -> bool:
    do = request.POST.get("do", "")
    if do == "send":
        try:
            send_report(by=actor, month=month)
        except Conflict as error:
            messages.error(request, str(error.message))
        else:
            messages.success(request, _("The report is kept as it is now."))
        return True
    if do != "books":
        raise Invalid("choice", _("Choose what is to be done."))
    if attempt(books, count_books, by=actor):
        messages.success(request, _("The count was entered."))
        return True
    return False


@page(Permission.BURIALS_REPORT)
def report_file(
    request: StaffRequest, actor: Actor, report_id: uuid.UUID, form: str
) -> HttpResponse:
    """A report as it was sent, in Indonesian: counts alone."""
    report: BurialReport = get_report_or_404(actor, report_id)
    renderers: dict[str, tuple[Callable[[BurialReport], bytes], str]] = {
        "xlsx": (report_xlsx, XLSX),
        "pdf": (report_pdf, "application/pdf"),
    }
    if form not in renderers:
        raise NotFound
    render_file, kind = renderers[form]
    with translation.override("id"):
        content = render_file(report)
    name = f"pemakaman-{report.region_id}-{report.month:%Y%m}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
