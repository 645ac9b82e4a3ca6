"""An instance of an office: all that the solver asks for, as JSON (`reports.planner.core.reading`)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

import orjson
from django.db.models import Q

from events.calendar.selectors import days_worked
from reports.planner.core.limits import FORMAT
from reports.planner.enums import WEEKDAYS, PinKind, SiteGroup
from reports.planner.models.inputs import PlanFloor, PlanPin, SiteClosure
from reports.planner.models.plans import Plan
from reports.planner.models.rules import PlanRules
from reports.planner.selectors import crews, travel
from reports.planner.selectors.rules import money_left, rules_of, turnouts_of
from reports.planner.selectors.sites import Site


def hash_of(instance: Any) -> str:
    """The same for the same content, in whatever order its keys come."""
    return hashlib.sha256(orjson.dumps(instance, option=orjson.OPT_SORT_KEYS)).hexdigest()


def workdays_of(office: str, first: date, last: date, election: date) -> list[date]:
    """Days on which the office works, before its election."""
    last = min(last, election - timedelta(days=1))
    return sorted(days_worked([office], first, last)[office])


def instance(
    office: str,
    days: Sequence[date],
    election: date,
    rules: PlanRules,
    sites: Sequence[Site],
    held: Mapping[str, Sequence[date]],
) -> dict[str, Any]:
    """`days` are the working days; `held`: visits before them, by place. Rows stand in order of their keys: the same input, the same bytes."""
    first, last = days[0], days[-1]
    teams = crews.teams(office, days, rules)
    ways = travel.block(office, sites, rules)
    home = travel.seat_of(office)
    closed = _closed(office, days, sites)
    turnouts = turnouts_of(office, first)
    money = money_left(office, rules, first, last)
    day = _day(rules)
    costs = {"km": rules.cost_km, "day": rules.cost_day, "night": rules.cost_night}
    return {
        "format": FORMAT,
        "id": f"{office}-{first}-{last}",
        "workdays": [str(day) for day in days],
        "election": str(election),
        "day": day,
        "weights": {group: int(rules.weights.get(group, 0)) for group in SiteGroup.values},
        "costs": costs,
        "offices": [
            {
                "id": office,
                "lat": home.lat if home else 0,
                "lon": home.lon if home else 0,
                "budget": _most(teams, len(days), day, costs, ways) if money is None else money,
            }
        ],
        "teams": teams,
        "kits": crews.kits(office, days),
        "sites": [
            _site(one, office, rules, turnouts[one.kind], closed[one.key])
            | dict(zip(("lat", "lon"), travel.position_of(one, home), strict=True))
            for one in sites
        ],
        "travel": [ways],
        "floors": _floors(office, first, last, _visited(sites, held)),
        "pins": _pins(office, first, last),
        "announced": [],
    }


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _day(rules: PlanRules) -> dict[str, int]:
    return {
        "start": _minute(rules.day_start),
        "end": _minute(rules.day_end),
        "minutes": rules.day_minutes,
        "min_stop": rules.min_stop,
        "max_stops": rules.max_stops,
        "max_km": rules.max_km,
        "max_nights": rules.max_nights,
        "rest_days": rules.rest_days,
    }


def _site(
    site: Site, office: str, rules: PlanRules, turnout: Sequence[int], off: Sequence[str]
) -> dict[str, Any]:
    own = site.profile
    opens = (own and own.opens) or rules.opens
    closes = (own and own.closes) or rules.closes
    setup = rules.setup if own is None or own.setup is None else own.setup
    return {
        "id": site.key,
        "kind": str(site.kind),
        "name": site.name,
        "village": site.village,
        "district": site.district,
        "office": office,
        "gap": {group: site.gap.get(group, 0) for group in SiteGroup.values},
        "turnout": list(turnout),
        "minutes": (own and own.minutes) or rules.minutes,
        "setup": setup,
        "open": [_minute(opens), _minute(closes)],
        "weekdays": sorted((own and own.weekdays) or WEEKDAYS[site.kind]),
        "off": list(off),
        "only": None,
        "lodging": bool(own and own.lodging),
    }


def is_no_limit(plan: Plan) -> bool:
    """Whether nobody had given the office money when the plan was asked for: its instance has what every
    team could spend on every day. A sum that somebody gave is a limit, however large.
    """
    raw = plan.instance
    if plan.given:
        return False
    [office], [ways] = raw["offices"], raw["travel"]
    most = _most(raw["teams"], len(raw["workdays"]), raw["day"], raw["costs"], ways)
    if office["budget"] != most:
        return False
    return rules_of(plan.office_id, plan.from_day, known_at=plan.cut).budget is None


def _most(
    teams: Sequence[dict[str, Any]],
    days: int,
    day: Mapping[str, int],
    costs: Mapping[str, int],
    ways: Mapping[str, Any],
) -> int:
    """More than every team could spend on every day."""
    fare = max((max(row) for row in ways["fare"]), default=0) if ways["fare"] else 0
    duty = day["max_km"] * costs["km"] + (day["max_stops"] + 1) * fare
    staff = costs["day"] + costs["night"]
    return sum(duty + int(team["staff"]) * staff for team in teams) * days


# --- days and visits that somebody set ----------------------------------------------------------------


def _closed(office: str, days: Sequence[date], sites: Sequence[Site]) -> dict[str, list[str]]:
    """Key of a place -> days on which nobody goes there."""
    first, last = days[0], days[-1]
    found: dict[str, set[date]] = defaultdict(set)
    closures = SiteClosure.everything.filter(
        office=office, from_day__lte=last, until_day__gte=first
    ).select_related("site")
    for one in closures:
        shut = {day for day in days if one.from_day <= day <= one.until_day}
        for site in sites:
            if one.site.key == site.key if one.site else one.kind in ("", site.kind):
                found[site.key] |= shut
    never = PlanPin.everything.filter(office=office, kind=PinKind.NEVER).select_related("site")
    for pin in never.filter(Q(day=None) | Q(day__range=(first, last))):
        found[pin.site.key] |= set(days) if pin.day is None else {pin.day}
    return defaultdict(list, {key: [str(one) for one in sorted(off)] for key, off in found.items()})


def _visited(sites: Sequence[Site], held: Mapping[str, Sequence[date]]) -> dict[str, list[date]]:
    """Kecamatan -> days of the visits that were held there."""
    found: dict[str, list[date]] = defaultdict(list)
    for one in sites:
        found[one.district] += held.get(one.key, ())
    return found


def _floors(
    office: str, first: date, last: date, visited: Mapping[str, Sequence[date]]
) -> list[dict[str, Any]]:
    """What is left of them: a visit that was held in their days counts."""
    rows = PlanFloor.everything.filter(office=office, from_day__lte=last, until_day__gte=first)
    least: dict[str, int] = {}
    for district, visits, begins in rows.values_list("district_id", "min_visits", "from_day"):
        had = sum(begins <= day for day in visited.get(district, ()))
        least[district] = max(visits - had, least.get(district, 0))
    return [{"district": code, "min_visits": least[code]} for code in sorted(least) if least[code]]


def pins_of(office: str, first: date, last: date) -> list[PlanPin]:
    """Visits that somebody fixed in these days."""
    found = PlanPin.everything.filter(
        office=office, kind=PinKind.VISIT, day__range=(first, last)
    ).select_related("site__village", "site__venue", "team")
    return sorted(found, key=lambda one: (str(one.day), one.site.key))


def _pins(office: str, first: date, last: date) -> list[dict[str, Any]]:
    return [
        {
            "site": pin.site.key,
            "date": str(pin.day),
            "team": None if pin.team_id is None else str(pin.team_id),
        }
        for pin in pins_of(office, first, last)
    ]
