"""An earlier plan as a beginning: what of it can still be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.planner.core.instance import Instance, Office, Refused
from reports.planner.core.judge import judge
from reports.planner.core.plans import Duty
from reports.planner.core.routes import route
from reports.planner.core.times import chains
from reports.planner.core.trips import Trip


def duties_of(instance: Instance, office: Office, plan: dict[str, Any]) -> list[Duty]:
    """Duties of an office that its places, dates and teams still know, judged by no other rule."""
    teams = {team.id: n for n, team in enumerate(office.teams)}
    dates = {date: n for n, date in enumerate(instance.dates)}
    nodes = {office.id: 0} | {site.id: n for n, site in enumerate(office.sites, 1)}
    found = []
    for row in plan["duties"]:
        stops = [stop["site"] for stop in row["stops"]]
        known = {*stops, row["start"], row["end"]} <= set(nodes)
        if not known or row["team"] not in teams or row["date"] not in dates or not row["kits"]:
            continue
        places = tuple(nodes[stop] - 1 for stop in stops)
        one = route(office, places, nodes[row["start"]], nodes[row["end"]])
        minutes = tuple(stop["minutes"] for stop in row["stops"])
        if one is None or not _fits(office, one.limits, minutes):
            continue
        found.append(Duty(dates[row["date"]], teams[row["team"]], len(row["kits"]), one, minutes))
    return found


def _fits(office: Office, limits: Sequence[tuple[int, int]], minutes: tuple[int, ...]) -> bool:
    least = office.day.min_stop
    return all(given >= least for given in minutes) and all(
        sum(given for n, given in enumerate(minutes) if bits >> n & 1) <= most
        for bits, most in limits
    )


def trips_of(office: Office, duties: Sequence[Duty]) -> list[tuple[Trip, int, int]]:
    """The duties as trips, each with its date of departure and team."""
    found = []
    for chain in chains(duties):
        whole = chain[-1].route.end == 0 and len({one.kits for one in chain}) == 1
        stops = [site for one in chain for site in one.route.stops]
        whole = whole and len(set(stops)) == len(stops)
        if whole and all(office.next_day[one.date] for one in chain[:-1]):
            trip = Trip(
                tuple(one.route for one in chain),
                chain[0].kits,
                tuple(one.minutes for one in chain),
            )
            found.append((trip, chain[0].date, chain[0].team))
    return found


def holds(instance: Instance, plan: dict[str, Any]) -> bool:
    """Is this plan one that keeps all rules?"""
    try:
        judge(instance, plan)
    except Refused:
        return False
    return True
