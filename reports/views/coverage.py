"""Coverage: the dashboard of a region, why its figure is what it is, and its last thirty days."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.live import live
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor
from reports.bases.validators import band
from reports.coverage.enums import View
from reports.coverage.selectors.row import CoverageRow
from reports.coverage.selectors.series import series, usual_first
from reports.coverage.selectors.why import ledger_cut, other_bases
from reports.exports import remembered
from reports.releases.selectors import publishes
from reports.views.question import (
    Shown,
    bases_for,
    crumbs_of,
    day_of,
    keep_region,
    query_of,
    redirect_to_full_address,
    remembered_choice,
    shown_answer,
)

#: How the table may be ordered: what a row is sorted by, the largest first unless it says so.
ORDERS = {
    "code": lambda row: row["region"],
    "percent": lambda row: Decimal(row["recorded_percent"] or -1),
    "gap": lambda row: -(row["gap_to_target"] or 0),
    "unrecorded": lambda row: -(row["unrecorded"] or 0),
    "today": lambda row: -row["recorded_today"],
}
#: Boundaries: the layer that the parts of a region are drawn from. Villages have none.
_MAPS = {
    Level.NATION: ("geo/provinces.topo.json", "provinsi"),
    Level.PROVINCE: ("geo/regencies.topo.json", "kabkota"),
}


@require_safe
@page(Permission.COVERAGE_VIEW)
def coverage_page(request: StaffRequest, actor: Actor, code: str | None = None) -> HttpResponse:
    if elsewhere := redirect_to_full_address(request, actor, "coverage-region", code):
        return elsewhere
    crumbs = crumbs_of(actor, code or "")
    region = crumbs[-1]
    keep_region(request, region)
    context = _frame(request, crumbs)
    try:
        shown = shown_of(request, actor, region)
    except Invalid as error:
        context |= {"problem": error.message, "live": {"body": "", "id": "live"}}
        return render(request, "reports/coverage.html", context, status=error.status)
    order = request.GET.get("order", "code")
    rows = sorted(shown.answer.rows, key=ORDERS.get(order, ORDERS["code"]))
    parts = shown.question.level != region.level or len(rows) > 1
    context |= {
        "question": shown.question,
        "total": shown.answer.whole,
        **_shaded(rows if parts else []),
        "bands": _bands(rows) if parts else [],
        "order": order,
        "differences": shown.answer.differences,
        "map": _map(region),
        "remembered": remembered_choice(request, actor, region, shown.question.day),
    }
    return live(request, "reports/coverage.html", "reports/_coverage.html", context)


def _shaded(rows: list[CoverageRow]) -> dict[str, Any]:
    """Rows with their band. Without percentages: four classes by the number of unrecorded people."""
    if any(row["recorded_percent"] for row in rows):
        shaded = [row | {"band": band(row["recorded_percent"])} for row in rows]
        return {"rows": shaded, "measure": "percent"}
    counts = sorted(row["unrecorded"] for row in rows if row["unrecorded"] is not None)
    cuts = [counts[len(counts) * part // 4] for part in range(1, 4)] if len(counts) >= 4 else []
    if not cuts:
        return {"rows": [row | {"band": 0} for row in rows], "measure": "percent"}

    def of(people: int | None) -> str:
        return "0" if people is None else f"q{1 + sum(people >= cut for cut in cuts)}"

    names = [f"q{part}" for part in range(1, 5)]
    classes = [(name, [people for people in counts if of(people) == name]) for name in names]
    return {
        "rows": [row | {"band": of(row["unrecorded"])} for row in rows],
        "measure": "unrecorded",
        "classes": [(name, members[0], members[-1]) for name, members in classes if members],
    }


def _bands(rows: list[CoverageRow]) -> list[tuple[int, int]]:
    """How many of the parts lie in each of the Director General's bands, the highest first."""
    bands = [band(row["recorded_percent"]) for row in rows if row["recorded_percent"]]
    return [(number, bands.count(number)) for number in (4, 3, 2, 1)] if bands else []


def _frame(request: StaffRequest, crumbs: list[Region]) -> dict[str, Any]:
    region = crumbs[-1]
    return {
        "region": region,
        "crumbs": crumbs,
        "params": request.GET,
        "bases": bases_for(region.pk),
        "views": View.choices,
        "levels": _levels(region),
        "query": query_of(request),
        "section": "coverage",
    }


def _levels(region: Region) -> list[tuple[str, Any]]:
    """The two levels below: parts, and parts of parts."""
    below = [level for level in Level if level.is_below(Level(region.level))]
    return [(level.value, level.label) for level in below[:2]]


def shown_of(request: StaffRequest, actor: Actor, region: Region) -> Shown:
    """The answer to the query of the address, kept while no figure changes."""
    basis, view = request.GET.get("basis", ""), request.GET.get("view") or View.DOMICILE
    if view not in View.values:
        allowed = ", ".join(View.values)
        raise Invalid("view", _("Views: %(allowed)s.") % {"allowed": allowed}, field="view")
    level = request.GET.get("level", "")
    if level and level not in Level.values:
        allowed = ", ".join(Level.values)
        raise Invalid("level", _("Levels: %(allowed)s.") % {"allowed": allowed}, field="level")
    if level and Level(region.level).is_below(Level(level)):
        level = ""  # carried along from a region above
    day, release = day_of(request), request.GET.get("release", "")
    query: dict[str, Any] = {"region": region.pk, "day": day, "basis": basis, "view": view}
    query["level"] = level
    if release:
        # Before its hour only those who publish see a publication.
        query |= {"release": release, "sees": publishes(actor)}
    return remembered(query, lambda: shown_answer(actor, region, day, basis, view, release, level))


def _map(region: Region) -> dict[str, str] | None:
    level = Level(region.level)
    if level in _MAPS:
        path, layer = _MAPS[level]
        return {"url": static(path), "layer": layer, "within": region.pk}
    if level == Level.REGENCY:
        path = f"geo/districts/{ancestor(region.pk, Level.PROVINCE)}.topo.json"
        return {"url": static(path), "layer": "kecamatan", "within": region.pk}
    return None


@require_safe
@page(Permission.COVERAGE_VIEW)
def trend_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """The last thirty days. The dashboard fetches it after its table; it is a page of its own too."""
    crumbs = crumbs_of(actor, code)
    shown = shown_of(request, actor, crumbs[-1])
    query = {"trend": code, "day": shown.question.day, "query": query_of(request)}
    rows = remembered(query, lambda: series(shown.question, usual_first(shown.question.day)))
    context = _frame(request, crumbs) | {"rows": rows, "question": shown.question}
    return live(
        request, "reports/trend.html", "reports/_trend.html", context, target="trend", every=0
    )


@require_safe
@page(Permission.COVERAGE_VIEW)
def why_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """What is behind a percentage: numerator, denominator, basis, date, revision, ledger cut."""
    crumbs = crumbs_of(actor, code)
    region = crumbs[-1]
    shown = shown_of(request, actor, region)
    query = {"why": code, "day": shown.question.day, "query": query_of(request)}
    beside, cut = remembered(
        query,
        lambda: (
            other_bases(shown.question, shown.answer.whole),
            ledger_cut(shown.question),
        ),
    )
    context = _frame(request, crumbs) | {
        "question": shown.question,
        "total": shown.answer.whole,
        "beside": beside,
        "chosen": next((row for row in beside if row["chosen"]), None),
        "cut": cut,
        "differences": shown.answer.differences,
    }
    return render(request, "reports/why.html", context)
