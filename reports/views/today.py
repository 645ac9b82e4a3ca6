"""The first page after login: the day of a desk, or the figures of the own region."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import Request, StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Refused
from dukcapil.core.live import live
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.selectors.events import coming_events
from registrations.booking.selectors.desk import progress, sessions_on
from registrations.ledger.enums import Outcome
from registrations.oversight.selectors.looks import guessers
from registrations.people.enums import Category
from reports.daily.selectors.today import countdown, done_on
from reports.exports import remembered
from reports.views.question import shown_answer

#: Events of the next days that a page of today has room for.
COMING = 8


@require_safe
def home(request: Request) -> HttpResponse:
    """An office that plans events starts with its day, everybody else with their region's figures."""
    actor = request.actor
    works = actor is not None and actor.office and actor.may(Permission.EVENTS_PLAN)
    return redirect("today" if works else "coverage")


@require_safe
@page(Permission.EVENTS_PLAN)
def today_page(request: StaffRequest, actor: Actor) -> HttpResponse:
    if actor.office is None:
        raise Refused("forbidden", _("This page is for district offices."))
    office: Region = request.posting.region
    day = timezone.localdate(timezone=ZoneInfo(office.timezone))
    done = done_on(actor, day)
    shown, election = remembered(
        {"today": office.pk, "day": day},
        lambda: (shown_answer(actor, office, day, "", "domicile"), countdown(office.pk, day)),
    )
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
            if what == Outcome.DONE and name not in (Service.RECORDING, Service.IKD_ACTIVATION)
        ),
        "total": shown.answer.whole,
        "question": shown.question,
        "election": election,
        "approves": actor.may(Permission.EVENTS_APPROVE),
        "guessers": guessers(actor) if actor.may(Permission.ACCESS_REVIEW) else 0,
    }
    return live(request, "reports/today.html", "reports/_today.html", context)
