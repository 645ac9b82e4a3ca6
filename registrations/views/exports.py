"""Lists as files: asked for with a reason, made by a job, fetched once they are ready."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

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
from dukcapil.regions.enums import zone_of
from events.planning.selectors.events import get_event_or_404, get_session_or_404
from registrations.bench.selectors.sheets import VILLAGE, sheet_from
from registrations.booking.selectors.residents import EVERYONE, described, filter_from
from registrations.forms.people import ExportForm
from registrations.oversight.enums import ExportKind
from registrations.oversight.models import Export
from registrations.oversight.selectors.files import get_export_or_404, own_exports
from registrations.oversight.selectors.letters import letter_asked, venue_asked
from registrations.oversight.selectors.lists import documents_asked
from registrations.oversight.services.exports import fetch_export, request_export
from registrations.tasks import build_export

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@page(Permission.RESIDENTS_EXPORT)
def export_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Own exports, and the form for a new one: everybody; the bookings of `?session=`, or with
    `list=waiting` its waiting list; the absentees of `?event=`; documents (`?dokumen=`); or the sheet of a village (`?desa=`).
    """
    asked = _documents if "dokumen" in request.GET else _requested_list
    requested = asked(request, actor)
    form = fill(request, ExportForm)
    if request.method == "POST" and (
        export := attempt(form, request_export, by=actor, **requested)
    ):
        hint(build_export, str(export.pk))
        messages.success(request, _("The list is being made; it appears here in a moment."))
        return redirect("exports")
    pages = paged(request, own_exports(actor))
    letter = requested.get("letter")
    context: dict[str, Any] = {
        "form": form,
        "venue": venue_asked(actor, letter) if letter else None,
        "wanted": requested,
        "label": ExportKind(requested["kind"]).label,
        "described": _described(actor, requested),
        "pages": pages,
        "section": "residents",
    }
    pages_and_part = ("registrations/export_list.html", "registrations/_exports.html")
    return live(request, *pages_and_part, context, status=status_of(form))


def _described(actor: Actor, requested: dict[str, Any]) -> list[str]:
    if text := requested.get("sheet"):
        sheet = sheet_from(actor, text)
        return [f"{sheet.village.name} ({sheet.village.pk})", *sheet.said]
    return described(actor, requested.get("filters", EVERYONE))


def _requested_list(request: StaffRequest, actor: Actor) -> dict[str, Any]:
    if chosen := request.GET.get("session"):
        waits = request.GET.get("list") == ExportKind.WAITING
        session = get_session_or_404(actor, chosen_id(chosen))
        return {"kind": ExportKind.WAITING if waits else ExportKind.QUEUE, "session": session}
    if chosen := request.GET.get("event"):
        event = get_event_or_404(actor, chosen_id(chosen))
        return {"kind": ExportKind.MISSING, "event": event}
    if chosen := request.GET.get("musnah"):
        return {"kind": ExportKind.ANNEX, "destroyed": chosen_id(chosen)}
    if request.GET.get(VILLAGE):
        return {
            "kind": ExportKind.VILLAGE,
            "sheet": sheet_from(actor, request.GET.urlencode()).text,
        }
    if letter := letter_asked(request.GET.urlencode()):
        venue_asked(actor, letter)
        return {"kind": ExportKind.LETTER, "letter": letter}
    return {"kind": ExportKind.RESIDENTS, "filters": filter_from(request.GET.urlencode())}


def _documents(request: StaffRequest, actor: Actor) -> dict[str, Any]:
    """``?dokumen=`` a state or nothing, ``event=``, and ``bentuk=csv``."""
    chosen = request.GET.get("event")
    event = get_event_or_404(actor, chosen_id(chosen)) if chosen else None
    as_csv = request.GET.get("bentuk") == "csv"
    return {
        "kind": ExportKind.DOCUMENTS_CSV if as_csv else ExportKind.DOCUMENTS,
        "documents": documents_asked(request.GET["dokumen"], event.pk if event else None),
    }


#: The list in the name of its file.
_FILES = {
    ExportKind.RESIDENTS: "penduduk",
    ExportKind.QUEUE: "antrean",
    ExportKind.WAITING: "daftar-tunggu",
    ExportKind.MISSING: "belum-terlayani",
    ExportKind.MEND: "baris-perlu-diperbaiki",
    ExportKind.ANNEX: "lampiran-pemusnahan",
    ExportKind.VOTERS: "hasil-daftar-pemilih",
    ExportKind.VOTERS_CSV: "hasil-daftar-pemilih",
    ExportKind.VILLAGE: "lembar-desa",
    ExportKind.DOCUMENTS: "permohonan-dokumen",
    ExportKind.DOCUMENTS_CSV: "permohonan-dokumen",
    ExportKind.LETTER: "surat",
}


def _file_type(export: Export) -> tuple[str, str]:
    """Ending and type: a letter is what it was asked as, most of the others are workbooks."""
    letter = letter_asked(export.filters) if export.kind == ExportKind.LETTER else None
    ending = letter.form if letter else _NO_WORKBOOKS.get(ExportKind(export.kind), "xlsx")
    return ending, _TYPES[ending]


_NO_WORKBOOKS = {
    ExportKind.VILLAGE: "pdf",
    ExportKind.VOTERS_CSV: "csv",
    ExportKind.DOCUMENTS_CSV: "csv",
}
_TYPES = {
    "pdf": "application/pdf",
    "docx": DOCX,
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}


@page(Permission.RESIDENTS_EXPORT)
def export_file(request: StaffRequest, actor: Actor, export_id: uuid.UUID) -> HttpResponse:
    export = get_export_or_404(actor, export_id)
    content = fetch_export(by=actor, export=export)
    ending, content_type = _file_type(export)
    zone = ZoneInfo(zone_of(export.office_id))
    made = f"{export.created_at.astimezone(zone):%Y%m%d-%H%M}"
    name = f"dukcapil-{_FILES[ExportKind(export.kind)]}-{made}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
