"""A plan becomes events, follows what came, and is planned again: nothing is moved behind anybody's back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.calendar.selectors import days_worked
from events.elections.models import Election
from events.planning.models.event import ServiceEvent
from events.planning.models.signing import EventChange
from events.resources.models import Assignment, Device, Team
from events.resources.services import add_device, make_team
from events.stock.models import StockRequest
from events.venues.services import add_venue
from registrations.booking.models.waiting import Waiting
from registrations.ledger.models import ServiceRecord
from registrations.lifecycle.services.devices import report_fault
from registrations.lifecycle.services.events import cancel_event, open_to_booking, sign_change
from registrations.missing.enums import Purpose
from registrations.missing.services.closing import close_list, the_list
from registrations.people.models import Resident
from reports.demo.places import SCHOOLS
from reports.demo.planner import BUDGET, plan_for
from reports.planner.enums import ChangeKind, EventStep, PlanStanding
from reports.planner.models.plans import Plan, PlanAdoption, PlanDuty, PlanStop
from reports.planner.models.rules import TurnoutRule
from reports.planner.selectors.actual import actual
from reports.planner.selectors.changes import changes
from reports.planner.selectors.letters import letters_due
from reports.planner.selectors.measured import turnouts
from reports.planner.selectors.shown import written
from reports.planner.selectors.so_far import SoFar, carried_on
from reports.planner.selectors.standing import offices_with_plans, replaced_by, version_to_adopt
from reports.planner.selectors.stops import stops_gone_by, stops_of
from reports.planner.services.adopting import adopt_plan
from reports.planner.services.asking import request_plan
from reports.planner.services.evening import end_of_day
from reports.planner.services.inputs import set_floor
from reports.planner.services.into_events import Made, make_events
from reports.planner.services.letters import ask_letters
from reports.planner.services.rules import set_turnout
from reports.planner.services.taking_over import Taken
from reports.planner.services.turnouts import feed_turnouts
from tests.engines import LONG
from tests.pages.conftest import Asked
from tests.registrations.test_missing import make_election
from tests.registrations.test_rosters import HEADER, PUPIL, bring, row
from tests.threads import at_once
from tests.world import BUKITTINGGI, WIB, World, make_event, make_resident, record, today

HOME, NEXT = "13.75.01.1001", "13.75.01.1002"
#: Queries of a page.
MOST = 8
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
        "id": key,
        "kind": kind,
        "name": key,
        "district": HOME[:8],
        "office": BUKITTINGGI,
        "lat": -0.3,
        "lon": 100.37,
        "gap": {"due": people},
        "turnout": [500, 300],
        "minutes": 10,
        "setup": SETUP,
        "open": [480, 960],
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "off": [],
        "only": None,
        "lodging": False,
        **changes,
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
        "id": "uji",
        "format": "jemput-bola-instance/1",
        "day": {"start": 420},
        "workdays": [str(day) for day in sorted(days)],
        "offices": [{"id": BUKITTINGGI, "budget": 10**8}],
        "teams": [
            {"id": str(one.pk), "office": BUKITTINGGI}
            for one in Team.objects.filter(office=BUKITTINGGI)
        ],
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
        version = version_to_adopt(written(plan), replaced_by(plan))
        return adopt_plan(by=head, plan_id=plan.pk, version=version)


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


DAY = today() + timedelta(days=8)


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
    assert (again.new, again.bag) == ([], None)
    assert [one.event.pk for one in again.events] == [one.event.pk for one in first.events]
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.count() == 2
        assert (Waiting.objects.count(), StockRequest.objects.count()) == (2, 1)
    head = made["head"].actor
    with scoped(head.scope):
        cancel_event(by=head, event=first.events[1].event)
    # What was cancelled may be planned once more.
    assert [one.new for one in turn(made, plan).events] == [False, True]


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
    names = ("Adi Saputra", "Budi Hartono")
    pupils = [make_resident(made, name=name, birth_date=PUPIL) for name in names]
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
        assert letter.kind == "letter"
        assert str(class_visit.event.pk) in letter.filters
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
    assert refused.value.code == "busy"
    assert "Gebyar" in str(refused.value.message)
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.exclude(pk=elsewhere.pk).count() == 0
        stop = PlanStop.objects.filter(duty__plan=plan).first()
    with pytest.raises(NotFound):
        turn(made, plan, who="neighbour_head", stops=[stop.pk])
    with pytest.raises(Invalid, match="choice"), scoped(made["head"].actor.scope):
        make_events(by=made["head"].actor, plan=plan, stops=[])
    later = DAY + timedelta(days=20)
    draft = make_plan(made, crew, {later: [HOME]}, adopted=False)
    with pytest.raises(Conflict, match="plan-not-adopted"):
        turn(made, draft)
    with scoped(EVERYBODY):
        other = PlanStop.objects.get(duty__plan=draft)
    with pytest.raises(NotFound):
        turn(made, plan, stops=[other.pk])
    gone = make_plan(made, crew, {today() - timedelta(days=3): [HOME]})
    with pytest.raises(Invalid, match="in-the-past"):
        turn(made, gone)


# --- a new plan -----------------------------------------------------------------------------------

LATER = DAY + timedelta(days=5)


def test_a_draft_on_which_nobody_counts_goes_along(made: World) -> None:
    """With its crew, its hours and its places; the one that is not visited any more is cancelled."""
    crew, other = crew_of(made), crew_of(made, "Tim 2", kits=1)
    plan = make_plan(made, crew, {DAY: [HOME, NEXT]})
    home, next_door = (one.event for one in turn(made, plan).events)
    new = make_plan(
        made,
        other,
        {DAY: ["13.75.01.1003"], LATER: [HOME]},
        adopted=False,
        parent=plan,
        begin=10 * 60,
    )
    head = made["head"].actor
    with scoped(head.scope):
        shown = {one.stop.site: (one.kind, one.step) for one in changes(head, new).rows}
        assert shown == {
            HOME: (ChangeKind.MOVED, EventStep.MOVES),
            NEXT: (ChangeKind.DROPPED, EventStep.CANCELLED),
            "13.75.01.1003": (ChangeKind.NEW, EventStep.NONE),
        }
        home.refresh_from_db()
        assert home.starts_on == DAY  # Looking moves nothing.
    taken = follow(made, new)
    assert (taken.moved, taken.cancelled, taken.proposed, taken.by_hand) == (1, 1, 0, [])
    with scoped(EVERYBODY):
        home.refresh_from_db()
        next_door.refresh_from_db()
        assert (home.starts_on, home.ends_on, home.kits) == (LATER, LATER, 1)
        assert next_door.state == "cancelled"
        session = home.sessions.get()
        assert session.starts_at == at(LATER, 10 * 60)
        assert session.seats.count() == 12
        sent = Assignment.objects.filter(event=home, team__isnull=False)
        assert [one.team_id for one in sent] == [other.team.pk]
        assert PlanStop.objects.get(event=home).duty.plan_id == new.pk
    # Nothing is made of it again.
    assert [one.new for one in turn(made, new).events] == [True, False]


def test_two_drafts_change_their_days(made: World) -> None:
    crew = crew_of(made)
    plan = make_plan(made, crew, {DAY: [HOME], LATER: [NEXT]})
    home, next_door = (one.event for one in turn(made, plan).events)
    follow(made, make_plan(made, crew, {DAY: [NEXT], LATER: [HOME]}, adopted=False, parent=plan))
    with scoped(EVERYBODY):
        home.refresh_from_db()
        next_door.refresh_from_db()
        assert (home.starts_on, next_door.starts_on) == (LATER, DAY)


def test_days_that_passed_stay_those_of_the_plan_that_was_gone_by(made: World) -> None:
    """Its visits, what came and what was spent would else be looked for in a plan that nobody went by."""
    crew, yesterday = crew_of(made), today() - timedelta(days=1)
    make_plan(made, crew, {yesterday: [HOME], DAY: [NEXT]})
    new = make_plan(made, crew, {yesterday: [NEXT], DAY: [HOME]}, adopted=False)
    with pytest.raises(Conflict) as refused:
        follow(made, new)
    assert refused.value.code == "plan-begun"
    with scoped(EVERYBODY):
        gone_by = stops_gone_by(PlanStop.objects.all(), BUKITTINGGI, yesterday, DAY)
        assert [one.site for one in gone_by] == [HOME, NEXT]


@pytest.mark.parametrize("approved", [False, True])
def test_an_event_on_which_somebody_counts_is_proposed(made: World, approved: bool) -> None:
    """People on its list, or the head's signature: it stays where it is until the head signs the move."""
    crew = crew_of(made)
    if not approved:
        missing(made, 2)
    plan = make_plan(made, crew, {DAY: [HOME]})
    (one,) = turn(made, plan).events
    if approved:
        approve(made, one.event)
    new = make_plan(made, crew, {DAY: [NEXT], LATER: [HOME]}, adopted=False, parent=plan)
    head = made["head"].actor
    with scoped(head.scope):
        steps = {row.stop.site: row.step for row in changes(head, new).rows}
        assert steps == {HOME: EventStep.PROPOSED, NEXT: EventStep.NONE}
    taken = follow(made, new)
    assert (taken.moved, taken.proposed, taken.by_hand) == (0, 1, [])
    with scoped(head.scope):
        event = ServiceEvent.objects.get(pk=one.event.pk)
        assert (event.starts_on, event.sessions.get().starts_at) == (DAY, at(DAY, BEGIN))
        change = EventChange.objects.get(event=event)
        assert (change.state, change.moves, change.values["starts_on"]) == (
            *("pending", True),
            str(LATER),
        )
        sign_change(by=head, event=event)
        event.refresh_from_db()
        assert event.starts_on == LATER
        assert event.sessions.get().starts_at == at(LATER, BEGIN)


def test_an_approved_event_that_is_left_out_stays_and_is_told(made: World) -> None:
    crew = crew_of(made)
    plan = make_plan(made, crew, {DAY: [HOME]})
    (one,) = turn(made, plan).events
    approve(made, one.event)
    new = make_plan(made, crew, {DAY: [NEXT]}, adopted=False, parent=plan)
    taken = follow(made, new)
    assert [change.stop.site for change, _why in taken.by_hand] == [HOME]
    with scoped(EVERYBODY):
        one.event.refresh_from_db()
        assert (one.event.state, one.event.starts_on) == ("approved", DAY)


# --- a plan against what came ---------------------------------------------------------------------


def held(made: World, plan: Plan, village: str, day: date, people: int) -> ServiceEvent:
    """A visit that was held on a day that is over, at which so many were recorded."""
    place = Region.objects.get(pk=village)
    event = make_event(made, kind="jemput_bola", village=place, starts_on=day, ends_on=day)
    with scoped(EVERYBODY):
        PlanStop.objects.filter(duty__plan=plan, duty__day=day, site=village).update(event=event)
    for _n in range(people):
        record(made, make_resident(made), event=event.pk, occurred_at=at(day, 10 * 60))
    return event


def test_a_plan_against_what_came(made: World) -> None:
    """Held, not held, and still to come; a plan that was adopted later counts from its first day on."""
    crew = crew_of(made)
    ago = [today() - timedelta(days=n) for n in (6, 5, 4)]
    plan = make_plan(made, crew, {ago[0]: [HOME], ago[1]: [NEXT], ago[2]: [NEXT], DAY: [HOME]})
    held(made, plan, HOME, ago[0], 3)
    new = make_plan(made, crew, {ago[2]: ["13.75.01.1003"], DAY: [HOME]}, parent=plan)
    for who, office in (("operator", BUKITTINGGI), ("province_officer", BUKITTINGGI)):
        by = made[who].actor
        with scoped(by.scope):
            found = actual(by, office, ago[0], DAY)
        assert [(one.stop.site, one.stop.duty.plan_id, one.recorded) for one in found.rows] == [
            (HOME, plan.pk, 3),
            (NEXT, plan.pk, None),
            ("13.75.01.1003", new.pk, None),
            (HOME, new.pk, None),
        ]
        assert (found.visits, found.expected, found.recorded) == (1, 10, 3)
        assert (found.expected_lost, found.expected_ahead) == (20, 10)
        assert [one.difference for one in found.rows] == [-7, None, None, None]
    # A recording that was none is taken off, as in the ledger.
    with scoped(EVERYBODY):
        records = ServiceRecord.objects.filter(weight=1)
        wrong = list(records.order_by("seq").values_list("pk", flat=True)[:2])
    for pk in wrong:
        path = f"service-records/{pk}/void/"
        assert made["head"].post(path, {"reason": "Salah orang"}).status in (200, 201)
    with scoped(by.scope):
        found = actual(by, office, ago[0], DAY)
    assert (found.visits, found.expected, found.recorded) == (1, 10, 1)
    neighbour = made["neighbour"].actor
    with scoped(neighbour.scope):
        assert actual(neighbour, BUKITTINGGI, ago[0], DAY).rows == []


def test_turnouts_are_fed_by_what_came(made: World) -> None:
    """Three visits say it; the second of a place counts who was left by the first. Once an evening."""
    crew = crew_of(made)
    days = [today() - timedelta(days=n) for n in (9, 8, 7, 4)]
    third = "13.75.01.1003"
    places = [HOME, NEXT, third, HOME]
    plan = make_plan(
        made, crew, {day: [at_] for day, at_ in zip(days, places, strict=True)}, people=10
    )
    for day, village, people in zip(days, places, (4, 2, 0, 3), strict=True):
        held(made, plan, village, day, people)
    by = made["head"].actor
    with scoped(by.scope):
        found = {(one.kind, one.visit): one for one in turnouts(by, BUKITTINGGI)}
    first, second = found["village", 1], found["village", 2]
    assert (first.visits, first.missing, first.came, first.measured) == (3, 30, 6, 200)
    assert (first.assumed, first.reckoned, first.reckoned_is_measured) == (350, 350, False)
    assert (second.visits, second.missing, second.came, second.measured) == (1, 6, 3, None)
    with scoped(EVERYBODY):
        (rule,) = feed_turnouts(office=BUKITTINGGI, today=today())
        assert (rule.kind, rule.visit, rule.per_thousand) == ("village", 1, 200)
        assert (rule.measured, rule.set_by_id, rule.region_id) == (True, None, BUKITTINGGI)
        assert feed_turnouts(office=BUKITTINGGI, today=today()) == []
        assert TurnoutRule.objects.count() == 1
    with scoped(by.scope):
        one = next(
            row for row in turnouts(by, BUKITTINGGI) if (row.kind, row.visit) == ("village", 1)
        )
    assert (one.assumed, one.reckoned, one.reckoned_is_measured) == (350, 200, True)
    # What the office types in stays, beside what is measured, until the office lets it go.
    for typed, measures, fed in ((400, False, []), (400, True, [200])):
        with scoped(by.scope):
            set_turnout(
                by=by,
                region=Region.objects.get(pk=BUKITTINGGI),
                kind="village",
                visit=1,
                per_thousand=typed,
                valid_from=today(),
                source="Undangan camat",
                measured=measures,
            )
            rows = turnouts(by, BUKITTINGGI)
        one = next(row for row in rows if (row.kind, row.visit) == ("village", 1))
        assert (one.reckoned, one.measured, one.by_hand) == (400, 200, not measures)
        with scoped(EVERYBODY):
            new = feed_turnouts(office=BUKITTINGGI, today=today())
        assert [row.per_thousand for row in new] == fed


# --- planned again --------------------------------------------------------------------------------


def test_the_days_that_are_left(made: World) -> None:
    """Used turnouts are dropped and the place rests, who is booked is still counted, what somebody fixed stays,
    visits that were announced cost points.
    """
    first = DAY
    days = [first + timedelta(days=n) for n in range(8)]
    instance = {
        "workdays": [str(day) for day in days],
        "day": {"rest_days": 3},
        "sites": [site(HOME), site(NEXT), site("gone", people=0)],
        "teams": [{"id": "7"}],
        "pins": [],
        "announced": [],
    }
    before = SoFar(
        held={HOME: [first - timedelta(days=1)], "unknown": [first]},
        announced=[(HOME, days[3]), (NEXT, days[1]), ("unknown", days[1])],
        fixed=[
            (NEXT, days[1], "7"),
            ("gone", days[1], "7"),
            (HOME, days[0], "7"),
            (HOME, days[4], "gone too"),
        ],
        booked={NEXT: Counter({"due": 5})},
    )
    found = carried_on(instance, before, 8000)
    home, next_door, _gone = found["sites"]
    assert home["turnout"] == [300]
    assert home["off"] == [str(days[0]), str(days[1])]
    assert next_door["gap"] == {"due": 45}
    assert found["pins"] == [
        {"site": HOME, "date": str(days[4]), "team": None},
        {"site": NEXT, "date": str(days[1]), "team": "7"},
    ]
    assert found["announced"] == [{"site": HOME, "date": str(days[3]), "points": 8000}]
    assert instance["sites"][0]["turnout"] == [500, 300]


def test_each_evening_the_rest_is_planned_again(made: World) -> None:
    """From tomorrow on, begun from the plan that the office goes by; once an evening; nobody's without one."""
    missing(made, 4)
    crew = crew_of(made)
    yesterday, first = today() - timedelta(days=1), today() + timedelta(days=1)
    # A long leave is nobody's working day.
    worked = days_worked([BUKITTINGGI], first, first + timedelta(days=20))[BUKITTINGGI]
    soon = min(day for day in worked if day.isoweekday() < 7)
    plan = make_plan(made, crew, {yesterday: [HOME], soon: [NEXT], DAY: [HOME]})
    held(made, plan, HOME, yesterday, 2)
    assert offices_with_plans() == [BUKITTINGGI]
    new = end_of_day(BUKITTINGGI)
    assert new is not None
    assert (new.parent_id, new.state, new.standing) == (plan.pk, "waiting", "draft")
    assert (new.from_day, new.until_day) == (today() + timedelta(days=1), DAY)
    sites = {one["id"]: one for one in new.instance["sites"]}
    assert len(sites[HOME]["turnout"]) == len(sites[NEXT]["turnout"]) - 1
    assert sum(sites[HOME]["gap"].values()) >= 4
    assert {(one["site"], one["points"]) for one in new.instance["announced"]} == {
        (NEXT, 8000),
        *({(HOME, 8000)} if DAY in worked and min(worked) + timedelta(days=5) >= DAY else set()),
    }
    assert end_of_day(BUKITTINGGI) is None
    assert end_of_day("13.06") is None
    with scoped(EVERYBODY):
        assert Plan.objects.get(pk=plan.pk).standing == "adopted"


def test_whoever_asks_by_hand_gets_what_the_evening_asks_for(made: World) -> None:
    """Who is booked at a visit to come, what was held and what is announced count for all who ask."""
    missing(made, 4)
    crew = crew_of(made)
    yesterday, first = today() - timedelta(days=1), today() + timedelta(days=1)
    plan = make_plan(made, crew, {yesterday: [NEXT], DAY: [HOME]})
    held(made, plan, NEXT, yesterday, 2)
    with scoped(EVERYBODY):
        visit = PlanStop.objects.get(duty__plan=plan, site=HOME)
    [event] = turn(made, plan, stops=[visit.pk]).events
    assert event.placed == 4
    approve(made, event.event)
    head = made["head"].actor
    with scoped(head.scope):
        set_floor(
            by=head,
            office=Region.objects.get(pk=BUKITTINGGI),
            district=Region.objects.get(pk=HOME[:8]),
            min_visits=2,
            from_day=yesterday,
            until_day=DAY,
        )
    new = end_of_day(BUKITTINGGI)
    assert new is not None
    # One of the two that the kecamatan gets was yesterday.
    assert new.instance["floors"] == [{"district": HOME[:8], "min_visits": 1}]
    [home] = [one for one in new.instance["sites"] if one["id"] == HOME]
    assert sum(home["gap"].values()) == 4
    for who in ("head", "province_officer"):
        by = made[who].actor
        with scoped(by.scope):
            asked = request_plan(by=by, office=BUKITTINGGI, from_day=first, until_day=DAY)
        assert asked.instance == new.instance, who


def test_an_election_that_was_moved_ends_the_evenings_plan_earlier(made: World) -> None:
    make_election(made)
    crew = crew_of(made)
    soon, moved_to = today() + timedelta(days=1), DAY + timedelta(days=2)
    with scoped(EVERYBODY):
        election = Election.objects.get()
    plan = make_plan(made, crew, {soon: [NEXT], DAY + timedelta(days=9): [HOME]}, adopted=False)
    with scoped(EVERYBODY):
        again = Plan.objects.get(pk=plan.pk)
        copy = {
            name: getattr(again, name)
            for name in ("office_id", "from_day", "until_day", "instance", "instance_hash", "cut")
        }
        plan = Plan.objects.create(**copy, election=election, asked_by_id=again.asked_by_id)
        for state in ("solving", "done"):
            plan.state, plan.objective, plan.cost, plan.expected = state, 0, 0, 0
            plan.save()
        adopt(made, plan)
    body = {"held_on": str(moved_to), "source": "Keputusan KPU"}
    answer = made["province_officer"].post(f"elections/{election.pk}/decisions/", body)
    assert answer.status == 201
    new = end_of_day(BUKITTINGGI)
    assert new is not None
    assert new.until_day == moved_to - timedelta(days=1)
    assert new.instance["election"] == str(moved_to)


# --- at the same moment ---------------------------------------------------------------------------


def test_two_adopt_plans_of_overlapping_days(kept: World) -> None:
    """The second one has not seen that the first plan is gone by, and is shown it."""
    crew = crew_of(kept)
    one = make_plan(kept, crew, {DAY: [HOME]}, adopted=False)
    other = make_plan(kept, crew, {DAY: [NEXT], LATER: [HOME]}, adopted=False)
    head = kept["head"].actor
    with scoped(head.scope):
        seen = {
            plan.pk: version_to_adopt(written(plan), replaced_by(plan)) for plan in (one, other)
        }

    def adopts(plan: Plan) -> Callable[[], Any]:
        def work() -> Any:
            with scoped(head.scope):
                return adopt_plan(by=head, plan_id=plan.pk, version=seen[plan.pk])

        return work

    results = at_once(adopts(one), adopts(other))
    [lost] = [result for result in results if isinstance(result, Exception)]
    assert isinstance(lost, Conflict), results
    assert lost.code == "changed-meanwhile"
    with scoped(EVERYBODY):
        [loser] = Plan.objects.filter(standing="draft")
        assert Plan.objects.filter(standing="adopted").count() == 1
    follow(kept, loser)
    with scoped(EVERYBODY):
        standing = set(Plan.objects.values_list("standing", flat=True))
    assert standing == {"adopted", "replaced"}


def test_two_make_events_of_the_same_visits(kept: World) -> None:
    missing(kept, 3)
    plan = make_plan(kept, crew_of(kept), {DAY: [HOME, NEXT]})
    results = at_once(*[lambda: turn(kept, plan)] * 2)
    assert sorted(len(one.new) for one in results) == [0, 2]
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.count() == 2
        assert StockRequest.objects.count() == 1


# --- the page -------------------------------------------------------------------------------------


def test_the_page_makes_events_and_shows_what_came(
    made: World, browser: Callable[[str], Client]
) -> None:
    missing(made, 2)
    crew = crew_of(made)
    yesterday = today() - timedelta(days=1)
    plan = make_plan(made, crew, {yesterday: [NEXT], DAY: [HOME]})
    held(made, plan, NEXT, yesterday, 3)
    client, path = browser("operator"), f"/rencana/{plan.pk}/kunjungan/"
    page = BeautifulSoup(client.get(path).content, "html.parser")
    [box] = page.select("input[name=stops]")
    [row] = [one for one in page.select("tr") if yesterday.strftime("%Y") in one.get_text()][:1]
    cells = [cell.get_text(strip=True) for cell in row.select("td.n")]
    assert [cell.replace("\N{MINUS SIGN}", "-") for cell in cells] == ["10", "3", "-7"]
    body = {"do": "events", "stops": box["value"], "once": str(uuid7())}
    answer = client.post(path, body, follow=True)
    assert answer.status_code == 200
    assert "1 rancangan dibuat, 2 orang" in answer.content.decode()
    assert BeautifulSoup(answer.content, "html.parser").select("input[name=stops]") == []
    with scoped(EVERYBODY):
        event = ServiceEvent.objects.get(starts_on=DAY)
    assert f"/kegiatan/{event.pk}/" in answer.content.decode()
    # A province looks on; an office that is not asked does not find it.
    looked = browser("province_officer").get(path)
    assert b'name="stops"' not in looked.content
    refused = browser("province_officer").post(path, body | {"once": str(uuid7())})
    assert refused.status_code == 403
    assert browser("neighbour").get(path).status_code == 404


def test_the_page_says_what_stands_against_it(
    made: World, browser: Callable[[str], Client]
) -> None:
    """Out of order: asked once more; a plan that is not adopted shows what it changes."""
    crew = crew_of(made, kits=1)
    plan = make_plan(made, crew, {DAY: [HOME]})
    with scoped(EVERYBODY):
        stop = PlanStop.objects.get(duty__plan=plan)
        by = made["operator"].actor
        report_fault(by=by, device_id=crew.kits[0].pk, what="Kamera rusak")
    client, path = browser("head"), f"/rencana/{plan.pk}/kunjungan/"
    body = {"do": "events", "stops": str(stop.pk), "once": str(uuid7())}
    asked = client.post(path, body)
    assert asked.status_code == 409
    page = BeautifulSoup(asked.content, "html.parser")
    assert [one["value"] for one in page.select("input[name=confirm]")] == ["device-faulty"]
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.count() == 0
    client.post(path, body | {"confirm": "device-faulty", "once": str(uuid7())})
    with scoped(EVERYBODY):
        assert ServiceEvent.objects.count() == 1
    new = make_plan(made, crew, {LATER: [HOME], DAY: [NEXT]}, adopted=False)
    shown = client.get(f"/rencana/{new.pk}/kunjungan/").content.decode()
    assert "Pindah hari" in shown
    assert client.post(path, body | {"stops": "x", "once": str(uuid7())}).status_code == 422


def test_the_page_costs_the_same_with_one_and_many_visits(
    made: World, browser: Callable[[str], Client]
) -> None:
    crew, client = crew_of(made), browser("head")
    villages = [HOME, NEXT, "13.75.01.1003"]
    counts = []
    for first, days in ((DAY, 1), (DAY + timedelta(days=20), 10 if LONG else 3)):
        later = [first + timedelta(days=n) for n in range(days)]
        plan = make_plan(made, crew, dict.fromkeys(later, villages[:days]))
        draft = make_plan(made, crew, dict.fromkeys(later, villages[:days]), adopted=False)
        for one in (plan, draft):
            path = f"/rencana/{one.pk}/kunjungan/"
            client.get(path)
            asked = Asked(client, path)
            assert asked.answer.status_code == 200
            assert asked.count <= MOST, "\n".join(asked.sql)
            counts.append(asked.count)
    assert counts[:2] == counts[2:]


def test_the_demonstration_asks_for_a_plan_with_wishes(made: World) -> None:
    by = made["head"].actor
    with scoped(EVERYBODY):
        home = Region.objects.get(pk=HOME)
        add_venue(by=by, kind="school", name=SCHOOLS[0], village=home)
        plan = plan_for(by)
    assert plan is not None
    assert (plan.state, plan.office_id, plan.from_day) == (
        *("waiting", BUKITTINGGI),
        today() + timedelta(days=1),
    )
    instance = plan.instance
    assert instance["offices"][0]["budget"] == BUDGET
    assert [len(instance[name]) for name in ("teams", "kits", "pins", "floors")] == [1, 2, 1, 3]
    [school] = [one for one in instance["sites"] if one["name"] == SCHOOLS[0]]
    assert school["turnout"][0] == 800
    assert len(school["off"]) == 5
