"""Region, day and other choices of a page of figures; region and day are kept for the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level, zone_of
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import breadcrumbs
from dukcapil.regions.validators import dotted
from reports.bases.models import PopulationBasis
from reports.bases.selectors.access import about_region
from reports.coverage.selectors.coverage import Answer, answer
from reports.coverage.selectors.question import Question
from reports.daily.selectors.daily import latest_day

REGION, DAY = "chosen_region", "chosen_day"


@dataclass(frozen=True)
class Shown:
    """An answer with the question as it was understood."""

    question: Question
    answer: Answer


def covered_code(actor: Actor, text: str) -> str:
    """The dotted code. Raises NotFound if it is not a code, or outside the actor's region."""
    try:
        code = dotted(text)
    except Invalid as error:
        raise NotFound from error
    if not actor.covers(code):
        raise NotFound
    return code


def crumbs_of(actor: Actor, text: str) -> list[Region]:
    """The regions above that the actor may see, and the region itself as the last."""
    code = covered_code(actor, text)
    regions = breadcrumbs(code)
    if not regions or regions[-1].pk != code:
        raise NotFound
    return [region for region in regions if actor.covers(region.pk)]


def day_of(request: StaffRequest) -> date | None:
    text = request.GET.get("date", "")
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Invalid("date", _("Write the date as YYYY-MM-DD."), field="date")
    return day


def redirect_to_full_address(
    request: StaffRequest,
    actor: Actor,
    name: str,
    code: str | None,
    deepest: Level = Level.VILLAGE,
) -> HttpResponse | None:
    """A redirect to the address with region and day, if this address lacks one of them.

    So a link that somebody passes on shows the same to others. `own` forgets what was chosen: the own
    region, the latest day. `deepest`: for regions below that
    level the page shows the region of that level that they lie in.
    """
    query = request.GET.copy()
    if query.pop("own", None):
        request.session[REGION], request.session[DAY], code = actor.region, "", None
        query.pop("date", None)
    chosen_region = request.session.get(REGION, actor.region)
    shown_code = code or (chosen_region if actor.covers(chosen_region) else actor.region)
    shown_code = covered_code(actor, shown_code[: deepest.code_length])
    if query.pop("keep", None):
        # The person chose this day in the form; empty means the latest day from now on.
        request.session[DAY] = query["date"] if _has_been(query.get("date", ""), shown_code) else ""
    elif code == shown_code and "date" in query:
        return None
    if not query.get("date"):
        query["date"] = request.session.get(DAY) or str(latest_day(shown_code))
    return redirect(f"{reverse(name, args=[shown_code])}?{query.urlencode()}")


def _has_been(text: str, code: str) -> bool:
    """Whether this is a date, and not in the future of that region's zone."""
    try:
        day = parse_date(text)
    except ValueError:
        return False
    return day is not None and day <= timezone.localdate(timezone=ZoneInfo(zone_of(code)))


def keep_region(request: StaffRequest, region: Region) -> None:
    """Other pages of figures open with the region that was looked at last."""
    if request.session.get(REGION) != region.pk:
        request.session[REGION] = region.pk


def remembered_choice(
    request: StaffRequest, actor: Actor, region: Region, day: date
) -> dict[str, Any]:
    """For `reports/_remembered.html`: what is shown because it was chosen before, on any page."""
    return {
        "chosen_day": request.session.get(DAY) == str(day),
        "elsewhere": region.pk != actor.region,
        "day": day,
    }


def shown_answer(
    actor: Actor,
    region: Region,
    day: date | None,
    basis: str,
    view: str,
    release: str = "",
    level: str = "",
) -> Shown:
    """The region with its parts of `level`, by default one level below. Where no basis covers the
    parts, the region alone.
    """
    common: dict[str, Any] = {
        "by": actor,
        "region": region,
        "day": day,
        "view": view,
        "release": release or None,
    }
    question = Question.of(**common, basis=basis or None, level=level or None)
    coverage = answer(question)
    if question.basis is None and question.level != region.level:
        own_level = Question.of(**common, level=region.level)
        coverage = Answer(coverage.rows, answer(own_level).whole, coverage.differences)
        question = own_level
    return Shown(question, coverage)


def bases_for(code: str) -> list[PopulationBasis]:
    """Bases that say something about this region or what lies in it."""
    bases = PopulationBasis.objects.in_force().filter(about_region(code))
    return list(bases.order_by("-recorded_as_of", "name"))


def query_of(request: StaffRequest) -> str:
    """The choices of a page of figures as a query string for its links."""
    choices = {
        name: request.GET.get(name, "") for name in ("date", "basis", "view", "release", "level")
    }
    return urlencode({name: value for name, value in choices.items() if value})
