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
from dukcapil.core.db import Part, together
from dukcapil.core.forms import attempt
from dukcapil.core.live import live
from dukcapil.core.pages import status_of
from dukcapil.core.versions import short
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.selectors.events import coming_events
from registrations.booking.selectors.desk import progress, sessions_on
from registrations.cards.selectors.backlog import kept_by
from registrations.ledger.enums import Outcome
from registrations.people.enums import Category
from reports.daily.selectors.owed import OwedDay, owed_of, owed_rows
from reports.daily.selectors.today import countdown, done_of, done_rows
from reports.daily.services.confirming import Confirmed, report_nil
from reports.duties.selectors import asked_of, duties_of, openings_asked, unplanned
from reports.exports import remembered
from reports.forms import NilForm
from reports.views.duties import opening_waits, waiting
from reports.views.homes import backlog_asked, home_of
from reports.views.question import shown_answer

#: Events of the next days, and days to confirm, that a page of today has room for.
COMING, OWED = 8, 3


@require_safe
def home(request: Request) -> HttpResponse:
    """Everybody who works here starts with what waits for them; programs of others have no page."""
    actor = request.actor
    works = actor is not None and actor.may(Permission.COVERAGE_VIEW)
    return redirect("today" if works else "coverage")


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
    shown, election = remembered(
        {"today": office.pk, "day": day},
        lambda: (shown_answer(actor, office, day, "", "domicile"), countdown(office.pk, day)),
    )
    held_on = {office.pk: election.held_on} if election else {}
    rows: dict[str, Part] = {"done": done_rows(actor, day), **backlog_asked(office)}
    rows |= openings_asked(office.pk, held_on, day)
    if actor.may(Permission.REPORTS_CONFIRM):
        rows |= owed_rows(office.pk, day)
    found, counts = together(rows, asked_of(actor))
    done = done_of(found["done"])
    owed = owed_of(office.pk, day, found) if actor.may(Permission.REPORTS_CONFIRM) else []
    context = {
        "day": day,
        "office": office,
        "sessions": progress(actor, sessions_on(actor, day, office.timezone)),
        "coming": coming_events(actor, day)[:COMING],
        "recorded": done.get((Service.RECORDING, Outcome.DONE), 0),
        "pemula": done.get((Service.RECORDING, Category.PEMULA), 0),
        "ikd": done.get((Service.IKD_ACTIVATION, Outcome.DONE), 0),
        "failed": sum(n for (_name, what), n in done.items() if what == Outcome.FAILED),
        "documents": sum(
            n
            for (name, what), n in done.items()
            if what == Outcome.DONE
            and name not in (Service.RECORDING, Service.IKD_ACTIVATION, Service.CARD_HANDOVER)
        ),
        "total": shown.answer.whole,
        "question": shown.question,
        "election": election,
        "approves": actor.may(Permission.EVENTS_APPROVE),
        "first_day": actor.office is not None and actor.may(Permission.ROLL_IMPORT),
        "waiting": [
            *opening_waits(unplanned(held_on, found.get("openings", []), day)),
            *waiting(duties_of(counts), actor),
        ],
        "owed_more": owed[OWED:],
        "backlog": kept_by(found["backlog"]).get(office.pk),
        "keeps_statuses": True,
        **_nil_forms(owed[:OWED], refused),
    }
    status = status_of(refused) if refused else 200
    return live(request, "reports/today.html", "reports/_today.html", context, status=status)


def _nil_forms(owed: list[OwedDay], refused: NilForm | None) -> dict[str, Any]:
    """Days to confirm, each with its form; the one that was refused as it was sent."""
    sent = refused["day"].value() if refused else None
    forms = []
    for one in owed:
        form = NilForm(initial={"day": one.day}, auto_id=f"{one.day}-%s")
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
