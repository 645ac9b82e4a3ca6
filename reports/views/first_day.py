"""The first day of an office on one page: what is to be done, in order, and what of it is done."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.templatetags.figures import people
from reports.first_day.selectors import Step, first_day


class Words(NamedTuple):
    title: Any
    why: Any
    #: What is there, for a count.
    there: Any
    page: str
    of_office: bool = False


_WORDS: dict[str, Words] = {
    "letterhead": Words(
        gettext_lazy("Letterhead and signature"),
        gettext_lazy("Letters, minutes and lists carry them."),
        ngettext_lazy("entered, %(n)s version", "entered, %(n)s versions", "many"),
        "office-profile",
    ),
    "staff": Words(
        gettext_lazy("Accounts of the clerks"),
        gettext_lazy("Each with an own account: what is done is written to a person."),
        ngettext_lazy("%(n)s clerk", "%(n)s clerks", "many"),
        "staff-new",
    ),
    "stock": Words(
        gettext_lazy("Opening count of cards"),
        gettext_lazy("Cards are followed from the first count on; prints before it move nothing."),
        ngettext_lazy("%(n)s store counted", "%(n)s stores counted", "many"),
        "stock-counts",
        of_office=True,
    ),
    "devices": Words(
        gettext_lazy("Devices"),
        gettext_lazy("Cameras, scanners and printers that go to events."),
        ngettext_lazy("%(n)s device", "%(n)s devices", "many"),
        "devices",
    ),
    "basis": Words(
        gettext_lazy("Basis of coverage"),
        gettext_lazy(
            "The official number of people who are to have a card; the province may bring it."
        ),
        ngettext_lazy("%(n)s basis", "%(n)s bases", "many"),
        "bases",
    ),
    "people": Words(
        gettext_lazy("The first list of residents"),
        gettext_lazy("Looked at before it is written, and undone for thirty days."),
        ngettext_lazy("%(n)s person held", "%(n)s people held", "many"),
        "imports",
    ),
    "villages": Words(
        gettext_lazy("Villages of which the list says whom it has"),
        gettext_lazy("Only of them it is known how many are missing."),
        ngettext_lazy("%(n)s village", "%(n)s villages", "many"),
        "imports",
    ),
    "verifiers": Words(
        gettext_lazy("Village verifiers"),
        gettext_lazy("They say of each missing person what is so, on a phone."),
        ngettext_lazy("%(n)s village", "%(n)s villages", "many"),
        "staff-new",
    ),
    "session": Words(
        gettext_lazy("The first event with a session"),
        gettext_lazy("People are booked into sessions and served in them."),
        ngettext_lazy("%(n)s session", "%(n)s sessions", "many"),
        "event-new",
    ),
    "alerts": Words(
        gettext_lazy("An address for alerts"),
        gettext_lazy("Who agreed is mailed when something has to be done."),
        ngettext_lazy("%(n)s address", "%(n)s addresses", "many"),
        "alert-address",
    ),
}


@page(Permission.ROLL_IMPORT)
@require_safe
def first_day_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    if actor.office is None:
        raise Refused("forbidden", _("Only a district office has a first day."))
    steps = first_day(actor)
    context = {
        "steps": [_shown(step, actor.office) for step in steps],
        "done": sum(step.done for step in steps),
        "next": next((step.name for step in steps if not step.done), ""),
        "section": "today",
    }
    return render(request, "reports/first_day.html", context)


def _shown(step: Step, office: str) -> dict[str, Any]:
    words = _WORDS[step.name]
    there = words.there % {"many": step.count, "n": people(step.count)}
    if step.of is not None:
        there = _("%(count)s of %(all)s villages") % {
            "count": people(step.count),
            "all": people(step.of),
        }
    return {
        "name": step.name,
        "title": words.title,
        "why": words.why,
        "there": there if step.count else "",
        "done": step.done,
        "whole": step.whole,
        "url": reverse(words.page, args=[office] if words.of_office else []),
    }
