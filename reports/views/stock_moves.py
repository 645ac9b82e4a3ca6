"""Recording what moves in an office's stock, what is counted, and the sheets to sign for it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound, Refused
from dukcapil.core.forms import asked_about, attempt, confirmed
from dukcapil.core.pages import paged, status_of
from dukcapil.regions.models import Region
from reports.cover.selectors.office import accounts_of
from reports.cover.selectors.sheets import counts_of, find_sheet, is_first
from reports.cover.selectors.words import account_words
from reports.files.renderers.stock import sheet_docx, sheet_pdf
from reports.views.papers import format_asked, paper_file
from reports.views.stock import frame, is_own, item_of, place_of, reads_sheets
from reports.views.stock_back import TAKE_BACK
from reports.views.stock_desk import Desk
from reports.views.stock_ways import COUNT, Way, as_asked, seen_of, ways_of


def _own(actor: Actor, crumbs: list[Region]) -> Region:
    """Only the office itself writes its stock."""
    if not is_own(actor, crumbs[-1].pk):
        raise Refused("forbidden", _("Only the office itself records what moves in its stock."))
    return crumbs[-1]


@require_safe
@page(Permission.STOCK_MOVE)
def stock_write(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Which of the movements; by keyboard its number."""
    crumbs, item = place_of(actor, code), item_of(request)
    _own(actor, crumbs)
    context = frame(actor, crumbs, item, "write") | {
        "ways": ways_of(crumbs[-1]),
        "count": COUNT,
        "take_back": TAKE_BACK,
    }
    return render(request, "reports/stock_write.html", context)


@page(Permission.STOCK_MOVE)
def stock_move(request: StaffRequest, actor: Actor, code: str, slug: str) -> HttpResponse:
    place = place_of(actor, code)[-1]
    way = next((one for one in (*ways_of(place), TAKE_BACK) if one.slug == slug), None)
    if way is None:
        raise NotFound
    return _record(request, actor, code, way)


@page(Permission.STOCK_COUNT)
def stock_count(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    return _record(request, actor, code, COUNT)


def _record(request: StaffRequest, actor: Actor, code: str, way: Way) -> HttpResponse:
    """The form; where the way asks, its question beside what was typed; then the verb."""
    crumbs, item = place_of(actor, code), item_of(request)
    office = _own(actor, crumbs)
    desk = Desk(request, actor, office, item, accounts_of(office.pk))
    form: Any = way.form(desk)
    question = ""
    if request.method == "POST" and form.is_valid():
        agreed = "record" in confirmed(request, form)
        if way is COUNT:
            as_asked(form.cleaned_data, agreed=agreed)
        if not agreed:
            question = way.question(desk, form.cleaned_data)
        if not question and attempt(form, _calling(desk, way)):
            messages.success(request, _("Recorded: %(what)s.") % {"what": way.title})
            return redirect(f"{_after(way, office)}?item={item}")
    context = frame(actor, crumbs, item, "write") | {
        "way": way,
        "form": form,
        "question": question,
        "asked": asked_about(form) if question else "",
        "seen": seen_of(desk, form.cleaned_data) if question and way is COUNT else "",
        "asked_at": form.cleaned_data["counted_at"] if question and way is COUNT else None,
        "destroys": way.slug == "musnah",
        "rows": form.rows() if hasattr(form, "rows") else [],
    }
    status = 409 if question else status_of(form)
    return render(request, "reports/stock_move.html", context, status=status)


def _after(way: Way, office: Region) -> str:
    return reverse("stock-counts" if way is COUNT else "stock-office", args=[office.pk])


def _calling(desk: Desk, way: Way) -> Any:
    def call(**data: Any) -> Any:
        return way.verb(desk, data) or True

    return call


@require_safe
@page(Permission.REPORTS_VIEW)
def stock_counts(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """What was counted, the newest first, each with its sheet."""
    crumbs, item = place_of(actor, code), item_of(request)
    shown = paged(request, counts_of(crumbs[-1].pk))
    code = crumbs[-1].pk
    titled = actor.may(Permission.EVENTS_VIEW)
    lines = [
        {
            "count": one,
            "words": account_words(one.account, code, titled=titled),
            "first": is_first(one),
        }
        for one in shown
    ]
    more = {"pages": shown, "lines": lines, "signs": reads_sheets(actor)}
    context = frame(actor, crumbs, item, "counts") | more
    return render(request, "reports/stock_counts.html", context)


@require_safe
@page(Permission.REPORTS_VIEW)
def stock_sheet(
    request: StaffRequest, actor: Actor, code: str, kind: str, sheet_id: uuid.UUID
) -> HttpResponse:
    """``?format=pdf|docx``, on the letterhead of the office whose stock it is, in Indonesian."""
    crumbs = place_of(actor, code)
    if not reads_sheets(actor):
        raise Refused("forbidden", _("Sheets are for those who keep stock."))
    makers = {"pdf": sheet_pdf, "docx": sheet_docx}
    fmt = format_asked(request, makers)
    with translation.override("id"):
        content = makers[fmt](find_sheet(crumbs[-1], kind, sheet_id))
    return paper_file(f"{kind}-{crumbs[-1].pk}-{str(sheet_id)[-6:]}", fmt, content)
