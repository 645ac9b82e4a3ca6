"""An event's closing report: the page, and the same as XLSX and PDF."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from events.planning.selectors.events import get_event_or_404, require_own_or_404
from reports.closing.selectors.closing import closing
from reports.files.renderers.closing import closing_pdf, closing_xlsx
from reports.files.renderers.sheets import XLSX_TYPE

_FORMATS = {"xlsx": (closing_xlsx, XLSX_TYPE), "pdf": (closing_pdf, "application/pdf")}


@page(Permission.RECORDS_VIEW)
def closing_page(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """Counts only, no person. ``?format=xlsx|pdf`` gives the file, in Indonesian."""
    event = require_own_or_404(actor, get_event_or_404(actor, event_id))
    fmt = request.GET.get("format", "")
    if not fmt:
        context = {"event": event, "report": closing(actor, event), "section": "events"}
        return render(request, "reports/closing.html", context)
    if fmt not in _FORMATS:
        raise Invalid("format", _("A closing report comes as xlsx or pdf."))
    render_file, content_type = _FORMATS[fmt]
    with translation.override("id"):
        body = render_file(closing(actor, event))
    name = f"laporan-kegiatan-{event.starts_on:%Y-%m-%d}.{fmt}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=content_type, headers=headers)
