"""A plan adopted after another one, where an event that stays keeps the crew of one that moves."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from events.resources.models import Assignment
from reports.planner.models.plans import Plan
from reports.planner.selectors.shown import written
from reports.planner.selectors.standing import replaced_by, version_to_adopt
from tests.reports.test_planner_events import (
    DAY,
    HOME,
    LATER,
    NEXT,
    crew_of,
    make_plan,
    missing,
    turn,
)
from tests.world import World


def test_a_draft_whose_crew_is_elsewhere_moves_without_it_and_is_named(
    made: World, browser: Callable[[str], Client]
) -> None:
    crew = crew_of(made)
    missing(made, 2)
    plan = make_plan(made, crew, {DAY: [HOME], LATER: [NEXT]})
    home, next_door = (one.event for one in turn(made, plan).events)
    # The place with people on its list is visited later on the same day now: it stays as it is.
    days = {DAY: [NEXT, HOME], LATER: ["13.75.01.1003"]}
    new = make_plan(made, crew, days, adopted=False, parent=plan)
    with scoped(made["head"].actor.scope):
        version = version_to_adopt(written(new), replaced_by(new))
    client, path = browser("head"), f"/rencana/{new.pk}/"
    body = {"do": "adopt", "version": version, "once": str(uuid7())}
    assert client.post(path, body).status_code == 302
    said = client.get(f"{path}kunjungan/").content.decode()
    assert "1 konsep dipindah" in said
    assert "2 perlu diubah sendiri" in said
    assert f"{NEXT}, " in said
    assert "Tim 1 bertugas di" in said
    with scoped(EVERYBODY):
        assert Plan.objects.get(pk=new.pk).standing == "adopted"
        home.refresh_from_db()
        next_door.refresh_from_db()
        assert (home.starts_on, next_door.starts_on) == (DAY, DAY)
        crews = Assignment.objects.filter(team=crew.team)
        assert [one.event_id for one in crews] == [home.pk]
