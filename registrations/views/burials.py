"""The register of burials: a line written on a phone, the list of the office, one burial, the month's report."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.errors import Conflict, Invalid, NotFound, TooMany
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import chosen_id, paged, status_of
from dukcapil.core.templatetags.figures import people
from dukcapil.core.whole import Stands
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region, regions_below
from registrations.arrivals.enums import ArrivalKind, RefusedBecause
from registrations.arrivals.services.deciding import refuse
from registrations.burials.enums import BurialState
from registrations.burials.models import Burial
from registrations.burials.renderers import form_data_pdf
from registrations.burials.selectors.burials import (
    burials_of,
    corrected_by,
    get_burial_or_404,
    handed_over,
    may_be_corrected,
    not_compared,
    shown,
)
from registrations.burials.services.filing import file_burial, filed_version
from registrations.burials.services.form_data import look_at_line, take_form_data
from registrations.burials.services.matching import (
    match_burial,
    match_version,
    match_waiting,
    may_be,
)
from registrations.burials.services.recording import (
    correct_burial,
    line_version,
    receive_burial,
    record_burial,
    void_burial,
)
from registrations.forms.burials import (
    BurialForm,
    CorrectBurialForm,
    FileBurialForm,
    FormDataForm,
    VoidBurialForm,
    filed_in,
    shown_in,
)
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, masked_rows
from registrations.people.services.lookups import log_people

#: Lines on a page of a phone.
ROWS = 30
#: Of those handed over, on one page.
_ARRIVALS = 20


@page(Permission.BURIALS_VIEW)
def burial_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Lines of the register, and what other offices handed over. A province has the report alone."""
    if request.method == "POST":
        require(actor, Permission.BURIALS_MATCH)
        return _act_on_list(request, actor)
    if actor.office is None:
        return redirect("burial-report")
    which = request.GET.get("lihat", "")
    pages = paged(request, burials_of(actor, which), ROWS)
    lines = [shown(actor, one) for one in pages]
    matches = actor.may(Permission.BURIALS_MATCH)
    handed = handed_over(actor, _ARRIVALS + 1) if matches else []
    more = len(handed) > _ARRIVALS
    handed = handed[:_ARRIVALS]
    if lines or handed:
        found = len(lines) + len(handed)
        log_access(by=actor, action=Access.VIEW, kind="burials", found=found)
    context = {
        "pages": pages,
        "rows": lines,
        "handed": handed,
        "more": more,
        "reasons": RefusedBecause.choices,
        "which": which,
        "tabs": [
            ("", _("All")),
            *([("menunggu", _("To be decided"))] if matches else []),
            ("batal", _("Void lines")),
        ],
        "matches": matches,
        "keeps": actor.role == Role.BURIAL_RECORDER,
        "section": "burials",
    }
    return render(request, "registrations/burial_list.html", context)


def _act_on_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    do = request.POST.get("do", "")
    if do == "match":
        counts = match_waiting(by=actor)
        done = sum(counts.values())
        said = ngettext("%(n)s burial was compared.", "%(n)s burials were compared.", done)
        messages.success(request, said % {"n": people(done)})
        if left := not_compared(actor).count():
            more = ngettext("%(n)s burial still waits.", "%(n)s burials still wait.", left)
            messages.warning(request, more % {"n": people(left)})
        return redirect("burials")
    arrival = chosen_id(request.POST.get("arrival"))
    if do == "receive":
        burial = receive_burial(by=actor, arrival_id=arrival)
        if burial.state == BurialState.VOID:
            messages.success(request, _("The line is void."))
            return redirect("burial", burial.pk)
        messages.success(request, _("The burial stands in the register of the home village now."))
        return redirect("burial", burial.pk)
    if do == "refuse":
        why = request.POST.get("why", "")
        refuse(by=actor, arrival_id=arrival, why=why, kind=ArrivalKind.BURIAL)
        messages.success(request, _("The burial was not taken; nothing of it is kept."))
        return redirect("burials")
    raise Invalid("choice", _("Choose what is to be done."))


@page(Permission.BURIALS_RECORD)
def burial_new(request: StaffRequest, actor: Actor) -> HttpResponse:
    """One form, for a phone."""
    if actor.office is None:
        raise NotFound
    only = _own_village(actor)
    villages = regions_below(actor.office, [Level.VILLAGE])
    form = fill(request, BurialForm, villages=villages, village=only)
    fixed = {"village": only} if only else {}
    if request.method == "POST" and (done := attempt(form, record_burial, by=actor, **fixed)):
        words = {"line": done.line}
        messages.success(request, _("Written down as line %(line)s.") % words)
        return redirect("burials")
    context = {"form": form, "villages": villages, "only": only, "section": "burials"}
    return render(request, "registrations/burial_form.html", context, status=status_of(form))


def _own_village(actor: Actor) -> Region | None:
    if len(actor.region) != Level.VILLAGE.code_length:
        return None
    return get_region(actor.region, level=Level.VILLAGE)


@page(Permission.BURIALS_RECORD)
def burial_correct(request: StaffRequest, actor: Actor, burial_id: uuid.UUID) -> HttpResponse:
    """The same form with what stands; saving writes another line in its place."""
    burial = get_burial_or_404(actor, burial_id)
    if not may_be_corrected(actor, burial):
        messages.error(request, _("This line cannot be corrected here any more."))
        return redirect("burial", burial_id)
    villages = regions_below(burial.office_id, [Level.VILLAGE])
    form = fill(
        request,
        CorrectBurialForm,
        stands=_stands(actor, burial, shown_in, line_version),
        villages=villages,
        village=burial.village,
    )
    if request.method == "POST" and (
        done := attempt(form, correct_burial, by=actor, burial_id=burial_id)
    ):
        messages.success(request, _("The line was corrected."))
        return redirect("burial", done.pk)
    look_at_line(by=actor, burial=burial)
    context = {
        "form": form,
        "burial": burial,
        "villages": villages,
        "only": burial.village,
        "section": "burials",
    }
    return render(request, "registrations/burial_form.html", context, status=status_of(form))


def _stands(
    actor: Actor,
    burial: Burial,
    values: Callable[[Burial], dict[str, Any]],
    version: Callable[[Burial], str],
) -> Callable[[], Stands]:
    """The line of the page, and read again after a refusal."""
    read = [burial]

    def stands() -> Stands:
        line = read.pop() if read else get_burial_or_404(actor, burial.pk)
        return Stands(values(line), version(line))

    return stands


# --- one burial -----------------------------------------------------------------------------------


@page(Permission.BURIALS_VIEW)
def burial_page(request: StaffRequest, actor: Actor, burial_id: uuid.UUID) -> HttpResponse:
    """What was written down, its thirty days, who it is, and what became of it."""
    burial = get_burial_or_404(actor, burial_id)
    forms = {
        "void": fill(request, VoidBurialForm, do=("void",)),
        "file": fill(
            request,
            FileBurialForm,
            do=("file",),
            stands=_stands(actor, burial, filed_in, filed_version),
        ),
        "form": fill(request, FormDataForm, do=("form",)),
    }
    if request.method == "POST" and (done := _act(request, actor, burial, forms)):
        return done
    log_access(
        by=actor,
        action=Access.VIEW,
        kind="burial",
        subject=str(burial.resident_id or "") if actor.may(Permission.BURIALS_MATCH) else "",
        case=str(burial_id),
    )
    matches = actor.may(Permission.BURIALS_MATCH)
    context = {
        "burial": burial,
        "line": shown(actor, burial),
        "forms": forms,
        "matches": matches,
        "candidates": _candidates(actor, burial) if matches else [],
        "person": _person(actor, burial) if matches else None,
        "version": match_version(burial),
        "corrects": may_be_corrected(actor, burial),
        "corrected_by": corrected_by(actor, burial),
        "stands": burial.state != BurialState.VOID and burial.sealed is not None,
        "section": "burials",
    }
    status = max(status_of(form) for form in forms.values())
    return render(request, "registrations/burial.html", context, status=status)


def _act(
    request: StaffRequest, actor: Actor, burial: Burial, forms: dict[str, Any]
) -> HttpResponse | None:
    do = request.POST.get("do", "")
    back = redirect("burial", burial.pk)
    if do == "form":
        taken = attempt(forms["form"], take_form_data, by=actor, burial_id=burial.pk)
        return _form_data(taken) if taken else None
    if do in ("match", "choose", "nobody"):
        chosen = chosen_id(request.POST.get("resident")) if do == "choose" else None
        try:
            done = match_burial(
                by=actor,
                burial_id=burial.pk,
                resident=chosen,
                nobody=do == "nobody",
                version=request.POST.get("version"),
            )
        except (Conflict, TooMany) as error:
            messages.error(request, str(error.message))
            return back
        messages.success(request, BurialState(done.state).label)
        return back
    verbs: dict[str, tuple[Callable[..., Burial], str]] = {
        "void": (void_burial, _("The line is void.")),
        "file": (file_burial, _("It is written down when the death was reported.")),
    }
    if do not in verbs:
        raise Invalid("choice", _("Choose what is to be done."))
    verb, said = verbs[do]
    if attempt(forms[do], verb, by=actor, burial_id=burial.pk):
        messages.success(request, said)
        return back
    return None


def _form_data(burial: Burial) -> HttpResponse:
    with translation.override("id"):
        content = form_data_pdf(burial, timezone.now())
    name = f"data-f-2-01-{burial.village_id}-{burial.number}-{burial.year}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _candidates(actor: Actor, burial: Burial) -> list[dict[str, Any]]:
    """Masked rows of whom it may be, where somebody decides."""
    if burial.state != BurialState.ASKED:
        return []
    held = Resident.objects.visible_to(actor).filter(pk__in=may_be(actor, burial))
    found = masked_rows(held.order_by("pk").values(*COLUMNS))
    log_people(by=actor, people=(row["id"] for row in found), kind="burial", subject=str(burial.pk))
    return found


def _person(actor: Actor, burial: Burial) -> dict[str, Any] | None:
    """Logged with the page."""
    if burial.state != BurialState.MATCHED or burial.resident_id is None:
        return None
    held = Resident.objects.visible_to(actor).filter(pk=burial.resident_id)
    return next(iter(masked_rows(held.values(*COLUMNS))), None)
