"""Lists as files: asked for with a reason, made by a job, fetched once they are ready."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.forms import attempt, fill
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.core.pages import chosen_id, paged, status_of
from dukcapil.core.workbook import XLSX
from events.planning.selectors.events import get_event_or_404, get_session_or_404
from registrations.booking.selectors.residents import EVERYONE, described, filter_from
from registrations.forms.people import ExportForm
from registrations.oversight.enums import ExportKind
from registrations.oversight.selectors.files import get_export_or_404, own_exports
from registrations.oversight.services.exports import fetch_export, request_export
from registrations.tasks import build_export


@page(Permission.RESIDENTS_EXPORT)
def export_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Own exports, and the form for a new one: everybody; the bookings of `?session=`, or with
    `list=waiting` its waiting list; or the absentees of `?event=`.
    """
    requested = _requested_list(request, actor)
    form = fill(request, ExportForm)
    if request.method == "POST" and (
        export := attempt(form, request_export, by=actor, **requested)
    ):
        hint(build_export, str(export.pk))
        messages.success(request, _("The list is being made; it appears here in a moment."))
        return redirect("exports")
    pages = paged(request, own_exports(actor))
    context: dict[str, Any] = {
        "form": form,
        "wanted": requested,
        "label": ExportKind(requested["kind"]).label,
        "described": described(actor, requested.get("filters", EVERYONE)),
        "pages": pages,
        "section": "residents",
    }
    pages_and_part = ("registrations/export_list.html", "registrations/_exports.html")
    return live(request, *pages_and_part, context, status=status_of(form))


def _requested_list(request: StaffRequest, actor: Actor) -> dict[str, Any]:
    if chosen := request.GET.get("session"):
        waits = request.GET.get("list") == ExportKind.WAITING
        session = get_session_or_404(actor, chosen_id(chosen))
        return {"kind": ExportKind.WAITING if waits else ExportKind.QUEUE, "session": session}
    if chosen := request.GET.get("event"):
        event = get_event_or_404(actor, chosen_id(chosen))
        return {"kind": ExportKind.MISSING, "event": event}
    return {"kind": ExportKind.RESIDENTS, "filters": filter_from(request.GET.urlencode())}


#: The list in the name of its file.
_FILES = {
    ExportKind.RESIDENTS: "penduduk",
    ExportKind.QUEUE: "antrean",
    ExportKind.WAITING: "daftar-tunggu",
    ExportKind.MISSING: "belum-terlayani",
    ExportKind.MEND: "baris-perlu-diperbaiki",
}


@page(Permission.RESIDENTS_EXPORT)
def export_file(request: StaffRequest, actor: Actor, export_id: uuid.UUID) -> HttpResponse:
    export = get_export_or_404(actor, export_id)
    content = fetch_export(by=actor, export=export)
    name = f"dukcapil-{_FILES[ExportKind(export.kind)]}-{export.created_at:%Y%m%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)
