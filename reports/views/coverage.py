"""Coverage: the dashboard of a region, and why its figure is what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import Part, at_once
from dukcapil.core.errors import Invalid
from dukcapil.core.live import live
from dukcapil.core.templatetags.figures import people, share
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import borders_of, within
from events.planning.selectors.visits import Visits, visits_by, visits_part
from reports.bases.models import PopulationBasis
from reports.bases.selectors.access import is_outside
from reports.bases.validators import band
from reports.coverage.enums import Measure, Reported, View
from reports.coverage.renderers.charts import Scale, bullet, spark
from reports.coverage.selectors.coverage import Answer
from reports.coverage.selectors.frozen import kept_change
from reports.coverage.selectors.mapped import (
    Beside,
    in_order,
    mapped,
    measures_of,
    reported_by,
)
from reports.coverage.selectors.row import CoverageRow
from reports.coverage.selectors.sparks import sparks
from reports.coverage.selectors.why import ledger_cut, other_bases
from reports.daily.selectors.daily import regencies_part
from reports.exports import answer_key, asked_as, remembered
from reports.releases.selectors import publishes
from reports.views.question import (
    Shown,
    bases_for,
    crumbs_and_state,
    day_of,
    keep_region,
    query_of,
    redirect_to_full_address,
    remembered_choice,
    shown_answer,
)


@require_safe
@page(Permission.COVERAGE_VIEW)
def coverage_page(request: StaffRequest, actor: Actor, code: str | None = None) -> HttpResponse:
    if elsewhere := redirect_to_full_address(request, actor, "coverage-region", code):
        return elsewhere
    crumbs, state = crumbs_and_state(actor, code or "")
    region = crumbs[-1]
    keep_region(request, actor, region)
    context = frame(request, crumbs, state)
    try:
        shown = shown_of(request, actor, region, state, in_force=context["bases"])
        around = _around(request, actor, shown)
    except Invalid as error:
        context |= {"problem": error.message, "live": {"body": "", "id": "live"}}
        return render(request, "reports/coverage.html", context, status=error.status)
    context |= {
        "question": shown.question,
        "total": shown.answer.whole,
        "remembered": remembered_choice(request, actor, region, shown.question.day),
    }
    return live(
        request,
        "reports/coverage.html",
        "reports/_coverage.html",
        lambda: context | _dashboard(request, actor, shown, around, state),
        stamp=_stamp(request, actor, shown, around, state),
    )


@dataclass(frozen=True)
class _Around:
    """What the dashboard shows beside figures; it may change while no figure does."""

    measure: Measure
    measures: list[Measure]
    visits: dict[str, Visits]
    reported: dict[str, Reported]

    @property
    def beside(self) -> Beside:
        last = {code: one.last for code, one in self.visits.items() if one.last}
        return Beside(self.reported, last)


def _around(request: StaffRequest, actor: Actor, shown: Shown) -> _Around:
    question, frozen = shown.question, shown.question.release is not None
    measures = measures_of(question.level, shown.answer.rows, frozen=frozen)
    asked = request.GET.get("show", "")
    if asked and asked not in Measure.values:
        allowed = ", ".join(Measure.values)
        raise Invalid("show", _("To be shown: %(allowed)s.") % {"allowed": allowed}, field="show")
    measure = Measure(asked) if asked in measures else measures[0]
    code, day, level = question.region.pk, question.day, question.level
    parts: dict[str, Part] = {}
    if not frozen:
        staff = actor.may(Permission.EVENTS_VIEW)
        parts["visits"] = visits_part(code, level, day, staff=staff)
    if measure == Measure.REPORTED:
        parts["offices"] = regencies_part(code, day)
    found = at_once(parts)
    return _Around(
        measure,
        measures,
        visits_by(found.get("visits", [])),
        reported_by(level, found.get("offices", [])),
    )


def _stamp(request: StaffRequest, actor: Actor, shown: Shown, around: _Around, state: str) -> str:
    """Of all that the part shows: the same stamp, nothing to draw anew."""
    query = {"live": request.get_full_path(), "day": shown.question.day, "for": get_language()}
    query |= {"plans": _plans(actor), "sees": publishes(actor), "around": repr(around)}
    # A release stays as it was made, whatever is counted since.
    return answer_key(query, "part", "" if shown.question.release else state)


def _plans(actor: Actor) -> str:
    """The office for which this person plans visits; empty for nobody's."""
    return actor.office or "" if actor.may(Permission.EVENTS_PLAN) else ""


def _dashboard(
    request: StaffRequest, actor: Actor, shown: Shown, around: _Around, state: str
) -> dict[str, Any]:
    question, answer = shown.question, shown.answer
    own = Level(question.region.level)
    rows = answer.rows if question.level != own or len(answer.rows) > 1 else []
    order = request.GET.get("order", "")
    if order not in ("code", *Measure.values):
        order = _usual_order(around.measure, answer)
    ranked = in_order(order, rows, around.beside)
    colours = mapped(around.measure, rows, around.beside, question.day)
    lines = answer.sparks
    if lines is None:
        lines = remembered(
            {"sparks": question.region.pk, "day": question.day, "query": query_of(request)},
            lambda: sparks(question) if rows else {},
            state,
        )
    scale = Scale.of(rows)
    office = _plans(actor)
    return {
        "rows": [
            row
            | {
                "band": colours.bands[row["region"]],
                "bullet": bullet(row, scale),
                "spark": spark(lines.get(row["region"], ())),
                "spark_words": _("%(n)s recorded in 30 days")
                % {"n": people(sum(lines.get(row["region"], ())))},
                "dg_band": band(row["recorded_percent"]),
                "visit": around.visits.get(row["region"]),
                "events": _events_words(around.visits.get(row["region"])),
                "reported": around.reported.get(row["region"], Reported.NOT),
                "shown": _shown_words(around, row, question.day),
                "plan": row["region"] if _visitable(row, office) else "",
            }
            for row in ranked
        ],
        "scale": scale,
        "order": order,
        "measure": around.measure,
        "measures": around.measures,
        "classes": colours.classes,
        "has_percent": any(row["recorded_percent"] for row in rows),
        "bands": _bands(rows),
        "differences": answer.differences,
        "map": borders_of(question.region.pk, question.level),
        "points": sum(one.coming for one in around.visits.values()),
        "has_unrecorded": any(row["unrecorded"] is not None for row in rows),
        **_bases_of(request, shown),
    }


def _usual_order(measure: Measure, answer: Answer) -> str:
    """Rows of several bases are not ranked by what depends on them, unless somebody asks for it."""
    by_basis = measure in (Measure.PERCENT, Measure.GAP, Measure.UNRECORDED)
    return "code" if by_basis and answer.elsewhere else str(measure)


def _bases_of(request: StaffRequest, shown: Shown) -> dict[str, Any]:
    """Rows on other bases than the region; a ranking compares all of them on one."""
    elsewhere = shown.answer.elsewhere
    common = shown.question.answering.common if elsewhere else None
    chosen = request.GET.get("basis", "")
    return {
        "elsewhere": elsewhere,
        "ranked_on": common,
        "ranking": chosen or (common.pk if common else ""),
    }


def _visitable(row: CoverageRow, office: str) -> bool:
    """A visit goes to a village of the own office."""
    return bool(office) and row["level"] == Level.VILLAGE and within(row["region"], office)


def _shown_words(around: _Around, row: CoverageRow, day: date) -> str:
    """The value that map and ranking show of a row, in words."""
    figures = {
        Measure.PERCENT: share(row["recorded_percent"]),
        Measure.GAP: people(row["gap_to_target"]),
        Measure.UNRECORDED: people(row["unrecorded"]),
        Measure.TODAY: people(row["recorded_today"]),
        Measure.REPORTED: str(around.reported.get(row["region"], Reported.NOT).label),
    }
    if around.measure in figures:
        return figures[around.measure]
    visit = around.visits.get(row["region"])
    if visit is None or visit.last is None:
        return _("never")
    days = (day - visit.last).days
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days} if days else _("today")


def _events_words(visit: Visits | None) -> str:
    """How many events there are now or soon, and the first of them; empty for none."""
    if visit is None or not visit.coming:
        return ""
    words = ngettext("%(shown)s event: %(titles)s", "%(shown)s events: %(titles)s", visit.coming)
    rest = " …" if visit.coming > len(visit.titles) else ""
    return words % {"shown": people(visit.coming), "titles": ", ".join(visit.titles) + rest}


def _bands(rows: list[CoverageRow]) -> list[tuple[int, int]]:
    """How many of the parts lie in each of the Director General's bands, the highest first."""
    bands = [band(row["recorded_percent"]) for row in rows if row["recorded_percent"]]
    return [(number, bands.count(number)) for number in (4, 3, 2, 1)] if bands else []


def frame(request: StaffRequest, crumbs: list[Region], state: str) -> dict[str, Any]:
    region = crumbs[-1]
    return {
        "region": region,
        "crumbs": crumbs,
        "params": request.GET,
        "bases": bases_for(region.pk, state),
        "views": View.choices,
        "levels": _levels(region),
        "query": query_of(request),
        "section": "coverage",
    }


def _levels(region: Region) -> list[tuple[str, Any]]:
    """The two levels below: parts, and parts of parts."""
    below = [level for level in Level if level.is_below(Level(region.level))]
    return [(level.value, level.label) for level in below[:2]]


def shown_of(
    request: StaffRequest,
    actor: Actor,
    region: Region,
    state: str,
    *,
    day: date | None = None,
    in_force: Sequence[PopulationBasis] | None = None,
) -> Shown:
    """The answer to the query of the address, kept while no figure changes. `state`: of the figures;
    `day`: another day than that of the address. `in_force`: bases about the region, for the page that
    shows small charts beside the answer.
    """
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
    day, release = day or day_of(request), request.GET.get("release", "")
    query: dict[str, Any] = {"region": region.pk, "day": day, "basis": basis, "view": view}
    query["level"] = level
    if release:
        query["release"] = release
    return remembered(
        asked_as(actor, query),
        lambda: shown_answer(
            *(actor, region, day, basis, view, release, level, in_force),
            with_sparks=in_force is not None,
        ),
        state,
    )


@require_safe
@page(Permission.COVERAGE_VIEW)
def why_page(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    """What is behind a percentage: numerator, denominator, basis, date, revision, ledger cut."""
    crumbs, state = crumbs_and_state(actor, code)
    region = crumbs[-1]
    shown = shown_of(request, actor, region, state)
    query = {"why": code, "day": shown.question.day, "query": query_of(request)}
    query["outside"] = is_outside(actor)
    beside, cut = remembered(
        query,
        lambda: (
            other_bases(actor, shown.question, shown.answer.whole),
            ledger_cut(shown.question),
        ),
        state,
    )
    context = frame(request, crumbs, state) | {
        "question": shown.question,
        "total": shown.answer.whole,
        "beside": beside,
        "chosen": next((row for row in beside if row["chosen"]), None),
        "cut": cut,
        "differences": shown.answer.differences,
        "change": kept_change(shown.question),
    }
    return render(request, "reports/why.html", context)
