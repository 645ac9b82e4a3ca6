"""People are corrected, get another number, are merged and erased; every figure equals a recount."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped, scoped_models
from dukcapil.core.command import use_role
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Asks, Conflict, Refused
from dukcapil.core.ids import uuid7
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.services.sessions import open_session
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.message import Message
from registrations.booking.services.appointments import book, check_in
from registrations.booking.services.messages import Contact
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.deciding import accept
from registrations.corrections.services.numbers import replace_nik
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.oversight.models import Export
from registrations.oversight.services.exports import build_export, request_export
from registrations.people.models import CorrectionProposal, Resident
from registrations.people.services.imports import BadRows, import_residents
from registrations.people.services.proposals import content, propose_correction
from registrations.people.services.residents import masked
from registrations.people.validators import Nik
from reports.daily.models import DayCount
from reports.daily.services.build import build_stale
from reports.daily.services.confirming import confirm_day, lock_days
from tests import engines
from tests.roles import acting_as, sound
from tests.world import (
    AGAM,
    Answer,
    World,
    at,
    looks,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)

BORN = date(1990, 5, 17)


def test_a_proposal_changes_nothing(made: World) -> None:
    by, person = made["operator"].actor, make_resident(made)
    wanted = {"name": "Siti  Aminah", "birth_date": date(1991, 1, 2), "sex": person.sex, "rt": None}
    with scoped(by.scope):
        proposal = propose_correction(by=by, resident=person, changes=wanted, reason="dari daftar")
        assert proposal is not None
        assert content(proposal)["new"] == {"name": "Siti Aminah", "birth_date": "1991-01-02"}
        assert content(proposal)["old"]["birth_date"] == person.birth_date.isoformat()
        again = propose_correction(by=by, resident=person, changes=wanted, reason="dari daftar")
        assert again == proposal
        same = {"name": person.identity.name, "birth_date": person.birth_date}
        assert propose_correction(by=by, resident=person, changes=same, reason="x") is None
        person.refresh_from_db()
        assert person.birth_date != date(1991, 1, 2)


# --- data -----------------------------------------------------------------------------------------


def patch(made: World, person: Resident, who: str = "operator", **body: Any) -> Answer:
    return made[who].patch(f"residents/{person.pk}/", {"reason": "salah ketik", **body})


def counts() -> Counter[tuple[str, ...]]:
    """A recount of the whole ledger: what weighs by day, service, category and village."""
    with scoped(EVERYBODY):
        rows = ServiceRecord.objects.values_list(
            "service_date", "service", "category", "domicile_id", "weight"
        )
        found: Counter[tuple[str, ...]] = Counter()
        for *key, weight in rows:
            found[tuple(map(str, key))] += weight
        return +found


def held(person: Resident) -> Resident:
    with scoped(EVERYBODY):
        return Resident.everything.select_related("identity").get(pk=person.pk)


def test_what_moves_no_figure_is_corrected_at_once(made: World) -> None:
    person = make_resident(made)
    record(made, person)
    before = counts()
    answer = patch(made, person, name="H. Ma'ruf", sex="F", address="Jl. Baru 3", rt="04", rw="")
    assert (answer.status, answer.json["name"], answer.json["sex"]) == (200, "H. Ma'ruf", "F")
    assert counts() == before
    assert held(person).identity.rt == "04"
    assert patch(made, person, name="H. Ma'ruf").status == 200  # nothing differs
    with scoped(EVERYBODY):
        (change,) = CorrectionProposal.objects.filter(resident=person)
    assert content(change)["new"]["name"] == "H. Ma'ruf"
    assert [look.case for look in looks(kind="resident corrected")] == [str(change.pk)]
    assert patch(made, person).status == 200
    assert made["operator"].patch(f"residents/{person.pk}/", {"name": "A"}).status == 422


def test_a_wrong_year_moves_its_record_after_a_question(kept: World) -> None:
    person = make_resident(kept, birth_date=date(1990, 5, 17))
    young = today().replace(year=today().year - 17, month=1, day=2)
    old = record(kept, person)
    before = counts()
    asked = patch(kept, person, birth_date=young)
    assert (asked.status, asked.json["confirm"]) == (409, ["moves-figures"])
    assert counts() == before
    assert held(person).birth_date == date(1990, 5, 17)
    done = patch(kept, person, birth_date=young, confirm=["moves-figures"])
    assert (done.status, done.json["birth_date"]) == (200, str(young))
    day = str(old.service_date)
    village = person.village_id
    assert counts() - before == Counter({(day, "recording", "pemula", village): 1})
    assert before - counts() == Counter({(day, "recording", "umum", village): 1})
    with scoped(EVERYBODY):
        again = ServiceRecord.objects.get(
            row_kind="record", weight=1, resident=person, category="pemula"
        )
        assert ServiceRecord.objects.filter(ref=old, row_kind="void").count() == 1
    assert again.pk != old.pk
    assert (again.service_date, again.author_id, again.note) == (
        old.service_date,
        old.author_id,
        old.note,
    )
    assert sound() == []


def test_a_village_was_wrong_or_the_person_moved(kept: World) -> None:
    person = make_resident(kept)
    record(kept, person)
    before = counts()
    elsewhere = "13.75.02.1001"
    moved = patch(kept, person, village=elsewhere, moved_on=str(today()))
    assert (moved.status, moved.json["village"]) == (200, elsewhere)
    assert counts() == before
    wrong = patch(kept, person, village="13.75.02.1002")
    # The record is of the village before the move: nothing of it moves, and that is said.
    assert (wrong.status, wrong.json["confirm"], wrong.json["moves"]) == (
        409,
        ["moves-figures"],
        [],
    )
    assert patch(kept, person, village="13.75.02.1002", confirm=["moves-figures"]).status == 200
    assert counts() == before
    other = make_resident(kept)
    record(kept, other)
    before = counts()
    assert patch(kept, other, village=elsewhere, confirm=["moves-figures"]).status == 200
    assert {key[3] for key in counts() - before} == {elsewhere}
    assert held(other).identity.village_id == elsewhere
    assert patch(kept, other, moved_on=str(today())).status == 422
    later = str(today() + timedelta(days=1))
    assert patch(kept, other, village="13.75.01.1001", moved_on=later).status == 422
    assert sound() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"birth_date": "2900-01-01"}, 422, "birth-date-future"),
        ({"birth_date": "1880-01-01"}, 422, "birth-date"),
        ({"name": "..."}, 422, "name"),
        ({"village": "13.75"}, 422, "region-level"),
        ({"nik": "1375011705900001"}, 422, "invalid"),
        ({"birth_date": "2024-01-01"}, 422, "too-young"),
    ],
)
def test_what_a_person_cannot_be(made: World, body: dict[str, Any], status: int, code: str) -> None:
    person = make_resident(made)
    record(made, person)
    answer = patch(made, person, **body)
    assert answer.status == status
    assert code in str(answer.json)


def test_who_may(made: World) -> None:
    person = make_resident(made)
    allowed = {"operator": 200, "head": 200, "neighbour": 404, "province_officer": 403}
    allowed |= {"village_verifier": 403, "nation_viewer": 403, "administrator": 403}
    for number, (who, status) in enumerate(allowed.items()):
        assert patch(made, person, who, rt=str(number)).status == status, who


def test_who_becomes_a_look_alike_is_asked_about(
    made: World, browser: Callable[[str], Client]
) -> None:
    other = make_resident(made, name="Contoh Serupa", birth_date=date(1990, 5, 17))
    person = make_resident(made, name="Contoh Lain", birth_date=date(1991, 1, 2))
    record(made, person)
    wanted = {"name": "CONTOH SERUPA", "birth_date": "1990-05-17"}
    before = len(looks(subject=str(other.pk)))
    asked = patch(made, person, **wanted)
    words = ["moves-figures", "look-alike"]
    assert (asked.status, asked.json["confirm"]) == (409, words)
    assert asked.json["residents"] == [str(other.pk)]
    assert len(looks(subject=str(other.pk))) == before + 1
    assert patch(made, person, **wanted, confirm=words[:1]).json["confirm"] == words[1:]
    typed = {**wanted, "sex": "M", "marital_status": "single", "village": "13.75.01.1001"}
    page = browser("operator").post(
        f"/penduduk/{person.pk}/perbaiki/", {**typed, "reason": "KK dilihat"}
    )
    text = page.content.decode()
    assert (page.status_code, f"/penduduk/{other.pk}/" in text) == (409, True)
    assert all(f'name="confirm" value="{word}"' in text for word in words)
    assert patch(made, person, **wanted, confirm=words).status == 200
    # What does not change the name's key or the date asks nothing again.
    assert patch(made, person, name="Contoh  Serupa").status == 200


# --- another number -------------------------------------------------------------------------------


def replace(made: World, person: Resident, number: Nik, who: str = "head") -> Answer:
    body = {"nik": number.text, "reason": "salah ketik satu angka"}
    return made[who].post(f"residents/{person.pk}/replace-nik/", body)


def test_the_head_replaces_a_number_and_the_records_stay(kept: World) -> None:
    born = date(1990, 5, 17)
    person = make_resident(kept, birth_date=born)
    first = record(kept, person)
    record(kept, person, "ikd_activation")
    before, old = counts(), held(person).identity.nik_masked
    right = nik(born)
    answer = replace(kept, person, right)
    assert (answer.status, answer.json["id"]) == (200, str(person.pk))
    assert answer.json["nik_masked"] == masked(right) != old
    assert counts() == before
    found = kept["operator"].post("residents/search/", {"nik": right.text}).json["results"]
    assert [row["id"] for row in found] == [str(person.pk)]
    assert found[0]["recorded_on"] == str(first.service_date)
    # Recorded once, under whichever number.
    again = kept["operator"].post(
        "service-records/",
        {
            "id": str(uuid7()),
            "service": "recording",
            "outcome": "done",
            "resident": str(person.pk),
            "occurred_at": f"{today()}T00:00:02+07:00",
        },
    )
    assert again.status == 409
    assert "already-recorded" in again.json["type"]
    assert replace(kept, person, right).status == 422
    assert sound() == []


def test_a_clerk_proposes_a_number_and_the_head_decides(made: World) -> None:
    born = date(1990, 5, 17)
    person, right = make_resident(made, birth_date=born), nik(born)
    answer = replace(made, person, right, "operator")
    assert (answer.status, answer.json["state"]) == (202, "open")
    assert replace(made, person, nik(born), "operator").status == 409
    assert held(person).identity.nik_masked != masked(right)
    assert right.text not in str(answer.json)
    proposal = uuid.UUID(answer.json["proposal"])
    with scoped(made["operator"].actor.scope), pytest.raises(Refused):
        accept(by=made["operator"].actor, proposal_id=proposal)
    with scoped(made["head"].actor.scope):
        done = accept(by=made["head"].actor, proposal_id=proposal)
        with pytest.raises(Conflict):
            accept(by=made["head"].actor, proposal_id=proposal)
    assert held(person).identity.nik_masked == masked(right)
    assert right.text not in str(content(done))
    assert replace(made, person, nik(born), "neighbour").status == 404
    assert replace(made, person, nik(born), "province_officer").status == 403


def test_a_number_that_counts_elsewhere_is_set_aside(kept: World) -> None:
    born = date(1990, 5, 17)
    right, wrong = nik(born), nik(born)
    there = make_resident(kept, AGAM, nik=right, birth_date=born)
    record(kept, there)
    here = make_resident(kept, nik=wrong, birth_date=born)
    record(kept, here)
    assert sum(counts().values()) == 2
    assert replace(kept, here, right).status == 200
    assert sum(counts().values()) == 1
    assert sound() == []
    # And back: what was set aside counts under a number of its own.
    assert replace(kept, here, wrong).status == 200
    assert sum(counts().values()) == 2
    assert sound() == []


def test_a_doubtful_number_is_replaced(kept: World) -> None:
    born = date(1990, 5, 17)
    person = make_resident(kept, nik=Nik("9901011705900000"), birth_date=born)
    record(kept, person)
    record(kept, person, "card_print", reason="first_card")
    assert sum(counts().values()) == 0
    assert replace(kept, person, nik(born)).status == 200
    assert sum(counts().values()) == 2
    assert sound() == []
    assert replace(kept, person, Nik("9901011705900000")).status == 200
    assert sum(counts().values()) == 0
    assert sound() == []


def test_a_number_that_the_office_holds_leads_to_merging(made: World) -> None:
    born = date(1990, 5, 17)
    taken = nik(born)
    other = make_resident(made, nik=taken, birth_date=born)
    person = make_resident(made, birth_date=born)
    answer = replace(made, person, taken)
    assert (answer.status, answer.json["resident"]) == (409, str(other.pk))


def proposed(made: World, person: Resident, number: Nik) -> str:
    answer = replace(made, person, number, "operator")
    assert answer.status == 202
    return f"/perbaikan/{answer.json['proposal']}/"


def test_what_became_wrong_of_a_proposed_number_is_said(
    made: World, browser: Callable[[str], Client]
) -> None:
    taken, free = nik(BORN), nik(BORN)
    person, head = make_resident(made, birth_date=BORN), browser("head")
    address = proposed(made, person, taken)
    other = make_resident(made, nik=taken, birth_date=BORN)
    refused = head.post(address, {"do": "accept"})
    assert refused.status_code == 409
    assert f"/penduduk/{person.pk}/gabungkan/?into={other.pk}" in refused.content.decode()
    # Who decides of another number directly has decided about what was proposed, too.
    assert replace(made, person, free).status == 200
    with scoped(EVERYBODY):
        proposal = CorrectionProposal.objects.get(pk=address.split("/")[2])
    assert (proposal.state, proposal.sealed) == ("expired", None)


def test_a_proposed_number_is_seen_by_who_decides(
    made: World, browser: Callable[[str], Client]
) -> None:
    person, right = make_resident(made, birth_date=BORN), nik(date(1991, 1, 2))
    address = proposed(made, person, right)
    head, clerk = browser("head"), browser("operator")
    page = head.get(address).content.decode()
    assert "NIK diterbitkan dengan tanggal lahir lain" in page
    assert right.text not in page
    asked = {"do": "reveal", "reason": "dicocokkan dengan KK", "case": "UPT/12"}
    assert right.text in head.post(address, asked).content.decode()
    assert [look.case for look in looks(action="reveal", subject=str(person.pk))] == ["UPT/12"]
    assert head.post(address, {**asked, "reason": "KK"}).status_code == 422
    assert clerk.post(address, asked).status_code == 403
    assert head.post(address, {"do": "withdraw"}).status_code == 403
    assert clerk.post(address, {"do": "withdraw"}).status_code == 302
    gone = clerk.get(address)
    assert (gone.status_code, f"/penduduk/{person.pk}/" in gone.content.decode()) == (409, True)
    assert browser("neighbour").get(address).status_code == 404


@pytest.mark.parametrize("number", ["1375016905090777", "1375 0169.0509-0777"])
def test_no_reason_holds_a_number(
    made: World, browser: Callable[[str], Client], number: str
) -> None:
    person, other = make_resident(made), make_resident(made)
    body, head = {"reason": f"{number} di KK yang dilihat"}, made["head"]
    path = f"residents/{person.pk}/"
    tries = {
        "correct": head.patch(path, {**body, "rt": "7"}),
        "replace": head.post(f"{path}replace-nik/", {**body, "nik": nik(BORN).text}),
        "merge": head.post(f"{path}merge/", {**body, "into": str(other.pk)}),
        "erase": head.post(f"{path}erase/", {**body, "case": "UPT/12/2026"}),
    }
    for door, answer in tries.items():
        assert (answer.status, "reason-number" in answer.json["type"]) == (422, True), door
    address = proposed(made, person, nik(BORN))
    refused = browser("head").post(address, {"do": "refuse", "because": body["reason"]})
    assert refused.status_code == 422
    shown = browser("head").post(
        f"/penduduk/{person.pk}/", {"do": "reveal", "reason": body["reason"], "case": "UPT"}
    )
    assert shown.status_code == 422


# --- two rows of one person -----------------------------------------------------------------------


def test_two_rows_become_one(kept: World) -> None:
    session = make_session(kept, make_event(kept))
    stays, gone = make_resident(kept), make_resident(kept)
    record(kept, stays)
    record(kept, gone)
    record(kept, gone, "card_print", reason="first_card")
    with scoped(kept["operator"].actor.scope):
        book(by=kept["operator"].actor, session=session, resident=gone, services=["ikd_activation"])
        propose_correction(
            by=kept["operator"].actor, resident=gone, changes={"rt": "9"}, reason="daftar"
        )
    body = {"into": str(stays.pk), "reason": "orang yang sama"}
    assert kept["operator"].post(f"residents/{gone.pk}/merge/", body).status == 403
    assert kept["head"].post(f"residents/{stays.pk}/merge/", body).status == 422
    answer = kept["head"].post(f"residents/{gone.pk}/merge/", body)
    assert (answer.status, answer.json["id"]) == (200, str(stays.pk))
    # Recorded once, the card printed once.
    assert sorted(key[1] for key in counts()) == ["card_print", "recording"]
    assert sum(counts().values()) == 2
    assert sound() == []
    with scoped(EVERYBODY):
        assert [visit.resident_id for visit in Appointment.objects.all()] == [stays.pk]
    for who in ("operator", "head", "province_officer"):
        assert kept[who].get(f"residents/{gone.pk}/").status == 404
    assert patch(kept, gone, rt="1").status == 404
    # Nothing is written for who is gone, past every page.
    with pytest.raises(Conflict), scoped(kept["operator"].actor.scope):
        book_for(kept, session, gone)


def merged(made: World, gone: Resident, stays: Resident) -> Answer:
    body = {"into": str(stays.pk), "reason": "orang yang sama"}
    return made["head"].post(f"residents/{gone.pk}/merge/", body)


def code_of(answer: Answer) -> str:
    return str(answer.json["type"].rpartition("/")[2])


def void(made: World, one: ServiceRecord, who: str = "operator") -> None:
    by = made[who].actor
    with scoped(by.scope):
        void_record(by=by, record=one, reason="Salah orang")


def test_what_counts_is_not_lost_to_what_was_set_aside(kept: World) -> None:
    number = nik(BORN)
    elsewhere = record(kept, make_resident(kept, AGAM, nik=number))
    stays, gone = make_resident(kept, nik=number), make_resident(kept)
    assert record(kept, stays).weight == 0
    void(kept, elsewhere, "neighbour")
    assert record(kept, gone).weight == 1
    assert merged(kept, gone, stays).status == 200
    assert sum(counts().values()) == 1
    # What was set aside does not come before what counts, when both are written again.
    body = {"village": "13.75.02.1001", "confirm": ["moves-figures"]}
    assert patch(kept, stays, **body).status == 200
    assert sum(counts().values()) == 1
    known = make_resident(kept, known_recorded_on=date(2020, 1, 2))
    number = nik(BORN)
    elsewhere = record(kept, make_resident(kept, AGAM, nik=number))
    stays = make_resident(kept, nik=number)
    record(kept, stays)
    void(kept, elsewhere, "neighbour")
    assert merged(kept, known, stays).status == 200
    assert held(stays).known_recorded_on == date(2020, 1, 2)
    assert sound() == []


def test_the_right_number_stays(kept: World) -> None:
    doubtful = make_resident(kept, nik=Nik("9901011705900000"))
    right = make_resident(kept)
    record(kept, right)
    answer = merged(kept, right, doubtful)
    assert (answer.status, code_of(answer)) == (409, "merge-other-way")
    assert sum(counts().values()) == 1
    assert merged(kept, doubtful, right).status == 200
    assert sum(counts().values()) == 1


def test_an_activation_goes_along_with_its_recording_and_comes_again(kept: World) -> None:
    person, other = make_resident(kept), make_resident(kept)
    recorded = record(kept, person)
    record(kept, person, "ikd_activation")
    before = counts()
    by = kept["operator"].actor
    with scoped(by.scope), pytest.raises(Asks) as asked:
        void_record(by=by, record=recorded, reason="keliru")
    assert (asked.value.code, counts()) == ("ikd-activation", before)
    # A program is not asked: the row of the activation stands beside the other.
    void = f"service-records/{recorded.pk}/void/"
    assert kept["operator"].post(void, {"reason": "keliru"}).status == 201
    assert sum(counts().values()) == 0
    record(kept, person)
    record(kept, person, "ikd_activation")
    body = {"birth_date": str(date(today().year - 17, 1, 2)), "confirm": ["moves-figures"]}
    for answer in (patch(kept, person, **body), merged(kept, person, other)):
        assert answer.status == 200
    assert sum(counts().values()) == 2


def test_of_two_visits_the_real_one_stays(kept: World) -> None:
    by, event = kept["operator"].actor, make_event(kept)
    now, later = make_session(kept, event), session_on(kept, event, 1)
    people = [make_resident(kept) for _n in range(6)]

    def visit(session: ServiceSession, person: Resident, *, here: bool = False) -> Appointment:
        one = book(by=by, session=session, resident=person, services=["recording"])
        return check_in(by=by, appointment=one) if here else one

    over = session_on(kept, event, 0)
    with scoped(by.scope):
        missed, coming = visit(over, people[1]), visit(later, people[0])
        here, planned = visit(now, people[2], here=True), visit(later, people[3])
        far, near = visit(later, people[5]), visit(now, people[4])
        ServiceSession.objects.filter(pk=over.pk).update(
            starts_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now()
        )
    for number in (0, 2, 4):
        assert merged(kept, people[number], people[number + 1]).status == 200
    with scoped(EVERYBODY):
        states = dict(Appointment.objects.values_list("pk", "state"))
        of = dict(Appointment.objects.values_list("pk", "resident_id"))
    pairs = [(missed, coming), (planned, here), (far, near)]
    assert [(states[a.pk], states[b.pk]) for a, b in pairs] == [
        ("no_show", "booked"),
        ("cancelled", "checked_in"),
        ("cancelled", "booked"),
    ]
    assert [of[b.pk] for _a, b in pairs] == [people[n].pk for n in (1, 3, 5)]
    assert sound() == []


def session_on(made: World, event: ServiceEvent, days: int) -> ServiceSession:
    day, by = today() + timedelta(days=days), made["operator"].actor
    with scoped(by.scope):
        return open_session(
            by=by,
            event=event,
            starts_at=at(0, 1, day),
            ends_at=at(23, 59, day),
            capacity={"recording": 10},
        )


def test_every_answer_with_a_person_is_a_look(made: World) -> None:
    person, other = make_resident(made), make_resident(made)

    def seen(one: Resident) -> int:
        return len(looks(action="view", kind="resident", subject=str(one.pk)))

    assert patch(made, person).status == 200
    assert seen(person) == 1
    record(made, person)
    assert patch(made, person, village="13.75.02.1001").status == 409
    assert seen(person) == 2
    assert replace(made, person, nik(BORN)).status == 200
    assert seen(person) == 3
    assert merged(made, other, person).status == 200
    assert (seen(person), seen(other)) == (4, 1)


def test_a_known_recording_stays_possible(made: World) -> None:
    person = make_resident(made, known_recorded_on=date(2010, 1, 2))
    answer = patch(made, person, birth_date="2008-01-02")
    assert (answer.status, code_of(answer)) == (422, "too-young")
    assert held(person).birth_date == BORN
    assert patch(made, person, birth_date="1991-01-02").status == 200
    with scoped(EVERYBODY):
        person = held(person)
        person.marital_status, person.birth_date = "married", date(1996, 1, 2)
        person.save()
    assert patch(made, person, marital_status="single").status == 422


def test_accepting_locks_the_ledger_first(made: World) -> None:
    """As merging does: else the two wait for each other."""
    by, person = made["operator"].actor, make_resident(made)
    with scoped(by.scope):
        made_by = propose_correction(by=by, resident=person, changes={"rt": "9"}, reason="daftar")
        assert made_by is not None
        with CaptureQueriesContext(connection) as asked:
            accept(by=by, proposal_id=made_by.pk)
    locks = [
        "ledger" if "advisory" in one["sql"] else "row"
        for one in asked.captured_queries
        if re.search("advisory|FOR (NO KEY )?UPDATE", one["sql"])
    ]
    assert locks[0] == "ledger"
    assert "row" in locks


def book_for(made: World, session: ServiceSession, person: Resident) -> None:
    book(by=made["operator"].actor, session=session, resident=person, services=["recording"])


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.contexts
def test_pages_tell_before_and_after(made: World, browser: Callable[[str], Client]) -> None:
    person, other = make_resident(made), make_resident(made, name="Contoh Kembar")
    record(made, person)
    clerk, head, address = browser("operator"), browser("head"), f"/penduduk/{person.pk}/"
    page = clerk.get(f"{address}perbaiki/").content.decode()
    version = re.findall(r'name="version" value="([^"]+)"', page)[0]
    typed = {
        "name": "Contoh Diperbaiki",
        "birth_date": "2009-02-01",
        "sex": "M",
        "marital_status": "single",
        "village": "13.75.01.1001",
        "reason": "KK dilihat",
        "version": version,
    }
    asked = clerk.post(f"{address}perbaiki/", typed)
    assert asked.status_code == 409
    assert 'name="confirm"' in asked.content.decode()
    assert "pindah dari kategori Umum ke Pemula" in asked.content.decode()
    yes = {"confirm": "moves-figures", "asked": asked.context["asked"]}
    differs = clerk.post(f"{address}perbaiki/", {**typed, "birth_date": "2009-03-05", **yes})
    assert differs.status_code == 409  # another day than the one that was asked about
    done = clerk.post(f"{address}perbaiki/", {**typed, **yes})
    assert done.status_code == 302
    history = clerk.get(address).content.decode()
    assert "Contoh Diperbaiki" in history
    assert "KK dilihat" in history
    assert not re.search(r"\([0-9a-f]{8}-", history)
    changes = head.get("/pengawasan/?show=changes").content.decode()
    assert "KK dilihat" in changes
    # Nothing is said to be done when nothing differs.
    again = re.findall(
        r'name="version" value="([^"]+)"', clerk.get(f"{address}perbaiki/").content.decode()
    )[0]
    same = {**typed, "version": again}
    idle = clerk.post(f"{address}perbaiki/", same, follow=True).content.decode()
    assert "Data sudah diperbaiki" not in idle
    # A form that was opened before is about other data.
    assert clerk.post(f"{address}perbaiki/", typed).status_code == 409
    # A proposal is refused with a reason, and nothing of it is kept.
    clerk.post(f"{address}ganti-nik/", {"nik": nik(BORN).text, "reason": "salah"})
    assert "1 usulan perbaikan" in head.get("/pengawasan/").content.decode()
    with scoped(EVERYBODY):
        proposal = CorrectionProposal.objects.get(state="open")
    page_of = f"/perbaikan/{proposal.pk}/"
    assert clerk.post(page_of, {"do": "accept"}).status_code == 403
    assert head.post(page_of, {"do": "refuse"}).status_code == 422
    assert head.post(page_of, {"do": "refuse", "because": "tidak sesuai"}).status_code == 302
    with scoped(EVERYBODY):
        proposal.refresh_from_db()
    assert (proposal.state, proposal.sealed) == ("refused", None)
    # Who was merged is nowhere; the own office is told where the person went.
    find = head.post(f"/penduduk/{other.pk}/gabungkan/", {"do": "find", "q": "Contoh Diperbaiki"})
    assert f"?into={person.pk}" in find.content.decode()
    chosen = {"into": str(person.pk), "reason": "tercatat dua kali"}
    assert head.post(f"/penduduk/{other.pk}/gabungkan/", chosen).status_code == 302
    lines = head.get("/pengawasan/?show=changes").content.decode()
    assert lines.count(chosen["reason"]) == 1
    for who, told in {"operator": True, "province_officer": False, "neighbour": False}.items():
        gone = browser(who).get(f"/penduduk/{other.pk}/")
        assert gone.status_code == 404
        assert (str(person.pk) in gone.content.decode()) == told


def test_a_lent_clerk_changes_nothing(made: World) -> None:
    event = make_event(made)
    session, person = make_session(made, event), make_resident(made)
    with scoped(made["operator"].actor.scope):
        book_for(made, session, person)
    lent = dataclasses.replace(made["neighbour"].actor, lent_events=(event.pk,))
    with scoped(lent.scope):
        assert Resident.objects.visible_to(lent).filter(pk=person.pk).exists()
        for verb, more in (
            (correct, {"changes": {"rt": "1"}}),
            (replace_nik, {"nik": nik(BORN)}),
            (propose_correction, {"changes": {"rt": "1"}}),
        ):
            with pytest.raises(Refused):
                verb(by=lent, resident=person, reason="salah", **more)  # type: ignore[operator]


# --- erased ---------------------------------------------------------------------------------------


#: Tables that keep the hash of an erased number, and why.
_KEPT = {
    "public.registrations_effectiveservice": "its recording counts once; no role that serves reads it",
}


def whole_database() -> str:
    """Every row of every table as text, history included, past both walls, but for `_KEPT`."""
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog',"
            " 'information_schema')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        texts = []
        for table in tables:
            if table in _KEPT:
                continue
            cursor.execute(f"SELECT string_agg(row::text, ' ') FROM {table} row")
            texts.append(cursor.fetchone()[0] or "")
    database.close()
    assert len(tables) > 60
    return " ".join(texts)


def test_who_is_erased_is_found_nowhere(kept: World) -> None:
    session = make_session(kept, make_event(kept))
    number, twin = nik(date(1990, 5, 17)), nik(date(1990, 5, 17))
    planted = {"name": "Zulhijah Pradoto", "address": "Jl. Zamrud Biru 77"}
    person = make_resident(kept, nik=number, birth_date=date(1991, 5, 17), **planted)
    other = make_resident(kept, nik=twin, **planted)
    record(kept, person)
    operator = kept["operator"].actor
    contact = Contact("email", "zulhijah@example.org")
    with scoped(operator.scope):
        for resident, service in ((person, "ikd_activation"), (other, "recording")):
            book(
                by=operator, session=session, resident=resident, services=[service], contact=contact
            )
        propose_correction(
            by=operator, resident=person, changes={"name": "Zulhijah P."}, reason="Zulhijah sendiri"
        )
    both = ["moves-figures", "look-alike"]  # the other row is the same person
    assert patch(kept, person, birth_date="1990-05-17", confirm=both).status == 200
    ask = {"into": str(person.pk), "reason": "orang yang sama"}
    assert kept["head"].post(f"residents/{other.pk}/merge/", ask).status == 200
    with scoped(kept["head"].actor.scope):
        export = request_export(
            by=kept["head"].actor, kind="residents", reason="untuk rapat koordinasi"
        )
    use_role("worker")
    build_export(export.pk)
    use_role("web")
    with scoped(EVERYBODY):
        sealed = [
            *Appointment.objects.exclude(contact=None).values_list("contact", flat=True),
            *Message.objects.exclude(address=None).values_list("address", flat=True),
            *CorrectionProposal.objects.values_list("sealed", flat=True),
            *Export.objects.exclude(file=None).values_list("file", flat=True),
            held(person).identity.nik_cipher,
            keyed_hash(number.text),
        ]
    assert len(sealed) >= 7
    signs = ["zulhijah", "pradoto", "zamrud", number.text, twin.text, "1991-05-17"]
    signs += [bytes(content_of).hex() for content_of in sealed if content_of]
    before, text = counts(), whole_database().casefold()
    assert [sign for sign in signs if sign in text][:3] == ["zulhijah", "pradoto", "zamrud"]
    body = {"reason": "permintaan tertulis", "case": "UPT/12/2026"}
    path = f"residents/{person.pk}/erase/"
    for who, status in {"operator": 403, "province_officer": 403, "neighbour_head": 404}.items():
        assert kept[who].post(path, body).status == status
    assert kept["head"].post(path, {"reason": "x"}).status == 422
    assert kept["head"].post(path, body).status == 200
    text = whole_database().casefold()
    assert [sign for sign in signs if sign in text] == []
    assert counts() == before
    assert sound() == []
    for who in ("operator", "head", "province_officer"):
        assert kept[who].get(path.removesuffix("erase/")).status == 404
    assert [(look.reason, look.case) for look in looks(kind="person erased")] == [
        (body["reason"], body["case"])
    ]
    refused_everywhere(kept, number)


def test_of_who_was_early_and_is_erased_the_day_of_counting_stays_alone(kept: World) -> None:
    """docs/security.md says so: another day would change figures that were given out."""
    born = today() - timedelta(days=16 * 366 + 30)
    person = make_resident(kept, birth_date=born, name="Zulhijah Muda")
    row = record(kept, person)
    with scoped(EVERYBODY):
        row.refresh_from_db()
    assert row.counts_from is not None
    before = counts()
    assert erase(kept, "head", person).status == 200
    text = whole_database().casefold()
    assert [sign for sign in ("zulhijah", str(born)) if sign in text] == []
    assert str(row.counts_from) in text
    assert counts() == before
    assert sound() == []


def erase(made: World, who: str, person: Resident) -> Answer:
    body = {"reason": "permintaan tertulis", "case": "UPT/12/2026"}
    return made[who].post(f"residents/{person.pk}/erase/", body)


def test_a_recording_counts_once_though_its_person_is_erased(kept: World) -> None:
    number = nik(BORN)
    here, there = (make_resident(kept, office, nik=number) for office in ("13.75", AGAM))
    record(kept, here)
    before = counts()
    assert erase(kept, "head", here).status == 200
    second = record(kept, there)
    assert (second.weight, second.set_aside_code) == (0, "other-office")
    assert counts() == before
    assert sound() == []
    assert erase(kept, "neighbour_head", there).status == 200
    by = kept["province_officer"].actor
    with scoped(by.scope), pytest.raises(Conflict) as refused:
        accept_record(by=by, record=second, reason="berkas ada")
    assert refused.value.code == "person-gone"
    assert counts() == before
    assert sound() == []


def refused_everywhere(made: World, number: Nik) -> None:
    body = {
        "nik": number.text,
        "name": "Orang Lain",
        "birth_date": "1990-05-17",
        "sex": "M",
        "village": "13.75.01.1001",
    }
    for who in ("operator", "neighbour"):
        answer = made[who].post("residents/", body)
        assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "erased")
    assert replace(made, make_resident(made), number).status == 409
    rows = ["nik,name,birth_date,sex,village", ",".join(body.values())]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "daftar.csv"
        path.write_text("\n".join(rows))
        use_role("worker")
        with scoped(EVERYBODY), pytest.raises(BadRows) as refused:
            import_residents(path=path)
        use_role("web")
    assert refused.value.errors[0].startswith("Baris 2, nik")


#: Columns of tables about people that tell of nobody, and why: of any table, or of the one named.
_TELLS_OF_NOBODY = {
    "ticket": "a code of chance",
    "state": "a code",
    "open_at_closing": "a state",
    "kind": "a code",
    "source": "a code",
    "reason": "a code; of a change it is declared",
    "service": "a code",
    "services": "codes",
    "outcome": "a code",
    "category": "a code",
    "timezone": "a code",
    "row_kind": "a code",
    "set_aside_code": "a code",
    "card_used": "a code",
    "step": "a code",
    "device": "a device",
    "note": "evidence of the ledger: its form says that no name stands there",
    "place": "an institution; of a person it is blank (`request_kind`)",
    "partner": "an office or a neighbourhood",
    "partner_kind": "a code",
    "ended_because": "a code",
    "nik_hash": "a tombstone afterwards",
    "off_roll_since": "a day of a list, and alone tells nothing",
    "why": "a code",
    "known_recorded_on": "counts, and alone tells nothing",
    "merged_into": "an id",
    "payload_hash": "a hash under a key, of a content that is gone",
    "previous_hash": "the chain",
    "hash": "the chain",
    "service_date": "counts",
    "counts_from": "counts, and stands in rows without a name or a number",
    "evidence_kind": "a code; number, issuer and date of the paper are declared",
    "stage_at_start": "a code",
    "left_because": "a code",
    "next_step": "a code",
    "RollEntry.purpose": "a code",
    "RollEntry.added_on": "a day of the list, on which its office closed it",
    "RollContact.how": "a code",
    "RollContact.result": "a code; its note is declared",
    "RecordingReopened.counted_on": "counts",
    "RecordingReopened.reopened_on": "counts",
    "RecordingReopened.may_return_on": "a day that the centre gave, of a recording and no paper",
    "Paper.issued_on": "the day of its record, which counts",
    "Paper.valid_until": "follows from the day of its record",
    "Paper.number": "of a row without a name; numbers have no gap",
    "Paper.code": "random, and leads to a page without initials and year from then on",
    "Burial.cemetery": "a place where many lie",
    "Burial.reported_on": "the day on which an office had the form",
    "Burial.filed_on": "the day on which the office reported it: the clock's end, of a row without a name",
    "Burial.doubt": "a code",
    "RecordStatus.code": "a code",
    "CardReceiver.relation": "a code; the name of who took it is declared",
    "CardReceiver.proof": "a code of a kind of paper; no number of it is kept",
    "DocumentRequest.service": "a code",
    "DocumentRequest.for_whom": "a code",
    "DocumentRequest.refused_because": "a code",
    "DocumentRequest.relation": "a code; the name of who took it is declared",
    "DocumentRequest.proof": "a code of a kind of paper; no number of it is kept",
    "VoterRow.verdict": "a code, and counted in the result of its list",
    "VoterRow.code": "a code of the election, and counted in the result of its list",
}


def test_every_column_about_a_person_is_declared() -> None:
    """A new column of text, bytes or a date is declared personal, or stands above with its reason."""
    undeclared = []
    for model in scoped_models():
        fields = {field.name: field for field in model._meta.get_fields() if field.concrete}
        about = model is Resident or {"resident", "appointment", "record"} & fields.keys()
        blank = model.personal.blank if model.personal else {}
        for name, field in fields.items():
            texts = isinstance(field, (models.CharField, models.BinaryField, models.TextField))
            told = texts or type(field) is models.DateField
            named = f"{model.__name__}.{name}"
            said = name in blank or not _TELLS_OF_NOBODY.keys().isdisjoint({name, named})
            if about and told and not said:
                undeclared.append(named)
    # Of a message the channel alone tells nothing.
    assert undeclared == ["Message.channel"]


# --- what was reported already ----------------------------------------------------------------------


def test_a_locked_day_gets_a_new_revision(kept: World) -> None:
    """The day was confirmed and locked; what a correction moves stands in the next revision."""
    day = today() - timedelta(days=1)
    person = make_resident(kept, birth_date=date(1990, 5, 17))
    record(kept, person, occurred_at=at(9, 0, day))

    def built() -> list[tuple[int, str, int]]:
        with acting_as("worker"):
            build_stale()
        cells = DayCount.objects.filter(day__regency="13.75", service_date=day, service="recording")
        return sorted(cells.values_list("day__revision", "category", "n"))

    assert built() == [(1, "umum", 1)]
    with scoped(kept["operator"].actor.scope):
        confirm_day(by=kept["operator"].actor, regency="13.75", day=day, revision=1)
    with scoped(kept["province_officer"].actor.scope):
        lock_days(by=kept["province_officer"].actor, regencies=["13.75"], day=day)
    young = today().replace(year=today().year - 17, month=1, day=2)
    assert patch(kept, person, birth_date=young, confirm=["moves-figures"]).status == 200
    assert built() == [(1, "umum", 1), (2, "pemula", 1)]
    assert sound() == []
