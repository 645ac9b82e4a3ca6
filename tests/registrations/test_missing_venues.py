"""The six states by venue, offices that close at once, and whether an office is small, whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from events.elections.models import Election
from registrations.bench.selectors.entries import entries_of
from registrations.bench.selectors.filters import BenchFilter
from registrations.corrections.services.merging import merge
from registrations.missing.models import RollEntry, RollVenueCount
from registrations.missing.services import closing
from registrations.missing.services.refreshing import refresh, refresh_within, work_on_lists
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from registrations.people.validators import anniversary
from registrations.rosters.models import RosterEntry
from tests.registrations.test_missing import (
    SIX,
    all_states,
    closed,
    make_roster,
    name_in,
    states,
    venues,
)
from tests.threads import at_once, until_one_waits
from tests.world import BUKITTINGGI, World, make_resident, nik, record, today

OFFICE = f"/belum-rekam/{BUKITTINGGI}/"


@pytest.mark.contexts
def test_the_six_states_by_venue_on_page_filter_and_count_alike(
    made: World, browser: Callable[[str], Client]
) -> None:
    people = all_states(made)
    with scoped(EVERYBODY):
        school, home = make_roster(made, "SMA 1", 2026), make_roster(made, "Panti", 2026)
        for person in people.values():
            name_in(school, person)
        name_in(home, make_resident(made))
        refresh(office=BUKITTINGGI)
    roll_list = closed()
    head = made["head"]
    found = {row["name"]: row for row in head.get("roll/venues/?region=13.75").json["results"]}
    row = found["SMA 1"]
    assert [row[state] for state in SIX] == [1] * 6
    assert (row["venue"], row["on_list"], row["office"]) == (str(school.venue_id), 6, "13.75")
    assert row["as_of"] is not None
    assert [found["Panti"][state] for state in SIX] == [0, 0, 0, 0, 1, 0]
    assert len(head.get("roll/venues/?region=13.75&limit=1").json["results"]) == 1
    for state, person in people.items():
        only = f"roll/entries/?region=13.75&state={state}&venue={school.venue_id}"
        assert [one["resident"] for one in head.get(only).json["results"]] == [str(person.pk)]
    with scoped(head.actor.scope):
        which = BenchFilter(venue=str(school.venue_id))
        assert entries_of(head.actor, roll_list, "", which).count() == row["on_list"]
    context = browser("operator").get(OFFICE).context
    assert [one["name"] for one in context["venues"]] == ["Panti", "SMA 1"]
    assert [context["at_venues"][state] for state in SIX] == [1, 1, 1, 1, 2, 1]
    html = browser("province_officer").get(OFFICE).content.decode()
    assert f'href="/tempat/{school.venue_id}/"' in html
    assert made["province_officer"].get("roll/venues/?region=13").json["results"]
    # A village sees no office's schools, the nation no person's, a neighbour not this office's.
    own = made["village_verifier"]
    assert own.get("roll/venues/?region=13.75.01.1001").status == 422
    hidden = f"roll/entries/?region=13.75.01.1001&venue={school.venue_id}"
    assert own.get(hidden).status == 404
    assert made["neighbour"].get("roll/venues/?region=13.75").status == 404
    assert made["nation_viewer"].get("roll/venues/?region=13.75").status == 403
    assert "SMA 1" not in browser("nation_viewer").get(OFFICE).content.decode()


def test_where_somebody_is_the_newest_roster_says(made: World) -> None:
    """Settled and closed alike; nobody's prison, and of who was merged or erased once."""
    first, second, third = (make_resident(made) for _n in range(3))
    roll_list, head = closed(), made["head"].actor
    with scoped(EVERYBODY):
        old, new = make_roster(made, "SMA 1", 2025), make_roster(made, "SMA 2", 2026)
        prison = make_roster(made, "Lapas", 2026, "prison")
        later = name_in(new, first)
        for person in (first, second):
            name_in(old, person)
        name_in(prison, second)
        name_in(prison, third)

    def settled() -> dict[Any, Any]:
        with scoped(EVERYBODY):
            assert refresh(office=BUKITTINGGI) > 0
        found = venues(roll_list)
        assert states(roll_list) == states(closed())
        assert venues(roll_list) == found
        return found

    assert settled() == {first.pk: new.venue_id, second.pk: old.venue_id}
    at = f"roll/entries/?region={BUKITTINGGI}&venue="
    assert len(made["head"].get(f"{at}{new.venue_id}").json["results"]) == 1
    assert made["head"].get(f"{at}{prison.venue_id}").status == 404
    with scoped(EVERYBODY):
        RosterEntry.objects.filter(pk=later.pk).update(gone_in=2)
    assert settled() == {first.pk: old.venue_id, second.pk: old.venue_id}
    with scoped(head.scope):
        merge(by=head, resident=second, into=third, reason="Baris ganda")
    assert settled() == {first.pk: old.venue_id, third.pk: old.venue_id}
    with scoped(head.scope):
        erase_person(by=head, resident=first, reason="Permohonan", case="1/2026")
    # Counts stay when somebody is erased.
    assert settled() == {first.pk: old.venue_id, third.pk: old.venue_id}
    counted = RollVenueCount.objects.get(venue=old.venue_id)
    assert (counted.people, counted.left, counted.open) == (2, 1, 1)


def test_a_list_brought_again_touches_nobody_who_stays(made: World) -> None:
    person = make_resident(made)
    closed()
    with scoped(EVERYBODY):
        entry = name_in(make_roster(made, "SMA 1", 2026), person)
        refresh(office=BUKITTINGGI)
        RosterEntry.objects.update(place=7, class_name="XII", sealed=b"t")
        assert refresh(office=BUKITTINGGI) == 0
        RosterEntry.objects.filter(pk=entry.pk).update(resident=make_resident(made))
        assert refresh(office=BUKITTINGGI) == 2
        assert RollEntry.objects.get(venue__isnull=False).resident_id != person.pk


def test_an_office_waits_for_another_that_takes_the_same_person(kept: World) -> None:
    """The second one finds the number taken, and gives way; neither fails."""
    number = nik(date(1990, 5, 17))
    here = make_resident(kept, nik=number)
    roll_list = closed()
    there = make_resident(kept, office="13.06", nik=number)
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=here.pk).update(off_roll_since=today())
        refresh(office=BUKITTINGGI)
        Resident.objects.filter(pk=here.pk).update(off_roll_since=None)
    taken = threading.Event()

    def first() -> None:
        with scoped(EVERYBODY):
            closed("13.06")
            taken.set()
            until_one_waits()

    def second() -> int:
        assert taken.wait(10)
        with scoped(EVERYBODY):
            return refresh(office=BUKITTINGGI)

    assert at_once(first, second) == [None, 1]
    assert states(roll_list) == {here.pk: "left"}
    with scoped(EVERYBODY):
        assert RollEntry.objects.get(resident=here).left_because == "elsewhere"
        assert RollEntry.objects.get(resident=there).state == "open"


def test_a_page_does_not_wait_for_a_whole_list_of_another_office(kept: World) -> None:
    number = nik(date(1990, 5, 17))
    roll_list = closed()
    for office in (BUKITTINGGI, "13.06"):
        make_resident(kept, office=office, nik=number)
    taken, shown = threading.Event(), threading.Event()

    def first() -> None:
        with scoped(EVERYBODY):
            closed("13.06")
            taken.set()
            assert shown.wait(10)

    def second() -> None:
        assert taken.wait(10)
        try:
            with scoped(kept["operator"].actor.scope):
                refresh_within(BUKITTINGGI)
                assert rows("SHOW lock_timeout") == [("0",)]
        finally:
            shown.set()

    assert at_once(first, second) == [None, None]
    assert states(roll_list) == {}
    work_on_lists()
    assert states(roll_list) == {}


@pytest.mark.contexts
def test_a_big_office_is_left_to_the_job_whoever_looks(
    made: World, browser: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A village holds few people, its office many: a moved election closes nothing in a request."""
    day = today() + timedelta(days=20)
    election = Election.objects.create(
        name="Pilkada", kind="regional", region_id="13", held_on=day, source="KPU"
    )
    make_resident(made, birth_date=anniversary(day, -17))
    make_resident(made)
    elsewhere = Resident.objects
    with scoped(EVERYBODY):
        elsewhere.filter(pk=make_resident(made).pk).update(village_id="13.75.01.1002")
    roll_list = closed(election=election)
    monkeypatch.setattr(closing, "AT_ONCE", 2)
    moved = {"held_on": str(day - timedelta(days=7)), "source": "KPU 2"}
    path = f"elections/{election.pk}/decisions/"
    assert made["province_officer"].post(path, moved).status == 201
    verifier = made["village_verifier"].actor
    with scoped(verifier.scope):
        refresh_within(verifier.region)
    page = browser("operator").get("/tujuh-belas/")
    roll_list.refresh_from_db()
    assert (roll_list.version, page.context["moved"]) == (1, True)
    work_on_lists()
    page = browser("operator").get("/tujuh-belas/")
    roll_list.refresh_from_db()
    assert (roll_list.version, page.context["moved"]) == (2, False)
    assert page.context["chosen"].days_left == 13
    # Of an office with few people whoever looks closes it, a village too.
    monkeypatch.setattr(closing, "AT_ONCE", 3)
    moved = {"held_on": str(day), "source": "KPU 3"}
    assert made["province_officer"].post(path, moved).status == 201
    with scoped(verifier.scope):
        refresh_within(verifier.region)
    roll_list.refresh_from_db()
    assert roll_list.version == 3


@pytest.mark.contexts
def test_nobody_is_said_to_be_open_before_there_is_a_list(
    made: World, browser: Callable[[str], Client]
) -> None:
    record(made, make_resident(made))
    election = Election.objects.create(
        name="Pilkada", kind="regional", region_id="13", held_on=today(), source="KPU"
    )
    # Asked for, and no job has closed them yet.
    closing.the_list("missing", BUKITTINGGI, None)
    closing.the_list("seventeen", BUKITTINGGI, election)
    phone, office = browser("village_verifier"), browser("operator")
    assert not phone.get("/verifikasi-desa/").context["listed"]
    assert office.get("/belum-rekam/13.75.01.1001/").context["roll"] is None
    assert office.get("/tujuh-belas/").context["lists"] == []
    closed()
    closed(election=election)
    assert phone.get("/verifikasi-desa/").context["listed"]
    assert office.get("/belum-rekam/13.75.01.1001/").context["roll"]
    assert office.get("/tujuh-belas/").context["lists"]
