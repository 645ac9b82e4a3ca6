"""Coverage as files, and as the message of the day."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.core.pages import paged
from reports.coverage.selectors.question import Question
from reports.files.enums import FileKind
from reports.files.renderers.message import message
from reports.files.services import fetch_file, own_file, own_files, request_file
from reports.forms import FileForm
from reports.tasks import build_file
from reports.views.coverage import shown_of
from reports.views.question import crumbs_and_state, query_of


@page(Permission.COVERAGE_VIEW)
def files_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Files and message are made from the same answer that the coverage page shows."""
    crumbs, state = crumbs_and_state(actor, code)
    region = crumbs[-1]
    context: dict[str, Any] = {
        "region": region,
        "crumbs": crumbs,
        "query": query_of(request),
        "section": "coverage",
    }
    try:
        shown = shown_of(request, actor, region, state)
    except Invalid as error:
        context |= {"problem": error.message, "live": {"body": "", "id": "live"}}
        return render(request, "reports/files.html", context, status=error.status)
    if request.method == "POST":
        form = FileForm(request.POST)
        if not form.is_valid():
            raise Invalid("choice", _("Choose a row of the list first."))
        file = request_file(by=actor, kind=form.cleaned_data["kind"], question=shown.question)
        hint(build_file, str(file.pk))
        messages.success(request, _("The file is being made; it appears here in a moment."))
        return redirect(request.get_full_path())
    with override("id"):
        text = message(shown.question, shown.answer)
    files = own_files(actor, region)
    context |= {
        "question": shown.question,
        "text": text,
        "api": _query(shown.question),
        "pages": paged(request, files, rows=20),
        "kinds": FileKind.choices,
    }
    return live(request, "reports/files.html", "reports/_files.html", context)


def _query(question: Question) -> str:
    """The question as a query for the API, with its day; its basis where one was chosen for all."""
    parameters = {
        "region": question.region.pk,
        "level": question.level,
        "date": question.day,
        "view": question.view,
    }
    if question.forced:
        parameters["basis"] = question.forced.pk
    if question.release:
        parameters["release"] = question.release.pk
    return urlencode(parameters)


@page(Permission.COVERAGE_VIEW)
def file_download(
    request: StaffRequest, actor: Actor, code: str, file_id: uuid.UUID
) -> HttpResponse:
    if own_file(actor, file_id).region_id != code:
        raise NotFound
    name, content = fetch_file(by=actor, file_id=file_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content_type = f"application/{name.rpartition('.')[2]}"
    return HttpResponse(content, content_type=content_type, headers=headers)
