"""The workbench of a village: who of it is not recorded, and what is done with whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Invalid
from dukcapil.core.forms import attempt, fill, refuse
from dukcapil.core.pages import chosen_id, page_number, status_of
from events.planning.selectors.events import get_session_or_404
from registrations.bench.selectors.chosen import chosen_entries, may_come
from registrations.bench.selectors.entries import (
    MOST_BY_NAME,
    election_of,
    entries_of,
    page_of,
)
from registrations.bench.selectors.filters import MINE, NOBODY, BenchFilter, filter_of
from registrations.bench.selectors.head import Head, head_of, village_or_404
from registrations.bench.services.handling import ask_visits, hand_over
from registrations.bench.services.saved_views import drop_view, save_view
from registrations.booking.services.chosen import book_chosen
from registrations.forms.bench import AskForm, BenchFilterForm, BookForm, HandForm, SaveViewForm
from registrations.missing.enums import EntryState, Purpose
from registrations.missing.models import RollEntry, RollList
from registrations.missing.selectors.lists import list_of
from registrations.missing.services.refreshing import refresh_within
from registrations.people.services.lookups import log_people

_Said = list[tuple[int, str]]
#: Which rows are shown before anybody chose.
_FIRST = {"state": EntryState.OPEN}
#: What the page does with chosen people.
_DOES = ("ask", "book", "hand")


@page(Permission.RESIDENTS_VIEW)
def workbench(request: StaffRequest, actor: Actor, village: str) -> HttpResponse:
    place = village_or_404(actor, village)
    refresh_within(place.pk)
    roll = list_of(Purpose.MISSING, place.pk[:5])
    head = head_of(actor, place, roll)
    does = bool(actor.office) and actor.may(Permission.APPOINTMENTS_BOOK)
    form = _filter_form(request, actor, head, staff=does)
    which = _which(form)
    forms = _forms(request, head)
    if request.method == "POST" and (done := _do(request, actor, head, roll, which, forms)):
        return done
    rows = None
    if roll is not None and which is not None:
        found = entries_of(actor, roll, place.pk, which)
        by_name = head.people <= MOST_BY_NAME
        rows = page_of(actor, found, page_number(request), election_of(roll), by_name=by_name)
        people = [row["resident"] for row in rows.rows]
        log_people(by=actor, people=people, kind="village list", subject=place.pk)
    status = max(status_of(one) for one in (form, *forms.values()))
    context = {
        "village": place,
        "head": head,
        "roll": roll,
        "filter": form,
        "which": which,
        "rows": rows,
        "ticked": request.POST.getlist("people"),
        "everybody": request.POST.get("everybody"),
        "bulk": [forms[name] for name in _DOES],
        "does": does,
        "plans": bool(actor.office) and actor.may(Permission.EVENTS_PLAN),
        "exports": bool(actor.office) and actor.may(Permission.RESIDENTS_EXPORT),
        "section": "unrecorded",
        **forms,
    }
    return render(request, "registrations/bench.html", context, status=status)


def _filter_form(
    request: StaffRequest, actor: Actor, head: Head, *, staff: bool
) -> BenchFilterForm:
    """`staff`: with the names of those who work here."""
    chosen = request.GET.keys() & BenchFilterForm.base_fields.keys()
    owners = [(MINE, _("me")), (NOBODY, _("nobody")), *(head.owners if staff else [])]
    return BenchFilterForm(
        request.GET if chosen else _FIRST,
        groups=head.groups,
        venues=head.venues,
        owners=owners,
        sees_groups=actor.may(Permission.GROUPS_VIEW),
    )


def _which(form: BenchFilterForm) -> BenchFilter | None:
    if not form.is_valid():
        return None
    try:
        return filter_of(form.cleaned_data)
    except Invalid as error:
        refuse(form, error)
        return None


def _forms(request: StaffRequest, head: Head) -> dict[str, Any]:
    return {
        "ask": fill(request, AskForm, do=("ask",), prefix="ask"),
        "book": fill(request, BookForm, do=("book",), prefix="book", sessions=head.sessions),
        "hand": fill(request, HandForm, do=("hand",), prefix="hand", owners=head.owners),
        "save": fill(request, SaveViewForm, do=("save",), prefix="save"),
    }


def _do(
    request: StaffRequest,
    actor: Actor,
    head: Head,
    roll: RollList | None,
    which: BenchFilter | None,
    forms: dict[str, Any],
) -> HttpResponse | None:
    """Back to the same selection; None when something has to be mended first."""
    do, back = request.POST.get("do", ""), redirect(request.get_full_path())
    if do == "drop":
        drop_view(by=actor, view_id=chosen_id(request.POST.get("view")))
        messages.success(request, _("The view was dropped."))
        return back
    if which is None:
        return None
    if do == "save":
        if not attempt(forms["save"], save_view, by=actor, which=which):
            return None
        messages.success(request, _("Kept. You find it above the list."))
        return back
    if do not in _DOES or roll is None:
        return None
    require(actor, Permission.APPOINTMENTS_BOOK)
    found = entries_of(actor, roll, head.village.pk, which)
    return back if _with_chosen(request, actor, head, roll, found, forms[do]) else None


def _with_chosen(
    request: StaffRequest,
    actor: Actor,
    head: Head,
    roll: RollList,
    found: QuerySet[RollEntry],
    form: Any,
) -> bool:
    """Whether it was done; else the form says why not."""
    try:
        entries = chosen_entries(
            actor,
            roll,
            found,
            request.POST.getlist("people"),
            everybody=bool(request.POST.get("everybody")),
        )
    except Invalid as error:
        form.is_valid()
        refuse(form, error)
        return False
    hand = partial(_hand, shown=request.POST.getlist("stands"))
    verbs: dict[str, Callable[..., _Said]] = {"ask": _ask, "book": _book, "hand": hand}
    verb = verbs[request.POST["do"]]
    said = attempt(form, verb, by=actor, entries=entries, village=head.village.name)
    for level, text in said or []:
        messages.add_message(request, level, text)
    return said is not None


def _ask(*, by: Actor, entries: list[RollEntry], village: str, **chosen: Any) -> _Said:
    done = ask_visits(by=by, entries=entries, **chosen)
    text = ngettext(
        "A visit to %(n)s person is asked for.", "Visits to %(n)s people are asked for.", done.asked
    )
    said = [(messages.SUCCESS, text % {"n": done.asked})]
    if done.passed_over:
        text = ngettext(
            "%(n)s person was passed over: not open, or asked for already.",
            "%(n)s people were passed over: not open, or asked for already.",
            done.passed_over,
        )
        said.append((messages.WARNING, text % {"n": done.passed_over}))
    return said


def _book(
    *, by: Actor, entries: list[RollEntry], village: str, session: str, services: list[str]
) -> _Said:
    people = may_come(by, entries)
    booked = book_chosen(
        by=by,
        session=get_session_or_404(by, chosen_id(session)),
        name=village[:80],
        residents=people,
        services=services,
    )
    said: _Said = []
    for status, text in (
        ("booked", _("Booked: %(n)s.")),
        ("waiting", _("On the waiting list: %(n)s.")),
        ("here", _("Booked there before: %(n)s.")),
    ):
        if count := len(booked.of(status)):
            said.append((messages.SUCCESS, text % {"n": count}))
    if count := len(entries) - len(people) + len(booked.of("problem", "full")):
        # Without names: what is said after a click passes through the browser's cookies.
        text = ngettext(
            "%(n)s person was not booked: recorded, died or held twice, too young on that day, to return later, expected elsewhere, or no place is left.",
            "%(n)s people were not booked: recorded, died or held twice, too young on that day, to return later, expected elsewhere, or no place is left.",
            count,
        )
        said.append((messages.WARNING, text % {"n": count}))
    return said


def _hand(
    *,
    by: Actor,
    entries: list[RollEntry],
    village: str,
    owner: str,
    next_step: str,
    shown: list[str],
) -> _Said:
    """`shown`: the entries of the page, each with its version. Nobody saw those of its other pages."""
    seen = dict(one.split(" ", 1) for one in shown if " " in one)
    count = hand_over(
        by=by,
        entries=entries,
        owner=int(owner) if owner else None,
        next_step=next_step,
        versions={entry.pk: seen.get(str(entry.pk)) for entry in entries},
    )
    text = ngettext("%(n)s person was handed over.", "%(n)s people were handed over.", count)
    return [(messages.SUCCESS, text % {"n": count})]
