"""Stops of plans: those of one plan, and those that an office goes by, whichever plan they stand in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan, PlanAdoption, PlanStop

#: What a page shows of a stop.
_BESIDE = ("duty", "village", "venue__village", "venue__office", "event__village")
_ORDER = ("duty__day", "duty__team", "number")


def stops_of(by: Actor, plan: Plan) -> QuerySet[PlanStop]:
    """In the order of the days; each with its duty, place and event."""
    stops = PlanStop.objects.visible_to(by).filter(duty__plan=plan)
    return stops.select_related(*_BESIDE).order_by(*_ORDER)


def stops_gone_by(
    stops: QuerySet[PlanStop], office: str, first: date, last: date, *, without: Plan | None = None
) -> Any:
    """Of `stops`, those that the office goes by on these days: of each day the plan adopted last counts.
    `without`: as if that plan had not been adopted.
    """
    later = PlanAdoption.objects.filter(
        office_id=office,
        pk__gt=OuterRef("duty__plan__adoption__pk"),
        plan__from_day__lte=OuterRef("duty__day"),
        plan__until_day__gte=OuterRef("duty__day"),
    )
    if without is not None:
        later, stops = later.exclude(plan=without), stops.exclude(duty__plan=without)
    decided = (PlanStanding.ADOPTED, PlanStanding.REPLACED)
    return (
        stops.filter(
            ~Exists(later),
            office_id=office,
            duty__plan__standing__in=decided,
            duty__day__range=(first, last),
        )
        .select_related(*_BESIDE)
        .order_by(*_ORDER)
    )


def stands(stop: PlanStop) -> bool:
    """It has an event that was not cancelled."""
    return stop.event is not None and stop.event.state != EventState.CANCELLED


def name_of(stop: PlanStop) -> str:
    """A place of an instance that was given has none but its key."""
    if stop.venue is not None:
        return stop.venue.name
    return stop.village.name if stop.village is not None else stop.site


def sites_of(plan: Plan) -> dict[str, dict[str, Any]]:
    """Key of a place -> its row in the plan's instance."""
    return {row["id"]: row for row in plan.instance["sites"]}


def end_of(stop: PlanStop, site: dict[str, Any]) -> int:
    """The minute at which the team has packed up."""
    return stop.begin + int(site["setup"]) + stop.minutes


def moment(day: date, minute: int, zone: str) -> datetime:
    """`minute` counts from midnight."""
    clock = datetime.combine(day, time()) + timedelta(minutes=minute)
    return clock.replace(tzinfo=ZoneInfo(zone))


def shares(
    stops: Iterable[PlanStop], sites: dict[str, dict[str, Any]]
) -> dict[int, tuple[int, int]]:
    """Stop -> the minutes in which its event has the team and the sets of the duty: the first from the
    departure, each until it has packed up, the last until the return. They adjoin and never overlap.
    `stops`: all of each duty.
    """
    duties: dict[int, list[PlanStop]] = defaultdict(list)
    for stop in stops:
        duties[stop.duty_id].append(stop)
    found = {}
    for some in duties.values():
        some.sort(key=lambda one: one.number)
        ends = [end_of(one, sites[one.site]) for one in some[:-1]]
        edges = [some[0].duty.depart, *ends, some[0].duty.back]
        for stop, (first, last) in zip(some, pairwise(edges), strict=True):
            found[stop.pk] = (first, last)
    return found


def visits_before(stops: Iterable[PlanStop]) -> dict[int, int]:
    """Stop -> how many visits of its place were held before it, among these, by date."""
    seen: dict[str, int] = defaultdict(int)
    found = {}
    for stop in sorted(stops, key=lambda one: (one.duty.day, one.number)):
        found[stop.pk] = seen[stop.site]
        seen[stop.site] += 1
    return found
