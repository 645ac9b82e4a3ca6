"""Who is missing, by name: six states that sum to the list, closed as a whole or settled one by one."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import DomainError
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.elections.models import Election
from events.planning.models.session import ServiceSession
from events.venues.models import Venue
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.appointments import book, cancel_appointment
from registrations.corrections.services.called_again import reopen_recording
from registrations.corrections.services.merging import merge
from registrations.findings.models import Finding
from registrations.findings.services.findings import Evidence, decide, propose
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.missing.enums import Purpose
from registrations.missing.models import (
    RollContact,
    RollCount,
    RollEntry,
    RollList,
    RollVenueCount,
)
from registrations.missing.selectors.lists import whole_of
from registrations.missing.services import refreshing
from registrations.missing.services.closing import ask_for_all, close_asked, close_list, the_list
from registrations.missing.services.refreshing import refresh, work_on_lists
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from registrations.people.validators import anniversary
from registrations.requests.models import VisitRequest
from registrations.requests.services.requests import ask_visit, end_request
from registrations.roll.models import VillageList
from registrations.rosters.models import Roster, RosterEntry
from reports.invariants.missing import MISSING
from tests.engines import LONG
from tests.rules import broken_of
from tests.standing import built_once
from tests.world import (
    BUKITTINGGI,
    World,
    entry,
    looks,
    make_basis,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

SIX = ("recorded", "explained", "booked", "asked", "open", "left")


def closed(office: str = BUKITTINGGI, election: Any = None) -> RollList:
    purpose = Purpose.SEVENTEEN if election else Purpose.MISSING
    with scoped(EVERYBODY):
        return close_list(by=None, roll_list=the_list(purpose, office, election))


def states(roll_list: RollList) -> dict[Any, str]:
    """Resident -> state; the count tables say the same, village by village and venue by venue."""
    with scoped(EVERYBODY):
        entries = list(RollEntry.objects.filter(list=roll_list))
        villages = RollCount.objects.filter(list=roll_list).values("village", *SIX)
        at_venues = RollVenueCount.objects.filter(list=roll_list).values("venue", *SIX)
        kept = {
            (place, name): row[name]
            for row in (*villages, *at_venues)
            for place in (row.get("village") or row["venue"],)
            for name in SIX
            if row[name]
        }
    places = [(place, one.state) for one in entries for place in (one.village_id, one.venue)]
    assert kept == Counter((place, state) for place, state in places if place is not None)
    return {one.resident_id: one.state for one in entries}


def venues(roll_list: RollList) -> dict[Any, Any]:
    """Resident -> where they are; nobody who is nowhere."""
    with scoped(EVERYBODY):
        found = RollEntry.objects.filter(list=roll_list, venue__isnull=False)
        return dict(found.values_list("resident", "venue"))


def test_a_list_holds_who_is_due_and_not_recorded(made: World) -> None:
    young = anniversary(today(), -17) + timedelta(days=1)
    adult, recorded = make_resident(made), make_resident(made)
    child = make_resident(made, birth_date=young)
    wed = make_resident(made, birth_date=young, marital_status="married")
    elsewhere = make_resident(made, village=Region.objects.get(pk="13.06.01.2001"))
    record(made, recorded)
    roll_list = closed()
    assert states(roll_list) == {adult.pk: "open", wed.pk: "open"}
    assert child.pk != elsewhere.pk
    record(made, adult)
    with scoped(EVERYBODY):
        assert refresh(office=BUKITTINGGI) > 0
    assert states(roll_list) == {adult.pk: "recorded", wed.pk: "open"}
    assert states(closed()) == {adult.pk: "recorded", wed.pk: "open"}
    assert whole_of("13", Purpose.MISSING)["list"] == 2
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=wed.pk).update(marital_status="single", known_married_since=None)
        refresh(office=BUKITTINGGI)
    with scoped(EVERYBODY):
        left = RollEntry.objects.get(resident=wed)
    assert (left.state, left.left_because) == ("left", "corrected")


def all_states(made: World) -> dict[str, Any]:
    """Somebody in each of the six states, of one village; state -> person."""
    people = {state: make_resident(made) for state in SIX}
    closed()
    operator, head = made["operator"].actor, made["head"].actor
    record(made, people["recorded"])
    with scoped(operator.scope):
        paper = Evidence("death_certificate", "1375-KM-01", "Disdukcapil", today())
        finding = propose(
            by=operator, resident=people["explained"], outcome="deceased", evidence=paper
        )
        decide(by=head, finding=finding, accept=True)
        note = propose(by=operator, resident=people["open"], outcome="refuses")
        assert note.state == "proposed"
        ask_visit(
            by=operator,
            resident=people["asked"],
            services=["recording"],
            reason="cannot_come",
            partner_kind="rt_rw",
        )
        session = make_session(made, make_event(made))
        book(by=operator, session=session, resident=people["booked"], services=["recording"])
        Resident.objects.filter(pk=people["left"].pk).update(off_roll_since=today())
    return people


def test_the_six_states_on_page_filter_and_count_alike(made: World) -> None:
    people = all_states(made)
    head = made["head"]
    whole = dict.fromkeys(SIX, 1) | {"list": 6}
    for path in ("&limit=2", "&stage=overdue", "&stage=due"):
        answer = head.get(f"roll/entries/?region=13.75&purpose=missing{path}")
        assert (answer.status, answer.json["counts"]) == (200, whole)
    found = {row["resident"]: row for row in head.get("roll/entries/?region=13.75").json["results"]}
    for state, person in people.items():
        row = found[str(person.pk)]
        assert (row["state"], row["stage"]) == (state, "overdue")
        only = head.get(f"roll/entries/?region=13.75&state={state}").json
        assert [one["resident"] for one in only["results"]] == [str(person.pk)]
        assert only["counts"] == whole
        assert (row["name"], bool(row["nik_masked"])) == ("Contoh Warga", True)
    explained, left = found[str(people["explained"].pk)], found[str(people["left"].pk)]
    assert (explained["outcome"], left["left_because"]) == ("deceased", "version")
    opened = found[str(people["open"].pk)]
    assert (opened["outcome"], opened["next_step"]) == ("refuses", "decide")
    # Counts of each level, out of count tables; three numbers side by side.
    make_basis()
    VillageList.objects.create(
        village_id="13.75.01.1002", office_id="13.75", completeness="none", on=today()
    )
    for path, key in (("13.75&level=village", "13.75.01.1001"), ("13&level=regency", "13.75")):
        caller = made["province_officer"] if path.startswith("13&") else head
        rows = {row["region"]: row for row in caller.get(f"roll/?region={path}").json["results"]}
        row = rows[key]
        assert [row[state] for state in SIX] == [1] * 6
        assert (row["on_list"], row["as_of"] is None) == (6, False)
        if key == "13.75":
            # The basis says ten, and one was recorded since.
            assert (row["official_unrecorded"], row["not_on_list"]) == (9, 5)
            # Of a list that says to have nobody of a village nothing is known there.
            assert (row["villages"], row["villages_listed"]) == (24, 1)
        assert row["completeness"] == "none"
        empty = next(row for code, row in rows.items() if code != key)
        assert {empty[state] for state in (*SIX, "on_list", "not_on_list")} == {None}
    seen = looks(kind="missing list")
    assert {one.user_id for one in seen} == {head.actor.user_id}


def test_a_batch_of_changes_is_settled_without_a_whole_closing(made: World) -> None:
    """Each door that changes a state, there and back; the whole closing afterwards changes nothing."""
    people = all_states(made)
    head = made["head"].actor
    with scoped(EVERYBODY):
        refresh(office=BUKITTINGGI)
    roll_list = RollList.objects.get()
    assert states(roll_list) == {one.pk: state for state, one in people.items()}
    with scoped(head.scope):
        void_record(
            by=head, record=ServiceRecord.objects.get(resident=people["recorded"]), reason="error"
        )
        cancel_appointment(by=head, appointment=Appointment.objects.get())
        end_request(by=head, request=VisitRequest.objects.get(), because="moved")
        Resident.objects.filter(pk=people["left"].pk).update(off_roll_since=None)
    record(made, people["explained"])
    with scoped(EVERYBODY):
        refresh(office=BUKITTINGGI)
    settled = states(roll_list)
    assert settled == {
        one.pk: "recorded" if state == "explained" else "open" for state, one in people.items()
    }
    assert states(closed()) == settled


def test_a_village_a_neighbour_and_who_may_close(made: World) -> None:
    person = make_resident(made)
    other = make_resident(made, village=Region.objects.get(pk="13.75.01.1002"))
    body = {"purpose": "missing", "office": "13.75"}
    # Nobody has closed it: its zeros say nothing.
    assert made["head"].get("roll/entries/?region=13.75").json["as_of"] is None
    for role, status in (("operator", 403), ("village_verifier", 403), ("nation_viewer", 403)):
        assert made[role].post("roll/lists/", body).status == status
    assert made["neighbour_head"].post("roll/lists/", body).status == 404
    assert made["head"].post("roll/lists/", body).status == 202
    answer = made["province_officer"].post("roll/lists/", body)
    assert (answer.status, answer.json["version"]) == (202, 2)
    assert "Location" in answer.headers
    own = made["village_verifier"].get("roll/entries/?region=13.75.01.1001").json
    assert [row["resident"] for row in own["results"]] == [str(person.pk)]
    assert own["counts"]["list"] == 1
    assert own["as_of"] is not None
    for region in ("13.75", "13.75.01.1002"):
        assert made["village_verifier"].get(f"roll/entries/?region={region}").status == 404
    assert made["neighbour"].get("roll/entries/?region=13.75").status == 404
    assert made["nation_viewer"].get("roll/entries/?region=13.75").status == 403
    assert made["nation_viewer"].get("roll/?region=13.75").status == 200
    for wrong in ("purpose=seventeen", "purpose=missing&election=1", "purpose=else", "state=none"):
        assert made["head"].get(f"roll/entries/?region=13.75&{wrong}").status == 422
    assert made["head"].post("roll/lists/", {**body, "purpose": "seventeen"}).status == 422
    # Of a village alone: its list would hold the whole city.
    village = Election.objects.create(
        name="Pilkades",
        kind="village",
        region_id="13.75.01.1001",
        held_on=today() + timedelta(days=30),
        source="SK",
    )
    of_village = {**body, "purpose": "seventeen", "election": village.pk}
    assert made["head"].post("roll/lists/", of_village).status == 422
    for region in ("13.75.01.1001", "13.75"):
        path = f"roll/?region={region}&purpose=seventeen&election={village.pk}"
        assert made["head"].get(path).status == 422
    assert not RollList.objects.filter(purpose="seventeen").exists()
    assert other.village_id != person.village_id


def test_an_election_moved_a_week_takes_its_list_along(made: World) -> None:
    day, province = today() + timedelta(days=60), made["province_officer"]
    body = {"name": "Pilkada", "kind": "pilkada", "region": "13", "source": "Keputusan KPU"}
    election = province.post("elections/", body | {"held_on": str(day)}).json["id"]
    adult = make_resident(made)
    turns = make_resident(made, birth_date=anniversary(day - timedelta(days=3), -17))
    late = make_resident(made, birth_date=anniversary(day + timedelta(days=1), -17))
    close = {"purpose": "seventeen", "office": "13.75", "election": election}
    path = f"roll/entries/?region=13.75&purpose=seventeen&election={election}"
    assert made["head"].post("roll/lists/", close).status == 202
    assert (
        made["head"]
        .get(f"desk/?region=13.75&election={election}")
        .json["results"][0]["unexplained"]
        == 2
    )

    def now() -> dict[str, tuple[str, str]]:
        rows = made["head"].get(path).json["results"]
        return {row["resident"]: (row["state"], row["left_because"]) for row in rows}

    assert now() == {str(adult.pk): ("open", ""), str(turns.pk): ("open", "")}
    moved = {"held_on": str(day - timedelta(days=7)), "source": "Keputusan KPU 2"}
    assert province.post(f"elections/{election}/decisions/", moved).status == 201
    assert now() == {str(adult.pk): ("open", ""), str(turns.pk): ("left", "election")}
    moved = {"held_on": str(day + timedelta(days=7)), "source": "Keputusan KPU 3"}
    assert province.post(f"elections/{election}/decisions/", moved).status == 201
    everybody = {str(one.pk): ("open", "") for one in (adult, turns, late)}
    assert now() == everybody
    gone = {"state": "cancelled", "source": "Keputusan KPU 4"}
    assert province.post(f"elections/{election}/decisions/", gone).status == 201
    assert set(now().values()) == {("left", "election")}
    assert made["head"].post("roll/lists/", close).status == 202
    assert set(now().values()) == {("left", "election")}


def test_nobody_is_on_a_list_twice_in_the_nation(made: World) -> None:
    number = nik(date(1990, 5, 17))
    first = make_resident(made, nik=number)
    second = make_resident(made, office="13.06", nik=number)
    closed()
    assert states(closed("13.06")) == {}
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=first.pk).update(off_roll_since=today())
        refresh(office=BUKITTINGGI)
    assert states(closed("13.06")) == {second.pk: "open"}
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=first.pk).update(off_roll_since=None)
        refresh(office=BUKITTINGGI)
        back = RollEntry.objects.get(resident=first)
    assert (back.state, back.left_because) == ("left", "elsewhere")


def test_who_moved_stands_on_the_list_of_the_new_home(made: World) -> None:
    """Also where the old office only accepted it, and has not changed the village."""
    number = nik(date(1990, 5, 17))
    here = make_resident(made, nik=number)
    lists = closed(), closed("13.06")
    operator, head = made["operator"].actor, made["head"].actor
    with scoped(operator.scope):
        found = propose(by=operator, resident=here, outcome="moved")
        decide(by=head, finding=found, accept=True)
    assert states(closed()) == {here.pk: "explained"}  # nobody holds the number elsewhere
    there = make_resident(made, office="13.06", nik=number)
    neighbour = made["neighbour_head"].actor
    for by in (neighbour, head, neighbour):  # as pages do that show a list
        with scoped(by.scope):
            assert refresh(office=str(by.office)) > 0
    assert states(lists[0]) == {here.pk: "left"}
    assert states(lists[1]) == {there.pk: "open"}
    with scoped(EVERYBODY):
        assert RollEntry.objects.get(resident=here).left_because == "moved"
        Resident.objects.filter(pk=here.pk).update(village_id="13.06.01.2001")
    work_on_lists()
    assert states(lists[0]) | states(lists[1]) == {here.pk: "left", there.pk: "open"}
    # Back where the person was: there it is explained again.
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=here.pk).update(village_id=VILLAGES[0])
        Resident.objects.filter(pk=there.pk).update(off_roll_since=today())
    for _minute in range(2):
        work_on_lists()
    assert states(lists[0]) | states(lists[1]) == {here.pk: "explained", there.pk: "left"}


def test_who_lives_elsewhere_leaves_whatever_is_known(made: World) -> None:
    people = all_states(made)
    with scoped(EVERYBODY):
        Resident.objects.update(village_id="13.06.01.2001")
        refresh(office=BUKITTINGGI)
    left = {one.pk: "left" for one in people.values()}
    assert states(RollList.objects.get()) == left | {people["recorded"].pk: "recorded"}


def test_what_was_put_down_follows_whom_a_row_is_merged_with(made: World) -> None:
    first, second, stays = (make_resident(made) for _n in range(3))
    roll_list = closed()
    head = made["head"].actor
    with scoped(head.scope):
        entry_of = {one.resident_id: one for one in RollEntry.objects.all()}
        for person in (first, second, stays):
            RollContact.objects.create(
                entry=entry_of[person.pk],
                resident=person,
                office_id=person.office_id,
                village_id=person.village_id,
                how="phone",
                result="told",
                by_id=head.user_id,
            )
        mine = RollEntry.objects.filter(pk=entry_of[first.pk].pk)
        mine.update(owner=head.posting_id, next_step="visit")
        RollEntry.objects.filter(resident=stays).update(next_step="verify")
        merge(by=head, resident=first, into=second, reason="Baris ganda")
        merge(by=head, resident=second, into=stays, reason="Baris ganda")
        refresh(office=BUKITTINGGI)
        kept = RollEntry.objects.get(resident=stays)
        assert (kept.owner_id, kept.next_step) == (head.posting_id, "verify")
        assert {one.resident_id for one in kept.contacts.all()} == {stays.pk}
        assert kept.contacts.count() == RollContact.objects.count() == 3
        assert not RollEntry.objects.get(resident=first).owner_id
    assert states(roll_list) == {first.pk: "left", second.pk: "left", stays.pk: "open"}


def test_who_was_merged_is_on_the_list_as_one_person(made: World) -> None:
    gone, stays = make_resident(made), make_resident(made)
    roll_list, head = closed(), made["head"].actor
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=gone.pk).update(known_recorded_on=date(2019, 3, 4))
        refresh(office=BUKITTINGGI)
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="Baris ganda")
    with scoped(EVERYBODY):
        refresh(office=BUKITTINGGI)
        found = dict(RollEntry.objects.values_list("resident", "left_because"))
    assert states(roll_list) == {gone.pk: "left", stays.pk: "recorded"}
    assert found == {gone.pk: "merged", stays.pk: ""}


def test_the_night_closes_every_office_that_holds_people(kept: World) -> None:
    """By the worker, as beat asks it; an office that begins with its first people within a minute."""
    make_resident(kept)
    make_election(kept)
    use_role("worker")
    try:
        assert ask_for_all() == 2
        work_on_lists()
        use_role("web")
        make_resident(kept, office="13.06")
        use_role("worker")
        work_on_lists()
        with scoped(EVERYBODY):
            Resident.objects.filter(office_id="13.06").update(known_recorded_on=today())
        work_on_lists()
    finally:
        use_role("web")
    assert not RollList.objects.filter(asked_at__isnull=False)
    shown = ("list__office", "list__purpose", "open", "recorded")
    assert sorted(RollCount.objects.values_list(*shown)) == [
        ("13.06", "missing", 0, 1),
        ("13.06", "seventeen", 0, 1),
        ("13.75", "missing", 1, 0),
        ("13.75", "seventeen", 1, 0),
    ]


def test_one_bad_list_stops_no_other_and_none_is_closed_twice(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_resident(made)
    make_resident(made, office="13.06")
    bad, good = closed(), closed("13.06")
    # A night without a job: both are of yesterday.
    RollList.objects.update(as_of=today() - timedelta(days=1))

    def close(*, roll_list: RollList) -> None:
        if roll_list.pk == bad.pk:
            raise OperationalError
        close_asked(roll_list=roll_list)

    with monkeypatch.context() as patched:
        patched.setattr(refreshing, "close_asked", close)
        work_on_lists()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (good.as_of, good.version, good.asked_at) == (today(), 2, None)
    assert bad.as_of != today()
    assert bad.asked_at is not None
    work_on_lists()
    bad.refresh_from_db()
    assert (bad.as_of, bad.version) == (today(), 2)
    # Whoever read the same line of lists a moment earlier finds it done.
    with scoped(EVERYBODY):
        close_asked(roll_list=bad)
    bad.refresh_from_db()
    assert bad.version == 2


def make_roster(made: World, name: str, year: int, kind: str = "school") -> Roster:
    """Of a venue of its own, with nobody on it."""
    by = made["head"].actor
    venue = Venue.objects.create(
        office_id=BUKITTINGGI,
        village_id=VILLAGES[0],
        kind=kind,
        name=name,
        created_by_id=by.user_id,
    )
    return Roster.objects.create(venue=venue, office_id=BUKITTINGGI, year=year)


def name_in(roster: Roster, person: Resident) -> RosterEntry:
    return RosterEntry.objects.create(
        roster=roster,
        office_id=roster.office_id,
        key=uuid7().bytes * 2,
        sealed=b"s",
        resident=person,
        added_in=1,
    )


def make_election(made: World) -> None:
    body = {"name": "Pilkada", "kind": "pilkada", "region": "13", "source": "Keputusan KPU"}
    day = today() + timedelta(days=60)
    assert made["province_officer"].post("elections/", body | {"held_on": str(day)}).status == 201


# --- any history ----------------------------------------------------------------------------------

VILLAGES = ("13.75.01.1001", "13.75.01.1002")
YOUNG = anniversary(today(), -16)
#: What an import, a correction or an answer of somebody leaves in a person's row.
EDITS: dict[str, dict[str, Any]] = {
    "known": {"known_recorded_on": today()},
    "off": {"off_roll_since": today()},
    "on": {"off_roll_since": None},
    "village": {"village_id": VILLAGES[1]},
    "home": {"village_id": VILLAGES[0]},
    "away": {"village_id": "13.06.01.2001"},
    "young": {"birth_date": YOUNG},
    "old": {"birth_date": date(1980, 1, 1)},
    "married": {"birth_date": YOUNG, "marital_status": "married"},
}


@built_once
def people(made: World) -> None:
    number = nik(date(1990, 5, 17))
    make_election(made)
    for _n in range(3):
        make_resident(made)
    make_resident(made, nik=number)
    make_resident(made, office="13.06", nik=number)
    make_resident(made, birth_date=anniversary(today(), -17))
    make_session(made, make_event(made))
    with scoped(EVERYBODY):
        for name, year in (("SMA 1", 2025), ("SMA 2", 2026)):
            make_roster(made, name, year)


class History:
    """A few people of two offices, to whom anything may happen; refusals are part of it."""

    def __init__(self, made: World) -> None:
        self.made = made
        with scoped(EVERYBODY):
            self.people = list(Resident.objects.order_by("pk"))
            self.session = ServiceSession.objects.get()
        self.election = Election.objects.get()
        self.night()

    def do(self, verb: str, n: int) -> None:
        person = self.people[n % len(self.people)]
        at_home = person.office_id == BUKITTINGGI
        self.by = self.made["operator" if at_home else "neighbour"].actor
        self.head = self.made["head" if at_home else "neighbour_head"].actor
        nothing = (DomainError, Roster.DoesNotExist)
        with contextlib.suppress(*nothing), scoped(EVERYBODY), transaction.atomic():
            if changes := EDITS.get(verb):
                held = Resident.everything.filter(pk=person.pk, erased_at=None, merged_into=None)
                held.update(**changes)
            else:
                getattr(self, verb)(Resident.everything.get(pk=person.pk))

    def record(self, person: Resident) -> None:
        log_service(by=self.by, entry=entry(person))

    def void(self, person: Resident) -> None:
        for one in ServiceRecord.objects.filter(resident=person, row_kind="record"):
            void_record(by=self.head, record=one, reason="error")

    def again(self, person: Resident) -> None:
        reopen_recording(by=self.head, resident=person, reason="adjudicate", may_return_on=today())

    def find(self, person: Resident) -> None:
        propose(by=self.by, resident=person, outcome="refuses")

    def moves(self, person: Resident) -> None:
        propose(by=self.by, resident=person, outcome="moved")
        self.accept(person)

    def accept(self, person: Resident) -> None:
        for one in Finding.objects.filter(resident=person, state="proposed"):
            decide(by=self.head, finding=one, accept=True)

    def explain(self, person: Resident) -> None:
        self.find(person)
        self.accept(person)

    def refuse(self, person: Resident) -> None:
        for one in Finding.objects.filter(resident=person, state="proposed"):
            decide(by=self.head, finding=one, accept=False, why="alive")

    def ask(self, person: Resident) -> None:
        services, partner = ["recording"], "rt_rw"
        ask_visit(
            by=self.by, resident=person, services=services, reason="far", partner_kind=partner
        )

    def end(self, person: Resident) -> None:
        for one in VisitRequest.objects.filter(resident=person, state="open"):
            end_request(by=self.by, request=one, because="moved")

    def book(self, person: Resident) -> None:
        book(by=self.by, session=self.session, resident=person, services=["recording"])

    def cancel(self, person: Resident) -> None:
        for one in Appointment.objects.filter(resident=person, state="booked"):
            cancel_appointment(by=self.by, appointment=one)

    def merged(self, person: Resident) -> None:
        merge(by=self.head, resident=person, into=self.people[0], reason="Baris ganda")

    def erased(self, person: Resident) -> None:
        erase_person(by=self.head, resident=person, reason="Permohonan", case="1/2026")

    def comes(self, _person: Resident) -> None:
        self.people.append(make_resident(self.made))

    def old_school(self, person: Resident) -> None:
        self._named(2025, person)

    def new_school(self, person: Resident) -> None:
        self._named(2026, person)

    def _named(self, year: int, person: Resident) -> None:
        """By the list of a school, or by it no more. A list names who is held."""
        if person.merged_into or person.erased_at:
            return
        roster = Roster.objects.get(year=year, office=person.office_id)
        entry = RosterEntry.objects.filter(roster=roster, resident=person).first()
        if entry is None:
            name_in(roster, person)
        else:
            gone = None if entry.gone_in else entry.added_in + 1
            RosterEntry.objects.filter(pk=entry.pk).update(gone_in=gone)

    def later(self, _person: Resident) -> None:
        self._move(365)

    def earlier(self, _person: Resident) -> None:
        self._move(-1)

    def _move(self, days: int) -> None:
        now = Election.objects.get(pk=self.election.pk)
        body = {"held_on": str(now.held_on + timedelta(days=days)), "source": "Keputusan"}
        self.made["province_officer"].post(f"elections/{now.pk}/decisions/", body)

    def settle(self, _person: Resident | None = None) -> None:
        """Twice: one office's list gives way to the other's."""
        with scoped(EVERYBODY):
            for office in (BUKITTINGGI, "13.06") * 2:
                refresh(office=office)

    def night(self, _person: Resident | None = None) -> None:
        for office in (BUKITTINGGI, "13.06"):
            closed(office)
            closed(office, Election.objects.get(pk=self.election.pk))

    def check(self) -> None:
        """The six sum (`states`); what was settled is what a whole closing says; nobody stands twice."""
        self.settle()
        lists = list(RollList.objects.all())
        settled = [(states(one), venues(one)) for one in lists]
        self.night()
        for one, (before, at) in zip(lists, settled, strict=True):
            after = states(one)
            assert at.items() <= venues(one).items()
            # At night somebody who waited for a number that came free is on a list.
            stays = {person: state for person, state in before.items() if state != "left"}
            assert stays.items() <= after.items()
        with scoped(EVERYBODY):
            # The third reads what only the owner may: see `tests/reports/test_invariants.py`.
            assert broken_of(MISSING[:2]) == []


VERBS = [
    *EDITS,
    *(name for name in vars(History) if name not in ("do", "check") and name[0] != "_"),
]


@settings(
    max_examples=40 if LONG else 3,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 9)), min_size=8, max_size=14))
def test_after_any_history_everybody_is_in_one_state(
    people: World, steps: list[tuple[str, int]]
) -> None:
    with contextlib.suppress(_Over), transaction.atomic():
        history = History(people)
        for verb, n in steps:
            history.do(verb, n)
        history.check()
        raise _Over


class _Over(Exception):
    """What happened in one history is gone before the next."""
