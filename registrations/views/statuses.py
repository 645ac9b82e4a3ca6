"""Pages of statuses: the backlog by code and its lists, a list that is brought, one person's history."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.lists.grid import WhichSheet
from dukcapil.core.lists.layout import WhichColumns
from dukcapil.core.pages import chosen_id, paged, status_of
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.enums import zone_of
from registrations.cards.enums import STEP, Exceptional, ImportState, StatusCode
from registrations.cards.readers import STATUSES
from registrations.cards.selectors.backlog import backlog, backlog_by_office
from registrations.cards.selectors.lists import AGAIN, HELD, LATE, PRINT, listed
from registrations.cards.selectors.statuses import (
    age_in_days,
    history,
    import_or_404,
    imports,
    is_late,
)
from registrations.cards.services.importing import (
    Brought,
    bring_statuses,
    drop_statuses,
    take_back_statuses,
    take_statuses,
)
from registrations.cards.services.statuses import enter_status, take_back_status
from registrations.forms.groups import offered_kinds
from registrations.forms.statuses import StatusForm, StatusListForm
from registrations.forms.venues import told_kinds
from registrations.people.selectors import get_resident_or_404, person_or_404
from registrations.people.services.lookups import log_people, log_person

#: Lists as the page names them, by `?daftar=`.
_NAMES: dict[str, Any] = {
    PRINT: gettext_lazy("To print today"),
    HELD: gettext_lazy("Print-ready, too young for a card"),
    AGAIN: gettext_lazy("To be called again"),
    LATE: gettext_lazy("Longer in one status than it takes"),
    **dict(Exceptional.choices),
}
#: Rows of a list that were not taken in, as the page names them.
_NAMED = 50


@page(Permission.RECORDS_VIEW)
def status_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Every code with its people and what comes next; `?daftar=` the people of a list or code."""
    form = fill(request, StatusListForm, do=("bring",), today=actor.today)
    asked: dict[str, Any] = {}
    if request.method == "POST":
        require(actor, Permission.RECORDS_LOG)
        if (brought := _bring(request, actor, form, asked)) is not None:
            return redirect("status-import", brought.brought.pk)
    chosen = request.GET.get("daftar", "")
    rows = backlog(actor)
    context: dict[str, Any] = {
        "rows": rows,
        "some": any(row.people for row in rows),
        "offices": backlog_by_office(actor) if not (chosen or actor.office) else None,
        "names": _NAMES.items(),
        "chosen": chosen,
        "form": form if actor.may(Permission.RECORDS_LOG) and actor.office else None,
        "imports": [] if chosen else imports(actor),
        "section": "statuses",
        **asked,
    }
    if chosen:
        context |= _people(request, actor, chosen)
    return render(request, "registrations/status_list.html", context, status=status_of(form))


def _people(request: StaffRequest, actor: Actor, chosen: str) -> dict[str, Any]:
    found = listed(actor, chosen).select_related("resident__identity", "resident__village")
    pages = paged(request, found)
    rows = [(one, STEP[one.code], age_in_days(one), is_late(one)) for one in pages]
    log_people(by=actor, people=[one.resident_id for one, *_rest in rows], kind="statuses")
    label = _NAMES[chosen] if chosen in _NAMES else StatusCode(chosen).label
    return {
        "pages": pages,
        "people": rows,
        "label": label,
        "chosen": chosen,
        "calls": chosen == AGAIN and actor.may(Permission.RECORDS_ACCEPT),
    }


def _bring(
    request: StaffRequest, actor: Actor, form: StatusListForm, asked: dict[str, Any]
) -> Brought | None:
    def asking(**values: Any) -> Brought | None:
        try:
            return bring_statuses(**values)
        except WhichColumns as which:
            asked["columns"], asked["problems"] = which.columns, which.problems
            asked["kinds"] = offered_kinds(STATUSES.kinds)
        except WhichSheet as which:
            names = ", ".join(one.name for one in which.sheets)
            text = _("Choose the sheet that holds the list: %(names)s.") % {"names": names}
            raise Invalid("which-sheet", text, field="sheet") from which
        return None

    brought: Brought | None = attempt(form, asking, by=actor, chosen=told_kinds(request.POST))
    for sentence in brought.said if brought else ():
        messages.info(request, sentence)
    return brought


@page(Permission.RECORDS_VIEW)
def status_import(request: StaffRequest, actor: Actor, brought_id: uuid.UUID) -> HttpResponse:
    """What a list says, and after it was confirmed what became of its rows."""
    brought = import_or_404(actor, brought_id)
    if request.method == "POST":
        try:
            messages.success(request, _decided(actor, brought.pk, request.POST.get("do", "")))
        except Conflict as error:
            messages.warning(request, error.message)
        return redirect("status-import", brought.pk)
    rows = brought.rows or []
    counts = [(code, sum(row[1] == code for row in rows)) for code in StatusCode]
    context = {
        "brought": brought,
        "counts": [(code, code.label, n) for code, n in counts if n],
        "shown": brought.state == ImportState.SHOWN,
        "taken": brought.state == ImportState.TAKEN,
        "back": brought.state == ImportState.BACK,
        "refused": brought.refused[:_NAMED],
        "more": max(len(brought.refused) - _NAMED, 0),
        "decides": actor.office == brought.office_id and actor.may(Permission.RECORDS_LOG),
        "section": "statuses",
    }
    return render(request, "registrations/status_import.html", context)


def _decided(actor: Actor, brought: uuid.UUID, do: str) -> str:
    """What became of the list, in words."""
    if do == "take":
        take_statuses(by=actor, brought_id=brought)
        return _("Taken in.")
    if do == "drop":
        drop_statuses(by=actor, brought_id=brought)
        return _("Dropped.")
    if do != "back":
        raise NotFound
    if stay := take_back_statuses(by=actor, brought_id=brought):
        text = ngettext(
            "Taken out again. %(n)s status stays, because something newer was said since.",
            "Taken out again. %(n)s statuses stay, because something newer was said since.",
            stay,
        )
        return text % {"n": people(stay)}
    return _("Taken out again.")


@page(Permission.RECORDS_VIEW)
def resident_status(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """What SIAK said of one person, the newest first; a status entered by hand."""
    resident = get_resident_or_404(actor, resident_id)
    zone = zone_of(resident.office_id)
    form = fill(request, StatusForm, zone=zone)
    if request.method == "POST":
        require(actor, Permission.RECORDS_LOG)
        if wrong := request.POST.get("undo"):
            take_back_status(by=actor, status_id=chosen_id(wrong), resident=resident)
            messages.success(request, _("Taken out again."))
            return redirect("resident-status", resident.pk)
        if attempt(form, enter_status, by=actor, resident=resident):
            messages.success(request, _("Noted."))
            return redirect("resident-status", resident.pk)
    log_person(by=actor, person=resident.pk)
    rows = history(actor, resident.pk)
    context = {
        "person": person_or_404(actor, resident.pk),
        "rows": [(one, STEP[one.code], is_late(one) and one.newest) for one in rows],
        "zone": zone,
        "form": form
        if actor.office == resident.office_id and actor.may(Permission.RECORDS_LOG)
        else None,
        "section": "residents",
    }
    return render(request, "registrations/resident_status.html", context, status=status_of(form))
