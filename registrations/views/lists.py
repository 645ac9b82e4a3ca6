"""A list of people: brought, looked at, mended in place, and booked as it was shown."""

from __future__ import annotations

import uuid
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.forms import attempt, fill
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.pages import paged, status_of
from dukcapil.core.versions import CHANGED
from dukcapil.regions.enums import today_in
from events.planning.models.session import ServiceSession
from events.planning.selectors.events import get_session_or_404
from registrations.booking.enums import DraftState, RowStatus
from registrations.booking.models.draft import ListDraft
from registrations.booking.readers import Line
from registrations.booking.selectors.desk import progress
from registrations.booking.selectors.drafts import get_draft_or_404
from registrations.booking.selectors.groups import groups_of
from registrations.booking.services.draft_content import Content, opened
from registrations.booking.services.drafts import (
    Mended,
    Source,
    book_list,
    bring_list,
    choose_columns,
    choose_sheet,
    mend_rows,
)
from registrations.booking.services.groups import plan_of
from registrations.booking.services.messages import Contact
from registrations.forms.groups import (
    CELLS,
    GroupForm,
    chosen_kinds,
    mended_rows,
    offered_kinds,
    retyped,
)
from registrations.people.enums import Stage
from registrations.people.services.lookups import log_people

ROWS = 100
#: Statuses that a row is opened for without being asked.
_OPEN = (RowStatus.PROBLEM,)


@page(Permission.APPOINTMENTS_BOOK)
def group_new(request: StaffRequest, actor: Actor, session_id: uuid.UUID) -> HttpResponse:
    """The form; once sent, the list is looked at on a page of its own."""
    session = get_session_or_404(actor, session_id)
    session_progress = progress(actor, [session])[0]
    form = fill(
        request,
        GroupForm,
        free=session_progress.places,
        initial={
            "services": list(session_progress.places)[:1],
            "name": request.GET.get("name", ""),
        },
    )
    if request.method == "POST" and (draft := attempt(form, _bring, by=actor, session=session)):
        return redirect("list-draft", draft.pk)
    context = {
        "session": session,
        "event": session.event,
        "form": form,
        "groups": groups_of(actor, session=session),
        "section": "events",
    }
    return render(request, "registrations/group_form.html", context, status=status_of(form))


def _bring(
    *,
    by: Actor,
    session: ServiceSession,
    name: str,
    services: list[str],
    pasted: str,
    file: UploadedFile | None,
    waiting_list: bool,
    contact: Contact | None,
) -> ListDraft:
    plan = plan_of(name, services, waiting_list=waiting_list, contact=contact)
    if file:
        source = Source(file.read(), file.name or "", file.content_type or "")
    else:
        source = Source(pasted.encode())
    return bring_list(by=by, session=session, plan=plan, source=source)


@page(Permission.APPOINTMENTS_BOOK)
def list_draft(request: StaffRequest, actor: Actor, draft_id: uuid.UUID) -> HttpResponse:
    """What would become of each row, and after booking what is left. Logged as a look."""
    draft = get_draft_or_404(actor, draft_id)
    problem, status = "", HTTPStatus.OK
    typed = _typed_before(request)
    if request.method == "POST":
        try:
            return _change(request, actor, draft)
        except _Shown as shown:
            problem, status = shown.words, HTTPStatus.CONFLICT
        except Invalid as error:
            problem, status = str(error.message), HTTPStatus.UNPROCESSABLE_ENTITY
            typed = request.POST
        except Conflict as error:
            if error.code != CHANGED:
                raise
            problem, status = str(error.message), HTTPStatus.CONFLICT
            typed = request.POST
        draft = get_draft_or_404(actor, draft_id)
    context = _context(request, actor, draft, typed) | {"problem": problem}
    return render(request, "registrations/list_draft.html", context, status=status)


def _typed_before(request: StaffRequest) -> QueryDict | None:
    """What was typed in the rows when the session ended."""
    if request.kept is None or request.kept.typed.get("do") != "mend":
        return None
    request.kept.used = True
    return request.kept.typed


class _Shown(Exception):
    """The page is shown again, with these words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


def _change(request: StaffRequest, actor: Actor, draft: ListDraft) -> HttpResponse:
    posted = request.POST
    which: dict[str, Any] = {"by": actor, "draft": draft, "version": posted.get("version", "")}
    do = posted.get("do")
    if do == "sheet":
        choose_sheet(**which, sheet=posted.get("sheet", ""))
    elif do == "columns":
        choose_columns(**which, kinds=chosen_kinds(posted))
    elif do == "mend":
        mend_rows(**which, rows=mended_rows(posted))
        # To what is still to be mended, also for who works without a mouse.
        return redirect(f"{_here(request)}#rows")
    elif do == "book":
        return _book(request, which)
    return redirect(_here(request))


def _here(request: StaffRequest) -> str:
    """This page without the row that was opened."""
    query = request.GET.copy()
    query.pop("edit", None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _book(request: StaffRequest, which: dict[str, Any]) -> HttpResponse:
    carried = book_list(**which)
    if carried.changed:
        text = ngettext(
            "One row is another one by now; nobody was booked. Look at it, then book the group.",
            "%(n)s rows are others by now; nobody was booked. Look at them, then book the group.",
            carried.changed,
        )
        raise _Shown(text % {"n": number_format(carried.changed)})
    if carried.refused:
        text = _("%(done)s booked, %(left)s not: see the rows below.")
        done, left = map(number_format, (carried.done, carried.refused))
        messages.warning(request, text % {"done": done, "left": left})
    else:
        messages.success(request, _("Booked as the preview showed."))
    return redirect(request.path)


def _context(
    request: StaffRequest, actor: Actor, draft: ListDraft, typed: QueryDict | None
) -> dict[str, Any]:
    content = opened(draft)
    context = {
        "draft": draft,
        "version": draft.version,
        "content": content,
        "plan": content.plan,
        "group": draft.group,
        "session": draft.session,
        "event": draft.session.event,
        "kinds": offered_kinds(PEOPLE.kinds),
        "section": "events",
    }
    if draft.state not in (DraftState.PREVIEW, DraftState.DONE):
        return context
    return context | _rows(request, actor, draft, content, retyped(typed or QueryDict()))


def _rows(
    request: StaffRequest,
    actor: Actor,
    draft: ListDraft,
    content: Content,
    typed: dict[int, Mended],
) -> dict[str, Any]:
    show = request.GET.get("show", "")
    wanted = show if show in RowStatus.values else ""
    pages = paged(request, content.in_order(wanted), ROWS)
    opened_row = request.GET.get("edit", "")
    rows = [
        {
            **row.shown,
            "row": row.line.row,
            "line": row.line,
            "choice": typed[row.line.row].choice if row.line.row in typed else row.choice,
            "born": _born(row.line, draft.office_id),
            "reached": Stage(row.shown["stage"]) if row.shown.get("stage") else None,
            "changed": row.changed,
            "open": row.status in _OPEN
            or str(row.line.row) == opened_row
            or bool(row.line.row in typed and typed[row.line.row].cells),
            "cells": [(kind, row.line.cells.get(kind, "")) for kind in CELLS],
        }
        for row in pages
    ]
    shown = {
        f"{row['row']}-{kind}": text for row in rows if row["open"] for kind, text in row["cells"]
    }
    for row in rows:
        if row["row"] in typed:
            row["cells"] = list({**dict(row["cells"]), **(typed[row["row"]].cells or {})}.items())
    _log(actor, draft, rows)
    counts = content.counts()
    return {
        "pages": pages,
        "rows": rows,
        "shown": shown,
        "counts": counts,
        "new": sum(row.shown["who"] == "new" for row in content.rows if _comes(row.status)),
        "coming": counts["booked"] + counts["waiting"],
        "differing": sum(bool(row.shown["differs"]) for row in content.rows),
        "show": wanted,
        "proposes": actor.office == draft.office_id and actor.may(Permission.RESIDENTS_CORRECT),
    }


def _born(line: Line, office: str) -> date | None:
    """That of the number stands for one that nobody can read; a remark says so."""
    replaced = line.born is None and "birth_date" in line.cells and line.nik is not None
    return line.nik.born_by(today_in(office)) if replaced and line.nik else line.born


def _comes(status: str) -> bool:
    return status in (RowStatus.BOOKED, RowStatus.WAITING)


def _log(actor: Actor, draft: ListDraft, rows: list[dict[str, Any]]) -> None:
    """The list as one look; who is shown beside somebody of the same name, by name or as a count."""
    subject = str(draft.pk)
    log_access(by=actor, action=Access.VIEW, kind="list preview", subject=subject, found=len(rows))
    alike = [uuid.UUID(str(person["id"])) for row in rows for person in row["alike"]]
    if alike:
        log_people(by=actor, people=alike, kind="look-alikes", subject=subject)
