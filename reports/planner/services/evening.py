"""Each evening: what came is measured, and the rest of an adopted plan is planned again. A head is shown what
would change, and adopts it or not.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from reports.planner.models.plans import PlanStop
from reports.planner.selectors.stops import moment  # noqa: F401

#: Visits of so many days ahead are announced: moving one costs points.
ANNOUNCED_DAYS = 6

Row = dict[str, Any]


@dataclass(frozen=True)
class SoFar:
    """What became of the plan until today, by the keys of an instance."""

    #: Place -> days of its visits that were held.
    held: dict[str, list[date]] = field(default_factory=dict)
    #: Rupiah of the duties that are over.
    spent: int = 0
    #: Visits to come: place and day.
    announced: list[tuple[str, date]] = field(default_factory=list)
    #: Visits that somebody fixed, or announced in writing: place, day, team.
    fixed: list[tuple[str, date, str]] = field(default_factory=list)


def carried_on(instance: Row, so_far: SoFar, points: int) -> Row:
    """The instance of the days that are left: turnouts that are used are dropped, a place rests after its
    last visit, money is spent, visits of the next days cost `points` when they are moved, and what somebody
    fixed stays. Nothing that the days left do not know is asked for.
    """
    found = copy.deepcopy(instance)
    days, rest = found["workdays"], found["day"]["rest_days"]
    sites = {site["id"]: site for site in found["sites"]}
    for key, held in so_far.held.items():
        if key in sites:
            _used(sites[key], held, rest, days)
    for office in found["offices"]:
        office["budget"] = max(0, office["budget"] - so_far.spent)
    teams = {team["id"] for team in found["teams"]}
    fixed = [
        {"site": site, "date": str(day), "team": team}
        for site, day, team in so_far.fixed
        if site in sites and str(day) in days and team in teams and _is_open(sites[site], day)
    ]
    pinned = {(pin["site"], pin["date"]) for pin in found["pins"]}
    found["pins"] += [pin for pin in fixed if (pin["site"], pin["date"]) not in pinned]
    found["announced"] = [
        {"site": site, "date": str(day), "points": points}
        for site, day in so_far.announced
        if site in sites and str(day) in days
    ]
    return found


def _used(site: Row, held: list[date], rest: int, days: list[str]) -> None:
    site["turnout"] = site["turnout"][len(held) :]
    until = max(held) + timedelta(days=max(1, rest))
    resting = [day for day in days if date.fromisoformat(day) < until]
    site["off"] = sorted({*site["off"], *resting})


def _is_open(site: Row, day: date) -> bool:
    only = site.get("only")
    return (
        str(day) not in site["off"]
        and day.isoweekday() in site["weekdays"]
        and (only is None or str(day) in only)
        and bool(site["turnout"])
    )
