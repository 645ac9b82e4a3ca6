"""All offices' stock, what they ask for, and how a province shares out."""

from __future__ import annotations

import uuid
from typing import Any

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
from dukcapil.core.errors import NotFound
from dukcapil.core.forms import asked_about, attempt, confirmed, fill
from dukcapil.core.pages import paged, status_of
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.stock.models import StockRequest
from events.stock.selectors import balances, requests_in
from events.stock.services.requests import ask_stock, decide_request
from reports.cover.selectors.province import RegionStock, plan_version, region_stock
from reports.cover.selectors.shipments import sent_within
from reports.cover.services.sharing import Shared, share
from reports.exports import needs_within
from reports.stock_forms import DecideForm, RequestForm, ShareForm
from reports.views.question import crumbs_and_state
from reports.views.stock import frame, is_own, item_of, place_of


@page(Permission.REPORTS_VIEW)
def stock_region(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Who runs out first stands first. The stock keeper of the province carries out the proposal, after a
    question that lists what moves.
    """
    (crumbs, state), item = crumbs_and_state(actor, code), item_of(request)
    region = crumbs[-1]
    if region.level == Level.REGENCY and request.method != "POST":
        return redirect("stock-office", region.pk)
    if Level(region.level).is_below(Level.PROVINCE):
        raise NotFound
    offices = regions_below(region.pk, [Level.REGENCY])
    needs = needs_within(region, offices, state)
    found = region_stock(region, offices, item, today_in(region.pk), needs)
    shares = is_own(actor, region.pk) and actor.may(Permission.STOCK_MOVE)
    form = fill(request, ShareForm, do=("share",)) if shares else None
    question = ""
    if request.method == "POST":
        require(actor, Permission.STOCK_MOVE)
        if form is None:
            raise NotFound
        if form.is_valid() and "share" not in confirmed(request, form):
            question = _question(found)
        elif done := attempt(form, _sharing(request, actor, region, item)):
            _tell(request, done)
            return redirect("stock-region", region.pk)
    waiting = requests_in(region.pk, waiting=True)
    context = frame(actor, crumbs, item, "region") | {
        "found": found,
        "form": form if found.plan.moves else None,
        "question": question,
        "asked": asked_about(form) if question and form else "",
        "version": plan_version(found.plan.moves),
        "shipments": sent_within(region.pk, item) if found.store else [],
        "waiting": list(waiting[:_WAITING]),
        "may_decide": actor.may(Permission.STOCK_DECIDE) and actor.office is None,
    }
    status = 409 if question else status_of(form) if form else 200
    return render(request, "reports/stock_region.html", context, status=status)


#: Requests that the page of a province has room for.
_WAITING = 20


def _question(found: RegionStock) -> str:
    own = sum(one.cards for one in found.plan.moves if one.source == found.region.pk)
    others = {one.source for one in found.plan.moves if one.source != found.region.pk}
    booked = _("%(n)s cards leave the store of the province and are on their way.") % {
        "n": people(own)
    }
    asked = ngettext(
        "%(n)s office gets a task to send what it is asked for.",
        "%(n)s offices get a task to send what they are asked for.",
        len(others),
    ) % {"n": len(others)}
    parts = [*([booked] if own else []), *([asked] if others else [])]
    return " ".join([*parts, _("Go on?")])


def _sharing(request: StaffRequest, actor: Actor, region: Region, item: str) -> Any:
    def carry_out(*, document: str) -> Shared:
        version = request.POST.get("version", "")
        return share(by=actor, province=region, item=item, version=version, document=document)

    return carry_out


def _tell(request: StaffRequest, done: Shared) -> None:
    text = _("Booked: %(booked)s shipments on the way. Asked: %(asked)s offices.")
    messages.success(request, text % {"booked": done.booked, "asked": done.asked})


# --- requests -------------------------------------------------------------------------------------


@page(Permission.REPORTS_VIEW)
def stock_requests(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """What an office asked for and was granted; of a province all of its offices'."""
    crumbs, item = place_of(actor, code), item_of(request)
    region = crumbs[-1]
    context = frame(actor, crumbs, item, "requests")
    form = None
    if context["may_move"] and context["is_office"]:
        form = fill(request, RequestForm, initial={"item": item})
    if request.method == "POST":
        require(actor, Permission.STOCK_MOVE)
        if form is None:
            raise NotFound
        if attempt(form, _asking, by=actor, office=region):
            messages.success(request, _("Asked. The province decides; its answer stands here."))
            return redirect("stock-requests", region.pk)
    context |= {
        "form": form,
        "pages": paged(request, requests_in(region.pk)),
        "may_decide": actor.may(Permission.STOCK_DECIDE) and actor.office is None,
    }
    status = status_of(form) if form else 200
    return render(request, "reports/stock_requests.html", context, status=status)


def _asking(*, by: Actor, office: Region, item: str, quantity: int, reason: str) -> StockRequest:
    return ask_stock(by=by, office=office, item=item, asked=quantity, reason=reason)


@page(Permission.REPORTS_VIEW)
def stock_request(request: StaffRequest, actor: Actor, stock_request_id: uuid.UUID) -> HttpResponse:
    """One request, with what that office has; the province decides, once."""
    asked: StockRequest | None = requests_in(actor.region).filter(pk=stock_request_id).first()
    if asked is None:
        raise NotFound
    crumbs = place_of(actor, asked.office_id)
    decides = (
        actor.may(Permission.STOCK_DECIDE) and actor.office is None and asked.decided_at is None
    )
    form = fill(request, DecideForm, initial={"granted": asked.asked}) if decides else None
    if request.method == "POST":
        require(actor, Permission.STOCK_DECIDE)
        if form is None:
            raise NotFound
        if attempt(form, decide_request, by=actor, request_id=asked.pk):
            messages.success(request, _("Decided. The cards come by a shipment."))
            return redirect("stock-requests", actor.region)
    context = frame(actor, crumbs, asked.item, "requests") | {
        "asked": asked,
        "form": form,
        "stock": balances([asked.office_id], asked.item)[asked.office_id],
    }
    status = status_of(form) if form else 200
    return render(request, "reports/stock_request.html", context, status=status)
