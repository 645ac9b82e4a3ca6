"""The first page after login: the day of a desk, and what waits for whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import Request, StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.forms import attempt
from dukcapil.core.live import live, only_read
from dukcapil.core.pages import status_of
from dukcapil.core.versions import short
from dukcapil.regions.models import Region
from reports.daily.selectors.owed import OwedDay, owed_of
from reports.daily.selectors.today import countdown, counts_and_figures
from reports.daily.services.confirming import Confirmed, report_nil
from reports.duties.selectors.day import day_read
from reports.exports import remembered
from reports.forms import NilForm
from reports.views.day import drawn_day, stamp_of
from reports.views.homes import home_of
from reports.views.question import shown_answer

#: Days to confirm that a page of today has room for.
OWED = 3


@require_safe
def home(request: Request) -> HttpResponse:
    """Everybody who works here starts with what waits for them; programs of others have no page."""
    actor = request.actor
    works = actor is not None and actor.may(Permission.COVERAGE_VIEW)
    return redirect("today" if works else "coverage")


@only_read
@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.COVERAGE_VIEW)
def today_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    """An office's day; of a province, the nation, an administrator or a village what each looks at."""
    refused = None
    if request.method == "POST":
        require(actor, Permission.REPORTS_CONFIRM)
        refused = NilForm(request.POST)
        if attempt(refused, _reporting(request, actor)):
            return redirect("today")
    if actor.office is None or not actor.may(Permission.EVENTS_PLAN):
        return home_of(request, actor)
    office: Region = request.posting.region
    day = timezone.localdate(timezone=ZoneInfo(office.timezone))
    done, figures = counts_and_figures(actor, day)
    shown, election = remembered(
        {"today": office.pk, "day": day},
        lambda: (shown_answer(actor, office, day, "", "domicile"), countdown(office.pk, day)),
        figures,
    )
    held_on = {office.pk: election.held_on} if election else {}
    reading = day_read(actor, office, day, held_on)
    of_day: dict[str, Any] = {"reading": reading, "actor": actor, "office": office, "done": done}

    def drawn() -> dict[str, Any]:
        answered = {"total": shown.answer.whole, "question": shown.question, "election": election}
        return drawn_day(**of_day, day=day, elections=held_on) | answered

    def around() -> dict[str, Any]:
        confirms = actor.may(Permission.REPORTS_CONFIRM)
        owed = owed_of(office.pk, day, reading.found) if confirms else []
        return {
            "day": day,
            "office": office,
            "first_day": actor.may(Permission.ROLL_IMPORT),
            "owed_more": owed[OWED:],
            **_nil_forms(owed[:OWED], refused),
        }

    return live(
        request,
        "reports/today.html",
        "reports/_today.html",
        around,
        status=status_of(refused) if refused else 200,
        stamp=stamp_of(**of_day, shown=shown, election=election),
        drawn_from=drawn,
    )


def _nil_forms(owed: list[OwedDay], refused: NilForm | None) -> dict[str, Any]:
    """Days to confirm, each with its form; the one that was refused as it was sent."""
    sent = refused["day"].value() if refused else None
    forms = []
    for one in owed:
        form = NilForm(auto_id=f"{one.day}-%s")
        if refused and one.nil and sent == str(one.day):
            form, refused.auto_id = refused, f"{one.day}-%s"
        forms.append((one, form))
    return {
        "owed": forms,
        "refused": refused,
        # Of a day that has no form here any more: what was typed is shown, to be copied.
        "left_over": refused and all(form is not refused for _one, form in forms),
    }


def _reporting(request: StaffRequest, actor: Actor) -> Callable[..., Confirmed]:
    """The operator's nil report, in one step."""

    def report(*, day: date, nil_reason: str, note: str) -> Confirmed:
        done = report_nil(
            by=actor, regency=actor.office or "", day=day, nil_reason=nil_reason, note=note
        )
        text = _("%(day)s is reported as nil. Signed: version %(version)s.")
        details = {"day": date_format(day, "l, j F Y"), "version": short(done.version)}
        messages.success(request, text % details)
        return done

    return report
