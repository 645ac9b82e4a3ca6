"""The Desk Pilkada: the board of a region, also for a wall, and its report of a day."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.live import live
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.elections.models import Election
from reports.election_desk.selectors.board import Board, day_asked, election_of
from reports.election_desk.selectors.paper import desk_paper
from reports.election_desk.services import settled_board
from reports.files.renderers.desk import desk_message
from reports.views.question import crumbs_of, day_of

#: The longest bar of the hours, in percent of its cell.
_FULL = 100


def desk_region(actor: Actor, code: str) -> list[Region]:
    """The region of a board with those above it. A board shows offices, never a part of one."""
    crumbs = crumbs_of(actor, code)
    if Level(crumbs[-1].level).is_below(Level.REGENCY):
        raise NotFound
    return crumbs


def asked_board(request: StaffRequest, region: Region) -> Board:
    """As ``?date=`` and ``?election=`` say."""
    day: date | None = day_asked(day_of(request))
    number = request.GET.get("election", "")
    election: Election | None = None
    if number:
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise NotFound
        election = election_of(region.pk, int(number))
    return settled_board(region=region, day=day, election=election)


@require_safe
@page(Permission.REPORTS_VIEW)
def own_desk(request: StaffRequest, actor: Actor) -> HttpResponse:
    return redirect("desk-board", actor.office or actor.region)


@require_safe
@page(Permission.REPORTS_VIEW)
def desk_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Refreshes itself while it is open; ``?wall=1`` is for a television."""
    crumbs = desk_region(actor, code)
    shown = asked_board(request, crumbs[-1])
    most = max((n for _hour, n in shown.hours), default=0)
    context: dict[str, Any] = {
        "region": crumbs[-1],
        "crumbs": crumbs,
        "board": shown,
        "hours": [(hour, n, round(_FULL * n / most) if most else 0) for hour, n in shown.hours],
        "is_office": crumbs[-1].level == Level.REGENCY,
        "is_wall": bool(request.GET.get("wall")),
        "query": request.GET.urlencode(),
        "section": "desk-own",
        "tab": "board",
    }
    if context["is_wall"]:
        context["navigation"] = []
    return live(request, "reports/desk.html", "reports/_desk.html", context)


@require_safe
@page(Permission.REPORTS_VIEW)
def desk_report(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """What the desk reports of a day: the same as the files, and the message to copy."""
    crumbs = desk_region(actor, code)
    shown = asked_board(request, crumbs[-1])
    with translation.override("id"):
        # The reasons of a board are words already: the message has its own.
        message = desk_message(desk_paper(actor, asked_board(request, crumbs[-1])))
    # The election that was asked for goes along to the files, and to another day.
    election = request.GET.get("election", "")
    asked = {"date": shown.day} | ({"election": election} if election else {})
    context = {
        "region": crumbs[-1],
        "crumbs": crumbs,
        "board": shown,
        "report": desk_paper(actor, shown),
        "message": message,
        "election": election,
        "query": urlencode(asked),
        "section": "desk-own",
        "tab": "report",
    }
    return render(request, "reports/desk_report.html", context)
