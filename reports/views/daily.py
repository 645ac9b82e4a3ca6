from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, Refused
from dukcapil.core.jobs import hint
from dukcapil.core.live import live
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor
from events.enums import Service
from registrations.enums import Category, Failure, Outcome
from reports.selectors import Question, daily_reports
from reports.selectors.daily import behind, day_cells, day_of_regencies
from reports.tasks import build_day
from reports.views.asked import crumbs_of, day_of, keep_region, query_of, settled


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.REPORTS_VIEW)
def daily_page(request: HttpRequest, actor: Actor, code: str | None = None) -> HttpResponse:
    """A regency's own day with every revision, or the regencies of a region and who is missing."""
    if elsewhere := settled(request, actor, "daily-region", code, Level.REGENCY):
        return elsewhere
    crumbs = crumbs_of(actor, code or "")
    region = crumbs[-1]
    keep_region(request, region)
    context: dict[str, Any] = {
        "region": region,
        "crumbs": crumbs,
        "asked": request.GET,
        "query": query_of(request),
        "may_build": actor.may(Permission.REPORTS_BUILD) and region.level != Level.NATION,
        "section": "daily",
    }
    try:
        question = Question.of(by=actor, region=region, level=region.level, day=day_of(request))
    except Invalid as error:
        context |= {"problem": error.message, "live": {"body": "", "id": "live"}}
        return render(request, "reports/daily.html", context, status=error.status)
    day = question.day
    if request.method == "POST":
        return _build(request, actor, region, day)
    context["day"] = day
    if region.level == Level.REGENCY:
        revisions = daily_reports(region.pk, day)
        context |= {
            "revisions": _with_changes(revisions),
            "behind": behind(region.pk),
            **_table(day_cells(region.pk, day)),
        }
    else:
        rows = day_of_regencies(region.pk, day)
        context |= {
            "rows": rows,
            "reported": sum(row["revision"] is not None for row in rows),
            "recorded": sum(row["recorded"] for row in rows),
            "ikd": sum(row["ikd_activated"] for row in rows),
        }
    return live(request, "reports/daily.html", "reports/_daily.html", context)


def _build(request: HttpRequest, actor: Actor, region: Region, day: date) -> HttpResponse:
    if not actor.may(Permission.REPORTS_BUILD) or region.level == Level.NATION:
        raise Refused("forbidden", _("You may not do this."))
    regencies = [row["region"] for row in day_of_regencies(region.pk, day)]
    hint(build_day, ancestor(region.pk, Level.PROVINCE), regencies, day.isoformat())
    messages.success(request, _("The report is being built; this page shows it by itself."))
    return redirect(request.get_full_path())


_COMPARED = ("recorded", "recorded_pemula", "ikd_activated", "cards_printed", "documents", "failed")


def _with_changes(revisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each revision with what it changed of the one before, the newest first."""
    found = []
    before: dict[str, Any] | None = None
    for row in revisions:
        changes = {name: row[name] - before[name] for name in _COMPARED} if before else {}
        found.append(row | {"changes": {name: n for name, n in changes.items() if n}})
        before = row
    return found[::-1]


def _table(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Services with what was done and failed, and the reasons of failures."""
    services: dict[str, dict[str, int]] = {}
    reasons: dict[str, int] = {}
    for cell in cells:
        row = services.setdefault(
            cell["service"], {"done": 0, "pemula": 0, "outsiders": 0, "failed": 0}
        )
        if cell["outcome"] == Outcome.FAILED:
            row["failed"] += cell["n"]
            reasons[cell["reason"]] = reasons.get(cell["reason"], 0) + cell["n"]
            continue
        row["done"] += cell["n"]
        row["outsiders"] += cell["outsiders"] or 0
        if cell["category"] == Category.PEMULA:
            row["pemula"] += cell["n"]
    return {
        "services": [(Service(name).label, row) for name, row in services.items()],
        "reasons": [(Failure(name).label, n) for name, n in reasons.items() if n],
    }
