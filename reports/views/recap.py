"""Events of a period together: the page, and the same as XLSX."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.pages import status_of
from reports.closing.selectors.recap import recap
from reports.files.renderers.closing import recap_xlsx
from reports.files.renderers.sheets import XLSX_TYPE
from reports.forms import PeriodForm


@page(Permission.RECORDS_VIEW)
def recap_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Counts only, no person; by default this year until today. ``?format=xlsx`` gives the file."""
    today = actor.today
    usual = {"first": today.replace(month=1, day=1), "last": today}
    is_asked = "first" in request.GET or "last" in request.GET
    form = PeriodForm(request.GET if is_asked else usual)
    region = request.posting.region
    fmt = request.GET.get("format", "")
    if fmt not in ("", "xlsx"):
        raise Invalid("format", _("The recap comes as xlsx."))
    if not form.is_valid():
        context = {"form": form, "region": region, "section": "events"}
        return render(request, "reports/recap.html", context, status=status_of(form))
    if not fmt:
        report = recap(actor, **form.cleaned_data)
        context = {"form": form, "report": report, "region": region, "section": "events"}
        return render(request, "reports/recap.html", context)
    with translation.override("id"):
        body = recap_xlsx(recap(actor, **form.cleaned_data), region)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    name = f"rekap-kegiatan-{region.pk}-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=XLSX_TYPE, headers=headers)
