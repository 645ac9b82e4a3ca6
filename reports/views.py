from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import DomainError, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.selectors import breadcrumbs, get_region
from dukcapil.regions.validators import bounds
from reports.models import PopulationBasis
from reports.selectors import Question, coverage
from reports.selectors.coverage import differences


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everybody starts with the figures of their own region."""
    return redirect("coverage")


@require_safe
def coverage_page(request: HttpRequest, code: str | None = None) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or not actor.may(Permission.COVERAGE_VIEW):
        return render(request, "reports/no_posting.html", status=403)
    try:
        region = get_region(code or actor.region)
        if not actor.covers(region.pk):
            raise NotFound
    except DomainError as error:
        raise Http404 from error
    context: dict[str, Any] = {
        "region": region,
        "crumbs": [c for c in breadcrumbs(region.pk) if actor.covers(c.pk)],
        "asked": request.GET,
    }
    try:
        question = Question.of(
            by=actor,
            region=region,
            day=_day(request),
            basis=request.GET.get("basis") or None,
        )
    except DomainError as error:
        return render(
            request,
            "reports/coverage.html",
            context | {"problem": error.message, "bases": _bases(region.pk)},
            status=error.status,
        )
    rows = coverage(question)
    below = question.level != region.level
    whole = _whole(actor, question) if below else question
    total = coverage(whole) if below else rows
    context |= {
        "question": whole,
        "rows": rows if below else [],
        "total": total[0],
        "differences": differences(question),
        "bases": _bases(region.pk),
    }
    return render(request, "reports/coverage.html", context)


def _whole(actor: Actor, question: Question) -> Question:
    """The region itself on the basis of its parts; on its own when its parts have none."""
    level = Level(question.region.level)
    if question.basis is not None:
        return replace(question, level=level)
    return Question.of(by=actor, region=question.region, level=level, day=question.day)


def _day(request: HttpRequest) -> date | None:
    text = request.GET.get("date", "")
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise DomainError("date", _("Write the date as YYYY-MM-DD."), field="date")
    return day


def _bases(code: str) -> Any:
    """Bases that say something about this region or what lies in it."""
    low, high = bounds(code)
    return PopulationBasis.objects.filter(
        region_id__in=["00", code[:2], code[:5], code]
    ) | PopulationBasis.objects.filter(region_id__gte=low, region_id__lt=high)
