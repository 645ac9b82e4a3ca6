"""Voters' lists: brought, matched, decided by keyboard, and taken out as a result."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, Invalid, NotFound, Refused
from dukcapil.core.forms import attempt, fill
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.core.pages import chosen_id, paged, status_of
from registrations.forms.imports import columns_of
from registrations.forms.people import reason_of
from registrations.forms.voters import COLUMN_KINDS, CodeForm, NoVoterForm, VotersForm
from registrations.oversight.enums import ExportKind
from registrations.oversight.selectors.lists import LONGEST_SHEET
from registrations.oversight.services.exports import request_export
from registrations.people.selectors import person_or_404
from registrations.people.services.lookups import log_people, log_person
from registrations.tasks import build_export, work_on_voter_list
from registrations.voters.enums import ListState, ListStep, Verdict
from registrations.voters.models import VoterList
from registrations.voters.selectors import showing
from registrations.voters.selectors.lists import (
    codes_of,
    elections_for,
    figures,
    get_list_or_404,
    lists_of,
    next_to_decide,
    no_vote_of,
    rows_of,
    to_decide,
)
from registrations.voters.services import deciding, lists

#: Seconds between two looks at work that goes on.
_EVERY = 2
#: What may be asked for again when the job could not do it: the button's word, and what it does.
_AGAIN: dict[str, tuple[str, Any]] = {
    ListStep.MATCH: ("again", gettext_lazy("Match again")),
    ListStep.ACCEPT: ("accept", gettext_lazy("Accept the result")),
    ListStep.DISCARD: ("discard", gettext_lazy("Throw away")),
}


@page(Permission.VOTERS_MATCH)
def voter_lists(request: StaffRequest, actor: Actor) -> HttpResponse:
    """The office's lists, and the form for one more."""
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office holds residents."))
    elections = elections_for(actor)
    form = fill(request, VotersForm, elections=elections, office=actor.office)
    if request.method == "POST" and (brought := attempt(form, _bring, by=actor)):
        hint(work_on_voter_list, str(brought.pk))
        return redirect("voter-list", brought.pk)
    context = {
        "form": form,
        "elections": elections,
        "pages": paged(request, lists_of(actor)),
        "section": "voters",
    }
    return render(request, "registrations/voter_lists.html", context, status=status_of(form))


def _bring(*, by: Actor, file: Any, **said: Any) -> VoterList:
    return lists.bring_voters(by=by, file=file, name=file.name, **said)


@page(Permission.VOTERS_MATCH)
def voter_list(request: StaffRequest, actor: Actor, list_id: uuid.UUID) -> HttpResponse:
    """One list: how far it is, what is asked, its figures by village, and its rows."""
    found = get_list_or_404(actor, list_id)
    asks: dict[str, Any] = {}
    if request.method == "POST":
        done = _DOES.get(request.POST.get("do", ""), _unknown)(request, actor, found)
        if isinstance(done, HttpResponse):
            return done
        asks = done
    waits = found.state == ListState.WAITING
    if request.htmx and not waits:
        # The page has figures to show now, or a question.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    context = _context(request, actor, found) | asks
    pages_and_part = ("registrations/voter_list.html", "registrations/_voter_work.html")
    every, status = _EVERY if waits else 0, 409 if asks else 200
    return live(request, *pages_and_part, context, every=every, status=status)


def _context(request: StaffRequest, actor: Actor, found: VoterList) -> dict[str, Any]:
    told = found.told
    asked = found.state == ListState.ASKS
    context: dict[str, Any] = {
        "one": found,
        "told": told,
        "sheets": told.get("sheets"),
        "columns": told.get("columns"),
        "problems": told.get("problems") if asked else None,
        "kinds": COLUMN_KINDS,
        "version": found.version,
        "section": "voters",
        "shows": found.state in (ListState.READY, ListState.ACCEPTED),
        "again": _AGAIN.get(found.step)
        if found.state in (ListState.FAILED, ListState.STOPPED)
        else None,
    }
    if context["shows"]:
        context |= _matched(request, actor, found)
    return context


def _matched(request: StaffRequest, actor: Actor, found: VoterList) -> dict[str, Any]:
    verdict, village = request.GET.get("show", ""), request.GET.get("village", "")
    verdict = verdict if verdict in Verdict.values else ""
    counted = figures(actor, found)
    codes = codes_of(actor, found.election_id, found.held_on)
    context: dict[str, Any] = {
        "figures": counted,
        "verdicts": [(one.value, one.label, counted.whole.classes[one]) for one in showing.SHOWN],
        "codes": list(codes.items()),
        "coded": [(code, codes.get(code), many) for code, many in counted.whole.codes.items()],
        "waits": counted.whole.classes[Verdict.ASK],
        "show": verdict,
        "village": village,
        "names_people": found.state == ListState.READY,
        "as_sheet": found.total <= LONGEST_SHEET,
    }
    if context["names_people"] and (verdict or village):
        pages = paged(request, rows_of(actor, found, counted, verdict, village))
        rows = showing.rows(actor, list(pages))
        people = [row.person["id"] for row in rows if row.person]
        _log_looks(actor, found, people, len(rows) - len(people))
        context |= {"pages": pages, "rows": rows}
    return context


def _log_looks(actor: Actor, found: VoterList, people: list[uuid.UUID], others: int) -> None:
    """At people whom the office holds, and at voters whom it does not."""
    if people or others:
        log_people(by=actor, people=people, kind="voters", subject=str(found.pk), others=others)


# --- what the buttons of a list do ----------------------------------------------------------------

Done = HttpResponse | dict[str, Any]


def _at_work(found: VoterList) -> HttpResponse:
    hint(work_on_voter_list, str(found.pk))
    return redirect("voter-list", found.pk)


def _sheet(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    sheet, version = request.POST.get("sheet", ""), request.POST.get("version")
    return _at_work(lists.choose_sheet(by=actor, voter_list=found, sheet=sheet, version=version))


def _columns(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    columns, version = columns_of(request.POST), request.POST.get("version")
    return _at_work(
        lists.choose_columns(by=actor, voter_list=found, columns=columns, version=version)
    )


def _again(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    return _at_work(lists.match_again(by=actor, voter_list=found))


def _accept(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    confirm, version = request.POST.getlist("confirm"), request.POST.get("version")
    try:
        taken = lists.accept_result(by=actor, voter_list=found, confirm=confirm, version=version)
    except Asks as question:
        return {"question": question.message, "confirm": lists.UNDECIDED}
    return _at_work(taken)


def _discard(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    version = request.POST.get("version")
    return _at_work(lists.discard(by=actor, voter_list=found, version=version))


def _code(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    code, version = request.POST.get("code", ""), request.POST.get("version")
    deciding.set_code(
        by=actor, voter_list=found, number=_number(request), code=code, version=version
    )
    return redirect(request.get_full_path())


def _reopen(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    deciding.reopen_row(by=actor, voter_list=found, number=_number(request))
    return redirect(request.get_full_path())


def _take_out(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    """The result as a file, like other lists: with a reason, kept for a day."""
    kind = ExportKind.VOTERS_CSV if request.POST["do"] == "csv" else ExportKind.VOTERS
    export = request_export(by=actor, kind=kind, reason=reason_of(request.POST), of_voters=found.pk)
    hint(build_export, str(export.pk))
    messages.success(request, _("The list is being made; it appears here in a moment."))
    return redirect("exports")


def _unknown(request: StaffRequest, actor: Actor, found: VoterList) -> Done:
    raise Invalid("choice", _("Choose what is to be done."))


def _number(request: StaffRequest) -> int:
    text = request.POST.get("number", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("choice", _("Choose a row of the list first."))
    return int(text)


_DOES: dict[str, Callable[[StaffRequest, Actor, VoterList], Done]] = {
    "sheet": _sheet,
    "columns": _columns,
    "again": _again,
    "accept": _accept,
    "discard": _discard,
    "code": _code,
    "reopen": _reopen,
    "csv": _take_out,
    "xlsx": _take_out,
}


# --- one voter after another ----------------------------------------------------------------------


@page(Permission.VOTERS_MATCH)
def voter_decisions(request: StaffRequest, actor: Actor, list_id: uuid.UUID) -> HttpResponse:
    """A voter beside whom it may be: y or a digit, n, l."""
    found = get_list_or_404(actor, list_id)
    if request.method == "POST":
        _decide(request, actor, found)
        return redirect("voter-decisions", found.pk)
    context: dict[str, Any] = {"one": found, "section": "voters"}
    if found.state == ListState.READY:
        row = next_to_decide(actor, found)
        context |= {"waits": to_decide(actor, found), "row": row}
        if row is not None:
            context |= {"voter": row.read(), "pairs": showing.pairs(actor, row)}
            people = [pair.person["id"] for pair in context["pairs"]]
            _log_looks(actor, found, people, 0 if people else 1)
    return render(request, "registrations/voter_decisions.html", context)


def _decide(request: StaffRequest, actor: Actor, found: VoterList) -> None:
    number, said = _number(request), request.POST.get("do", "")
    if said == "same":
        resident = chosen_id(request.POST.get("resident"))
        deciding.decide_same(by=actor, voter_list=found, number=number, resident=resident)
    elif said == "nobody":
        deciding.decide_nobody(by=actor, voter_list=found, number=number)
    elif said == "later":
        deciding.put_off(by=actor, voter_list=found, number=number)
    else:
        raise Invalid("choice", _("Choose what is to be done."))


# --- codes of an election, and who is no voter ----------------------------------------------------


@page(Permission.VOTERS_MATCH)
def voter_codes(request: StaffRequest, actor: Actor, election_id: int) -> HttpResponse:
    """What each code of an election means, and a form to change one."""
    election = next((one for one in elections_for(actor) if one.pk == election_id), None)
    if election is None:
        raise NotFound
    form = fill(request, CodeForm)
    if request.method == "POST" and attempt(form, deciding.enter_code, by=actor, election=election):
        messages.success(request, _("The code was entered."))
        return redirect("voter-codes", election.pk)
    context = {
        "election": election,
        "form": form,
        "codes": [
            (code, meaning.label)
            for code, meaning in codes_of(actor, election.pk, election.held_on).items()
        ],
        "section": "voters",
    }
    return render(request, "registrations/voter_codes.html", context, status=status_of(form))


@page(Permission.VOTERS_MATCH)
def no_voter(request: StaffRequest, actor: Actor, resident_id: uuid.UUID) -> HttpResponse:
    """Why a resident is no voter, and until when."""
    person = person_or_404(actor, resident_id)
    log_person(by=actor, person=resident_id)
    form = fill(request, NoVoterForm, do=("say",))
    if request.method == "POST":
        if request.POST.get("do") == "back":
            deciding.take_back_no_voter(
                by=actor, resident=resident_id, said=chosen_id(request.POST.get("said"))
            )
            messages.success(request, _("It was taken back."))
            return redirect("no-voter", resident_id)
        if attempt(form, deciding.say_no_voter, by=actor, resident_id=resident_id):
            messages.success(request, _("It was entered."))
            return redirect("no-voter", resident_id)
    context = {
        "person": person,
        "said": no_vote_of(actor, resident_id),
        "form": form,
        "section": "residents",
    }
    return render(request, "registrations/no_voter.html", context, status=status_of(form))
