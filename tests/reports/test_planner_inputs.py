"""What a plan is made from: everybody in one place, ways and rules as somebody set them, and no person."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.resources.models import Device, Team
from events.resources.services import add_device, assign, make_team
from events.venues.models import Venue
from registrations.missing.models import RollEntry
from registrations.missing.services.refreshing import refresh
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.validators import anniversary
from reports.planner.core.reading import read
from reports.planner.enums import RULES
from reports.planner.models.inputs import PlanPin, SiteClosure, SiteProfile, TravelLeg
from reports.planner.models.rules import PlanRules
from reports.planner.selectors.instances import hash_of
from reports.planner.selectors.rules import money_left, rules_of
from reports.planner.services.inputs import (
    close_days,
    fix_visit,
    set_floor,
    set_leg,
    set_site,
    take_away,
)
from reports.planner.services.instances import Asked, ask_for
from reports.planner.services.rules import set_rules, set_turnout
from tests.registrations.test_missing import (
    all_states,
    closed,
    make_election,
    make_roster,
    name_in,
)
from tests.standing import built_once
from tests.walls import alterations
from tests.world import BUKITTINGGI, World, at, make_basis, make_event, make_resident, today

VILLAGE = "13.75.01.1001"


def equip(made: World) -> None:
    by, office = made["operator"].actor, Region.objects.get(pk=BUKITTINGGI)
    with scoped(by.scope):
        make_team(by=by, office=office, name="Tim 1", clerks=[])
        add_device(by=by, office=office, label="Set 1", kind="set")


@built_once
def ready(made: World) -> None:
    """Equipped, and nobody is missing."""
    equip(made)
    closed()


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
        school, prison = (
            make_roster(made, "SMA 1", 2026),
            make_roster(made, "Lapas", 2026, "prison"),
        )
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


def test_who_will_be_seventeen_counts_once_and_not_in_two_lists(made: World) -> None:
    equip(made)
    make_election(made)
    election = Election.objects.get(name="Pilkada")
    soon = make_resident(made, birth_date=anniversary(today(), -17) + timedelta(days=30))
    just = make_resident(made, birth_date=anniversary(today(), -17))
    old = make_resident(made)
    closed()
    closed(election=election)
    found = asked(made)
    assert found.election == election
    [site] = [one for one in found.instance["sites"] if one["id"] == VILLAGE]
    assert len({soon.pk, just.pk, old.pk}) == 3
    # Who had the birthday today stands on both lists.
    gap = {group: n for group, n in site["gap"].items() if n}
    assert gap == {"seventeen": 1, "due": 1, "overdue": 1}


def test_who_is_officially_missing_and_on_no_list_is_a_count(made: World) -> None:
    equip(made)
    rows = [{"region_code": VILLAGE, "wajib_ktp": "100", "recorded": "90"}]
    make_basis(name="Uji desa", level="village", rows=rows)
    # Nobody is held, then two of the ten are.
    [site] = [one for one in asked(made).instance["sites"] if one["id"] == VILLAGE]
    assert site["gap"]["unlisted"] == 10
    make_resident(made)
    make_resident(made)
    closed()
    found = asked(made)
    [site] = [one for one in found.instance["sites"] if one["id"] == VILLAGE]
    assert (site["gap"]["unlisted"], site["gap"]["overdue"]) == (8, 2)
    assert found.basis is not None
    assert found.basis.name == "Uji desa"
    [row] = [
        one
        for one in made["head"].get(f"roll/?region={BUKITTINGGI}").json["results"]
        if one["region"] == VILLAGE
    ]
    assert (row["not_on_list"], row["open"]) == (8, 2)


def test_an_instance_is_read_by_the_solver_and_the_same_twice(made: World) -> None:
    equip(made)
    make_resident(made, name="Contoh Rahasia")
    closed()
    one, other = asked(made), asked(made)
    assert one.instance_hash == other.instance_hash == hash_of(one.instance)
    assert "Rahasia" not in str(one.instance)
    [office] = read(one.instance).offices
    assert (len(office.teams), len(office.kits)) == (1, 1)
    assert (office.minutes[0, 1:] > 0).all()
    assert all(str(today()) < day for day in one.instance["workdays"])
    make_resident(made)
    with scoped(EVERYBODY):
        refresh(office=BUKITTINGGI)
    assert asked(made).instance_hash != one.instance_hash


def test_no_table_of_plans_names_a_person() -> None:
    """Residents, identity numbers and names of people: none of these tables leads to them."""
    of_plans = [one for one in apps.get_app_config("reports").get_models() if _of_planner(one)]
    assert len(of_plans) == 12
    for model in of_plans:
        leads = {one.related_model for one in model._meta.get_fields() if one.is_relation}
        assert not {Resident, RollEntry, ResidentIdentity} & leads, model


def _of_planner(model: Any) -> bool:
    return str(model.__module__).startswith("reports.planner.")


# --- what an office sets ------------------------------------------------------------------------------


def act(made: World, verb: Any, who: str = "head", **values: Any) -> Any:
    by = made[who].actor
    with scoped(by.scope):
        return verb(by=by, office=Region.objects.get(pk=BUKITTINGGI), **values)


def site_of(found: Asked, key: str = VILLAGE) -> dict[str, Any]:
    return next(one for one in found.instance["sites"] if one["id"] == key)


def test_hours_minutes_and_position_of_a_place_count(ready: World) -> None:
    before = site_of(asked(ready))
    assert (before["open"], before["minutes"], before["setup"]) == ([480, 960], 8, 40)
    act(
        ready,
        set_site,
        key=VILLAGE,
        lat=Decimal("-0.30556"),
        lon=Decimal("100.36917"),
        minutes=6,
        setup=0,
        opens=time(7, 30),
        closes=time(12),
        weekdays=[2, 1],
        lodging=True,
    )
    site = site_of(asked(ready))
    assert (site["open"], site["minutes"], site["setup"]) == ([450, 720], 6, 0)
    assert (site["weekdays"], site["lodging"]) == ([1, 2], True)
    assert (site["lat"], site["lon"]) == (-0.30556, 100.36917)


def test_a_way_that_is_typed_in_counts_there_and_back(ready: World) -> None:
    other = "13.75.01.1002"
    reckoned = asked(ready).instance["travel"][0]
    at = {key: n for n, key in enumerate(reckoned["nodes"])}
    assert reckoned["fare"] is None
    # Villages of one kecamatan are not at one spot, though the map knows its middle alone.
    assert reckoned["km"][at[VILLAGE]][at[other]] > 0
    act(ready, set_leg, target=VILLAGE, minutes=95, km=12, fare=50_000)
    act(ready, set_leg, origin=VILLAGE, target=other, minutes=11, km=3)
    act(ready, set_leg, origin=other, target=VILLAGE, minutes=17, km=4)
    ways = asked(ready).instance["travel"][0]
    home, one, two = at[BUKITTINGGI], at[VILLAGE], at[other]
    assert ways["minutes"][home][one] == ways["minutes"][one][home] == 95
    assert ways["fare"][home][one] == ways["fare"][one][home] == 50_000
    assert (ways["minutes"][one][two], ways["minutes"][two][one]) == (11, 17)
    assert ways["minutes"][home][two] == reckoned["minutes"][home][two]
    with pytest.raises(Conflict) as refused:
        act(ready, set_leg, target=VILLAGE, minutes=1)
    assert refused.value.code == "leg-exists"


def test_closed_days_of_a_place_of_a_kind_and_of_all(made: World) -> None:
    equip(made)
    with scoped(EVERYBODY):
        school = str(make_roster(made, "SMA 1", 2026).venue_id)
    closed()
    days = asked(made).instance["workdays"]
    spans = [{"from_day": day, "until_day": day} for day in map(date.fromisoformat, days[:3])]
    act(made, close_days, site=VILLAGE, why="Pasar", **spans[0])
    act(made, close_days, kind="school", why="Ujian", **spans[1])
    act(made, close_days, why="Upacara", **spans[2])
    found = asked(made)
    assert site_of(found)["off"] == [days[0], days[2]]
    assert site_of(found, school)["off"] == [days[1], days[2]]
    assert site_of(found, "13.75.01.1002")["off"] == [days[2]]
    [row] = SiteClosure.everything.filter(why="Pasar")
    act(made, take_away, model=SiteClosure, row=row.pk)
    assert site_of(asked(made))["off"] == [days[2]]


def test_rules_are_dated_rows_and_the_nearest_counts(ready: World) -> None:
    head, province = ready["head"].actor, ready["province_officer"].actor
    offices = {
        who: Region.objects.get(pk=ready[who].actor.region) for who in ("head", "province_officer")
    }
    later = today() + timedelta(days=90)

    def rules(by: Actor, region: Region, valid_from: date, **values: Any) -> None:
        with scoped(by.scope):
            set_rules(
                by=by, region=region, valid_from=valid_from, source="SK 1", **(RULES | values)
            )

    assert asked(ready).instance["costs"] == {"km": 2_500, "day": 150_000, "night": 300_000}
    rules(province, offices["province_officer"], today(), cost_day=170_000)
    assert asked(ready).instance["costs"]["day"] == 170_000
    rules(head, offices["head"], today(), cost_day=180_000, budget=5_000_000)
    rules(head, offices["head"], later, cost_day=999_000)
    rules(province, offices["province_officer"], today(), cost_day=111_000)
    found = asked(ready).instance
    assert (found["costs"]["day"], found["offices"][0]["budget"]) == (180_000, 5_000_000)
    # An office's money is its own; nobody sets the rules of somebody else, or of yesterday.
    for by, region, day, code in (
        (head, offices["province_officer"], today(), "not-found"),
        (province, offices["head"], today(), "forbidden"),
        (head, offices["head"], today() - timedelta(days=1), "valid-from"),
        (ready["operator"].actor, offices["head"], today(), "forbidden"),
    ):
        with pytest.raises(DomainError) as refused:
            rules(by, region, day)
        assert refused.value.code == code
    with pytest.raises(DomainError) as refused:
        rules(province, offices["province_officer"], today(), budget=1)
    assert refused.value.code == "plan-budget"
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanRules.objects.update(cost_day=1)


def test_turnouts_are_dated_rows_over_those_that_are_assumed(ready: World) -> None:
    head = ready["head"].actor
    office = Region.objects.get(pk=BUKITTINGGI)
    assert site_of(asked(ready))["turnout"] == [350, 210, 140]
    with scoped(head.scope):
        for visit, share in ((2, 300), (4, 50), (6, 10)):
            set_turnout(
                by=head,
                region=office,
                kind="village",
                visit=visit,
                per_thousand=share,
                valid_from=today(),
                source="Rekap kunjungan",
            )
    # A sixth visit without a fifth is none.
    assert site_of(asked(ready))["turnout"] == [350, 300, 140, 50]


def test_money_that_adopted_plans_spent_is_gone(ready: World) -> None:
    head = ready["head"].actor
    with scoped(head.scope):
        set_rules(
            by=head,
            region=Region.objects.get(pk=BUKITTINGGI),
            valid_from=today(),
            source="DPA",
            **(RULES | {"budget": 5_000_000}),
        )
    with scoped(EVERYBODY):
        alterations.plan(head.user_id)
    # Its one duty is on this day and costs 600.000.
    assert asked(ready).instance["offices"][0]["budget"] == 4_400_000
    with scoped(head.scope):
        rules, before = rules_of(BUKITTINGGI, today()), today() - timedelta(days=1)
        # A plan of days before it has as little; its own days planned anew have all of it.
        assert money_left(BUKITTINGGI, rules, before, before) == 4_400_000
        assert money_left(BUKITTINGGI, rules, today(), today()) == 5_000_000


def test_teams_and_sets_are_off_where_they_are_elsewhere_or_broken(ready: World) -> None:
    operator = ready["operator"].actor
    first = date.fromisoformat(asked(ready).instance["workdays"][0])
    with scoped(operator.scope):
        event = make_event(ready, starts_on=first, ends_on=first)
        values = {"starts_at": at(7, 0, first), "ends_at": at(18, 0, first)}
        assign(by=operator, event=event, team=Team.objects.get(), **values)
        assign(by=operator, event=event, device=Device.objects.get(), **values)
    found = asked(ready).instance
    assert (found["teams"][0]["off"], found["kits"][0]["off"]) == ([str(first)], [str(first)])
    assert found["teams"][0]["staff"] == 4


# --- what cannot be kept, or is not theirs ------------------------------------------------------------


def refusal(made: World, who: str = "head", **changes: Any) -> Any:
    with pytest.raises(DomainError) as refused:
        asked(made, who, **changes)
    return refused.value


def test_a_fixed_visit_that_cannot_be_kept_is_named(made: World) -> None:
    equip(made)
    make_resident(made)
    closed()
    days = asked(made).instance["workdays"]
    day = date.fromisoformat(days[4])
    act(made, fix_visit, site=VILLAGE, day=day, why="Surat 1")
    assert asked(made).instance["pins"] == [{"site": VILLAGE, "date": days[4], "team": None}]
    act(made, close_days, site=VILLAGE, from_day=day, until_day=day, why="Pasar")
    found = refusal(made)
    name = Region.objects.get(pk=VILLAGE).name
    assert (found.code, found.extra) == ("pin-impossible", {"place": name, "day": days[4]})
    assert name in str(found.message)
    SiteClosure.everything.all().delete()
    free = next(one for n in range(7) if str(one := day + timedelta(days=n)) not in days)
    act(made, fix_visit, site=VILLAGE, day=free)
    assert refusal(made).extra["day"] == str(free)
    PlanPin.everything.filter(day=free).delete()
    act(made, set_leg, target=VILLAGE, minutes=400, km=12)
    with override("en"):
        assert "out of reach" in str(refusal(made).message)


def test_a_place_that_is_never_visited_is_closed_on_every_day(ready: World) -> None:
    act(ready, fix_visit, site=VILLAGE, kind="never", why="Akses putus")
    found = asked(ready)
    assert site_of(found)["off"] == found.instance["workdays"]


def test_a_floor_that_cannot_be_kept_is_named(ready: World) -> None:
    district = Region.objects.get(pk=VILLAGE[:8])
    span = {"from_day": today(), "until_day": today() + timedelta(days=30)}
    act(ready, set_floor, district=district, min_visits=1, **span)
    assert asked(ready).instance["floors"] == [{"district": district.pk, "min_visits": 1}]
    act(ready, close_days, why="Banjir", **span)
    found = refusal(ready)
    assert (found.code, found.extra) == ("floor-impossible", {"district": district.pk})
    assert district.name in str(found.message)


def test_days_that_passed_and_an_election_in_the_past_are_refused(ready: World) -> None:
    yesterday = today() - timedelta(days=1)
    assert refusal(ready, from_day=yesterday).code == "plan-past"
    assert refusal(ready, until_day=today()).code == "plan-days"
    assert refusal(ready, until_day=today() + timedelta(days=200)).code == "plan-long"
    last = date(9999, 12, 31)
    assert refusal(ready, from_day=last, until_day=last).code == "day"
    # Some eighty working days.
    assert refusal(ready, until_day=today() + timedelta(days=120)).code == "plan-long"
    make_election(ready)
    held_on = today() + timedelta(days=60)
    # The day of the election and what is after it is not planned; the day before is.
    assert refusal(ready, until_day=held_on).code == "plan-after-election"
    assert refusal(ready, from_day=held_on, until_day=held_on).code == "election-past"
    assert asked(ready, until_day=held_on - timedelta(days=1)).instance["election"] == str(held_on)
    over = Election.objects.create(
        name="Pilkada lama", kind="pilkada", region_id="13", held_on=yesterday
    )
    found = refusal(ready, election=Election.objects.get(pk=over.pk))
    assert (found.code, found.field) == ("election-past", "election")
    elsewhere = Election.objects.create(
        name="Pilkada lain", kind="pilkada", region_id="18", held_on=held_on
    )
    assert (
        refusal(ready, election=Election.objects.get(pk=elsewhere.pk)).code == "election-elsewhere"
    )


def test_a_day_whose_teams_have_set_out_is_not_planned(ready: World) -> None:
    """By the clock of the office: until the rules' first hour today is a day of the plan."""
    clock = timezone.now().astimezone(ZoneInfo("Asia/Jakarta")).time().replace(microsecond=0)
    assert clock > time(0, 1), "this is run at midnight"
    for begins, first in (
        (time(0, 0), today() + timedelta(days=1)),
        (time(23, 58), today()),
    ):
        with scoped(ready["head"].actor.scope):
            set_rules(
                by=ready["head"].actor,
                region=Region.objects.get(pk=BUKITTINGGI),
                valid_from=today(),
                source="SK",
                **(RULES | {"day_start": begins, "day_end": time(23, 59)}),
            )
        assert asked(ready, from_day=today()).from_day == first
        if first > today():
            found = refusal(ready, from_day=today(), until_day=today())
            assert (found.code, found.field) == ("plan-today", "until")


def test_without_team_or_set_nobody_goes(made: World) -> None:
    closed()
    assert refusal(made).code == "no-team"
    by, office = made["operator"].actor, Region.objects.get(pk=BUKITTINGGI)
    with scoped(by.scope):
        make_team(by=by, office=office, name="Tim 1", clerks=[])
    assert refusal(made).code == "no-kit"


def test_heads_and_provinces_ask_and_only_the_own_head_sets(ready: World) -> None:
    assert people(asked(ready, "province_officer")) == people(asked(ready))
    for who, code in (
        ("operator", "forbidden"),
        ("neighbour_head", "not-found"),
        ("other_province_officer", "not-found"),
        ("nation_viewer", "forbidden"),
        ("api_client", "forbidden"),
    ):
        assert refusal(ready, who).code == code, who
    for who in ("operator", "neighbour_head", "province_officer"):
        with pytest.raises((Refused, NotFound)):
            act(ready, fix_visit, who, site=VILLAGE, day=today())
    # Places of others, prisons, teams of others.
    with scoped(EVERYBODY):
        prison = str(make_roster(ready, "Lapas", 2026, "prison").venue_id)
    for key in ("13.06.01.2001", prison, "13.75.01", "x", "\0"):
        with pytest.raises(Invalid) as refused:
            act(ready, set_site, key=key)
        assert refused.value.code == "site"
    theirs = Team.objects.create(office_id="13.06", name="Tim Agam")
    with pytest.raises(Invalid) as refused:
        act(ready, fix_visit, site=VILLAGE, day=today(), team=theirs.pk)
    assert refused.value.code == "team"


def test_the_database_refuses_what_no_office_can_mean(made: World) -> None:
    head = made["head"].actor
    common = {"office_id": BUKITTINGGI, "changed_by_id": head.user_id}
    ours = SiteProfile.everything.create(village_id=VILLAGE, **common)
    theirs = SiteProfile.everything.create(
        village_id="13.06.01.2001", office_id="13.06", changed_by_id=head.user_id
    )
    team = Team.objects.create(office_id="13.06", name="Tim Agam")
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (SiteProfile, {"village_id": VILLAGE}),
        (SiteProfile, {"village_id": "13.06.01.2001"}),
        (SiteProfile, {"village_id": "13.75.01.1002", "lat": 1}),
        (SiteProfile, {"village_id": "13.75.01.1002", "opens": time(8)}),
        (SiteProfile, {"village_id": "13.75.01.1002", "weekdays": [8]}),
        (TravelLeg, {"minutes": 5}),
        (TravelLeg, {"origin": ours, "target": ours, "minutes": 5}),
        (TravelLeg, {"target": theirs, "minutes": 5}),
        (SiteClosure, {"site": theirs, "from_day": today(), "until_day": today(), "why": "x"}),
        (PlanPin, {"site": theirs, "day": today()}),
        (PlanPin, {"site": ours}),
        (PlanPin, {"site": ours, "day": today(), "team": team}),
    ]
    for model, values in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            model.everything.create(**common | values)


# --- pages ----------------------------------------------------------------------------------------------


def test_an_office_sets_its_inputs_on_pages_and_others_read(
    made: World, browser: Callable[[str], Client]
) -> None:
    equip(made)
    closed()
    head, base = browser("head"), f"/rencana/masukan/{BUKITTINGGI}"
    place = f"{base}/tempat/{VILLAGE}/"
    page = head.get(place).content.decode()
    version = re.findall(r'name="version" value="([^"]*)"', page)[0]
    typed = {"do": "site", "opens": "07:30", "closes": "12:00", "minutes": "6", "shown": "{}"}
    assert head.post(place, typed | {"version": version}).status_code == 302
    assert head.post(place, typed | {"version": version}).status_code == 409
    day = str(asked(made).instance["workdays"][2])
    assert head.post(place, {"do": "pin", "kind": "visit", "day": day}).status_code == 302
    assert head.post(place, {"do": "pin", "kind": "visit"}).status_code == 422
    span = {"from_day": day, "until_day": day}
    floor = {"do": "floor", "district": VILLAGE[:8], "min_visits": "1"}
    assert head.post(f"{base}/hari/", floor | span).status_code == 302
    leg = {"do": "leg", "target": VILLAGE, "minutes": "45", "km": "12"}
    assert head.post(f"{base}/jalan/", leg).status_code == 302
    found = asked(made)
    assert site_of(found)["open"] == [450, 720]
    assert found.instance["pins"] == [{"site": VILLAGE, "date": day, "team": None}]
    assert found.instance["floors"] == [{"district": VILLAGE[:8], "min_visits": 1}]
    [pin] = PlanPin.everything.all()
    gone = {"do": "remove", "what": "pin", "row": str(pin.pk)}
    assert browser("operator").post(f"{base}/hari/", gone).status_code == 403
    assert head.post(f"{base}/hari/", gone).status_code == 302
    assert not PlanPin.everything.exists()
    name = Region.objects.get(pk=VILLAGE).name
    for who in ("operator", "province_officer"):
        reader = browser(who)
        for path in ("/", "/hari/", "/jalan/", "/aturan/", f"/tempat/{VILLAGE}/"):
            answer = reader.get(base + path)
            assert answer.status_code == 200, (who, path)
        assert name in reader.get(f"{base}/").content.decode()
        assert 'value="pin"' not in reader.get(place).content.decode()
    assert browser("neighbour").get(f"{base}/").status_code == 404
    assert head.get("/rencana/masukan/", follow=True).redirect_chain[-1][0] == f"{base}/"


def test_a_province_sets_rules_for_its_offices_on_its_page(
    made: World, browser: Callable[[str], Client]
) -> None:
    equip(made)
    closed()
    province, path = browser("province_officer"), "/rencana/masukan/13/aturan/"
    page = BeautifulSoup(province.get(path).content, "html.parser")
    form = next(one for one in page.select("form") if one.select('[name="cost_km"]'))
    typed = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
    assert province.post(path, typed | {"cost_km": "3.100", "source": "SK 9"}).status_code == 302
    assert asked(made).instance["costs"]["km"] == 3_100
    # Another province's page is not theirs.
    assert province.get("/rencana/masukan/18/aturan/").status_code == 404


def test_a_place_that_is_on_no_map_wants_a_way_or_a_position(kept: World) -> None:
    """Codes of a new edition come before anybody draws them."""
    equip(kept)
    use_role("owner")
    place = {"timezone": "Asia/Jakarta", "parent_id": BUKITTINGGI}
    Region.objects.create(code="13.75.98", level="district", name="Baru", **place)
    village = Region.objects.create(
        code="13.75.98.1001", level="village", name="Baru Satu", **place | {"parent_id": "13.75.98"}
    )
    use_role("web")
    closed()
    # Nobody is missed there.
    assert asked(kept).instance["travel"]
    make_resident(kept, village=village)
    closed()
    found = refusal(kept)
    assert (found.code, found.extra) == ("no-way", {"places": ["13.75.98.1001"]})
    act(kept, set_leg, target=village.pk, minutes=50, km=20)
    ways = asked(kept).instance["travel"][0]
    at = {key: n for n, key in enumerate(ways["nodes"])}
    assert ways["minutes"][at[BUKITTINGGI]][at[village.pk]] == 50
    # From anywhere else it is farther than a day.
    assert ways["minutes"][at[VILLAGE]][at[village.pk]] == 1440
    take = TravelLeg.everything.get()
    act(kept, take_away, model=TravelLeg, row=take.pk)
    act(kept, set_site, key=village.pk, lat=Decimal("-0.3"), lon=Decimal("100.4"))
    ways = asked(kept).instance["travel"][0]
    assert 5 < ways["minutes"][at[VILLAGE]][at[village.pk]] < 120
