"""Each evening: what came is measured, and the rest of an adopted plan is planned again. A head is shown what
would change (`selectors.changes`), and adopts it or not.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import structlog

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.accounts.selectors import asker_now, current_posting
from dukcapil.core.db import EVERYBODY, service
from dukcapil.core.errors import DomainError
from dukcapil.core.work import Stopped
from dukcapil.regions.enums import today_in
from events.elections.models import Election
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.missing.enums import EntryState
from registrations.missing.models import RollEntry
from reports.planner.enums import PlanStanding, SiteGroup
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.selectors.instances import hash_of
from reports.planner.selectors.letters import invited_in_writing
from reports.planner.selectors.rules import rules_of
from reports.planner.selectors.stops import stops_gone_by
from reports.planner.services.instances import ask_for
from reports.planner.services.turnouts import feed_turnouts

log = structlog.get_logger()

#: Visits of so many days ahead are announced: moving one costs points.
ANNOUNCED_DAYS = 6
#: Visits of a place before this many days belong to another season: its turnouts begin anew.
SEASON_DAYS = 124

Row = dict[str, Any]


def end_of_day(office: str) -> Plan | None:
    """For the job: measures, then plans again. Returns the plan that waits for the solver, if one is made; a
    second time in one evening makes none.
    """
    with scoped(EVERYBODY):
        feed_turnouts(office=office, today=today_in(office))
        try:
            return plan_again(office=office)
        except DomainError as refused:
            # Nobody can go any more, or a fixed visit cannot be kept: whoever plans by hand is told the same.
            log.warning("plan_not_made_again", office=office, why=refused.code)
            return None


@service
def plan_again(*, office: str) -> Plan | None:
    """The days that are left of the plan that the office goes by, begun from it. Raises what `ask_for` does."""
    first = today_in(office) + timedelta(days=1)
    plans = Plan.everything.filter(
        office=office, standing=PlanStanding.ADOPTED, until_day__gte=first
    )
    plan = plans.select_for_update(of=("self",)).order_by("from_day").first()
    if plan is None:
        return None
    first = max(first, plan.from_day)
    made = Plan.everything.filter(parent=plan, from_day=first, given=False)
    if made.exists():
        return None
    if (by := _asker(plan)) is None:
        return None
    # As it stands now: its day may have moved meanwhile.
    election = Election.objects.filter(pk=plan.election_id).first()
    asked = ask_for(
        by=by, office=plan.office, from_day=first, until_day=plan.until_day, election=election
    )
    points = rules_of(office, first).announced_points
    instance = carried_on(asked.instance, so_far(office, first, plan.until_day), points)
    return Plan.everything.create(
        office=plan.office,
        from_day=first,
        until_day=plan.until_day,
        instance=instance,
        instance_hash=hash_of(instance),
        basis=asked.basis,
        election=asked.election,
        cut=asked.cut,
        seed=plan.seed,
        parent=plan,
        asked_by_id=by.posting_id,
    )


def _asker(plan: Plan) -> Actor | None:
    """Who asked for the plan, or else who adopted it, as long as they may."""
    adopted = current_posting(plan.adoption.adopted_by_id)
    for posting in (plan.asked_by_id, adopted and adopted.pk):
        try:
            if posting:
                return asker_now(posting, Permission.PLANS_MAKE)
        except Stopped:
            continue
    return None


# --- what became of the plan ----------------------------------------------------------------------


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
    """Before `first`, and from it to `last`."""
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
