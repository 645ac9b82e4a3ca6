"""Who is not recorded, region by region: three numbers side by side, and where nobody went for long."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.access import page
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Invalid
from dukcapil.core.pages import ordered_rows
from dukcapil.core.templatetags.figures import people
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from dukcapil.regions.validators import ancestor, borders_of, within
from events.planning.selectors.visits import visits
from registrations.missing.enums import Purpose
from registrations.missing.models import COUNTED
from registrations.missing.selectors.lists import counts
from registrations.missing.selectors.venues import venue_counts
from registrations.missing.services.closing import ask_to_close
from registrations.missing.services.refreshing import refresh_within
from registrations.roll.enums import Completeness
from reports.coverage.enums import View
from reports.coverage.selectors.listed import LONG, Waiting, waiting_by, waits
from reports.coverage.selectors.missing import RollRow, beside_official, official_of
from reports.exports import remembered
from reports.views.question import crumbs_and_state, shown_answer

#: Days that a page offers to choose as "long".
_LONGS = (30, 90, 180, 365)
_ORDERS: dict[str, Any] = {
    "code": lambda row: row["region"],
    "official": lambda row: row["official_unrecorded"],
    "list": lambda row: row["on_list"],
    "beside": lambda row: row["not_on_list"],
    "open": lambda row: row["open"],
    "visit": lambda row: row["last_visit"] or date.min,
}
#: Classes of the map, from light to dark: share of villages that wait, in percent.
_CLASSES = ((0, "met"), (25, "a1"), (50, "a2"), (75, "a3"), (100, "a4"))


@page(Permission.COVERAGE_VIEW)
def unrecorded_page(request: StaffRequest, actor: Actor, code: str = "") -> HttpResponse:
    if request.method == "POST":
        return _close(request, actor, code or actor.region)
    own_village = len(actor.region) == Level.VILLAGE.code_length
    if not code and own_village and actor.may(Permission.RESIDENTS_VIEW):
        return redirect("bench", actor.region)
    crumbs, state = crumbs_and_state(actor, code or actor.region)
    region = crumbs[-1]
    refresh_within(region.pk)
    level = Level(region.level).below
    if level is None or len(region.pk) >= Level.REGENCY.code_length:
        level = Level.VILLAGE
    day, longer_than = today_in(region.pk), _longer_than(request)
    rows, whole = _rows(actor, region, level, state)
    only = request.GET.get("lama", "") != "" and level == Level.VILLAGE
    shown = [_shown(one, actor, day) for one in rows if not only or _waits(one, day, longer_than)]
    context = {
        "region": region,
        "crumbs": crumbs,
        "rows": ordered_rows(request, shown, _ORDERS),
        "whole": whole,
        "residual": _residual(whole, rows),
        "are_villages": level == Level.VILLAGE,
        "closes": region.level == Level.REGENCY and actor.may(Permission.FINDINGS_ACCEPT),
        "only": only,
        "chosen": only or level != Level.VILLAGE,
        "days": longer_than,
        "longs": _LONGS,
        "query": "",
        "section": "unrecorded",
        **_at_venues(region, actor),
        **_mapped(region, level, rows, day, longer_than),
    }
    return render(request, "reports/unrecorded.html", context)


def _close(request: StaffRequest, actor: Actor, code: str) -> HttpResponse:
    require(actor, Permission.FINDINGS_ACCEPT)
    region = crumbs_and_state(actor, code)[0][-1]
    if region.level != Level.REGENCY:
        raise Invalid("region-level", _("A list is that of one office: choose it first."))
    roll = ask_to_close(by=actor, purpose=Purpose.MISSING, office=region)
    text = _("The list is made in a moment: look again in a minute.")
    if roll.asked_at is None:
        text = _("The list was made as of now.")
    messages.success(request, text)
    return redirect("unrecorded-region", region.pk)


def _longer_than(request: StaffRequest) -> int:
    text = request.GET.get("lama", "")
    return int(text) if text in map(str, _LONGS) else LONG


def _rows(actor: Actor, region: Region, level: Level, state: str) -> tuple[list[RollRow], RollRow]:
    """Its regions, and the region's own row, which says more than they do together where a basis does.
    The official numbers are those of the coverage page, kept while no figure changes.
    """
    shown = remembered(
        {"unrecorded": region.pk, "level": level, "day": today_in(region.pk)},
        lambda: shown_answer(actor, region, None, "", View.DOMICILE, level=level),
        state,
    )
    found = counts(region.pk, level, Purpose.MISSING)
    own = counts(region.pk, Level(region.level), Purpose.MISSING, with_visits=False)
    (whole,) = beside_official(official_of([shown.answer.whole]), own)
    return beside_official(official_of(shown.answer.rows), found), whole


def _at_venues(region: Region, actor: Actor) -> dict[str, Any]:
    """Of an office its venues, most open people first, and their sum."""
    if region.level != Level.REGENCY or not actor.may(Permission.RESIDENTS_VIEW):
        return {}
    found = list(
        venue_counts(actor, region.pk, Purpose.MISSING).order_by("-open", "venue__name", "pk")
    )
    summed = {name: sum(row[name] for row in found) for name in ("on_list", *COUNTED)}
    return {"venues": found, "at_venues": summed}


def _waits(row: RollRow, day: date, longer_than: int) -> bool:
    return waits(row["last_visit"], day, longer_than)


def _shown(row: RollRow, actor: Actor, day: date) -> dict[str, Any]:
    last, code = row["last_visit"], row["region"]
    plans = bool(actor.office) and actor.may(Permission.EVENTS_PLAN)
    return {
        **row,
        "complete": Completeness(row["completeness"]).label,
        "ago": _ago(last, day),
        "waits": waits(last, day),
        "plan": plans
        and len(code) == Level.VILLAGE.code_length
        and within(code, str(actor.office)),
    }


def _ago(last: date | None, day: date) -> str:
    if last is None:
        return _("never")
    days = (day - last).days
    return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days} if days else _("today")


_SUMMED = (
    *("official_unrecorded", "on_list", "not_on_list"),
    *("recorded", "explained", "booked", "asked", "open", "left"),
)


def _residual(whole: RollRow, rows: list[RollRow]) -> dict[str, int | None] | None:
    """What the region says more than its known rows together; None where that is nothing."""
    left: dict[str, int | None] = {}
    for name in _SUMMED:
        own, *parts = (cast("dict[str, int | None]", row)[name] for row in (whole, *rows))
        left[name] = None if own is None else own - sum(part or 0 for part in parts)
    return left if any(left.values()) else None


# --- the map --------------------------------------------------------------------------------------


def _mapped(
    region: Region, level: Level, rows: list[RollRow], day: date, longer_than: int
) -> dict[str, Any]:
    """A map of districts, offices or provinces: nobody has given us the borders of villages."""
    part = Level.DISTRICT if level == Level.VILLAGE else level
    if level == Level.VILLAGE:
        last = {row["region"]: one for row in rows if (one := row["last_visit"])}
    else:
        went = visits(region.pk, Level.VILLAGE, day, staff=True)
        last = {code: visit.last for code, visit in went.items() if visit.last}
    villages: Counter[str] = Counter()
    for row in rows:
        villages[ancestor(row["region"], part)] += row["villages"]
    found = waiting_by(villages, last, part, day, longer_than)
    names = {one.pk: one.name for one in regions_below(region.pk, [part])}
    parts = [_part(code, names.get(code, code), one) for code, one in sorted(found.items())]
    return {
        "parts": parts,
        "map": borders_of(region.pk, part) if len(parts) > 1 else None,
        "classes": [(css, top, sum(one["band"] == css for one in parts)) for top, css in _CLASSES],
        "waiting": sum(one.waiting for one in found.values()),
        "never": sum(one.never for one in found.values()),
    }


def _part(code: str, name: str, one: Waiting) -> dict[str, Any]:
    share = 100 * one.waiting / one.villages if one.villages else 0
    band = next(css for top, css in _CLASSES if share <= top)
    words = _("%(waiting)s of %(all)s villages") % {
        "waiting": people(one.waiting),
        "all": people(one.villages),
    }
    return {
        "region": code,
        "name": name,
        "band": band,
        "shown": words,
        "value": people(one.waiting),
        "never": one.never,
    }
