"""Region, day and other choices of a page of figures; region and day are kept for the session."""

from __future__ import annotations

from collections.abc import Sequence
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
from reports.bases.selectors.answering import bases_about
from reports.coverage.enums import View
from reports.coverage.selectors.coverage import Answer, answer
from reports.coverage.selectors.question import Question
from reports.daily.selectors.daily import STAMP, latest_day
from reports.exports import remembered

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
    return _crumbs(actor, code, breadcrumbs(code))


def crumbs_and_state(actor: Actor, text: str) -> tuple[list[Region], str]:
    """As `crumbs_of`, and in the same query the state of the figures (`figures_stamp`)."""
    code = covered_code(actor, text)
    found: list[Any] = breadcrumbs(code, state=STAMP)
    crumbs: list[Any] = _crumbs(actor, code, found)
    return crumbs, str(crumbs[-1].state)


def _crumbs(actor: Actor, code: str, regions: list[Region]) -> list[Region]:
    if not regions or regions[-1].pk != code:
        raise NotFound
    return [region for region in regions if actor.covers(region.pk)]


def day_of(request: StaffRequest, name: str = "date") -> date | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Invalid("date", _("Write the date as YYYY-MM-DD."), field=name)
    return day


def number_of(text: str) -> int | None:
    """A revision as an address names it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


@dataclass(frozen=True)
class AskedDay:
    """A day of a region, as the address of a daily report names it."""

    question: Question
    #: None: the newest.
    revision: int | None


def asked_day(request: StaffRequest, actor: Actor, region: Region) -> AskedDay:
    """A day is an office's own: raises NotFound for a region below a regency. Raises Invalid for a day
    or a release that there is not.
    """
    if Level(region.level).is_below(Level.REGENCY):
        raise NotFound
    question = Question.of(
        by=actor,
        region=region,
        level=region.level,
        day=day_of(request),
        release=request.GET.get("release") or None,
    )
    return AskedDay(question, number_of(request.GET.get("revision", "")))


def redirect_to_full_address(
    request: StaffRequest,
    actor: Actor,
    name: str,
    code: str | None,
    deepest: Level = Level.VILLAGE,
) -> HttpResponse | None:
    """A redirect to the address with region and day, if this address lacks one of them.

    So a link that somebody passes on shows the same to others. `own` forgets what was chosen: the own
    region, the latest day. `deepest`: for regions below that level the page shows the region of that
    level that they lie in.
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


def keep_region(request: StaffRequest, actor: Actor, region: Region) -> None:
    """Other pages of figures open with the region that was looked at last, at first with the own."""
    if request.session.get(REGION, actor.region) != region.pk:
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
    in_force: Sequence[PopulationBasis] | None = None,
    *,
    with_sparks: bool = False,
) -> Shown:
    """The region with its parts of `level`, by default one level below. Of parts that no basis covers
    it is known what was recorded, and nothing else.
    """
    common: dict[str, Any] = {
        "by": actor,
        "region": region,
        "day": day,
        "view": view,
        "release": release or None,
    }
    question = Question.of(**common, basis=basis or None, level=level or None, in_force=in_force)
    return Shown(question, answer(question, with_sparks=with_sparks))


def ranked_answer(
    actor: Actor, region: Region, day: date | None, view: str = View.DOMICILE
) -> Shown:
    """As `shown_answer`, with one basis for all rows, where there is one (`Question.forced`): what is
    ranked is compared.
    """
    question = Question.of(by=actor, region=region, day=day, view=view)
    common = question.answering.common
    return shown_answer(actor, region, day, str(common.pk) if common else "", view)


def bases_for(code: str, state: str) -> list[PopulationBasis]:
    """Bases that say something about this region or what lies in it, kept while no figure changes."""
    return remembered({"bases": code}, lambda: bases_about(code), state)


def query_of(request: StaffRequest) -> str:
    """The choices of a page of figures as a query string for its links."""
    choices = {
        name: request.GET.get(name, "")
        for name in ("date", "basis", "view", "release", "level", "show")
    }
    return urlencode({name: value for name, value in choices.items() if value})
