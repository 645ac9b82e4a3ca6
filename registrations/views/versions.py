"""A list as a version: what it is, what it has of each village, and who is not on it any more."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, Conflict, Invalid
from dukcapil.core.forms import Question, refuse
from dukcapil.core.pages import paged, status_of
from dukcapil.core.templatetags.figures import people
from dukcapil.core.versions import CHANGED
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from registrations.forms.imports import VersionForm, version_stands
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, masked_rows
from registrations.people.services.lookups import log_people
from registrations.roll.enums import GoneState, ImportStep
from registrations.roll.models import RollGone, RollImport
from registrations.roll.selectors import (
    Rows,
    VillageRows,
    get_import_or_404,
    gone_of,
    villages_of,
)
from registrations.roll.services import versions


def version_context(actor: Actor, roll_import: RollImport, listed: Rows) -> dict[str, Any]:
    rows = villages_of(actor, roll_import, listed)
    form = VersionForm(stands=lambda: version_stands(roll_import, rows), rows=rows)
    own = regions_below(roll_import.office_id, [Level.VILLAGE]) if roll_import.written_at else []
    return {
        "version_form": form,
        "villages": [(row, form.ticked(row)) for row in rows],
        "covered": sum(row.covered for row in rows),
        # Said of what was written.
        "villages_in_office": len(own),
        "gone_open": sum(row.open for row in rows),
        "asks_gone": any(row.gone is not None for row in rows),
    }


def say(
    request: StaffRequest, actor: Actor, roll_import: RollImport
) -> HttpResponse | dict[str, Any]:
    """Of the preview: what the list is."""
    rows = villages_of(actor, roll_import)
    form = VersionForm(
        request.POST, stands=lambda: version_stands(roll_import, rows, again=True), rows=rows
    )
    if not form.is_valid():
        return _said_again(form, rows)
    try:
        versions.say_what(
            by=actor,
            roll_import=roll_import,
            confirm=request.POST.getlist("confirm"),
            **form.cleaned_data,
        )
    except Asks as asks:
        question = Question.of(request, asks)
        return _said_again(form, rows) | {"question_older": question, "status": 409}
    except Invalid as error:
        refuse(form, error)
        return _said_again(form, rows)
    except Conflict as error:
        if error.code != CHANGED:
            raise
        refuse(form, error)
        return _said_again(form, rows)
    messages.success(request, _("It is written down what this list is."))
    return redirect("import", roll_import.pk)


def _said_again(form: VersionForm, rows: list[VillageRows]) -> dict[str, Any]:
    return {
        "version_form": form,
        "villages": [(row, form.ticked(row)) for row in rows],
        "status": status_of(form),
    }


@page(Permission.ROLL_IMPORT)
def import_gone(request: StaffRequest, actor: Actor, import_id: uuid.UUID) -> HttpResponse:
    """Who is held at home in a village and is not on this list of it: asked one by one, or together."""
    roll_import = get_import_or_404(actor, import_id)
    if request.method == "POST":
        return _answer(request, actor, roll_import)
    rows = [row for row in villages_of(actor, roll_import) if row.gone]
    village = request.GET.get("village", "")
    chosen = next((row for row in rows if row.village == village), None)
    pages = paged(request, gone_of(actor, roll_import, chosen.village if chosen else ""))
    context = {
        "one": roll_import,
        "villages": rows,
        "chosen": chosen,
        "pages": pages,
        "gone": _people(actor, roll_import, list(pages)),
        "answers": roll_import.step == ImportStep.WRITE,
        "section": "residents",
    }
    return render(request, "registrations/import_gone.html", context)


def _people(actor: Actor, roll_import: RollImport, gone: list[RollGone]) -> list[dict[str, Any]]:
    """Masked rows with the state of the question; who was merged or erased since is shown to nobody. Whoever
    was taken off the roll and is on it again came back with a later list.
    """
    held = Resident.objects.visible_to(actor).filter(pk__in=[one.resident for one in gone])
    people = {row["id"]: row for row in masked_rows(held.values(*COLUMNS))}
    log_people(by=actor, people=people, kind="not on a list", subject=str(roll_import.pk))
    shown = []
    for one in gone:
        if (person := people.get(one.resident)) is not None:
            back = one.state == GoneState.OFF and person["off_roll_since"] is None
            shown.append({**person, "state": GoneState.BACK if back else GoneState(one.state)})
    return shown


def _answer(request: StaffRequest, actor: Actor, roll_import: RollImport) -> HttpResponse:
    answer, village = request.POST.get("do", ""), request.POST.get("village", "")
    if answer not in ("off", "stays"):
        raise Invalid("choice", _("Choose what is to be done."))
    if village and village not in roll_import.covers:
        raise Invalid("choice", _("Choose a row of the list first."))
    try:
        count = versions.answer_gone(
            by=actor,
            roll_import=roll_import,
            off=answer == "off",
            village=village,
            people=_ids(request.POST.getlist("resident")),
        )
    except Conflict as error:
        messages.error(request, str(error.message))
    else:
        said = ngettext("%(n)s answer was written.", "%(n)s answers were written.", count)
        messages.success(request, said % {"n": people(count)})
    return redirect(request.get_full_path())


def _ids(texts: list[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in texts]
    except ValueError as error:
        raise Invalid("choice", _("Choose a row of the list first.")) from error
