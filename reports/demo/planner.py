"""What Bukittinggi plans with in the demonstration: a second team, sets, money, a school's examinations, a
promised visit; and a plan of the weeks before the practice election, which the worker makes once it runs.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.regions.models import Region
from events.calendar.selectors import days_worked
from events.elections.selectors import next_election
from events.resources.services import add_device, make_team
from events.venues.models import Venue
from reports.demo.accounts import actor
from reports.demo.places import HEAD, SCHOOLS
from reports.planner.enums import RULES, SiteKind
from reports.planner.models.plans import Plan
from reports.planner.services.asking import request_plan
from reports.planner.services.inputs import close_days, fix_visit, set_floor, set_leg
from reports.planner.services.rules import set_rules, set_turnout

#: Rupiah for teams on their way; days of the plan.
BUDGET, DAYS = 30_000_000, 28
SETS = ("Alat rekam 2 (koper)", "Alat rekam 3 (koper)")
_SOURCE = "DPA contoh, belanja perjalanan dinas dalam daerah"


def make_plans() -> None:
    with scoped(EVERYBODY):
        plan_for(actor(HEAD))


def plan_for(by: Actor) -> Plan | None:
    """None where the office works on no day before its next election."""
    today = by.today
    office = Region.objects.get(pk=by.region)
    first, last = _days(office.pk, today)
    worked = sorted(days_worked([office.pk], first, last)[office.pk]) if first <= last else []
    if not worked:
        return None
    _crews(by, office)
    _rules(by, office, today)
    _wishes(by, office, worked)
    return request_plan(by=by, office=office, from_day=first, until_day=last)


def _days(office: str, today: date) -> tuple[date, date]:
    first, last = today + timedelta(days=1), today + timedelta(days=DAYS)
    election = next_election(office, today)
    return first, min(last, election.held_on - timedelta(days=1)) if election else last


def _crews(by: Actor, office: Region) -> None:
    # Whoever goes with the first team does not go with this one.
    make_team(by=by, office=office, name="Tim keliling B", clerks=[])
    for label in SETS:
        add_device(by=by, office=office, label=label, kind="set")


def _rules(by: Actor, office: Region, today: date) -> None:
    rules: dict[str, Any] = {**RULES, "budget": BUDGET}
    set_rules(by=by, region=office, valid_from=today, source=_SOURCE, **rules)
    set_turnout(
        by=by,
        region=office,
        kind=SiteKind.SCHOOL,
        visit=1,
        per_thousand=800,
        valid_from=today,
        source="Perkiraan dinas dari kunjungan sekolah tahun lalu (contoh)",
    )


def _wishes(by: Actor, office: Region, worked: list[date]) -> None:
    """Examinations at one school, a way that is longer than on the map, a promise, no kecamatan left out."""
    school = Venue.objects.filter(office=office, name=SCHOOLS[0]).get()
    close_days(
        by=by,
        office=office,
        from_day=worked[0],
        until_day=worked[min(4, len(worked) - 1)],
        why="Ujian sekolah (contoh)",
        site=str(school.pk),
    )
    villages = list(Region.objects.within(office.pk).level("village").order_by("pk"))
    set_leg(by=by, office=office, target=villages[-1].pk, minutes=35, km=11)
    promised = next((day for day in worked[5:] if day.isoweekday() < 6), None)
    if promised is not None:
        fix_visit(
            by=by,
            office=office,
            site=villages[0].pk,
            day=promised,
            why="Disampaikan kepada camat (contoh)",
        )
    for district in Region.objects.within(office.pk).level("district").order_by("pk"):
        set_floor(
            by=by,
            office=office,
            district=district,
            min_visits=1,
            from_day=worked[0],
            until_day=worked[-1],
        )
