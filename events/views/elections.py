"""Elections with their history, and days that regions opened or closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Asks
from dukcapil.core.forms import Question, attempt, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import regions_below
from events.calendar.selectors import local_days
from events.elections.enums import ElectionState
from events.elections.selectors import decisions_of, elections_of, state_of
from events.elections.services.days import decide_day
from events.elections.services.deciding import (
    Followed,
    decide,
    enter_election,
    get_election_or_404,
)
from events.forms.elections import DecideForm, ElectionForm, LocalDayForm, decision_stands

_ROWS = 50


def asked(
    request: StaffRequest, form: forms.Form, verb: Callable[..., Any], **fixed: Any
) -> tuple[Question | None, Any]:
    """As `attempt`; a question of the verb comes back as one."""
    asks: list[Asks] = []

    def asking(**values: Any) -> Any:
        try:
            return verb(**values)
        except Asks as question:
            asks.append(question)
            return None

    done = attempt(form, asking, **fixed)
    return (Question.of(request, asks[0]) if asks else None), done


def _offered(actor: Actor) -> dict[str, Any]:
    """The regions that the actor decides on, the own one chosen; nobody else is shown the form."""
    may = actor.may(Permission.ELECTIONS_SET)
    levels = [Level.NATION, Level.PROVINCE, Level.REGENCY]
    regions = regions_below(actor.region, levels) if may else []
    return {"regions": regions, "initial": {"region": actor.region}}


@page(Permission.COVERAGE_VIEW)
def election_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Of the own region, those above it and below it; who may enters another one."""
    if request.method == "POST":
        require(actor, Permission.ELECTIONS_SET)
    form = fill(request, ElectionForm, **_offered(actor))
    if request.method == "POST" and attempt(form, enter_election, by=actor):
        messages.success(request, _("The election was entered."))
        return redirect("elections")
    pages = paged(request, elections_of(actor.region), _ROWS)
    context = {
        "pages": pages,
        "elections": [
            (one, state_of(one), actor.covers(one.region_id), decisions_of(one))
            for one in pages.object_list
        ],
        "form": form,
        "sets": actor.may(Permission.ELECTIONS_SET),
        "section": "elections",
    }
    return render(request, "events/election_list.html", context, status=status_of(form))


@page(Permission.ELECTIONS_SET)
def election_decide(request: StaffRequest, actor: Actor, election_id: int) -> HttpResponse:
    """Move an election, cancel it, or name another source."""
    election = get_election_or_404(actor, election_id)
    question = None
    form = fill(request, DecideForm, stands=lambda: decision_stands(election.pk))
    if request.method == "POST":
        confirm = request.POST.getlist("confirm")
        question, done = asked(request, form, decide, by=actor, election=election, confirm=confirm)
        if done:
            messages.success(request, _said(done))
            return redirect("elections")
    context = {
        "election": election,
        "state": state_of(election),
        "decisions": decisions_of(election)[::-1],
        "form": form,
        "question": question,
        "section": "elections",
    }
    status = 409 if question else status_of(form)
    return render(request, "events/election.html", context, status=status)


def _said(done: Followed) -> str:
    text = [_("The decision was entered.")]
    if done.moved:
        text.append(
            ngettext(
                "%(n)d opening moved with it.", "%(n)d openings moved with it.", len(done.moved)
            )
            % {"n": len(done.moved)}
        )
    if done.ended and done.election.state == ElectionState.CANCELLED:
        text.append(
            ngettext(
                "%(n)d opening was taken back with it.",
                "%(n)d openings were taken back with it.",
                len(done.ended),
            )
            % {"n": len(done.ended)}
        )
    elif done.ended:
        text.append(
            ngettext(
                "%(n)d opening ended: nothing opens on its new day.",
                "%(n)d openings ended: nothing opens on their new day.",
                len(done.ended),
            )
            % {"n": len(done.ended)}
        )
    return " ".join(text)


@page(Permission.COVERAGE_VIEW)
def local_day_list(request: StaffRequest, actor: Actor) -> HttpResponse:
    """Days that regions opened or closed, with reason and source."""
    question = None
    form = fill(request, LocalDayForm, **_offered(actor))
    if request.method == "POST":
        require(actor, Permission.ELECTIONS_SET)
        confirm = request.POST.getlist("confirm")
        question, done = asked(request, form, decide_day, by=actor, confirm=confirm)
        if done:
            messages.success(request, _("The day was decided."))
            return redirect("local-days")
    context = {
        "pages": paged(request, local_days(actor.region), _ROWS),
        "form": form,
        "question": question,
        "sets": actor.may(Permission.ELECTIONS_SET),
        "section": "elections",
    }
    status = 409 if question else status_of(form)
    return render(request, "events/local_days.html", context, status=status)
