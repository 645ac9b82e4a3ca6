"""Daily reports as pages: confirm a day, lock it, order a build, compare two revisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core import forms
from dukcapil.core.db import Found, Part, at_once
from dukcapil.core.errors import Asks, Invalid
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.core.templatetags.figures import people
from dukcapil.core.versions import short
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.planning.enums import Service
from registrations.documents.selectors import asked_part, counted_part
from registrations.ledger.enums import Failure, Outcome, PrintReason, RowKind
from registrations.people.enums import Category
from reports.bases.validators import percent
from reports.closing.selectors.documents import day_sections
from reports.closing.selectors.ikd import funnel_sections
from reports.closing.selectors.sections import Section, moment_in_words
from reports.cover.selectors.cover import cover_of
from reports.cover.selectors.office import booked_at
from reports.daily.selectors.confirmable import is_nil, lockable, may_confirm, may_lock
from reports.daily.selectors.daily import (
    DayCounts,
    behind_part,
    by_service,
    cells_part,
    daily_reports,
    day_of_regencies,
    in_words,
)
from reports.daily.selectors.difference import changed_cells, changing_rows, revision_of
from reports.daily.selectors.ikd import funnels_by, funnels_part
from reports.daily.selectors.reporting import reporting
from reports.daily.selectors.row import DailyRow, counts_of
from reports.daily.selectors.signing import days_standing
from reports.daily.services.confirming import confirm_day, lock_region
from reports.daily.services.ordering import may_order, order_day
from reports.files.selectors import region_funnels
from reports.forms import ConfirmForm
from reports.tasks import build_day
from reports.views.offices import Choice, folded
from reports.views.question import (
    AskedDay,
    asked_day,
    crumbs_of,
    day_of,
    keep_region,
    number_of,
    query_of,
    redirect_to_full_address,
    remembered_choice,
)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.REPORTS_VIEW)
def daily_page(request: StaffRequest, actor: Actor, code: str | None = None) -> HttpResponse:
    """A regency's own day with every revision, or the regencies of a region and who is missing."""
    if elsewhere := redirect_to_full_address(request, actor, "daily-region", code, Level.REGENCY):
        return elsewhere
    crumbs = crumbs_of(actor, code or "")
    region = crumbs[-1]
    keep_region(request, actor, region)
    context: dict[str, Any] = {
        "region": region,
        "crumbs": crumbs,
        "params": request.GET,
        "query": query_of(request),
        "may_build": may_order(actor, region),
        "section": "daily",
    }
    try:
        asked = asked_day(request, actor, region)
    except Invalid as error:
        context |= {"problem": error.message, "live": {"body": "", "id": "live"}}
        return render(request, "reports/daily.html", context, status=error.status)
    day = asked.question.day
    if request.method == "POST":
        context["question"] = _asks_to_lock(request, actor, region, day)
        if context["question"] is None:
            return _act(request, actor, region, day)
    context |= {"day": day, "remembered": remembered_choice(request, actor, region, day)}
    if region.level == Level.REGENCY:
        context |= _of_regency(actor, asked)
    else:
        context |= _of_regencies(actor, region, day, Choice.from_query(request.GET))
    status = 409 if context.get("question") else 200
    return live(request, "reports/daily.html", "reports/_daily.html", context, status=status)


def _of_regency(actor: Actor, asked: AskedDay) -> dict[str, Any]:
    """The newest revision; or the one that the address names, as it was at that time."""
    question, revision = asked.question, asked.revision
    code, day = question.region.pk, question.day
    is_past = revision is not None or question.release is not None
    revisions = daily_reports(code, day, revision=revision, release=question.release)
    newest = revisions[-1] if revisions else None
    form = None
    if newest:
        version = days_standing([code], day).version
        initial = {"revision": newest["revision"], "version": version}
        form = ConfirmForm(nil=is_nil(newest), initial=initial)
    now: dict[str, Part] = {
        "behind": behind_part(code),
        "counted": counted_part(code, day, day),
        "asked": asked_part(code, day, day),
    }
    found = at_once(({} if is_past else now) | (_parts(newest) if newest else {}))
    return {
        "revisions": _with_changes(revisions),
        "is_past": is_past,
        "release": question.release,
        "behind": found.get("behind", []),
        "may_confirm": newest is not None
        and not is_past
        and may_confirm(actor, newest, timezone.now()),
        "form": form,
        **({} if is_past else _stock(code, day)),
        "documents": {"sections": day_sections(found.get("asked", []), found.get("counted", []))},
        **_table(newest, found),
    }


def _stock(code: str, day: date) -> dict[str, Any]:
    """What lay there at the end of the day. The books of a day go on: so it says up to when they are kept."""
    cover = cover_of([code], day)[code]
    booked = booked_at([code]) if cover.cards is not None else None
    return {"cover": cover, "booked": moment_in_words(booked, code) if booked else ""}


def _of_regencies(
    actor: Actor, region: Region, day: date, choice: Choice | None = None
) -> dict[str, Any]:
    rows = day_of_regencies(region.pk, day)
    rates = reporting(region.pk, day, [row["region"] for row in rows])
    rows = [row | {"rates": rates[row["region"]]} for row in rows]
    due = sum(rate["due"] for rate in rates.values())
    moment = timezone.now()
    locks = may_lock(actor, rows, day, moment)
    counts = DayCounts.of(rows)
    choice = choice or Choice()
    shown = choice.of(rows)
    return {
        "rows": shown,
        "choice": choice,
        "folded": folded(shown, choice) if region.level == Level.NATION else None,
        "counts": counts,
        "ikd": {"sections": _funnels(region, day, rows)},
        "reporting_rate": percent(sum(rate["confirmed"] for rate in rates.values()), due),
        "on_time_rate": percent(sum(rate["on_time"] for rate in rates.values()), due),
        "due": due,
        "version": days_standing(lockable(rows, day, moment), day).version if locks else "",
        "lock": _lock_words(region, day, counts) if locks else None,
    }


def _funnels(region: Region, day: date, rows: list[dict[str, Any]]) -> list[Section]:
    """The nation's page names no office here: its file does."""
    sections = region_funnels(region, day, rows)
    return sections[:1] if region.level == Level.NATION else sections


def _lock_words(region: Region, day: date, counts: DayCounts) -> dict[str, str]:
    """What is asked before a day is locked, by the button's dialog and of whoever posts past it."""
    text = _(
        "%(name)s: %(reported)s of %(offices)s offices have a report of that day, %(confirmed)s of them are"
        " confirmed; %(recorded)s recordings and %(ikd)s IKD activations. After this no office confirms or"
        " changes it; what comes later stands in a new revision. Offices without a report stay open."
    )
    numbers = {name: people(number) for name, number in asdict(counts).items()}
    return {
        "title": _("Lock %(day)s?") % {"day": date_format(day, "l, j F Y")},
        "text": text % {**numbers, "name": region.name},
    }


def _asks_to_lock(
    request: StaffRequest, actor: Actor, region: Region, day: date
) -> forms.Question | None:
    """Where there is nothing that this person may lock, the verb says so."""
    if request.POST.get("do") != "lock" or "lock" in request.POST.getlist("confirm"):
        return None
    seen = _of_regencies(actor, region, day)
    if not seen["lock"]:
        return None
    message = "{title} {text}".format(**seen["lock"])
    question = forms.Question.of(request, Asks("lock", message=message))
    if "version" not in request.POST:
        question.fields.append(("version", seen["version"]))
    return question


def _act(request: StaffRequest, actor: Actor, region: Region, day: date) -> HttpResponse:
    do = request.POST.get("do", "build")
    if do == "confirm":
        form = ConfirmForm(request.POST, nil="nil_reason" in request.POST)
        if not form.is_valid():
            raise Invalid("confirm", next(iter(form.errors.values()))[0])
        done = confirm_day(by=actor, regency=region.pk, day=day, **form.cleaned_data)
        text = _("The day is confirmed. Signed: version %(version)s.")
        messages.success(request, text % {"version": short(done.version)})
        return redirect(request.get_full_path())
    if do == "lock":
        version = request.POST.get("version") or None
        locked = lock_region(by=actor, code=region.pk, day=day, version=version)
        text = _(
            "The day is locked for the offices that have a report. Signed: version %(version)s."
        )
        messages.success(request, text % {"version": short(locked.version)})
        return redirect(request.get_full_path())
    return _build(request, actor, region, day)


def _build(request: StaffRequest, actor: Actor, region: Region, day: date) -> HttpResponse:
    order = order_day(by=actor, region=region, day=day)
    hint(build_day, order.province, order.regencies, order.day)
    messages.success(request, _("The report is being built; this page shows it by itself."))
    return redirect(request.get_full_path())


def _with_changes(revisions: list[DailyRow]) -> list[dict[str, Any]]:
    """Each revision with what it changed of the one before, the newest first."""
    with_changes: list[dict[str, Any]] = []
    before: DailyRow | None = None
    for row in revisions:
        counts_before = counts_of(before) if before else {}
        changes = {k: n - counts_before[k] for k, n in counts_of(row).items()} if before else {}
        number = before["revision"] if before else None
        changes = {name: n for name, n in changes.items() if n}
        with_changes.append({**row, "changes": changes, "before": number})
        before = row
    return with_changes[::-1]


@require_safe
@page(Permission.REPORTS_VIEW)
def difference_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Two revisions of a day: which counts differ, and by which rows of the ledger. No names."""
    crumbs = crumbs_of(actor, code)
    region = crumbs[-1]
    if region.level != Level.REGENCY:
        raise Invalid("region-level", _("Revisions are those of a regency or city."))
    day = day_of(request)
    first, last = (number_of(request.GET.get(name, "")) for name in ("from", "to"))
    if day is None or first is None or last is None:
        raise Invalid("revision", _("Name the date and two revisions."), field="from")
    first, last = sorted((first, last))
    before, after = (revision_of(code, day, number) for number in (first, last))
    context = {
        "region": region,
        "crumbs": crumbs,
        "query": urlencode({"date": day}),
        "day": day,
        "before": before,
        "after": after,
        "cells": [_named(cell) for cell in changed_cells(before, after)],
        "rows": _told(changing_rows(actor, before, after)),
        "section": "daily",
    }
    return render(request, "reports/difference.html", context)


def _told(rows: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    if rows is None:
        return None
    return [
        row
        | {"kind": RowKind(row["row_kind"]).label, "service_name": Service(row["service"]).label}
        for row in rows
    ]


def _named(cell: dict[str, Any]) -> dict[str, Any]:
    reasons = {**dict(Failure.choices), **dict(PrintReason.choices)}
    return cell | {
        "service": Service(cell["service"]).label,
        "category": Category(cell["category"]).label,
        "outcome": Outcome(cell["outcome"]).label,
        "reason": reasons.get(cell["reason"], ""),
    }


def _parts(day: DailyRow) -> dict[str, Part]:
    """For `_table`."""
    code, revision = day["region"], day["revision"]
    return {
        "cells": cells_part(code, day["date"], revision),
        "ikd": funnels_part(day["date"], {code: revision}),
    }


def _table(day: DailyRow | None, found: Found) -> dict[str, Any]:
    """Services with what was done and failed, and the reasons of failures and of cards."""
    if day is None:
        return {"services": [], "reasons": [], "printed": []}
    counts = by_service(found["cells"])
    funnels = funnels_by({day["region"]: day["revision"]}, found["ikd"])
    return {
        "services": [(Service(name).label, row) for name, row in counts.items()],
        "reasons": in_words(day["failed_by_reason"], Failure),
        "printed": in_words(day["printed_by_reason"], PrintReason),
        "ikd": {"sections": funnel_sections(funnels[day["region"]])},
    }
