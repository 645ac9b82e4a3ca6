"""A region's last thirty days, and two of its days side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.live import live
from reports.coverage.renderers.charts import Chart
from reports.coverage.selectors.comparing_days import compare, counted
from reports.coverage.selectors.trend import trend
from reports.exports import remembered
from reports.views.coverage import frame, shown_of
from reports.views.question import crumbs_and_state, day_of, query_of

#: How far back the earlier of two days lies when none is chosen.
_USUALLY_BEFORE = timedelta(days=30)


@require_safe
@page(Permission.COVERAGE_VIEW)
def trend_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """The last thirty days. The dashboard fetches it after its table; it is a page of its own too."""
    crumbs, state = crumbs_and_state(actor, code)
    shown = shown_of(request, actor, crumbs[-1], state)
    question, total = shown.question, shown.answer.whole
    query = {"trend": code, "day": question.day, "query": query_of(request)}
    found = remembered(query, lambda: trend(question, total), state)
    context = frame(request, crumbs, state) | {
        "rows": found.days,
        "forecast": found.forecast,
        "chart": Chart.of(found.days, total),
        "question": question,
        "total": total,
    }
    return live(
        request, "reports/trend.html", "reports/_trend.html", context, target="trend", every=0
    )


@require_safe
@page(Permission.COVERAGE_VIEW)
def compare_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """Both ends of a change, region by region: a rise in percent may be a base that fell."""
    crumbs, state = crumbs_and_state(actor, code)
    context = frame(request, crumbs, state)
    try:
        context |= _compared(request, actor, context, state)
    except Invalid as error:
        context |= {"problem": error.message}
        return render(request, "reports/compare.html", context, status=error.status)
    return render(request, "reports/compare.html", context)


def _compared(
    request: StaffRequest, actor: Actor, context: dict[str, Any], state: str
) -> dict[str, Any]:
    region = context["region"]
    after = shown_of(request, actor, region, state)
    earlier = day_of(request, "from") or after.question.day - _USUALLY_BEFORE
    if earlier >= after.question.day:
        raise Invalid("from", _("The first day lies before the second."), field="from")
    before = shown_of(request, actor, region, state, day=earlier)
    rows, whole = compare(before.answer, after.answer)
    return {
        "question": after.question,
        "from_day": earlier,
        "ends": [before.question, after.question],
        "rows": rows if after.question.level != region.level else [],
        "whole": whole,
        "readings": counted(rows),
        "two_bases": any(row.before and row.after and not row.same_basis for row in [whole, *rows]),
    }
