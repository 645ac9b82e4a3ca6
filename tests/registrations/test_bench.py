"""The workbench: an office's list worked through village by village, and the list of an election."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from dukcapil.accounts.models import Posting
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from events.elections.models import Election
from events.planning.models.event import ServiceEvent
from events.venues.services import add_venue
from registrations.bench.models import SavedView
from registrations.bench.selectors.entries import entries_of
from registrations.bench.selectors.filters import BenchFilter
from registrations.bench.services.handling import hand_over
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.drafts import Source
from registrations.corrections.services.called_again import reopen_recording
from registrations.findings.services.findings import decide, propose
from registrations.lifecycle.services.class_visits import plan_class_visit
from registrations.lifecycle.services.events import open_to_booking
from registrations.missing.enums import NextStep, Purpose
from registrations.missing.models import RollContact, RollEntry, RollList
from registrations.missing.services.closing import close_list, the_list
from registrations.oversight.models import Export
from registrations.oversight.services.erasing import erase_person
from registrations.oversight.services.exports import build_export, fetch_export
from registrations.people.models import Resident
from registrations.people.validators import anniversary
from registrations.requests.models import VisitRequest
from registrations.rosters.models import Roster, RosterEntry
from registrations.rosters.services.bringing import bring_roster
from registrations.rosters.services.groups import put_in_group
from tests.world import (
    BUKITTINGGI,
    VILLAGES,
    World,
    make_basis,
    make_event,
    make_resident,
    make_session,
    record,
    today,
)

HOME = VILLAGES[BUKITTINGGI]
BENCH = f"/belum-rekam/{HOME}/"
VISIT = f"{BENCH}kunjungan/"


def close(election: Election | None = None) -> RollList:
    purpose = Purpose.SEVENTEEN if election else Purpose.MISSING
    with scoped(EVERYBODY):
        return close_list(by=None, roll_list=the_list(purpose, BUKITTINGGI, election))


def entry(person: Resident, roll: RollList) -> RollEntry:
    with scoped(EVERYBODY):
        return RollEntry.objects.get(resident=person, list=roll)


def names(answer: Any) -> list[str]:
    """Who stands in the rows of a page."""
    html = answer.content.decode()
    return re.findall(r'href="/belum-rekam/orang/\d+/">([^<]*)</a>', html)


def people(made: World, *called: str, **changes: Any) -> list[Resident]:
    return [make_resident(made, name=f"Contoh {name}", **changes) for name in called]


def _school(made: World, pupil: Resident) -> str:
    """With one pupil in class XII."""
    by = made["operator"].actor
    with scoped(by.scope):
        venue = add_venue(by=by, kind="school", name="SMA 1", village=pupil.village)
        roster = Roster.objects.create(venue=venue, office_id=BUKITTINGGI, year=2026)
        RosterEntry.objects.create(
            roster=roster,
            office_id=BUKITTINGGI,
            key=b"k" * 32,
            sealed=b"s",
            class_name="XII",
            resident=pupil,
            added_in=1,
        )
    return str(venue.pk)


@pytest.mark.contexts
def test_a_village_is_worked_through(made: World, browser: Callable[[str], Client]) -> None:
    """Selections, a kept view, requests, handing over, a note: each by its form."""
    ayu, budi, citra, dewi = people(made, "Ayu", "Budi", "Citra", "Dewi")
    young = make_resident(
        made, name="Contoh Eka", birth_date=anniversary(today(), -19), address="Jl. Lama", rt="002"
    )
    roll = close()
    record(made, dewi)
    client = browser("operator")
    shown = client.get(BENCH)
    # What happened since the list was closed is seen at once; open ones are shown first.
    assert names(shown) == ["Contoh Ayu", "Contoh Budi", "Contoh Citra", "Contoh Eka"]
    assert names(client.get(f"{BENCH}?state=recorded")) == ["Contoh Dewi"]
    assert names(client.get(f"{BENCH}?state=&age=19-20")) == ["Contoh Eka"]
    assert names(client.get(f"{BENCH}?stage=overdue&state=open")) == [
        "Contoh Ayu",
        "Contoh Budi",
        "Contoh Citra",
    ]
    for odd in ("age=1990", f"owner={'9' * 5000}", "owner=%D9%A1"):
        assert client.get(f"{BENCH}?{odd}&state=").status_code == 422
    assert names(client.get(f"{BENCH}?state=&tried=never&owner=mine")) == []

    # By school and class, and by a group that only a head sees.
    school = _school(made, young)
    assert names(client.get(f"{BENCH}?venue={school}")) == ["Contoh Eka"]
    assert names(client.get(f"{BENCH}?venue={school}&grade=XII")) == ["Contoh Eka"]
    assert names(client.get(f"{BENCH}?venue={school}&grade=XI")) == []
    # A selection longer than anybody could keep.
    assert client.get(f"{BENCH}?venue={school}&grade={'%E2%82%AC' * 40}").status_code == 422
    head = made["head"].actor
    with scoped(head.scope):
        put_in_group(by=head, resident=budi, group="remote")
    assert names(browser("head").get(f"{BENCH}?sought=remote")) == ["Contoh Budi"]
    assert names(client.get(f"{BENCH}?sought=remote")) != ["Contoh Budi"]

    client.post(f"{BENCH}?age=19-20", {"do": "save", "save-name": "Muda"})
    [view] = SavedView.objects.all()
    assert (view.name, view.filters) == ("Muda", "age=19-20")
    assert "Muda" in client.get(BENCH).content.decode()
    assert "Muda" not in browser("head").get(BENCH).content.decode()
    client.post(BENCH, {"do": "drop", "view": str(view.pk)})
    assert not SavedView.objects.exists()

    ids = [str(entry(one, roll).pk) for one in (ayu, budi)]
    ask = {"ask-services": "recording", "ask-reason": "far", "ask-partner_kind": "village"}
    assert client.post(BENCH, {"do": "ask", **ask}).status_code == 422
    for _again in range(2):
        assert client.post(BENCH, {"do": "ask", "people": ids, **ask}).status_code == 302
    with scoped(EVERYBODY):
        asked = VisitRequest.objects.filter(state="open").values_list("resident", flat=True)
        assert set(asked) == {ayu.pk, budi.pk}
    assert names(client.get(f"{BENCH}?state=asked")) == ["Contoh Ayu", "Contoh Budi"]

    verifier = Posting.objects.get(user__username="village_verifier")
    elsewhere = Posting.objects.get(user__username="neighbour")
    hand = {"do": "hand", "everybody": "1", "hand-next_step": "verify"}
    for owner, status in ((elsewhere, 422), (verifier, 302)):
        answer = client.post(f"{BENCH}?state=open", {**hand, "hand-owner": owner.pk})
        assert answer.status_code == status
    assert entry(citra, roll).owner_id == entry(young, roll).owner_id == verifier.pk
    assert entry(ayu, roll).owner_id is None
    assert names(browser("village_verifier").get(f"{BENCH}?owner=mine")) == [
        "Contoh Citra",
        "Contoh Eka",
    ]

    page = f"/belum-rekam/orang/{entry(citra, roll).pk}/"
    note = {"do": "contact", "contact-how": "phone", "contact-result": "told", "contact-note": ""}
    numbered = note | {"contact-note": "NIK 1375010505900001"}
    assert client.post(page, numbered).status_code == 422
    assert client.post(page, note).status_code == 302
    with scoped(EVERYBODY):
        assert RollContact.objects.get().resident_id == citra.pk
    assert client.get(page).status_code == 200
    # What is next is said alike at every door: put down, or as the state says.
    doors = {
        row["name"]: row
        for row in made["operator"].get("roll/entries/?region=13.75").json["results"]
    }
    for person, step in ((ayu, NextStep.VISIT), (citra, NextStep.VERIFY), (dewi, NextStep.NOTHING)):
        assert doors[person.identity.name]["next_step"] == step
        shown_step = client.get(f"/belum-rekam/orang/{entry(person, roll).pk}/").context["row"]
        assert shown_step["next_step"] == ("" if step == NextStep.NOTHING else str(step.label))
    # Who only looks does none of it.
    for who in ("village_verifier", "province_officer"):
        assert browser(who).post(page, note).status_code == 403
        assert browser(who).post(BENCH, {**hand, "hand-owner": ""}).status_code == 403
    assert browser("neighbour").get(BENCH).status_code == 404
    assert browser("neighbour").get(page).status_code == 404

    # A verifier sees what happened as soon as anybody, and nobody who went to another village.
    looks_in = browser("village_verifier")
    record(made, citra)
    assert names(looks_in.get(f"{BENCH}?owner=mine&state=open")) == ["Contoh Eka"]
    assert looks_in.get(page).context["row"]["state"] == "recorded"
    with scoped(EVERYBODY):
        Resident.objects.filter(pk=citra.pk).update(village_id="13.75.01.1002")
    assert looks_in.get(page).status_code == 404


def test_who_was_handed_on_meanwhile_is_not_handed_over_unseen(
    made: World, browser: Callable[[str], Client]
) -> None:
    """A page that was opened before names whom it showed as free; shown again, it names what stands."""
    ayu, budi = people(made, "Ayu", "Budi")
    roll = close()
    client = browser("operator")
    seen = _stands(client.get(BENCH))
    assert seen.keys() == {str(entry(one, roll).pk) for one in (ayu, budi)}
    by, head = made["operator"].actor, made["head"].actor
    with scoped(head.scope):
        hand_over(by=head, entries=[entry(ayu, roll)], owner=head.posting_id, next_step="invite")
    hand = {"do": "hand", "hand-owner": str(by.posting_id), "hand-next_step": "visit"}
    sent = hand | {"stands": [*seen.values()]}
    for chosen in ({"people": [*seen]}, {"everybody": "1"}):
        refused = client.post(BENCH, sent | chosen)
        assert refused.status_code == 409
        assert [entry(one, roll).owner_id for one in (ayu, budi)] == [head.posting_id, None]
    # Who is not among the changed is handed over at once.
    assert client.post(BENCH, sent | {"people": [str(entry(budi, roll).pk)]}).status_code == 302
    now = _stands(client.get(BENCH))
    again = hand | {"stands": [*now.values()], "people": [*now]}
    assert client.post(BENCH, again).status_code == 302
    assert [entry(one, roll).owner_id for one in (ayu, budi)] == [by.posting_id] * 2


def _stands(answer: Any) -> dict[str, str]:
    """Entry -> what its row says that was shown."""
    rows = re.findall(r'name="stands" value="((\d+) [^"]+)"', answer.content.decode())
    return {key: row for row, key in rows}


def test_one_form_from_a_village_to_a_visit(made: World, browser: Callable[[str], Client]) -> None:
    """The draft has everybody open on its list, the head approves it, and they are booked."""
    ayu, budi, citra, dodi, eka = people(made, "Ayu", "Budi", "Citra", "Dodi", "Eka")
    roll = close()
    record(made, citra)
    record(made, eka)
    operator, head = made["operator"].actor, made["head"].actor
    with scoped(operator.scope):
        gone = propose(by=operator, resident=dodi, outcome="moved")
    with scoped(head.scope):
        decide(by=head, finding=gone, accept=True)
        soon = today() + timedelta(days=10)
        reopen_recording(by=head, resident=eka, reason="adjudicate", may_return_on=soon)
    client = browser("operator")
    asked = client.get(VISIT)
    # Who was recorded or explained a moment ago is not offered.
    assert names(asked) == ["Contoh Ayu", "Contoh Budi", "Contoh Eka"]
    ids = [str(entry(one, roll).pk) for one in (ayu, budi, citra, dodi, eka)]
    plan = {
        "do": "plan",
        "starts_on": str(today() + timedelta(days=9)),
        "begins": "08:00",
        "ends": "12:00",
        "place": "Balai",
        "services": "recording",
        "others": "0",
        "kits": "0",
    }
    # Ticked on the workbench, kept on the way here.
    ticked = client.post(VISIT, {"do": "tick", "people": ids[:1]}).content.decode()
    assert re.findall(r'value="(\d+)"[^>]*\schecked', ticked) == ids[:1]
    for wrong in (
        {"starts_on": str(today() - timedelta(days=1))},
        {"ends": "07:00"},
        {"people": []},
    ):
        assert client.post(VISIT, {**plan, "people": ids, **wrong}).status_code == 422
    assert not ServiceEvent.everything.exists()
    answer = client.post(VISIT, {**plan, "people": ids})
    event = ServiceEvent.everything.get()
    assert answer.headers["Location"] == f"/kegiatan/{event.pk}/"
    assert (event.village_id, event.kind, event.by_invitation) == (HOME, "jemput_bola", True)
    with scoped(EVERYBODY):
        # Who was recorded or explained meanwhile is left out, and who may not be recorded yet.
        on_list = Waiting.objects.filter(event=event).values_list("resident", flat=True)
        assert set(on_list) == {ayu.pk, budi.pk}
    # Nobody is on the lists of two visits.
    assert client.post(VISIT, {**plan, "people": ids[:1]}).status_code == 422
    assert ServiceEvent.everything.count() == 1
    with scoped(head.scope):
        open_to_booking(by=head, event=event, neutrality_signed=True)
    assert names(client.get(f"{BENCH}?state=booked")) == ["Contoh Ayu", "Contoh Budi"]
    assert browser("province_officer").get(VISIT).status_code == 403
    assert browser("neighbour").get(VISIT).status_code == 404


def test_the_chosen_are_booked_into_a_session(
    made: World, browser: Callable[[str], Client]
) -> None:
    adi, ayu, budi, citra, eka = people(made, "Adi", "Ayu", "Budi", "Citra", "Eka")
    operator, head = made["operator"].actor, made["head"].actor
    record(made, eka)
    with scoped(head.scope):
        soon = today() + timedelta(days=10)
        reopen_recording(by=head, resident=eka, reason="adjudicate", may_return_on=soon)
    roll = close()
    record(made, citra)
    with scoped(operator.scope):
        twice = propose(by=operator, resident=adi, outcome="duplicate", of=ayu)
    with scoped(head.scope):
        decide(by=head, finding=twice, accept=True)
    session = make_session(made, make_event(made), {"recording": 1})
    ids = [str(entry(one, roll).pk) for one in (adi, ayu, budi, citra, eka)]
    book = {"do": "book", "book-session": str(session.pk), "book-services": "recording"}
    client = browser("operator")
    assert client.post(BENCH, {**book, "people": ids, "book-session": ""}).status_code == 422
    assert client.post(BENCH, {**book, "people": ids}).status_code == 302
    with scoped(EVERYBODY):
        assert [one.resident_id for one in Appointment.objects.all()] == [ayu.pk]
        assert [one.resident_id for one in Waiting.objects.all()] == [budi.pk]
    assert names(client.get(f"{BENCH}?state=booked")) == ["Contoh Ayu"]
    other = make_session(made, make_event(made), {"ikd_activation": 1})
    wrong = {**book, "people": ids, "book-session": str(other.pk), "book-services": "card_print"}
    assert client.post(BENCH, wrong).status_code == 422


@pytest.mark.contexts
def test_the_list_of_an_election_counts_down(made: World, browser: Callable[[str], Client]) -> None:
    day = today() + timedelta(days=20)
    election = Election.objects.create(
        name="Pilkada", kind="regional", region_id="13", held_on=day, source="KPU"
    )
    seventeen = anniversary(day, -17)
    ayu, budi = people(made, "Ayu", "Budi", birth_date=seventeen)
    people(made, "Tua")
    roll = close(election)
    client = browser("operator")
    shown = client.get("/tujuh-belas/")
    html = shown.content.decode()
    assert names(shown)[:2] == ["Contoh Ayu", "Contoh Budi"]
    assert "20 " in html
    record(made, ayu)
    assert names(client.get("/tujuh-belas/"))[0] == "Contoh Budi"
    assert names(client.get("/tujuh-belas/?state=recorded")) == ["Contoh Ayu"]
    head = Posting.objects.get(user__username="head")
    assert client.post("/tujuh-belas/", {"do": "owner", "owner": head.pk}).status_code == 302
    roll.refresh_from_db()
    assert roll.owner_id == head.pk
    province = browser("province_officer")
    assert names(province.get("/tujuh-belas/")) == []
    there = f"/tujuh-belas/?pemilu={election.pk}&kantor={BUKITTINGGI}"
    assert names(province.get(there))[0] == "Contoh Budi"
    record(made, budi)
    assert "Contoh Budi" not in names(province.get(there))
    assert province.post(there, {"do": "owner", "owner": head.pk}).status_code == 403
    assert browser("other_province_officer").get(there).status_code == 404
    assert client.get("/tujuh-belas/?pemilu=x").status_code == 422
    # Another day is known a moment later.
    moved = {"held_on": str(day - timedelta(days=7)), "source": "KPU 2"}
    decided = made["province_officer"].post(f"elections/{election.pk}/decisions/", moved)
    assert decided.status == 201
    assert client.get("/tujuh-belas/").context["chosen"].days_left == 13


def test_a_sheet_goes_to_the_village_head_with_a_reason(
    made: World, browser: Callable[[str], Client]
) -> None:
    people(made, "Ayu", "Budi", rw="003", rt="001")
    citra, dewi = people(made, "Citra", "Dewi")
    roll = close()
    record(made, citra)
    head = made["head"].actor
    with scoped(head.scope):
        erase_person(by=head, resident=dewi, reason="Permohonan", case="1/2026")
    client = browser("head")
    # Who was erased has no day of birth, on no page.
    gone = client.get(f"/belum-rekam/orang/{entry(dewi, roll).pk}/").content.decode()
    assert "1900" not in gone
    asked = f"/ekspor/?desa={HOME}"
    assert client.get(f"{asked}&owner={'9' * 5000}").status_code == 422
    assert client.get(f"{asked}&grade={'%E2%82%AC' * 29}&finding=deceased").status_code == 422
    assert client.get(f"{asked}&grade=%00").status_code == 422
    assert HOME in client.get(asked).content.decode()
    assert client.post(asked, {"reason": ""}).status_code == 422
    reason = {"reason": "Verifikasi RW 03 oleh kelurahan"}
    assert client.post(asked, reason).status_code == 302
    with scoped(EVERYBODY):
        export = Export.objects.get()
    # Who is recorded, or was erased, is nobody whom a village has to find.
    assert export.filters == f"desa={HOME}&state=to_do"
    build_export(export.pk)
    answer = client.get(f"/ekspor/{export.pk}/berkas/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].endswith('.pdf"')
    assert answer.content.startswith(b"%PDF")
    with scoped(head.scope):
        assert Export.objects.get().rows == 2
        assert fetch_export(by=head, export=Export.objects.get()) == answer.content
    assert client.get("/ekspor/?desa=13.06.01.2001").status_code == 404
    assert browser("operator").get(asked).status_code == 403
    # Who belongs to a group stays in the house.
    client.post(f"{asked}&sought=mental", reason)
    with scoped(head.scope):
        assert Export.objects.count() == 1


def test_nobodys_prison_is_told_by_the_workbench(
    made: World, browser: Callable[[str], Client]
) -> None:
    """A draft visit to a prison: its class, its people and its block lead nowhere but for the head."""
    indra, _other = people(made, "Indra", "Budi")
    head = made["head"].actor
    with scoped(head.scope):
        venue = add_venue(by=head, kind="prison", name="Lapas Uji", village=indra.village)
        with scoped(EVERYBODY):
            born = f"{indra.birth_date:%d-%m-%Y}"
            text = f"Nama;Tanggal lahir;Blok\n{indra.identity.name};{born};Blok A\n"
        roster = bring_roster(
            by=head,
            venue=venue,
            year=today().year,
            as_of=today(),
            source=Source(text.encode()),
        ).roster
        plan_class_visit(
            by=head,
            roster=roster,
            starts_on=today() + timedelta(days=3),
            begins=time(8),
            ends=time(10),
        )
        group = VisitGroup.objects.get()
    roll = close()
    seen = {}
    for who in ("head", "operator", "village_verifier"):
        client = browser(who)
        page = client.get(f"{BENCH}?state=").content.decode()
        assert "Contoh Indra" in page
        seen[who] = [
            "Lapas Uji" in page,
            "Blok A" in page,
            *(
                names(client.get(f"{BENCH}?state=&{chosen}")) == ["Contoh Indra"]
                for chosen in (f"group={group.pk}", f"venue={venue.pk}")
            ),
        ]
        by = made[who].actor
        with scoped(by.scope):
            which = (BenchFilter(group=str(group.pk)), BenchFilter(grade="Blok A"))
            seen[who] += [entries_of(by, roll, HOME, one).exists() for one in which]
    assert seen["head"] == [True] * 6
    assert seen["operator"] == seen["village_verifier"] == [False] * 6
    # Nor by a sheet for the village head.
    client = browser("head")
    for chosen in (f"group={group.pk}", f"venue={venue.pk}", "grade=Blok+A"):
        client.post(f"/ekspor/?desa={HOME}&{chosen}", {"reason": "Lembar untuk lurah"})
    with scoped(EVERYBODY):
        assert not Export.objects.exists()


@pytest.mark.contexts
def test_regions_are_counted_side_by_side(made: World, browser: Callable[[str], Client]) -> None:
    ayu, _budi = people(made, "Ayu", "Budi")
    close()
    # The total is the region's own row, as the API has it: villages have no basis of their own.
    make_basis()
    client = browser("operator")
    shown = client.get("/belum-rekam/13.75/")
    row = made["operator"].get("roll/?region=13.75&level=regency").json["results"][0]
    assert (row["official_unrecorded"], row["on_list"], row["not_on_list"]) == (10, 2, 8)
    whole = shown.context["whole"]
    assert {name: whole[name] for name in row if name not in ("as_of", "last_visit")} == {
        name: row[name] for name in row if name not in ("as_of", "last_visit")
    }
    residual = shown.context["residual"]
    assert (residual["official_unrecorded"], residual["on_list"]) == (10, 0)
    # A province sees at once what happened.
    record(made, ayu)
    assert browser("province_officer").get("/belum-rekam/13/").context["whole"]["recorded"] == 1
    # And says how the third figure comes from the first two.
    assert "9 − (2 − 1 " in client.get("/belum-rekam/13.75/").content.decode()
    html = client.get("/belum-rekam/").content.decode()
    assert f'href="{BENCH}"' in html
    assert f'href="{VISIT}"' in html
    waiting = client.get("/belum-rekam/13.75/?lama=30").content.decode()
    assert BENCH in waiting
    event = make_event(made, kind="jemput_bola")
    assert event.village_id == HOME
    waiting = client.get("/belum-rekam/13.75/?lama=30").content.decode()
    assert BENCH not in waiting
    for who, where in (
        ("province_officer", "13"),
        ("nation_viewer", "00"),
        ("administrator", "00"),
    ):
        answer = browser(who).get(f"/belum-rekam/{where}/")
        assert answer.status_code == 200
        assert VISIT not in answer.content.decode()
    assert browser("neighbour").get("/belum-rekam/13.75/").status_code == 404
    verifier = browser("village_verifier").get("/belum-rekam/")
    assert verifier.headers["Location"] == BENCH
