"""The unrecorded by age, and the first-time voters of the next election."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from reports.coverage.selectors.ages import age_bands
from reports.coverage.selectors.elections import elections_around
from reports.coverage.selectors.question import Question
from reports.views.question import crumbs_of, day_of, query_of


@require_safe
@page(Permission.REPORTS_VIEW)
def ages_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    crumbs = crumbs_of(actor, code)
    region = crumbs[-1]
    context = {
        "region": region,
        "crumbs": crumbs,
        "params": request.GET,
        "query": query_of(request),
        "section": "coverage",
    }
    try:
        question = Question.of(by=actor, region=region, level=region.level, day=day_of(request))
    except Invalid as error:
        context |= {"problem": error.message}
        return render(request, "reports/ages.html", context, status=error.status)
    election, before = elections_around(region.pk, question.day)
    context |= {
        "day": question.day,
        "election": election,
        **age_bands(region, question.day, election, before),
    }
    return render(request, "reports/ages.html", context)
