"""Lists of what plans are made from, for `test_lists`: each makes so many rows and names the page that shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from events.venues.services import add_venue
from reports.planner.models.inputs import PlanFloor, PlanPin, SiteClosure, TravelLeg
from reports.planner.services.inputs import (
    close_days,
    fix_visit,
    set_floor,
    set_leg,
    set_site,
)
from reports.planner.services.rules import set_turnout
from tests.world import BUKITTINGGI, World, today

_VILLAGE = "13.75.01.1001"
_BASE = f"/rencana/masukan/{BUKITTINGGI}"


def _act(made: World, verb: Any, **values: Any) -> Any:
    by = made["head"].actor
    with scoped(by.scope):
        return verb(by=by, office=Region.objects.get(pk=BUKITTINGGI), **values)


def plan_places(made: World, rows: int) -> str:
    by = made["head"].actor
    for _row in range(rows):
        with scoped(by.scope):
            village = Region.objects.get(pk=_VILLAGE)
            venue = add_venue(by=by, kind="school", name=f"SMA {uuid7()}", village=village)
        _act(made, set_site, key=str(venue.pk), minutes=6)
    return f"{_BASE}/"


def plan_site(made: World, rows: int) -> str:
    have = SiteClosure.everything.count()
    for row in range(have, have + rows):
        day = today() + timedelta(days=row)
        _act(made, close_days, site=_VILLAGE, from_day=day, until_day=day, why="Pasar")
        _act(made, fix_visit, site=_VILLAGE, day=day)
    return f"{_BASE}/tempat/{_VILLAGE}/"


def plan_days(made: World, rows: int) -> str:
    have = PlanFloor.everything.count()
    for row in range(have, have + rows):
        day = today() + timedelta(days=row)
        until = day + timedelta(days=9)
        district = Region.objects.get(pk=_VILLAGE[:8])
        _act(made, set_floor, district=district, min_visits=1, from_day=day, until_day=until)
        _act(made, close_days, from_day=day, until_day=until, why="Ujian")
        _act(made, fix_visit, site=_VILLAGE, day=day)
    assert PlanPin.everything.count() >= rows
    return f"{_BASE}/hari/"


def plan_ways(made: World, rows: int) -> str:
    """Between villages, and no way twice."""
    villages = Region.objects.within(BUKITTINGGI).level(Level.VILLAGE).order_by("pk")
    codes = list(villages.values_list("pk", flat=True))
    pairs = [(one, other) for one in codes for other in codes if one != other]
    have = TravelLeg.everything.count()
    for origin, target in pairs[have : have + rows]:
        _act(made, set_leg, origin=origin, target=target, minutes=9, km=3)
    return f"{_BASE}/jalan/"


def plan_rules(made: World, rows: int) -> str:
    by = made["head"].actor
    for _row in range(rows):
        with scoped(by.scope):
            set_turnout(
                by=by,
                region=Region.objects.get(pk=BUKITTINGGI),
                kind="village",
                visit=1,
                per_thousand=400,
                valid_from=today(),
                source="Rekap",
            )
    return f"{_BASE}/aturan/"


INPUTS: list[tuple[str, Callable[[World, int], str]]] = [
    ("head", plan_places),
    ("head", plan_site),
    ("head", plan_days),
    ("head", plan_ways),
    ("head", plan_rules),
]
