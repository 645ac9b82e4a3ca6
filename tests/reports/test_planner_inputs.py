"""What a plan is made from: everybody in one place, ways and rules as somebody set them, and no person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.resources.services import add_device, make_team
from events.venues.models import Venue
from registrations.missing.services.refreshing import refresh
from registrations.people.validators import anniversary
from reports.planner.core.reading import read
from reports.planner.selectors.instances import hash_of
from reports.planner.services.instances import Asked, ask_for
from tests.registrations.test_missing import (
    SIX,
    all_states,
    closed,
    make_election,
    make_roster,
    name_in,
)
from tests.world import BUKITTINGGI, World, make_basis, make_resident, today

VILLAGE = "13.75.01.1001"


def equip(made: World) -> None:
    by, office = made["operator"].actor, Region.objects.get(pk=BUKITTINGGI)
    with scoped(by.scope):
        make_team(by=by, office=office, name="Tim 1", clerks=[])
        add_device(by=by, office=office, label="Set 1", kind="set")


def asked(made: World, who: str = "head", **changes: Any) -> Asked:
    by = made[who].actor
    values: dict[str, Any] = {
        "office": Region.objects.get(pk=BUKITTINGGI),
        "from_day": today() + timedelta(days=1),
        "until_day": today() + timedelta(days=21),
    }
    with scoped(by.scope):
        return ask_for(by=by, **{**values, **changes})


def people(found: Asked) -> dict[str, int]:
    """Key of a place -> people, where there are any."""
    sites = found.instance["sites"]
    return {one["id"]: n for one in sites if (n := sum(one["gap"].values()))}


def test_everybody_stands_in_one_place_and_a_pupil_in_the_school(made: World) -> None:
    equip(made)
    states = all_states(made)
    with scoped(EVERYBODY):
        school, prison = make_roster(made, "SMA 1", 2026), make_roster(made, "Lapas", 2026, "prison")
        outside = make_roster(made, "SMA 9", 2026)
        Venue.objects.filter(pk=outside.venue_id).update(village_id="13.06.01.2001")
        pupil, inmate, far = (make_resident(made) for _who in range(3))
        name_in(school, pupil)
        name_in(school, states["recorded"])
        name_in(prison, inmate)
        name_in(outside, far)
        refresh(office=BUKITTINGGI)
    closed()
    found = asked(made)
    # Open, asked for a visit, in prison, at a school where nobody goes: at home. The pupil: at school.
    assert people(found) == {VILLAGE: 4, str(school.venue_id): 1}
    # The figures are those of `GET roll/`.
    rows = made["head"].get(f"roll/?region={BUKITTINGGI}").json["results"]
    listed = {row["region"]: (row["open"] or 0) + (row["asked"] or 0) for row in rows}
    assert sum(people(found).values()) == sum(listed.values()) == 5
    keys = {one["id"] for one in found.instance["sites"]}
    assert keys == {row["region"] for row in rows} | {str(school.venue_id)}
