"""What became of the plans that an office goes by, and the instance of the days that are left: whoever asks
for a plan of days that are planned already goes on from there.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.missing.enums import EntryState
from registrations.missing.models import RollEntry
from reports.planner.enums import SiteGroup
from reports.planner.models.plans import PlanStop
from reports.planner.selectors.letters import invited_in_writing
from reports.planner.selectors.stops import stops_gone_by

#: Visits of so many days ahead are announced: moving one costs points.
ANNOUNCED_DAYS = 6
#: Visits of a place before this many days belong to another season: its turnouts begin anew.
SEASON_DAYS = 124

Row = dict[str, Any]


@dataclass(frozen=True)
class SoFar:
    """What became of the plan until today, by the keys of an instance."""

    #: Place -> days of its visits that were held.
    held: dict[str, list[date]] = field(default_factory=dict)
    #: Visits to come: place and day.
    announced: list[tuple[str, date]] = field(default_factory=list)
    #: Visits that somebody fixed, or announced in writing: place, day, team.
    fixed: list[tuple[str, date, str]] = field(default_factory=list)
    #: Place -> who is booked at its visits to come, by group: a count of the missing leaves them out.
    booked: dict[str, Counter[str]] = field(default_factory=dict)


def so_far(office: str, first: date, last: date) -> SoFar:
    """Before `first`, the first working day of a plan, and from it to `last`."""
    stops = PlanStop.everything.all()
    before = stops_gone_by(
        stops, office, first - timedelta(days=SEASON_DAYS), first - timedelta(days=1)
    )
    held: dict[str, list[date]] = {}
    for stop in before:
        if stop.event is not None and stop.event.is_held:
            held.setdefault(stop.site, []).append(stop.duty.day)
    ahead = list(stops_gone_by(stops, office, first, last))
    events = {one.event_id: one.site for one in ahead if one.event is not None}
    written = invited_in_writing(office, events)
    until = first + timedelta(days=ANNOUNCED_DAYS - 1)
    return SoFar(
        held=held,
        announced=[(one.site, one.duty.day) for one in ahead if one.duty.day <= until],
        fixed=[
            (one.site, one.duty.day, one.duty.team)
            for one in ahead
            if one.pinned or one.event_id in written
        ],
        booked=_booked(events),
    )


def _booked(events: dict[Any, str]) -> dict[str, Counter[str]]:
    visits = Appointment.everything.filter(
        event__in=list(events), state__in=AppointmentState.active()
    )
    at = {resident: events[event] for resident, event in visits.values_list("resident", "event")}
    entries = RollEntry.everything.filter(resident__in=list(at), state=EntryState.BOOKED)
    groups = dict(entries.order_by("-purpose").values_list("resident_id", "stage_at_start"))
    found: dict[str, Counter[str]] = {}
    for resident, stage in groups.items():
        group = stage if stage in SiteGroup.values else SiteGroup.SEVENTEEN
        found.setdefault(at[resident], Counter())[str(group)] += 1
    return found


# --- the instance ---------------------------------------------------------------------------------


def carried_on(instance: Row, before: SoFar, points: int) -> Row:
    """The instance of the days that are left: turnouts that are used are dropped, a place rests after its
    last visit, who is booked is still to be recorded, visits of the next days cost `points` when they are
    moved, and what somebody fixed stays. Nothing that these days do not know is asked for.
    """
    found = copy.deepcopy(instance)
    days, rest = found["workdays"], found["day"]["rest_days"]
    sites = {site["id"]: site for site in found["sites"]}
    for key in before.booked.keys() & sites.keys():
        gap = sites[key]["gap"]
        for group, people in before.booked[key].items():
            gap[group] = gap.get(group, 0) + people
    for key in before.held.keys() & sites.keys():
        _used(sites[key], before.held[key], rest, days)
    found["pins"] += _pins(found, sites, before.fixed)
    pinned = {(pin["site"], pin["date"]) for pin in found["pins"]}
    found["announced"] = [
        {"site": site, "date": str(day), "points": points}
        for site, day in sorted(before.announced)
        if site in sites and str(day) in days and (site, str(day)) not in pinned
    ]
    return found


def _used(site: Row, held: list[date], rest: int, days: list[str]) -> None:
    site["turnout"] = site["turnout"][len(held) :]
    until = max(held) + timedelta(days=max(1, rest))
    resting = [day for day in days if date.fromisoformat(day) < until]
    site["off"] = sorted({*site["off"], *resting})


def _pins(found: Row, sites: dict[str, Row], fixed: Iterable[tuple[str, date, str]]) -> list[Row]:
    """Those that are not there yet, where the place can still be visited and somebody is left to record."""
    days, there = found["workdays"], {(pin["site"], pin["date"]) for pin in found["pins"]}
    teams = {team["id"] for team in found["teams"]}
    return [
        {"site": site, "date": str(day), "team": team if team in teams else None}
        for site, day, team in sorted(fixed)
        if (site, str(day)) not in there and str(day) in days and site in sites
        if _is_open(sites[site], day)
    ]


def _is_open(site: Row, day: date) -> bool:
    only = site.get("only")
    return (
        str(day) not in site["off"]
        and day.isoweekday() in site["weekdays"]
        and (only is None or str(day) in only)
        and bool(site["turnout"])
        and any(site["gap"].values())
    )
