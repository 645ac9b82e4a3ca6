"""Visits that every new plan has, or none: written by hand out of a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from events.venues.models import Venue
from reports.planner.enums import PinKind, SiteKind
from reports.planner.models.inputs import PlanPin, SiteProfile
from reports.planner.models.plans import Plan, PlanStop


@service
def pin_visits(
    *, by: Actor, plan: Plan, visits: Iterable[tuple[str, str]], from_day: dt.date
) -> int:
    """`visits`: site and ISO day of stops of the plan. Returns how many are new."""
    require(by, Permission.PLANS_MAKE)
    wanted = {(site, day) for site, day in visits if day >= from_day.isoformat()}
    stops = PlanStop.objects.filter(duty__plan=plan, pinned=True).select_related("duty")
    made = 0
    for stop in stops:
        if (stop.site, stop.duty.day.isoformat()) not in wanted:
            continue
        profile = profile_of(by, plan, stop.site)
        _pin, new = PlanPin.objects.get_or_create(
            site=profile,
            day=stop.duty.day,
            defaults={
                "office_id": plan.office_id,
                "kind": PinKind.VISIT,
                "team_id": int(stop.duty.team) if stop.duty.team.isdigit() else None,
                "changed_by_id": by.user_id,
            },
        )
        made += new
    return made


@service
def forbid(*, by: Actor, plan: Plan, site: str, day: dt.date) -> PlanPin:
    """No new plan visits the place on that day."""
    require(by, Permission.PLANS_MAKE)
    pin, _new = PlanPin.objects.update_or_create(
        site=profile_of(by, plan, site),
        day=day,
        defaults={
            "office_id": plan.office_id,
            "kind": PinKind.NEVER,
            "team": None,
            "changed_by_id": by.user_id,
        },
    )
    return pin


def profile_of(by: Actor, plan: Plan, site: str) -> SiteProfile:
    """The place's row; a village, or a venue, that nobody wrote anything about gets one."""
    row = next(one for one in plan.instance["sites"] if one["id"] == site)
    village = site
    venue = None
    if row["kind"] != SiteKind.VILLAGE:
        venue = Venue.objects.get(pk=site)
        village = venue.village_id
    profile, _new = SiteProfile.objects.get_or_create(
        office_id=plan.office_id,
        village_id=village,
        venue=venue,
        defaults={"changed_by_id": by.user_id},
    )
    return profile
