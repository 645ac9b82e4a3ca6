"""One page on which a province evaluates its offices; the same as PDF and XLSX."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.offices.selectors import profile_of
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.live import live
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from registrations.cards.selectors.backlog import kept_backlogs, side_by_side
from reports.evaluation.selectors import (
    ORDERS,
    Evaluation,
    evaluation,
    first_day,
    ordered,
    trends,
)
from reports.exports import remembered
from reports.files.renderers.evaluation import (
    about,
    evaluation_paper,
    evaluation_pdf,
    evaluation_xlsx,
)
from reports.views.papers import format_asked, paper_file
from reports.views.question import Shown, crumbs_of, day_of, ranked_answer

_FILES: dict[str, Callable[..., bytes]] = {"pdf": evaluation_pdf, "xlsx": evaluation_xlsx}


@require_safe
@page(Permission.COVERAGE_VIEW)
def evaluation_page(request: StaffRequest, actor: Actor, code: str | None = None) -> HttpResponse:
    """``?format=pdf|xlsx`` gives the rows of the page in its order, signed by the asker's office."""
    crumbs = crumbs_of(actor, code or actor.region)
    region = crumbs[-1]
    order = request.GET.get("order", "percent")
    order = order if order in ORDERS else "percent"
    context: dict[str, Any] = {
        "region": region,
        "crumbs": crumbs,
        "params": request.GET,
        "order": order,
        "section": "evaluation-own",
    }
    try:
        shown, found = _evaluation(actor, region, day_of(request))
    except Invalid as error:
        context |= {"problem": error.message, "live": {"body": "", "id": "live"}}
        return render(request, "reports/evaluation.html", context, status=error.status)
    rows, whole = ordered(found.rows, order), found.whole
    if request.GET.get("format"):
        fmt = format_asked(request, _FILES)
        with translation.override("id"):
            paper = evaluation_paper(shown.question, whole, rows)
            content = _FILES[fmt](paper, profile_of(actor.region))
        return paper_file(f"evaluasi-{region.pk}-{shown.question.day}", fmt, content)
    question = shown.question
    if question.day >= today_in(region.pk) and not question.level.is_below(Level.REGENCY):
        # A stock of now: of a day that is over nobody knows it.
        kept = kept_backlogs(region.pk, question.level)
        names = [(one.row["region"], one.row["name"]) for one in rows]
        context["backlogs"] = side_by_side(names, kept)
    context |= {
        "question": question,
        "rows": rows,
        "whole": whole,
        "first": first_day(shown.question.day),
        "about": about(shown.question, whole),
        "most": max((max(one.trend.days) for one in rows), default=0) or 1,
    }
    return live(request, "reports/evaluation.html", "reports/_evaluation.html", context, every=60)


def _evaluation(actor: Actor, region: Region, day: date | None) -> tuple[Shown, Evaluation]:
    def ask() -> tuple[Shown, dict[str, list[int]]]:
        shown = ranked_answer(actor, region, day)
        return shown, trends(shown.question)

    shown, by_day = remembered({"evaluation": region.pk, "day": day}, ask)
    return shown, evaluation(shown.question, shown.answer, by_day)
