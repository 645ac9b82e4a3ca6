"""An office's stock: what lies there, how long it lasts, and what moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import attempt, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.enums import Level, day_of, today_in
from dukcapil.regions.models import Region
from events.calendar.selectors import days_worked
from events.elections.selectors import next_election
from events.stock.enums import AccountKind, Act, Item, goes_back
from events.stock.models import Movement
from events.stock.selectors import standings
from events.stock.services.requests import set_threshold
from reports.cover.renderers.curves import Drawn
from reports.cover.selectors.cover import LOOKED_AT, cover_from
from reports.cover.selectors.curve import AHEAD, BACK, Curve, curve
from reports.cover.selectors.need import Need, needs_covered, with_statuses
from reports.cover.selectors.office import (
    IN_HAND,
    Line,
    OfficeAccounts,
    accounts_of,
    newest_lines,
    start_of,
    tasks_of_keeper,
)
from reports.cover.selectors.shipments import net_sent_and_tasks
from reports.cover.selectors.statement import MOST, Statement
from reports.exports import remembered
from reports.stock_forms import FilterForm, ThresholdForm
from reports.views.question import crumbs_and_state, crumbs_of

#: Movements that the page of an office has room for; the others are in its statement.
_NEWEST = 12
#: How far back those are looked for.
_LATELY = timedelta(days=60)


@require_safe
@page(Permission.REPORTS_VIEW)
def own_stock(request: StaffRequest, actor: Actor) -> HttpResponse:
    """An office's own; a province and the nation see those of their offices."""
    if actor.office is None:
        return redirect("stock-region", actor.region)
    return redirect("stock-office", actor.office)


def place_of(actor: Actor, code: str) -> list[Region]:
    """The office with the regions above it."""
    return _with_stores(crumbs_of(actor, code))


def place_and_state(actor: Actor, code: str) -> tuple[list[Region], str]:
    """As `place_of`, and in the same query the state of the figures."""
    crumbs, state = crumbs_and_state(actor, code)
    return _with_stores(crumbs), state


def _with_stores(crumbs: list[Region]) -> list[Region]:
    """Offices have stores, and provinces."""
    if crumbs[-1].level not in (Level.REGENCY, Level.PROVINCE):
        raise NotFound
    return crumbs


def is_own(actor: Actor, code: str) -> bool:
    return code == (actor.office or actor.region)


def item_of(request: StaffRequest) -> str:
    """As ``?item=`` says; what is no item is the card."""
    text = request.GET.get("item") or request.POST.get("item", "")
    return text if text in Item.moved() else str(Item.CARD)


def frame(actor: Actor, crumbs: list[Region], item: str, tab: str) -> dict[str, Any]:
    own = is_own(actor, crumbs[-1].pk)
    return {
        "region": crumbs[-1],
        "crumbs": crumbs,
        "item": item,
        "items": [(str(one), one.label) for one in Item.moved()],
        "may_move": own and actor.may(Permission.STOCK_MOVE),
        "may_count": own and actor.may(Permission.STOCK_COUNT),
        "is_office": crumbs[-1].level == Level.REGENCY,
        "section": "stock-own",
        "tab": tab,
    }


@page(Permission.REPORTS_VIEW)
def stock_office(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    (crumbs, state), item = place_and_state(actor, code), item_of(request)
    office = crumbs[-1]
    context = frame(actor, crumbs, item, "office")
    form = None
    if context["may_move"] and office.level == Level.REGENCY:
        form = fill(request, ThresholdForm, do=("threshold",), initial={"valid_from": actor.today})
    if request.method == "POST":
        require(actor, Permission.STOCK_MOVE)
        if form is None:
            raise NotFound
        if attempt(form, set_threshold, by=actor, office=office, item=item):
            messages.success(request, _("The threshold was set."))
            return redirect(request.get_full_path())
    found = accounts_of(office.pk, titled=actor.may(Permission.EVENTS_VIEW))
    context |= {"opened": found.is_open(item), "threshold_form": form}
    if found.is_open(item):
        context |= _shown(actor, office, found, item, state)
    elif reads_sheets(actor):
        context["keeper_tasks"] = tasks_of_keeper(office.pk)
    status = status_of(form) if form else 200
    return render(request, "reports/stock_office.html", context, status=status)


def _shown(
    actor: Actor, office: Region, found: OfficeAccounts, item: str, state: str
) -> dict[str, Any]:
    code, today = office.pk, today_in(office.pk)
    standing = standings([code], item, today - LOOKED_AT, today)[code]
    # What the pages of other figures remember: nothing of it changes with a movement.
    need, held_on, worked = remembered(
        {"stock": code, "day": today},
        lambda: _of_figures(office),
        state,
    )
    in_hand = found.sum_of(item, *IN_HAND, AccountKind.PROVINCE)
    cover = replace(cover_from(standing, today), cards=in_hand)
    is_office = office.level == Level.REGENCY
    least = standing.stock.threshold if is_office else 0
    since = start_of(code, today - timedelta(days=BACK))
    net, shipments, tasks = net_sent_and_tasks(code, item, since)
    opened = day_of(standing.stock.opened_at, code) if standing.stock.opened_at else today
    line: Curve = curve(in_hand, net, cover.per_day, today, worked, held_on, opened)
    lines = newest_lines(found, item, timezone.now() - _LATELY, _NEWEST)
    return {
        "cover": cover,
        "per_day": round(cover.per_day) if cover.per_day else None,
        "need": _need(office, need, item),
        "threshold": least,
        "low": in_hand < least,
        "in_store": found.sum_of(item, *AccountKind.stores()),
        "in_bags": found.sum_of(item, AccountKind.EVENT),
        "shipments": shipments,
        "keeper_tasks": tasks if reads_sheets(actor) else [],
        "on_way": found.sum_of(item, AccountKind.IN_TRANSIT),
        "groups": found.groups(item),
        "supplies": found.supplies,
        "curve": line,
        "drawn": Drawn.of(line, least),
        "lines": with_sheets(actor, code, lines),
    }


def _need(office: Region, covered: Need, item: str) -> Need:
    if item != Item.CARD or office.level != Level.REGENCY:
        return Need()
    return with_statuses({office.pk: covered})[office.pk]


def _of_figures(office: Region) -> tuple[Need, Any, set[Any]]:
    """Need, the day of the next election, and the days of work until then."""
    code, today = office.pk, today_in(office.pk)
    election = next_election(code, today)
    until = election.held_on if election else today + timedelta(days=AHEAD)
    worked = days_worked([code], today + timedelta(days=1), until)[code]
    is_office = office.level == Level.REGENCY
    need = needs_covered([code], today, known=office)[code] if is_office else Need()
    return need, election.held_on if election else None, worked


def reads_sheets(actor: Actor) -> bool:
    """Sheets name who signs: they are for who keeps stock, and for who decides about it."""
    return actor.may(Permission.STOCK_MOVE) or actor.may(Permission.STOCK_DECIDE)


def with_sheets(actor: Actor, code: str, lines: list[Line]) -> list[dict[str, Any]]:
    """Lines for a template, each with the address of its sheet, where it has one."""
    signs = reads_sheets(actor)
    keeps = is_own(actor, code) and actor.may(Permission.STOCK_MOVE)
    return [
        {
            "movement": line.movement,
            "words": line.words,
            "note": line.note,
            "came": line.came,
            "balance": line.balance,
            "sheet": _sheet(code, line) if signs else "",
            "back": _back(line.movement, code) if keeps else "",
            "annex": _annex(line) if actor.may(Permission.RESIDENTS_EXPORT) else "",
        }
        for line in lines
    ]


def may_go_back(moved: Movement, code: str) -> bool:
    """Whether this place can take it back by hand: whoever has the cards now gives them."""
    by_hand = moved.act == Act.MOVE and goes_back(moved.source_kind, moved.target_kind)
    return by_hand and (moved.target.place or moved.source.place) == code


def _back(moved: Movement, code: str) -> str:
    if not may_go_back(moved, code):
        return ""
    path = reverse("stock-move", args=[code, "balik"])
    return f"{path}?item={moved.item}&mutasi={moved.pk}"


def _annex(line: Line) -> str:
    """Where whose cards were destroyed is taken out as a list, with a reason."""
    if line.movement.target_kind != AccountKind.DESTROYED:
        return ""
    return f"{reverse('exports')}?musnah={line.movement.pk}"


def _sheet(code: str, line: Line) -> str:
    moved = line.movement
    if moved.count_id:
        return reverse("stock-sheet", args=[code, "opname", moved.count_id])
    if moved.act != Act.MOVE:
        return ""
    is_end = moved.target_kind == AccountKind.DESTROYED
    return reverse("stock-sheet", args=[code, "pemusnahan" if is_end else "serah-terima", moved.pk])


@require_safe
@page(Permission.REPORTS_VIEW)
def stock_statement(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Of one account, the newest first: ``?akun=``, by default the store. As a bank's, with the balance
    after each movement.
    """
    crumbs, item = place_of(actor, code), item_of(request)
    office = crumbs[-1]
    context = frame(actor, crumbs, item, "statement")
    titled = actor.may(Permission.EVENTS_VIEW)
    rows = accounts_of(office.pk, titled=titled).of(item)
    form = FilterForm(request.GET)
    form.full_clean()
    wanted = form.cleaned_data
    chosen = next((row for row in rows if str(row.account.pk) == request.GET.get("akun")), None)
    chosen = chosen or (rows[0] if rows else None)
    context |= {"accounts": rows, "filter": form, "opened": bool(rows)}
    if chosen:
        statement = Statement(
            account=chosen.account,
            own=office.pk,
            first=_start(office, wanted.get("first")),
            last=_start(office, wanted.get("last"), after=True),
            text=wanted.get("text") or "",
            prints=wanted.get("prints") or "",
            titled=titled,
        )
        shown = paged(request, statement)
        context |= {
            "account": chosen.account,
            "words": chosen.words,
            "page": shown,
            "most": MOST if statement.is_cut else None,
            "lines": with_sheets(actor, office.pk, list(shown)),
        }
    return render(request, "reports/stock_statement.html", context)


def _start(office: Region, day: Any, *, after: bool = False) -> datetime | None:
    if day is None:
        return None
    return start_of(office.pk, day + timedelta(days=1) if after else day)
