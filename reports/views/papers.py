"""Files of reports that are made while somebody waits: the daily report, and an event's minutes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from events.planning.selectors.events import get_event_or_404, require_own_or_404
from reports.closing.selectors.closing import closing
from reports.coverage.selectors.question import Question
from reports.files.renderers.daily import daily_pdf, daily_xlsx
from reports.files.renderers.minutes import minutes_docx, minutes_pdf
from reports.files.renderers.sheets import XLSX_TYPE
from reports.files.selectors import daily_paper
from reports.views.question import crumbs_of, day_of

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TYPES = {"pdf": "application/pdf", "xlsx": XLSX_TYPE, "docx": DOCX_TYPE}


def _asked(request: StaffRequest, makers: dict[str, Callable[..., bytes]]) -> str:
    fmt = request.GET.get("format") or next(iter(makers))
    if fmt not in makers:
        raise Invalid("format", _("This comes as %(formats)s.") % {"formats": ", ".join(makers)})
    return fmt


def _file(name: str, fmt: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{fmt}"'}
    return HttpResponse(content, content_type=_TYPES[fmt], headers=headers)


@require_safe
@page(Permission.REPORTS_VIEW)
def daily_file(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """``?format=xlsx|pdf``, of the day and revision that the page shows; signed by the asker's office."""
    makers = {"xlsx": daily_xlsx, "pdf": daily_pdf}
    fmt = _asked(request, makers)
    region = crumbs_of(actor, code)[-1]
    if len(region.pk) > Level.REGENCY.code_length:
        # As on the page: a day is an office's own, no village has one.
        raise NotFound
    question = Question.of(
        by=actor,
        region=region,
        level=region.level,
        day=day_of(request),
        release=request.GET.get("release") or None,
    )
    number = request.GET.get("revision", "")
    revision = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else None
    with translation.override("id"):
        paper = daily_paper(region, question.day, revision=revision, release=question.release)
        content = makers[fmt](paper, profile_of(actor.region))
    return _file(f"laporan-harian-{region.pk}-{question.day}", fmt, content)


@require_safe
@page(Permission.RECORDS_VIEW)
def minutes(request: StaffRequest, actor: Actor, event_id: uuid.UUID) -> HttpResponse:
    """``?format=docx|pdf``. Counts only, no person of the event."""
    makers: dict[str, Callable[..., Any]] = {"docx": minutes_docx, "pdf": minutes_pdf}
    fmt = _asked(request, makers)
    event = require_own_or_404(actor, get_event_or_404(actor, event_id))
    with translation.override("id"):
        content = makers[fmt](closing(actor, event))
    return _file(f"berita-acara-{event.starts_on:%Y-%m-%d}", fmt, content)
