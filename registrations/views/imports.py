"""Lists of residents: brought, looked at, carried out and undone on one page for each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, Conflict, Invalid, Refused
from dukcapil.core.forms import attempt, refuse
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.core.pages import paged, status_of
from dukcapil.core.versions import CHANGED
from registrations.forms.imports import (
    COLUMN_KINDS,
    ImportForm,
    RowForm,
    columns_of,
    row_stands,
)
from registrations.forms.people import reason_of
from registrations.oversight.enums import ExportKind, Kept
from registrations.oversight.selectors.retention import keep_for
from registrations.oversight.services.exports import request_export
from registrations.people.services.lookups import log_people
from registrations.roll.enums import ImportState, ImportStep, Outcome, Verdict
from registrations.roll.models import RollImport
from registrations.roll.selectors import (
    Rows,
    ShownRow,
    get_import_or_404,
    imports_of,
    piece_of,
    shown_rows,
)
from registrations.roll.services import imports
from registrations.tasks import build_export, work_on_import
from registrations.views.versions import say, version_context

_UNDONE = ("created", "proposed", "returned", "handed")
#: Seconds between two looks at work that goes on.
_EVERY = 2


@page(Permission.ROLL_IMPORT)
def import_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """The office's lists, and the form for one more."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office holds residents."))
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and (brought := attempt(form, _bring, by=actor)):
        hint(work_on_import, str(brought.pk))
        return redirect("import", brought.pk)
    pages = paged(request, imports_of(actor))
    context = {"form": form, "pages": pages, "section": "residents"}
    return render(request, "registrations/import_list.html", context, status=status_of(form))


def _bring(*, by: Actor, file: Any) -> RollImport:
    return imports.bring_list(by=by, file=file, name=file.name)


@page(Permission.ROLL_IMPORT)
def import_page(request: StaffRequest, actor: Actor, import_id: uuid.UUID) -> HttpResponse:
    """One list: how far it is, what is asked, its rows, and what may be done with it now."""
    roll_import = get_import_or_404(actor, import_id)
    context: dict[str, Any] = {"asks_alike": 0, "row_form": None}
    if request.method == "POST":
        done = _DOES.get(request.POST.get("do", ""), _unknown)(request, actor, roll_import)
        if isinstance(done, HttpResponse):
            return done
        context |= done
        roll_import = get_import_or_404(actor, import_id)
    waits = roll_import.state == ImportState.WAITING
    if request.htmx and not waits:
        # The page has rows to show now, or a question.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = _context(request, actor, roll_import) | context
    every = _EVERY if waits else 0
    asks = context["asks_alike"] or context["row_form"]
    status = context.get("status", 409 if asks else 200)
    pages_and_part = ("registrations/import.html", "registrations/_import.html")
    return live(request, *pages_and_part, context, every=every, status=status)


def _context(request: StaffRequest, actor: Actor, roll_import: RollImport) -> dict[str, Any]:
    told = roll_import.told
    context: dict[str, Any] = {
        "one": roll_import,
        "told": told,
        # As the questions about a class list are shown, too.
        "sheets": told.get("sheets"),
        "columns": told.get("columns"),
        "problems": told.get("problems") if roll_import.state == ImportState.ASKS else None,
        "kinds": COLUMN_KINDS,
        "version": roll_import.version,
        "section": "residents",
        "shows_rows": _shows_rows(roll_import),
    }
    if context["shows_rows"]:
        context |= _rows(request, actor, roll_import)
        context |= version_context(actor, roll_import, context["listed"])
    return context


def _shows_rows(roll_import: RollImport) -> bool:
    """Once they are compared, and while they are kept. Nobody leafs through rows that are being written."""
    if roll_import.state in (ImportState.WAITING, ImportState.ASKS, ImportState.GONE):
        return False
    return roll_import.step != ImportStep.READ


def _rows(request: StaffRequest, actor: Actor, roll_import: RollImport) -> dict[str, Any]:
    show = request.GET.get("show", "")
    preview = roll_import.step == ImportStep.JUDGE
    choices = Verdict if preview else Outcome
    rows = Rows(actor, roll_import, show if show in choices.values else "")
    pages = paged(request, rows)
    shown = shown_rows(list(pages))
    _log(actor, roll_import, shown)
    counts = rows.counts
    return {
        "pages": pages,
        "listed": rows,
        "rows": shown,
        "show": rows.show,
        "tabs": [(choice.value, choice.label, counts.of(choice.value)) for choice in choices],
        "counts": {choice.value: counts.of(choice.value) for choice in (*Verdict, *Outcome)},
        "preview": preview and roll_import.state == ImportState.READY,
        "writes": (preview and rows.to_write > 0) or bool(roll_import.completeness),
        "undoes": roll_import.step == ImportStep.WRITE
        and imports.may_still_be_undone(roll_import)
        and (sum(counts.of(one) for one in _UNDONE) > 0 or bool(roll_import.completeness)),
        "until": roll_import.written_at and roll_import.written_at + keep_for(Kept.IMPORTS),
    }


def _log(actor: Actor, roll_import: RollImport, rows: list[ShownRow]) -> None:
    """People whom the office holds are shown beside the rows: a look at each, or at all of them."""
    if held := [resident for row in rows for resident in row.people]:
        log_people(by=actor, people=held, kind="import", subject=str(roll_import.pk))


# --- what the buttons do --------------------------------------------------------------------------

Done = HttpResponse | dict[str, Any]


def _sheet(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    found = imports.choose_sheet(
        by=actor,
        roll_import=roll_import,
        sheet=request.POST.get("sheet", ""),
        version=_version(request),
    )
    return _at_work(found)


def _columns(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    found = imports.choose_columns(
        by=actor,
        roll_import=roll_import,
        columns=columns_of(request.POST),
        version=_version(request),
    )
    return _at_work(found)


def _version(request: StaffRequest) -> int | None:
    """None: the page names none. 0 is nobody's."""
    text = request.POST.get("version", "")
    return _digits(text) or 0 if text else None


def _carry_out(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    try:
        found = imports.carry_out(
            by=actor,
            roll_import=roll_import,
            version=_version(request),
            confirm=request.POST.getlist("confirm"),
        )
    except Asks as question:
        return {"asks_alike": 1, "question": question.message}
    return _at_work(found)


def _at_work(roll_import: RollImport) -> HttpResponse:
    hint(work_on_import, str(roll_import.pk))
    return redirect("import", roll_import.pk)


def _mend(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    form = RowForm(
        request.POST, stands=lambda: row_stands(piece_of(actor, roll_import, _number(request))[2])
    )
    if not form.is_valid():
        return {"row_form": form, "status": 422}
    cells = dict(form.cleaned_data)
    number, version = cells.pop("number"), cells.pop("version") or None
    try:
        verdict = imports.mend_row(
            by=actor, roll_import=roll_import, number=number, cells=cells, version=version
        )
    except Conflict as error:
        if error.code != CHANGED:
            raise
        refuse(form, error)
        return {"row_form": form}
    told = _("Row %(row)s: %(verdict)s.")
    messages.success(request, told % {"row": number, "verdict": verdict.label})
    return redirect(request.get_full_path())


def _other(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    imports.confirm_row(
        by=actor,
        roll_import=roll_import,
        number=_number(request),
        version=request.POST.get("version") or None,
    )
    return redirect(request.get_full_path())


def _number(request: StaffRequest) -> int:
    if (number := _digits(request.POST.get("number", ""))) is None:
        raise Invalid("choice", _("Choose a row of the list first."))
    return number


def _digits(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _discard(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    imports.discard(by=actor, roll_import=roll_import)
    messages.success(request, _("The list was thrown away; nothing was written."))
    return redirect("imports")


def _undo(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    return _at_work(imports.undo_import(by=actor, roll_import=roll_import))


def _go_on(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    return _at_work(imports.go_on(by=actor, roll_import=roll_import))


def _take_out(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    """The rows that were left, as a file like other lists of people: with a reason, kept for a day."""
    export = request_export(
        by=actor,
        kind=ExportKind.MEND,
        of_import=roll_import.pk,
        reason=reason_of(request.POST),
    )
    hint(build_export, str(export.pk))
    messages.success(request, _("The list is being made; it appears here in a moment."))
    return redirect("exports")


def _unknown(request: StaffRequest, actor: Actor, roll_import: RollImport) -> Done:
    raise Invalid("choice", _("Choose what is to be done."))


_DOES: dict[str, Callable[[StaffRequest, Actor, RollImport], Done]] = {
    "sheet": _sheet,
    "columns": _columns,
    "write": _carry_out,
    "row": _mend,
    "say": say,
    "other": _other,
    "discard": _discard,
    "undo": _undo,
    "go-on": _go_on,
    "mend": _take_out,
}
