"""Files of reports that are made while somebody waits: the daily report, a desk's, an event's minutes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from events.planning.selectors.events import get_event_or_404, require_own_or_404
from reports.closing.selectors.closing import minutes
from reports.election_desk.selectors.paper import DeskPaper, desk_paper
from reports.files.renderers.daily import daily_pdf, daily_xlsx
from reports.files.renderers.desk import desk_message, desk_pdf, desk_xlsx
from reports.files.renderers.minutes import minutes_docx, minutes_pdf
from reports.files.renderers.sheets import XLSX_TYPE
from reports.files.selectors import daily_paper
from reports.views.desk import asked_board, desk_region
from reports.views.question import asked_day, crumbs_of

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEXT_TYPE = "text/plain; charset=utf-8"
_TYPES = {"pdf": "application/pdf", "xlsx": XLSX_TYPE, "docx": DOCX_TYPE, "txt": TEXT_TYPE}


def format_asked(request: StaffRequest, makers: dict[str, Callable[..., bytes]]) -> str:
    fmt = request.GET.get("format") or next(iter(makers))
    if fmt not in makers:
        raise Invalid("format", _("This comes as %(formats)s.") % {"formats": ", ".join(makers)})
    return fmt


def paper_file(name: str, fmt: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{fmt}"'}
    return HttpResponse(content, content_type=_TYPES[fmt], headers=headers)


@require_safe
@page(Permission.REPORTS_VIEW)
def daily_file(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """``?format=xlsx|pdf``, of the day and revision that the page shows; signed by the asker's office."""
    makers = {"xlsx": daily_xlsx, "pdf": daily_pdf}
    fmt = format_asked(request, makers)
    region = crumbs_of(actor, code)[-1]
    asked = asked_day(request, actor, region)
    day, release = asked.question.day, asked.question.release
    with translation.override("id"):
        paper = daily_paper(region, day, revision=asked.revision, release=release)
        content = makers[fmt](paper, profile_of(actor.region))
    return paper_file(f"laporan-harian-{region.pk}-{day}", fmt, content)


@require_safe
@page(Permission.RECORDS_VIEW)
def minutes_file(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """``?format=docx|pdf``. Counts only, no person of the event."""
    makers: dict[str, Callable[..., Any]] = {"docx": minutes_docx, "pdf": minutes_pdf}
    fmt = format_asked(request, makers)
    event = require_own_or_404(actor, get_event_or_404(actor, event_id))
    with translation.override("id"):
        content = makers[fmt](minutes(actor, event))
    return paper_file(f"berita-acara-{event.starts_on:%Y-%m-%d}", fmt, content)


@require_safe
@page(Permission.REPORTS_VIEW)
def desk_file(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """``?format=pdf|xlsx|txt``: the desk's report of the day that the page shows."""
    makers: dict[str, Callable[..., bytes]] = {"pdf": desk_pdf, "xlsx": desk_xlsx, "txt": _text}
    fmt = format_asked(request, makers)
    region = desk_region(actor, code)[-1]
    with translation.override("id"):
        shown = asked_board(request, region)
        content = makers[fmt](desk_paper(actor, shown), profile_of(actor.region))
    return paper_file(f"desk-pilkada-{region.pk}-{shown.day}", fmt, content)


def _text(paper: DeskPaper, profile: OfficeProfile) -> bytes:
    return desk_message(paper).encode()
