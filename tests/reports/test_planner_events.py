"""A plan becomes events, follows what came, and is planned again: nothing is moved behind anybody's back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.models.signing import EventChange
from events.resources.models import Assignment, Device, Team
from events.resources.services import add_device, make_team
from events.stock.models import StockRequest
from events.venues.models import Venue
from events.venues.services import add_venue
from registrations.booking.models.waiting import Waiting
from registrations.lifecycle.services.events import open_to_booking, sign_change
from registrations.missing.enums import Purpose
from registrations.missing.services.closing import close_list, the_list
from registrations.people.models import Resident
from reports.planner.enums import ChangeKind, EventStep, PlanStanding
from reports.planner.models.inputs import TurnoutRule
from reports.planner.models.plans import Plan, PlanAdoption, PlanDuty, PlanStop
from reports.planner.selectors.actual import actual
from reports.planner.selectors.changes import changes
from reports.planner.selectors.letters import letters_due
from reports.planner.selectors.measured import turnouts
from reports.planner.selectors.stops import stops_of
from reports.planner.services.into_events import Made, make_events
from reports.planner.services.letters import ask_letters
from reports.planner.services.taking_over import Taken, take_over_events
from reports.planner.services.turnouts import feed_turnouts
from tests.registrations.test_rosters import HEADER, PUPIL, bring, row
from tests.world import BUKITTINGGI, WIB, World, make_event, make_resident, record, today

HOME, NEXT = "13.75.01.1001", "13.75.01.1002"
BEGIN, SETUP, SERVICE = 9 * 60, 30, 120


@dataclass
class Crew:
    team: Team
    kits: list[Device] = field(default_factory=list)


def crew_of(made: World, name: str = "Tim 1", kits: int = 2) -> Crew:
    by, office = made["operator"].actor, Region.objects.get(pk=BUKITTINGGI)
    with scoped(by.scope):
        team = make_team(by=by, office=office, name=name, clerks=[made["operator"].user])
        found = [
            add_device(by=by, office=office, label=f"{name} alat {n}", kind="set")
            for n in range(kits)
        ]
    return Crew(team, found)


def site(key: str, kind: str = "village", people: int = 40, **changes: Any) -> dict[str, Any]:
    return {
        **{"id": key, "kind": kind, "name": key, "district": HOME[:8], "office": BUKITTINGGI},
        **{"lat": -0.3, "lon": 100.37, "gap": {"due": people}, "turnout": [500, 300]},
        **{"minutes": 10, "setup": SETUP, "open": [480, 960], "weekdays": [1, 2, 3, 4, 5, 6, 7]},
        **{"off": [], "only": None, "lodging": False, **changes},
    }


def make_plan(
    made: World,
    crew: Crew,
    days: dict[date, list[Any]],
    *,
    adopted: bool = True,
    people: int = 40,
    parent: Plan | None = None,
    begin: int = BEGIN,
) -> Plan:
    """A finished plan: day -> places of one duty, one after another."""
    head = made["head"].actor
    places = [place for day in days.values() for place in day]
    keys = {str(getattr(place, "pk", place)): place for place in places}
    instance = {
        **{"id": "uji", "format": "jemput-bola-instance/1"},
        "workdays": [str(day) for day in sorted(days)],
        "sites": [
            site(key, "village" if isinstance(place, str) else "school", people)
            for key, place in keys.items()
        ],
    }
    with scoped(EVERYBODY):
        plan = Plan.objects.create(
            office_id=BUKITTINGGI,
            from_day=min(days),
            until_day=max(days),
            instance=instance,
            instance_hash="0" * 64,
            cut=timezone.now(),
            parent=parent,
            asked_by=Posting.objects.get(pk=head.posting_id),
        )
        for day, stops in days.items():
            add_duty(plan, crew, day, stops, begin)
        for state in ("solving", "done"):
            plan.state = state
            plan.objective, plan.cost, plan.expected = 1000, 0, 20
            plan.save()
        if adopted:
            adopt(made, plan)
    return plan


def add_duty(plan: Plan, crew: Crew, day: date, places: list[Any], begin: int) -> None:
    length = SETUP + SERVICE
    duty = PlanDuty.objects.create(
        plan=plan,
        office_id=plan.office_id,
        day=day,
        team=str(crew.team.pk),
        kits=[str(kit.pk) for kit in crew.kits],
        start=BUKITTINGGI,
        end=BUKITTINGGI,
        depart=begin - 60,
        back=begin + len(places) * (length + 30),
        cost=600_000,
    )
    for number, place in enumerate(places, 1):
        is_village = isinstance(place, str)
        first = begin + (number - 1) * (length + 30)
        PlanStop.objects.create(
            duty=duty,
            office_id=plan.office_id,
            number=number,
            site=place if is_village else str(place.pk),
            village_id=place if is_village else place.village_id,
            venue=None if is_village else place,
            arrive=first,
            begin=first,
            minutes=SERVICE,
            expected=10,
        )


def adopt(made: World, plan: Plan) -> None:
    before = Plan.objects.filter(office=plan.office_id, standing=PlanStanding.ADOPTED)
    before.update(standing=PlanStanding.REPLACED)
    by = made["head"].actor.user_id
    PlanAdoption.objects.create(plan=plan, office_id=plan.office_id, adopted_by_id=by)
    plan.standing = PlanStanding.ADOPTED
    plan.save(update_fields=["standing"])


def follow(made: World, plan: Plan) -> Taken:
    """What a head does who adopts a plan after another one."""
    head = made["head"].actor
    with scoped(head.scope):
        found = changes(head, plan)
        adopt(made, plan)
        return take_over_events(by=head, plan=plan, found=found)


def turn(made: World, plan: Plan, who: str = "head", **changes: Any) -> Made:
    by = made[who].actor
    with scoped(by.scope):
        stops = changes.pop("stops", None) or [one.pk for one in stops_of(by, plan)]
        return make_events(by=by, plan=plan, stops=stops, **changes)


def missing(made: World, number: int, village: str = HOME) -> list[Resident]:
    """On the list of the office."""
    place = Region.objects.get(pk=village)
    people = [make_resident(made, village=place) for _n in range(number)]
    with scoped(EVERYBODY):
        close_list(by=None, roll_list=the_list(Purpose.MISSING, BUKITTINGGI, None))
    return people


def at(day: date, minute: int) -> datetime:
    return datetime.combine(day, datetime.min.time(), WIB) + timedelta(minutes=minute)


def approve(made: World, event: ServiceEvent) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        open_to_booking(by=head, event=event, neutrality_signed=True)


DAY = today() + timedelta(days=7)


# --- into events ----------------------------------------------------------------------------------


def test_stops_of_a_duty_become_drafts_that_share_the_crew(made: World) -> None:
    missing(made, 3)
    crew = crew_of(made)
    plan = make_plan(made, crew, {DAY: [HOME, NEXT]})
    found = turn(made, plan)
    first, second = (one.event for one in found.events)
    assert [(one.new, one.placed) for one in found.events] == [(True, 3), (True, 0)]
    for event in (first, second):
        assert (event.kind, event.state, event.kits) == ("jemput_bola", "draft", 2)
        assert (event.starts_on, event.ends_on, event.services) == (DAY, DAY, ["recording"])
    with scoped(EVERYBODY):
        session = first.sessions.get()
        assert session.starts_at == at(DAY, BEGIN)
        assert session.ends_at == at(DAY, BEGIN + SETUP + SERVICE)
        # Two sets, ten minutes a person, two hours.
        assert session.seats.count() == 24
        assert Waiting.objects.filter(event=first).count() == 3
        teams = Assignment.objects.filter(team=crew.team).order_by("period")
        packed = at(DAY, BEGIN + SETUP + SERVICE)
        assert [(one.event_id, one.period.lower, one.period.upper) for one in teams] == [
            (first.pk, at(DAY, BEGIN - 60), packed),
            (second.pk, packed, at(DAY, BEGIN + 2 * (SETUP + SERVICE + 30))),
        ]
        for kit in crew.kits:
            assert Assignment.objects.filter(device=kit).count() == 2
        clerk = made["operator"].user
        assert Assignment.objects.filter(clerk=clerk, event=first).exists()
    assert found.bag is not None
    assert (found.bag.item, found.bag.asked, found.bag.office_id) == ("card", 20, BUKITTINGGI)


def test_made_twice_is_made_once(made: World) -> None:
    missing(made, 2)
    plan = make_plan(made, crew_of(made), {DAY: [HOME, NEXT]})
    first = turn(made, plan)
    again = turn(made, plan, who="operator")
    assert again.new == [] and again.bag is None
    assert [one.event.pk for one in again.events] == [one.event.pk for one in first.events]
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.count() == 2
        assert (Waiting.objects.count(), StockRequest.objects.count()) == (2, 1)


def test_one_stop_after_another_day_by_day_finds_the_rest_of_the_list(made: World) -> None:
    """Whoever has no place at the first visit stands on the list of the second."""
    people = missing(made, 30)
    plan = make_plan(made, crew_of(made), {DAY: [HOME], DAY + timedelta(days=4): [HOME]})
    with scoped(EVERYBODY):
        first, second = plan.duties.order_by("day").values_list("stops", flat=True)
    (one,) = turn(made, plan, stops=[first]).events
    assert (one.placed, one.left_out) == (24, 6)
    (two,) = turn(made, plan, stops=[second]).events
    assert two.placed == 6
    with scoped(EVERYBODY):
        assert Waiting.objects.filter(resident__in=people).count() == 30


def test_pupils_are_expected_at_their_school(made: World) -> None:
    """By its roster, and not in their village a second time; the letter goes out once it is approved."""
    pupils = [make_resident(made, birth_date=PUPIL) for _n in range(2)]
    with scoped(made["head"].actor.scope):
        school = add_venue(
            by=made["head"].actor,
            kind="school",
            name="SMA Uji",
            village=Region.objects.get(pk=HOME),
            contact="Kepala sekolah",
        )
    bring(made, school, HEADER + "".join(row(one, "XII A") for one in pupils))
    missing(made, 1)
    plan = make_plan(made, crew_of(made), {DAY: [HOME, school]})
    village, class_visit = turn(made, plan).events
    assert (village.placed, class_visit.placed) == (1, 2)
    head = made["head"].actor
    with scoped(head.scope):
        assert class_visit.event.venue_visit.venue_id == school.pk
        with pytest.raises(Conflict, match="no-letters"):
            ask_letters(by=head, plan=plan, reason="Surat kunjungan")
    approve(made, class_visit.event)
    with scoped(head.scope):
        assert [one.event_id for one in letters_due(head, plan)] == [class_visit.event.pk]
        (letter,) = ask_letters(by=head, plan=plan, reason="Surat kunjungan")
        assert letter.kind == "letter" and str(class_visit.event.pk) in letter.filters
        with pytest.raises(Conflict, match="no-letters"):
            ask_letters(by=head, plan=plan, reason="Surat kunjungan")


def test_a_venue_without_a_roster_is_visited_all_the_same(made: World) -> None:
    with scoped(made["head"].actor.scope):
        school = add_venue(
            by=made["head"].actor,
            kind="school",
            name="SMA Uji",
            village=Region.objects.get(pk=HOME),
        )
    plan = make_plan(made, crew_of(made), {DAY: [school]})
    (one,) = turn(made, plan).events
    with scoped(EVERYBODY):
        assert one.event.venue_visit.venue_id == school.pk
        assert one.event.sessions.get().seats.count() == 24


def test_nothing_is_made_where_something_stands_against_it(made: World) -> None:
    """The team is elsewhere; the plan is a draft, another office's, over; a stop is of another plan."""
    crew = crew_of(made)
    plan = make_plan(made, crew, {DAY: [HOME, NEXT]})
    elsewhere = make_event(made, starts_on=DAY, ends_on=DAY)
    with scoped(EVERYBODY):
        Assignment.objects.create(
            event=elsewhere,
            team=crew.team,
            period=(at(DAY, BEGIN + SETUP + SERVICE + 10), at(DAY, 24 * 60)),
        )
    with pytest.raises(Conflict) as refused:
        turn(made, plan)
    assert refused.value.code == "busy" and "Gebyar" in str(refused.value.message)
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.exclude(pk=elsewhere.pk).count() == 0
        stop = PlanStop.objects.filter(duty__plan=plan).first()
    with pytest.raises(NotFound):
        turn(made, plan, who="neighbour_head", stops=[stop.pk])
    with pytest.raises(Invalid):
        with scoped(made["head"].actor.scope):
            make_events(by=made["head"].actor, plan=plan, stops=[])
    later = DAY + timedelta(days=20)
    draft = make_plan(made, crew, {later: [HOME]}, adopted=False)
    with pytest.raises(Conflict, match="plan-not-adopted"):
        turn(made, draft)
    with pytest.raises(NotFound):
        turn(made, plan, stops=[draft.duties.get().stops.get().pk])
    gone = make_plan(made, crew, {today() - timedelta(days=3): [HOME]})
    with pytest.raises(Invalid, match="in-the-past"):
        turn(made, gone)
