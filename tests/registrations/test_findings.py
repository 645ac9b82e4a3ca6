"""What is found out about people: proposed, decided by two, contradicted by a recording, signed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dukcapil.accounts.enums import StaffActKind
from dukcapil.accounts.models import StaffAct
from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import DomainError, NotFound
from dukcapil.regions.models import Region
from registrations.booking.models.message import Message
from registrations.booking.services.appointments import book
from registrations.booking.services.messages import contact_from
from registrations.booking.services.waiting import wait
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.merging import merge
from registrations.corrections.services.numbers import replace_nik
from registrations.findings.models import Finding, FindingMinutes
from registrations.findings.selectors.findings import alike, contradicted
from registrations.findings.selectors.minutes import (
    content_of,
    draft_of,
    get_minutes_or_404,
    unsigned,
)
from registrations.findings.services.findings import mark_seen
from registrations.findings.services.minutes import ask_village, sign_minutes
from registrations.findings.services.sealing import said_in
from registrations.ledger.services.corrections import void_record
from registrations.missing.selectors import verifying
from registrations.missing.services.closing import ask_to_close
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from registrations.requests.services.requests import ask_visit
from reports.duties.selectors.duties import asked_of
from tests.world import (
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

PAPER = {
    "kind": "death_certificate",
    "number": "1375-KM-12032024-0005",
    "issuer": "Disdukcapil Bukittinggi",
    "date": str(today()),
}
CITY = "13.75.01.1001"


def propose(
    made: World, person: Resident, outcome: str, who: str = "village_verifier", **more: Any
) -> Any:
    return made[who].post("findings/", {"resident": str(person.pk), "outcome": outcome, **more})


def code_of(answer: Any) -> str:
    return str(answer.json["type"]).rpartition("/")[2]


def said(made: World, person: Resident, outcome: str, **more: Any) -> str:
    answer = propose(made, person, outcome, **more)
    assert answer.status == 201, answer.json
    assert answer.json["state"] == "proposed"
    return str(answer.json["id"])


def decided(made: World, finding: str, who: str = "head", **body: Any) -> tuple[int, str]:
    answer = made[who].post(f"findings/{finding}/decide/", {"accept": True, **body})
    return answer.status, answer.json.get("state") or code_of(answer)


def kept(finding: str) -> Finding:
    with scoped(EVERYBODY):
        return Finding.objects.get(pk=finding)


def test_what_is_said_has_what_it_needs(made: World) -> None:
    """Each outcome with too little and with enough; a paper's number is kept sealed."""
    person, other = make_resident(made), make_resident(made)
    far = make_resident(made, "13.06")
    tomorrow = str(today() + timedelta(days=1))
    seen = {"issuer": "Disdukcapil Agam", "date": str(today())}
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("deceased", {}, "paper-needed"),
        *(
            ("deceased", {"evidence": {key: PAPER[key] for key in PAPER if key != left}}, code)
            for left, code in dict.fromkeys(PAPER, "paper-needed").items()
        ),
        ("deceased", {"evidence": PAPER | {"date": tomorrow}}, "evidence-date"),
        ("deceased", {"evidence": PAPER | {"date": "1980-01-01"}}, "evidence-date"),
        ("deceased", {"evidence": PAPER | {"kind": "rumour"}}, "invalid"),
        ("duplicate", {}, "duplicate-of"),
        ("duplicate", {"of": str(person.pk)}, "duplicate-of"),
        ("duplicate", {"of": str(far.pk)}, "of"),
        ("moved", {"of": str(other.pk)}, "duplicate-of"),
        ("recorded_already", {"evidence": {"issuer": "Disdukcapil Agam"}}, "source-needed"),
        ("moved", {"note": "NIK 1375010505900001 pindah"}, "reason-number"),
        ("vanished", {}, "invalid"),
    ]
    for outcome, more, code in refused:
        answer = propose(made, person, outcome, **more)
        assert (answer.status, code_of(answer)) == (422, code), (outcome, more, answer.json)
    with scoped(EVERYBODY):
        assert not Finding.objects.exists()
    first = said(made, person, "deceased", evidence=PAPER, note="  Menurut  keluarga ")
    row = kept(first)
    assert PAPER["number"].encode() not in bytes(row.evidence_number or b"")
    assert said_in(row).number == PAPER["number"]
    assert said_in(row).note == "Menurut keluarga"
    for outcome, more in (
        ("duplicate", {"of": str(other.pk)}),
        ("recorded_already", {"evidence": seen}),
        *((one, {}) for one in ("moved", "abroad", "unknown_nik", "refuses")),
        *((one, {}) for one in ("not_met", "away", "sick_or_disabled")),
    ):
        said(made, person, outcome, **more)
    # Of what the same person says about somebody the last one waits; that nobody was met may be said often.
    states = {row.outcome: (row.state, row.why) for row in _about(person)}
    assert states["refuses"] == ("proposed", "")
    assert states["not_met"] == states["away"] == ("proposed", "")
    assert states["moved"] == states["deceased"] == ("refused", "replaced")
    assert [look.subject for look in looks(kind="finding proposed")] == [str(person.pk)] * 10


def _about(person: Resident) -> list[Finding]:
    with scoped(EVERYBODY):
        return list(Finding.objects.filter(resident=person.pk).order_by("found_at"))


def test_who_may_say_and_decide(made: World) -> None:
    """A verifier the own village, a clerk the own office; head and province decide, each once."""
    person = make_resident(made)
    next_door = make_resident(made, village=Region.objects.get(pk="13.75.01.1002"))
    assert propose(made, next_door, "moved").status == 404
    for who, status in {
        "neighbour": 404,
        "province_officer": 403,
        "nation_viewer": 403,
        "administrator": 403,
        "api_client": 403,
    }.items():
        assert propose(made, person, "moved", who=who).status == status, who
    finding = said(made, person, "moved")
    other = propose(made, person, "refuses", who="operator")
    assert (other.status, code_of(other)) == (409, "already-found")
    for who, answer in {
        "operator": (403, "forbidden"),
        "village_verifier": (403, "forbidden"),
        "neighbour_head": (404, "not-found"),
        "other_province_officer": (404, "not-found"),
    }.items():
        assert decided(made, finding, who) == answer, who
    assert decided(made, finding, "head", accept=True, why="alive")[0] == 422
    assert decided(made, finding, "head", accept=False, why="replaced")[0] == 422
    assert decided(made, finding, "province_officer") == (200, "accepted")
    assert decided(made, finding) == (409, "already-decided")
    assert decided(made, finding, accept=False, why="alive") == (409, "already-decided")
    # The head may find something out, and decides about nothing that the head found.
    own = said(made, next_door, "moved", who="head")
    assert decided(made, own) == (409, "two-people")
    assert decided(made, own, "province_officer", accept=False) == (200, "refused")
    assert kept(own).why == "other"
    found = made["head"].get("findings/?region=13.75").json["results"]
    assert [(row["id"], row["state"]) for row in found] == [
        (finding, "accepted"),
        (own, "refused"),
    ]
    assert found[0]["decided_by"] == made["province_officer"].actor.user_id
    assert found[0]["found_by"] == made["village_verifier"].actor.user_id
    for who, ids in {
        "village_verifier": [finding],
        "neighbour": [],
        "operator": [finding, own],
    }.items():
        rows = made[who].get("findings/").json["results"]
        assert [row["id"] for row in rows] == ids, who
    assert made["neighbour"].get(f"findings/?resident={person.pk}").status == 404
    assert made["neighbour"].get("findings/?region=13.75").status == 404
    assert made["nation_viewer"].get("findings/").status == 403


def test_who_made_the_account_of_the_finder_does_not_decide(made: World) -> None:
    """The verb and the database each refuse; the province decides then."""
    finding = said(made, make_resident(made), "moved")
    StaffAct.objects.create(
        kind=StaffActKind.POSTED,
        subject_id=made["village_verifier"].actor.user_id,
        by_id=made["head"].actor.user_id,
    )
    assert decided(made, finding) == (409, "two-people")
    with scoped("13.75;;"), pytest.raises(Exception, match="a second person"), transaction.atomic():
        Finding.objects.filter(pk=finding).update(
            state="accepted",
            decided_by_id=made["head"].actor.user_id,
            decided_at=timezone.now(),
        )
    assert decided(made, finding, "province_officer") == (200, "accepted")


def test_a_recording_contradicts_whatever_door_it_comes_through(made: World) -> None:
    """At the own office, at another one, and by a date that a list brings; not that nobody was met."""
    head = made["head"].actor
    here, there, listed = (make_resident(made) for _n in range(3))
    twin = _held_by_agam(made, there)
    waits, accepted, known = (
        said(made, here, "moved"),
        said(made, there, "refuses"),
        said(made, listed, "unknown_nik"),
    )
    note = said(made, here, "not_met")
    agam, wrong = nik(date(1990, 5, 17)), make_resident(made)
    record(made, make_resident(made, "13.06", nik=agam))
    numbered = said(made, wrong, "abroad")
    assert decided(made, accepted) == (200, "accepted")
    row = record(made, here)
    record(made, twin)
    with scoped(head.scope):
        Resident.objects.filter(pk=listed.pk).update(known_recorded_on=today())
        replace_nik(by=head, resident=wrong, nik=agam, reason="KK dilihat")
    for finding in (waits, accepted, known, numbered):
        assert kept(finding).state == "contradicted"
        assert kept(finding).contradicted_at is not None
    assert kept(note).state == "proposed"
    assert decided(made, waits) == (409, "already-recorded")
    assert code_of(propose(made, here, "moved")) == "already-recorded"
    assert propose(made, listed, "not_met").status == 409
    with scoped(head.scope):
        seen = mark_seen(by=head, finding_id=kept(waits).pk)
        assert mark_seen(by=head, finding_id=seen.pk).seen_at == seen.seen_at
        # Whose record was void may be looked for again.
        void_record(by=head, record=row, reason="orang lain")
    assert decided(made, said(made, here, "abroad")) == (200, "accepted")
    # Whom another office recorded before is recorded, too; who is told so leaves a row.
    elsewhere = make_resident(made)
    record(made, _held_by_agam(made, elsewhere))
    assert code_of(propose(made, elsewhere, "deceased", evidence=PAPER)) == "already-recorded"
    assert [look.subject for look in looks(kind="recorded elsewhere")][-1] == str(elsewhere.pk)
    with scoped(EVERYBODY):
        assert not Finding.objects.filter(resident=elsewhere.pk).exists()


def _held_by_agam(made: World, person: Resident) -> Resident:
    twin = make_resident(made, "13.06")
    with scoped(EVERYBODY), transaction.atomic():
        Resident.objects.filter(pk=twin.pk).update(nik_hash=person.nik_hash)
        twin.refresh_from_db()
    return twin


def test_who_says_to_be_recorded_is_when_that_is_accepted(made: World) -> None:
    person = make_resident(made)
    finding = said(
        made,
        person,
        "recorded_already",
        evidence={"issuer": "Disdukcapil Padang", "date": "2019-03-02"},
    )
    assert decided(made, finding) == (200, "accepted")
    with scoped(EVERYBODY):
        person.refresh_from_db()
    assert str(person.known_recorded_on) == "2019-03-02"
    assert kept(finding).state == "accepted"
    # The day is one on which a recording can have been, as at every other door to a known date.
    other = make_resident(made, birth_date=date(1990, 5, 17))
    early = {"issuer": "Disdukcapil Padang", "date": "2001-03-02"}
    answer = propose(made, other, "recorded_already", evidence=early)
    assert (answer.status, code_of(answer)) == (422, "too-young")


def test_what_was_accepted_before_gives_way(made: World) -> None:
    person = make_resident(made)
    refuses = said(made, person, "refuses")
    assert decided(made, refuses) == (200, "accepted")
    died = said(made, person, "deceased", evidence=PAPER)
    assert decided(made, died) == (200, "accepted")
    assert (kept(refuses).state, kept(refuses).seen_at is None) == ("contradicted", False)
    assert [row.state for row in _about(person)] == ["contradicted", "accepted"]
    # What gave way is not decided again; nobody says that the person is recorded.
    assert decided(made, refuses) == (409, "already-decided")


def test_who_has_died_is_expected_nowhere(made: World) -> None:
    by = made["operator"].actor
    person, other = make_resident(made), make_resident(made)
    session = make_session(made, make_event(made), {"recording": 1})
    queue = make_session(made, make_event(made), {"recording": 1})
    with scoped(by.scope):
        visit = book(
            by=by,
            session=session,
            resident=person,
            services=["recording"],
            contact=contact_from("ahli@warga.test"),
        )
        placed = wait(by=by, session=session, resident=other, services=["recording"])
        waits = wait(by=by, session=queue, resident=person, services=["family_card"])
        asked = ask_visit(
            by=by,
            services=["recording"],
            reason="cannot_come",
            partner_kind="family",
            resident=person,
        )
    assert decided(made, said(made, person, "deceased", evidence=PAPER)) == (200, "accepted")
    with scoped(EVERYBODY):
        for row in (visit, placed, waits, asked):
            row.refresh_from_db()
        assert (asked.state, asked.ended_because) == ("ended", "deceased")
        assert (visit.state, placed.state, waits.state) == ("cancelled", "moved_up", "withdrawn")
        assert not Message.objects.filter(appointment=visit, state="waiting").exists()


def test_of_two_rows_each_does_not_explain_the_other(made: World) -> None:
    """Else the person is looked for nowhere."""
    first, second, third = (make_resident(made) for _n in range(3))
    one = said(made, first, "duplicate", of=str(second.pk))
    other = said(made, second, "duplicate", of=str(first.pk))
    assert decided(made, one) == (200, "accepted")
    assert decided(made, other) == (409, "duplicate-itself")
    refused = propose(made, third, "duplicate", of=str(first.pk))
    assert (refused.status, code_of(refused)) == (409, "duplicate-itself")
    assert said(made, third, "duplicate", of=str(second.pk))


def test_the_other_row_is_offered_though_many_have_its_birth_date(made: World) -> None:
    for _n in range(10):
        make_resident(made)
    twin, person = (make_resident(made, name="Ani Kembar") for _n in range(2))
    verifier = made["village_verifier"].actor
    with scoped(verifier.scope):
        offered = list(alike(verifier, person))
    assert (offered[0].pk, len(offered)) == (twin.pk, 10)


def test_who_is_called_again_is_verified_anew(made: World) -> None:
    person = make_resident(made)
    paper = {"issuer": "Disdukcapil Padang", "date": "2019-03-02"}
    finding = said(made, person, "recorded_already", evidence=paper)
    assert decided(made, finding) == (200, "accepted")
    ask = {"reason": "deleted", "may_return_on": str(today())}
    assert made["head"].post(f"residents/{person.pk}/reopen-recording/", ask).status == 201
    assert kept(finding).state == "contradicted"
    closed(made)
    verifier = made["village_verifier"].actor
    with scoped(verifier.scope):
        left = verifying.to_verify(verifier, CITY, None)
        assert [one.resident_id for one in left] == [person.pk]
        # Whoever called the person again knows it.
        assert not contradicted(verifier).exists()


def test_the_same_tap_twice_is_one_finding(made: World) -> None:
    person = make_resident(made)
    first = said(made, person, "not_met")
    assert said(made, person, "not_met", note="Dua kali") == first
    assert said(made, person, "not_met") == first
    assert said_in(kept(first)).note == "Dua kali"
    assert said(made, person, "away") != first
    assert propose(made, person, "not_met", who="operator").json["id"] != first
    assert len(_about(person)) == 3


def test_findings_follow_who_moves_is_merged_or_erased(made: World) -> None:
    by, head = made["operator"].actor, made["head"].actor
    gone, stays, third = (make_resident(made) for _n in range(3))
    moved, notes = said(made, gone, "moved"), said(made, gone, "not_met")
    twice = said(made, third, "duplicate", of=str(gone.pk))
    with scoped(by.scope):
        village = Region.objects.get(pk="13.75.01.1002")
        correct(by=by, resident=stays, changes={"village": village}, reason="KK baru")
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="orang sama")
    for finding in (moved, notes):
        assert (kept(finding).resident_id, kept(finding).village_id) == (stays.pk, village.pk)
    assert kept(twice).of_id == stays.pk
    # The duplicate of one who stays: merging carries it out, and says nothing about who stays.
    assert decided(made, twice) == (200, "accepted")
    with scoped(head.scope):
        merge(by=head, resident=third, into=stays, reason="orang sama")
    assert (kept(twice).resident_id, kept(twice).state) == (third.pk, "accepted")
    erased = make_resident(made)
    paper = said(made, erased, "deceased", evidence=PAPER, note="Kenari")
    with scoped(head.scope):
        erase_person(by=head, resident=erased, reason="permintaan", case="1/2026")
    row = kept(paper)
    assert (row.state, row.why, row.evidence_issuer, row.note) == ("refused", "gone", "-", None)
    assert row.evidence_number is not None
    assert (bytes(row.evidence_number), str(row.evidence_on)) == (b"", "1900-01-01")
    ids = [one["id"] for one in made["head"].get("findings/").json["results"]]
    assert paper not in ids
    assert moved in ids


def test_a_village_signs_once_what_it_was_shown(made: World) -> None:
    verifier, by = made["village_verifier"].actor, made["operator"].actor
    village = Region.objects.get(pk=CITY)
    first, second = make_resident(made), make_resident(made)
    said(made, first, "deceased", evidence=PAPER)
    said(made, second, "not_met")
    signer = {"signer": "Dt. Rajo  Basa", "function": "Lurah"}
    with scoped(verifier.scope):
        shown = draft_of(village, unsigned(verifier, village))
        assert (shown.counts, shown.people) == ({"deceased": 1, "not_met": 1}, 2)
    said(made, second, "away")

    def sign(version: str, who: Any = verifier, where: Region = village, **more: Any) -> Any:
        with scoped(who.scope):
            return sign_minutes(by=who, village=where, version=version, **{**signer, **more})

    for refusal, arguments in (
        ("changed-meanwhile", {"version": shown.version}),
        ("signer", {"version": shown.version, "function": " "}),
        ("not-found", {"version": shown.version, "who": made["neighbour"].actor}),
        (
            "not-found",
            {"version": shown.version, "where": Region.objects.get(pk="13.75.01.1002")},
        ),
    ):
        with pytest.raises(DomainError) as refused:
            sign(**arguments)
        assert refused.value.code == refusal
    with scoped(verifier.scope):
        shown = draft_of(village, unsigned(verifier, village))
    minutes = sign(shown.version)
    assert (minutes.signer, minutes.people, minutes.office_id) == ("Dt. Rajo Basa", 2, "13.75")
    with pytest.raises(DomainError) as again:
        sign(shown.version)
    assert again.value.code == "already-signed"
    with pytest.raises(DomainError) as nothing:
        sign("0" * 64)
    assert nothing.value.code == "nothing-to-sign"
    with scoped(EVERYBODY):
        kept_minutes = FindingMinutes.objects.get()
        assert content_of(kept_minutes.findings.all()) == kept_minutes.content
        with pytest.raises(Exception, match="signed"), transaction.atomic():
            Finding.objects.filter(minutes=kept_minutes).update(minutes=None)
    # A clerk of the office may sign what was found since, too.
    said(made, second, "refuses")
    with scoped(by.scope):
        shown = draft_of(village, unsigned(by, village))
    assert sign(shown.version, by).counts == {"refuses": 1}
    with scoped(by.scope):
        task = ask_village(by=by, village=village, due=today())
        with pytest.raises(DomainError):
            ask_village(by=by, village=village, due=today() - timedelta(days=1))
        with pytest.raises(DomainError):
            ask_village(by=by, village=village, due=today() + timedelta(days=367))
        with pytest.raises(NotFound):
            ask_village(by=by, village=Region.objects.get(pk="13.06.01.2001"), due=today())
    assert re.fullmatch(r"\d+", str(task.pk))


# --- pages ----------------------------------------------------------------------------------------


def closed(made: World) -> None:
    head = made["head"].actor
    with scoped(head.scope):
        office = Region.objects.get(pk="13.75")
        ask_to_close(by=head, purpose="missing", office=office)


def test_a_verifier_taps_through_the_village(
    made: World, browser: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One person a card; a paper where one is needed; then the minutes, the office, and who is left."""
    first, second, third = (
        make_resident(made, name=name) for name in ("Ani Contoh", "Budi Contoh", "Cici Contoh")
    )
    make_resident(made, village=Region.objects.get(pk="13.75.01.1002"), name="Dodi Contoh")
    closed(made)
    phone, office = browser("village_verifier"), browser("head")
    task = {"due": str(today() + timedelta(days=3))}
    assert office.post(f"/verifikasi-desa/?desa={CITY}", task).status_code == 302
    html = phone.get("/verifikasi-desa/").content.decode()
    assert [name for name in ("Ani", "Budi", "Cici", "Dodi") if name in html] == [
        *("Ani", "Budi", "Cici"),
    ]
    assert looks(kind="people to verify") or looks(kind="resident")
    card = f"/verifikasi-desa/{first.pk}/"
    assert phone.get(f"/verifikasi-desa/?desa={CITY[:-1]}2").status_code == 404
    answer = phone.post(card, {"outcome": "deceased", "kind": "letter", "number": "", "issuer": ""})
    assert answer.status_code == 422
    paper = {"kind": "letter", "number": "470/12", "issuer": "Lurah", "date": str(today())}
    answer = phone.post(card, {"outcome": "deceased", **paper})
    assert (answer.status_code, answer["Location"]) == (302, f"/verifikasi-desa/{second.pk}/")
    twin = {"outcome": "duplicate", "of": str(third.pk)}
    assert phone.post(f"/verifikasi-desa/{second.pk}/", twin)["Location"] == (
        f"/verifikasi-desa/{third.pk}/"
    )
    met = phone.post(f"/verifikasi-desa/{third.pk}/", {"outcome": "not_met", "note": "Dua kali"})
    assert met["Location"] == f"/verifikasi-desa/?desa={CITY}"
    assert "Ani" not in phone.get("/verifikasi-desa/").content.decode()
    with scoped(EVERYBODY):
        assert Finding.objects.filter(resident=second.pk).get().of_id == third.pk
    # What is signed is what was shown; the second click says so.
    minutes = f"/verifikasi-desa/berita-acara/?desa={CITY}"
    page = BeautifulSoup(phone.get(minutes).content, "html.parser")
    version = page.select_one("[name=version]")
    assert version is not None
    signed = {"signer": "Dt. Rajo Basa", "function": "Lurah", "version": version["value"]}
    stale = phone.post(minutes, signed | {"version": "0" * 64})
    assert stale.status_code == 409
    again = BeautifulSoup(stale.content, "html.parser").select_one("[name=version]")
    assert again is not None
    assert again["value"] == version["value"]  # the next click signs what is shown now
    assert phone.post(minutes, signed).status_code == 302
    assert phone.post(minutes, signed).status_code == 422
    with scoped(EVERYBODY):
        row = FindingMinutes.objects.get()

    def signed_early(by: Actor, minutes_id: uuid.UUID) -> FindingMinutes:
        """Of this day in the village, and of the day before in UTC."""
        found = get_minutes_or_404(by, minutes_id)
        found.signed_at = at(0, 30)
        return found

    monkeypatch.setattr("registrations.views.verifying.get_minutes_or_404", signed_early)
    pdf = office.get(f"/verifikasi-desa/berita-acara/{row.pk}/")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert f"{today():%Y%m%d}.pdf" in pdf["Content-Disposition"]
    # The office decides; what it refuses is open again, and looked at anew.
    with scoped(EVERYBODY):
        found = {one.outcome: one for one in Finding.objects.all()}
    seen = looks(subject=str(third.pk))
    listed = office.get("/temuan/").content.decode()
    assert "Cici Contoh" in listed  # of a duplicate the other row is named, so it is looked at
    assert len(looks(subject=str(third.pk))) == len(seen) + 1
    assert "470/12" in listed
    assert "Tidak dijumpai" not in listed
    refused = {"do": "refuse", "finding": str(found["duplicate"].pk)}
    assert office.post("/temuan/", refused).status_code == 422
    assert office.post("/temuan/", refused | {"why": "alive"}).status_code == 302
    accepted = {"do": "accept", "finding": str(found["deceased"].pk)}
    assert office.post("/temuan/", accepted).status_code == 302
    assert browser("operator").post("/temuan/", accepted).status_code == 403
    # That somebody was not met waits for no decision.
    listed = office.get("/temuan/?lihat=semua").content.decode()
    assert "Tidak dijumpai" in listed
    assert listed.count("Menunggu keputusan") == 1  # the name of the list
    assert 'data-dialog="accept"' not in listed
    html = phone.get("/verifikasi-desa/").content.decode()
    assert [name for name in ("Ani", "Budi", "Cici") if name in html] == ["Budi"]
    # Who was not met comes back after a while, though the office asked long before.
    monkeypatch.setattr(verifying, "NOTES_HOLD", timedelta())
    html = phone.get("/verifikasi-desa/").content.decode()
    assert [name for name in ("Ani", "Budi", "Cici") if name in html] == ["Budi", "Cici"]
    counts = made["head"].get("roll/entries/?region=13.75&purpose=missing").json["counts"]
    assert (counts["explained"], counts["open"], counts["list"]) == (1, 3, 4)


def test_the_office_is_told_what_waits_and_what_is_contradicted(
    made: World, browser: Callable[[str], Client]
) -> None:
    person = make_resident(made)
    finding = said(made, person, "moved")
    head = made["head"].actor

    def waits(who: str) -> dict[str, int]:
        actor = made[who].actor
        with scoped(actor.scope):
            asked = asked_of(actor)
            return {
                name: asked[name].count() for name in ("findings", "contradicted") if name in asked
            }

    assert waits("head") == {"findings": 1, "contradicted": 0}
    assert waits("province_officer") == {"findings": 0}
    assert waits("operator") == {}
    assert decided(made, finding) == (200, "accepted")
    record(made, person)
    assert waits("head") == {"findings": 0, "contradicted": 1}
    office = browser("head")
    assert "dibantah" in office.get("/hari-ini/").content.decode()
    assert person.identity.name in office.get("/temuan/?lihat=dibantah").content.decode()
    assert office.post("/temuan/", {"do": "seen", "finding": finding}).status_code == 302
    assert waits("head") == {"findings": 0, "contradicted": 0}
    assert kept(finding).seen_by_id == head.user_id
