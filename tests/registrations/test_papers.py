"""Suket and biodata sheets: rules by election, numbers without a gap, one record each, the open page."""

from __future__ import annotations

import random
import re
import secrets
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError, Invalid
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.elections.models import Election
from registrations.cards.enums import STEP
from registrations.cards.services.statuses import enter_status
from registrations.corrections.services.correcting import correct
from registrations.corrections.services.merging import merge
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.batch import log_batch
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.oversight.services.erasing import erase_person
from registrations.papers.models import Paper, PaperCounter, PaperRule
from registrations.papers.selectors import outstanding, window_on
from registrations.papers.services.papers import initials_of, issue, issue_for
from registrations.people.models import Resident
from registrations.people.services.residents import register
from registrations.people.validators import Nik
from reports.demo import papers as demo
from reports.invariants.papers import PAPERS
from tests.rules import broken_of
from tests.threads import at_once
from tests.world import World, entry, make_caller, make_resident, nik, record, today

SOURCE = "Surat Dirjen 471.13/1"


def code_of(answer: Any) -> str:
    return str(answer.json["type"]).rpartition("/")[2]


def held(made: World, days: int, region: str = "13.75") -> Any:
    day = today() + timedelta(days=days)
    return Election.objects.create(name="Pilkada", kind="pilkada", region_id=region, held_on=day)


def ruled(
    made: World, kind: str, days: int = 5, *, opens: int = 30, closes: int = 0, who: str = "head"
) -> Any:
    election = held(made, days)
    body = {
        "election": election.pk,
        "kind": kind,
        "region": "13.75",
        "source": SOURCE,
        "days_before_open": opens,
        "days_before_close": closes,
    }
    answer = made[who].post("paper-rules/", body)
    assert answer.status == 201, answer.json
    return election


def ask(made: World, person: Resident, kind: str, who: str = "operator", **more: Any) -> Any:
    body = {"id": str(uuid7()), "kind": kind, "resident": str(person.pk), **more}
    return made[who].post("papers/", body)


def kept(answer: Any) -> Paper:
    assert answer.status in (200, 201), answer.json
    with scoped(EVERYBODY):
        return Paper.objects.select_related("record").get(pk=answer.json["id"])


def fresh(paper: Paper) -> Paper:
    with scoped(EVERYBODY):
        return Paper.objects.select_related("record").get(pk=paper.pk)


def recorded(made: World, **changes: Any) -> Resident:
    person = make_resident(made, **changes)
    record(made, person)
    return person


def sound() -> None:
    with scoped(EVERYBODY):
        connection.check_constraints()
        assert broken_of(PAPERS) == []


# --- who gets it -----------------------------------------------------------------------------------


def test_a_suket_is_for_who_is_recorded_and_has_no_card(made: World) -> None:
    ruled(made, "suket")
    nobody, person = make_resident(made), recorded(made)
    assert code_of(ask(made, nobody, "suket")) == "not-recorded-yet"
    assert code_of(ask(made, nobody, "suket", "head", reason="Blanko habis")) == "not-recorded-yet"
    answer = ask(made, person, "suket")
    assert answer.status == 201
    paper = kept(answer)
    year = paper.issued_on.year
    assert re.fullmatch(rf"0001/SKT/[IVX]+/{year}", answer.json["number"])
    assert re.fullmatch("[a-z2-7]{20}", answer.json["code"])
    assert answer.json["record"] == str(paper.record_id)
    assert paper.record.service == "suket"
    assert paper.record.weight == 1
    assert paper.valid_until
    assert (paper.valid_until - paper.issued_on).days in range(180, 186)
    printed = recorded(made)
    record(made, printed, "card_print", reason="first_card")
    for who in ("operator", "head"):
        assert code_of(ask(made, printed, "suket", who, reason="Hilang")) == "card-printed"
    sound()


def test_a_biodata_sheet_is_for_17_on_the_day_of_the_election(made: World) -> None:
    """Both sides of the birthday, recorded or not; whoever married early has it."""
    day = ruled(made, "biodata", 5).held_on
    born = day.replace(year=day.year - 17)
    on_the_day = make_resident(made, birth_date=born)
    one_late = make_resident(made, birth_date=born + timedelta(days=1))
    married = make_resident(made, birth_date=born + timedelta(days=1), marital_status="married")
    assert ask(made, on_the_day, "biodata").status == 201
    assert code_of(ask(made, one_late, "biodata")) == "too-young"
    assert code_of(ask(made, one_late, "biodata", "head", reason="Diminta")) == "too-young"
    answer = ask(made, married, "biodata")
    assert answer.status == 201
    assert answer.json["valid_until"] is None
    sound()


def test_outside_a_rule_it_is_the_heads_with_a_reason(made: World) -> None:
    person = recorded(made)
    for who, reason in (("operator", ""), ("operator", "Rusak"), ("head", "")):
        answer = ask(made, person, "suket", who, **({"reason": reason} if reason else {}))
        assert (answer.status, code_of(answer)) == (422, "outside-rule")
    assert ask(made, person, "suket", "head", reason="Blanko habis").status == 201
    # Whatever came past the verb.
    other = recorded(made)
    with pytest.raises(DatabaseError, match="no rule"), transaction.atomic(), scoped(EVERYBODY):
        past_the_verb(other)


def past_the_verb(person: Resident, **changes: Any) -> Paper:
    values: dict[str, Any] = {
        "record_id": uuid7(),
        "office_id": "13.75",
        "resident": person,
        "kind": "suket",
        "issued_on": today(),
        "code": "a" * 20,
        "initials": "C.",
        "birth_year": 1990,
        "valid_until": date.max,
        "issued_by_id": person.created_by_id,
    }
    return Paper.objects.create(**{**values, **changes})


def test_another_valid_one_needs_a_reason_and_replaces_it(made: World) -> None:
    ruled(made, "suket")
    person = recorded(made)
    first = kept(ask(made, person, "suket"))
    assert code_of(ask(made, person, "suket")) == "already-issued"
    second = kept(ask(made, person, "suket", reason="Hilang"))
    first = fresh(first)
    assert (first.state, second.extends_id) == ("replaced", first.pk)
    # The newer one is taken back: the first holds again.
    assert made["operator"].post(f"papers/{second.pk}/void/", {"reason": "Keliru"}).status == 200
    first = fresh(first)
    assert first.state == "valid"
    sound()


def test_the_same_request_again_and_another_body(made: World) -> None:
    ruled(made, "suket")
    person, other = recorded(made), recorded(made)
    body = {"id": str(uuid7()), "kind": "suket", "resident": str(person.pk)}
    first, again = (made["operator"].post("papers/", body) for _n in range(2))
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    differs = made["operator"].post("papers/", body | {"resident": str(other.pk)})
    assert (differs.status, code_of(differs)) == (409, "record-differs")
    assert made["neighbour"].post("papers/", body).status in (404, 409)


def told(made: World, person: Resident, code: str, days: int) -> None:
    by, at = made["operator"].actor, timezone.now() - timedelta(days=days)
    with scoped(by.scope):
        enter_status(by=by, resident=person, code=code, at=at, source="SIAK")


@pytest.mark.parametrize(
    "code", [one for one in STEP if list(STEP).index(one) >= list(STEP).index("PRINT_READY_RECORD")]
)
def test_no_suket_for_who_is_print_ready(made: World, browser: Any, code: str) -> None:
    """Through every door, whoever asks and with whatever reason; a batch is set aside."""
    ruled(made, "suket")
    person, by, head = recorded(made), made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        (waits,) = log_batch(by=by, entries=[entry(person, "suket")])
    told(made, person, code, 1)
    for who in ("operator", "head"):
        assert code_of(ask(made, person, "suket", who, reason="Mendesak")) == "card-printed"
    form = {"do": "issue", "kind": "suket", "reason": "Mendesak"}
    assert browser("operator").post(f"/surat/terbit/{person.pk}/", form).status_code == 422
    with scoped(head.scope), pytest.raises(Invalid) as refused:
        issue_for(by=head, record_id=waits.id, reason="Benar terjadi")
    assert refused.value.code == "card-printed"
    assert ask(made, person, "biodata", "head", reason="Diminta").status == 201
    sound()


def test_a_status_of_long_ago_is_unknown_and_wants_a_reason(made: World) -> None:
    ruled(made, "suket")
    person, other = recorded(made), recorded(made)
    told(made, person, "PRINT_READY_RECORD", 31)
    told(made, other, "SENT_FOR_ENROLLMENT", 29)
    answer = ask(made, person, "suket")
    assert (answer.status, code_of(answer)) == (422, "status-old")
    assert ask(made, person, "suket", reason="Blanko habis").status == 201
    assert ask(made, other, "suket").status == 201
    # Said again since: it is no more of long ago.
    third = recorded(made)
    for days in (60, 2):
        told(made, third, "SENT_FOR_ENROLLMENT", days)
    assert ask(made, third, "suket").status == 201
    sound()


def test_the_desk_asks_why_when_a_status_is_of_long_ago(made: World, browser: Any) -> None:
    ruled(made, "suket")
    person, other = recorded(made), recorded(made)
    for one in (person, other):
        told(made, one, "SENT_FOR_ENROLLMENT", 31)
    desk, sent = browser("operator"), {"do": "log", "service": "suket", "outcome": "done"}
    sent["resident"] = str(person.pk)
    plain = desk.get(f"/layanan/?person={person.pk}").content.decode()
    assert 'name="paper_reason"' not in plain
    asked = desk.post("/layanan/", sent)
    assert asked.status_code == 422
    assert 'name="paper_reason"' in asked.content.decode()
    with scoped(EVERYBODY):
        assert not Paper.objects.exists()
    # What fails has a reason of its own: it is not the one of a paper.
    failed = {**sent, "resident": str(other.pk), "outcome": "failed", "reason": "network"}
    assert desk.post("/layanan/", {**failed, "paper_reason": "Blanko habis"}).status_code == 302
    with scoped(EVERYBODY):
        assert not Paper.objects.exists()
    number = nik(person.birth_date).text
    assert desk.post("/layanan/", {**sent, "paper_reason": f"NIK {number}"}).status_code == 422
    assert desk.post("/layanan/", {**sent, "paper_reason": " Blanko  habis "}).status_code == 302
    with scoped(EVERYBODY):
        paper = Paper.objects.get()
    assert (paper.resident_id, paper.reason) == (person.pk, "Blanko habis")
    # A valid one is replaced with a reason, too.
    again = desk.post("/layanan/", sent)
    assert again.status_code in (409, 422)
    assert 'name="paper_reason"' in again.content.decode()
    assert desk.post("/layanan/", {**sent, "paper_reason": "Rusak"}).status_code == 302


def test_outside_every_rule_the_head_is_asked_why_at_the_desk(made: World, browser: Any) -> None:
    person = recorded(made)
    sent = {"do": "log", "service": "suket", "outcome": "done", "resident": str(person.pk)}
    for who, offered in (("operator", False), ("head", True)):
        asked = browser(who).post("/layanan/", sent)
        assert asked.status_code == 422, who
        assert ('name="paper_reason"' in asked.content.decode()) is offered, who
    reason = {"paper_reason": "Diminta rumah sakit"}
    assert browser("operator").post("/layanan/", sent | reason).status_code == 422
    assert browser("head").post("/layanan/", sent | reason).status_code == 302
    with scoped(EVERYBODY):
        assert Paper.objects.get().reason == "Diminta rumah sakit"


def test_a_rule_says_how_long_a_status_counts(made: World) -> None:
    election = ruled(made, "suket")
    body = {"election": election.pk, "kind": "suket", "region": "13.75", "source": SOURCE}
    body |= {"days_before_open": 30, "days_before_close": 0}
    for age, status in ((0, 422), (401, 422), (3, 201)):
        assert made["head"].post("paper-rules/", body | {"status_age": age}).status == status
    person = recorded(made)
    told(made, person, "SENT_FOR_ENROLLMENT", 4)
    assert code_of(ask(made, person, "suket")) == "status-old"


def test_who_is_recorded_by_status_alone_gets_a_suket_until_called_again(made: World) -> None:
    ruled(made, "suket")
    person, failed = make_resident(made), make_resident(made)
    told(made, person, "RECEIVED_AT_CENTRAL", 2)
    told(made, failed, "ENROLL_FAILURE_AT_CENTRAL", 2)
    assert ask(made, person, "suket").status == 201
    assert code_of(ask(made, failed, "suket")) == "not-recorded-yet"


def test_a_card_handed_over_is_a_card(made: World) -> None:
    ruled(made, "suket")
    person = recorded(made)
    record(made, person, "card_handover")
    assert code_of(ask(made, person, "suket")) == "card-printed"


def test_of_several_papers_one_holds_whichever_is_taken_back(made: World) -> None:
    """The middle one of three leaves the last; the last one then the first."""
    ruled(made, "suket")
    person = recorded(made)
    first, second, third = (
        kept(ask(made, person, "suket", reason=reason)) for reason in ("Satu", "Dua", "Tiga")
    )

    def void(paper: Paper) -> list[str]:
        made["operator"].post(f"papers/{paper.pk}/void/", {"reason": "Keliru"})
        return [fresh(one).state for one in (first, second, third)]

    assert void(second) == ["replaced", "void", "valid"]
    handed = record(made, person, "card_handover")
    assert void(third) == ["exchanged", "void", "void"]
    head = made["head"].actor
    with scoped(head.scope):
        assert not outstanding(head)
        void_record(by=head, record=handed, reason="Belum diambil")
    assert fresh(first).state == "valid"
    sound()


def test_who_is_merged_holds_one_suket(made: World) -> None:
    ruled(made, "suket")
    gone, stays = recorded(made), recorded(made)
    papers = [kept(ask(made, one, "suket")) for one in (stays, gone)]
    head = made["head"].actor
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="Satu orang")
    assert [fresh(one).state for one in papers] == ["replaced", "valid"]
    assert {fresh(one).resident_id for one in papers} == {stays.pk}
    assert ask(made, stays, "suket", reason="Hilang").status == 201
    sound()


def test_a_doubtful_number_lets_no_suket_count_without_a_paper(made: World) -> None:
    ruled(made, "suket")
    person = make_resident(made, nik=Nik("9901011705900000"))
    told(made, person, "RECEIVED_AT_CENTRAL", 2)
    by, head = made["operator"].actor, made["head"].actor
    with scoped(by.scope):
        (waits,) = log_batch(by=by, entries=[entry(person, "suket")])
    assert waits.set_aside_code == "doubtful-number"
    with scoped(head.scope):
        row = ServiceRecord.objects.get(pk=waits.id)
        with pytest.raises(Invalid) as refused:
            accept_record(by=head, record=row, reason="Benar terjadi")
        assert refused.value.code == "paper-needed"
        assert issue_for(by=head, record_id=waits.id, reason="Nomor benar").record_id == waits.id
    sound()


# --- windows ---------------------------------------------------------------------------------------


def test_an_election_that_is_moved_moves_the_window(made: World) -> None:
    """Closed two days before; a week later the same day lies within, and a week earlier not at all."""
    election = ruled(made, "suket", 1, opens=6, closes=2)
    day, person = today(), recorded(made)
    assert window_on("13.75", "suket", day) is None
    assert code_of(ask(made, person, "suket")) == "outside-rule"
    path = f"elections/{election.pk}/decisions/"
    moved = {"held_on": str(day + timedelta(days=5)), "source": "PKPU 1"}
    assert made["province_officer"].post(path, moved).status == 201
    window = window_on("13.75", "suket", day)
    assert window
    assert (window.opens, window.closes) == (
        day - timedelta(days=1),
        day + timedelta(days=3),
    )
    answer = ask(made, person, "suket")
    assert answer.status == 201
    cancelled = {"state": "cancelled", "source": "PKPU 2"}
    assert made["province_officer"].post(path, cancelled).status == 201
    assert code_of(ask(made, recorded(made), "suket")) == "outside-rule"
    # The database itself, with a rule that does not hold.
    rule = PaperRule.objects.get(election=election)
    with pytest.raises(DatabaseError, match="window"), transaction.atomic(), scoped(EVERYBODY):
        past_the_verb(recorded(made), rule=rule)


def test_a_window_ends_at_midnight_in_the_east(made: World) -> None:
    """At 23.59 WIT it holds; at midnight there, when Jakarta has two hours of the day left, no more."""
    office = Region.objects.filter(level="regency", timezone="Asia/Jayapura")[0].pk
    east = make_caller("head_east", "district_head", office, today() - timedelta(days=9)).actor
    here = today_in(office)
    village = Region.objects.filter(parent__parent=office, level="village")[0]
    last = here - timedelta(days=1)
    election = Election.objects.create(
        name="Pilkada", kind="pilkada", region_id=office, held_on=last
    )
    PaperRule.objects.create(
        election=election,
        kind="biodata",
        region_id=office,
        source=SOURCE,
        days_before_open=3,
        days_before_close=0,
        decided_by_id=east.user_id,
    )
    zone = ZoneInfo("Asia/Jayapura")
    midnight = datetime.combine(here, time(), zone)
    with scoped(east.scope):
        people = [
            register(
                by=east,
                confirm=["look-alike"],
                nik=nik(date(1990, 5, 17)),
                name="Contoh Warga",
                birth_date=date(1990, 5, 17),
                sex="M",
                village=village,
            )
            for _n in range(2)
        ]
        before: dict[str, Any] = {"by": east, "kind": "biodata", "resident": people[0].pk}
        paper, _new = issue(**before, occurred_at=midnight - timedelta(minutes=1))
        assert paper.issued_on == last
        with pytest.raises(Invalid) as refused:
            issue(by=east, kind="biodata", resident=people[1].pk, occurred_at=midnight)
        assert refused.value.code == "outside-rule"


def test_rules_are_set_by_who_decides(made: World) -> None:
    election = held(made, 10)
    body = {
        "election": election.pk,
        "kind": "suket",
        "region": "13.75",
        "source": SOURCE,
        "days_before_open": 9,
        "days_before_close": 0,
    }
    assert made["operator"].post("paper-rules/", body).status == 403
    for change, code in (
        ({"days_before_open": 1, "days_before_close": 2}, "rule-days"),
        ({"election": 0}, "election"),
        ({"source": "  "}, ""),
    ):
        answer = made["head"].post("paper-rules/", body | change)
        assert answer.status == 422
        assert not code or code_of(answer) == code
    assert made["head"].post("paper-rules/", body | {"region": "13.06"}).status == 404
    province = made["province_officer"].post("paper-rules/", body | {"region": "13"})
    assert (province.status, code_of(province)) == (422, "rule-region")
    assert made["head"].post("paper-rules/", body).status == 201
    # The newest counts.
    assert made["head"].post("paper-rules/", body | {"days_before_close": 10}).status == 422
    assert made["head"].post("paper-rules/", body | {"days_before_close": 9}).status == 201
    window = window_on("13.75", "suket", election.held_on - timedelta(days=9))
    assert window
    assert window.closes == window.opens
    listed = made["operator"].get("paper-rules/?region=13.75").json["results"]
    assert [row["days_before_close"] for row in listed] == [9, 0]


# --- paper and record ------------------------------------------------------------------------------


def test_a_void_of_either_voids_the_other(made: World) -> None:
    ruled(made, "suket")
    one, two = (kept(ask(made, recorded(made), "suket")) for _n in range(2))
    path = f"papers/{one.pk}/void/"
    answer = made["operator"].post(path, {"reason": "Salah cetak"})
    assert (answer.status, answer.json["state"]) == (200, "void")
    again = made["operator"].post(path, {"reason": "Salah cetak"})
    assert (again.status, code_of(again)) == (409, "already-voided")
    voided = made["operator"].post(
        f"service-records/{two.record_id}/void/", {"reason": "Salah orang"}
    )
    assert voided.status in (200, 201)
    two = fresh(two)
    assert two.state == "void"
    assert made["neighbour"].post(path, {"reason": "Bukan milik"}).status == 404
    with scoped(EVERYBODY):
        weights = ServiceRecord.objects.filter(service="suket").values_list("weight", flat=True)
        assert sum(weights) == 0
    # Void numbers stay used.
    assert kept(ask(made, recorded(made), "suket")).serial == 3
    sound()


def test_nothing_of_a_paper_is_changed_past_its_record(made: World) -> None:
    ruled(made, "suket")
    paper = kept(ask(made, recorded(made), "suket"))
    for change in ({"state": "void"}, {"state": "replaced"}, {"number": "9"}, {"code": "b" * 20}):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            scoped(made["head"].actor.scope),
        ):
            Paper.objects.filter(pk=paper.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), scoped(EVERYBODY):
        Paper.objects.filter(pk=paper.pk)._raw_delete("default")


def test_a_paper_without_a_record_never_commits(made: World) -> None:
    ruled(made, "suket")
    person = recorded(made)
    rule = PaperRule.objects.get()
    with scoped(EVERYBODY), transaction.atomic():
        past_the_verb(person, rule=rule)
        with pytest.raises(DatabaseError):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_a_suket_without_a_paper_is_refused_or_set_aside_and_never_lost(made: World) -> None:
    ruled(made, "suket")
    person = recorded(made)
    body = {
        "id": str(uuid7()),
        "service": "suket",
        "outcome": "done",
        "resident": str(person.pk),
        "occurred_at": timezone.now().isoformat(),
    }
    answer = made["operator"].post("service-records/", body)
    assert (answer.status, code_of(answer)) == (422, "paper-needed")
    by, head = made["operator"].actor, made["head"].actor
    nobody = make_resident(made)
    with scoped(by.scope):
        answers = log_batch(by=by, entries=[entry(person, "suket"), entry(nobody, "suket")])
    assert [one.set_aside_code for one in answers] == ["paper-needed"] * 2
    waits, unrecorded = (one.id for one in answers)
    with scoped(head.scope):
        record_row = ServiceRecord.objects.get(pk=waits)
        with pytest.raises(Invalid) as refused:
            accept_record(by=head, record=record_row, reason="Benar terjadi")
        assert refused.value.code == "paper-needed"
        with pytest.raises(DomainError) as young:
            issue_for(by=head, record_id=unrecorded, reason="Benar terjadi")
        assert young.value.code == "not-recorded-yet"
        paper = issue_for(by=head, record_id=waits, reason="Benar terjadi")
        assert paper.record_id == waits
        with pytest.raises(Conflict):
            issue_for(by=head, record_id=waits, reason="Benar terjadi")
        assert (
            sum(ServiceRecord.objects.filter(service="suket").values_list("weight", flat=True)) == 1
        )
    sound()


def test_a_card_handed_over_exchanges_the_suket(made: World) -> None:
    ruled(made, "suket")
    person = recorded(made)
    paper = kept(ask(made, person, "suket"))
    head = made["head"].actor
    with scoped(head.scope):
        assert [one.pk for one in outstanding(head)] == [paper.pk]
    handed = record(made, person, "card_handover")
    paper = fresh(paper)
    assert (paper.state, paper.exchanged_by_id) == ("exchanged", handed.pk)
    with scoped(head.scope):
        assert not outstanding(head)
        void_record(by=head, record=handed, reason="Belum diambil")
        paper = fresh(paper)
        assert paper.state == "valid"
    sound()


def test_who_is_corrected_keeps_the_paper(made: World) -> None:
    """Another village writes the records anew: the paper goes along, with its number."""
    ruled(made, "suket")
    person = recorded(made)
    paper = kept(ask(made, person, "suket"))
    village = Region.objects.filter(parent="13.75.01").order_by("-code")[0]
    head = made["head"].actor
    with scoped(head.scope):
        correct(
            by=head,
            resident=Resident.objects.get(pk=person.pk),
            changes={"village": village},
            reason="Alamat keliru",
            confirm=["moves-figures"],
        )
    paper = fresh(paper)
    assert paper.state == "valid"
    assert paper.record.domicile_id == village.pk
    sound()


# --- numbers ---------------------------------------------------------------------------------------


def test_an_office_writes_its_numbers_as_it_likes(made: World, browser: Any) -> None:
    ruled(made, "suket")
    head = browser("head")
    for text, status in (
        ("470/{number}/{kind}/{year}", 302),
        ("470/{number}/{year}", 422),
        ("470/{number}/{kind}/{year}/{nik}", 422),
    ):
        answer = head.post("/surat/aturan/", {"do": "template", "text": text})
        assert answer.status_code == status
    answer = ask(made, recorded(made), "suket")
    assert answer.json["number"] == f"470/0001/SKT/{kept(answer).year}"
    # Found again by the staff, whatever the spaces and the case; not by another office.
    number = answer.json["number"].lower().replace("/", " / ")
    assert answer.json["number"] in head.get("/surat/", {"nomor": number}).content.decode()
    other = browser("neighbour").get("/surat/", {"nomor": number}).content.decode()
    assert answer.json["number"] not in other


@pytest.mark.django_db(transaction=True)
def test_clerks_draw_numbers_without_a_gap(made: World) -> None:
    """Sixteen at the same moment, and a fifth of them rolled back."""
    ruled(made, "suket")
    people = [recorded(made) for _n in range(16)]
    by, dice = made["operator"].actor, random.Random(19)
    fails = set(dice.sample(range(16), 3))

    def draw(place: int) -> str:
        with scoped(by.scope), transaction.atomic():
            paper, _new = issue(by=by, kind="suket", resident=people[place].pk)
            if place in fails:
                raise RuntimeError
            return str(paper.number)

    done = at_once(*(lambda n=n: draw(n) for n in range(16)))
    assert {n for n, one in enumerate(done) if isinstance(one, RuntimeError)} == fails
    with scoped(EVERYBODY):
        serials = sorted(Paper.objects.values_list("serial", flat=True))
    assert serials == list(range(1, 14))
    assert PaperCounter.objects.get().last == 13


def test_the_list_of_a_day_is_its_control_total(made: World) -> None:
    ruled(made, "suket")
    papers = [kept(ask(made, recorded(made), "suket")) for _n in range(3)]
    made["operator"].post(f"papers/{papers[1].pk}/void/", {"reason": "Salah cetak"})
    path = f"papers/?office=13.75&kind=suket&day={papers[0].issued_on}"
    found = made["operator"].get(path).json["results"]
    assert [row["state"] for row in found] == ["valid", "void", "valid"]
    assert [row["number"] for row in found] == [one.number for one in papers]
    assert set(found[0]) == {"id", "number", "state", "record", "valid_until"}
    with scoped(EVERYBODY):
        counted = ServiceRecord.objects.filter(
            service="suket", service_date=papers[0].issued_on
        ).values_list("weight", flat=True)
        assert sum(counted) == sum(row["state"] != "void" for row in found)
    assert made["neighbour"].get(path).status == 404
    tomorrow = papers[0].issued_on + timedelta(days=1)
    assert not made["operator"].get(f"papers/?day={tomorrow}").json["results"]


# --- the open page ---------------------------------------------------------------------------------


def test_the_open_page_tells_no_more_than_the_paper(made: World, browser: Any) -> None:
    ruled(made, "suket")
    person = recorded(made, name="Siti Nurhaliza Contoh")
    answer = ask(made, person, "suket")
    page = Client().get(f"/surat/{answer.json['code']}/", REMOTE_ADDR="10.1.0.1")
    text = page.content.decode()
    assert page.status_code == 200
    assert answer.json["number"] in text
    assert "S. N. C." in text
    assert "1990" in text
    assert "Siti" not in text
    assert str(person.pk) not in text
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    head = made["head"].actor
    with scoped(head.scope):
        erase_person(by=head, resident=person, reason="Permintaan sendiri", case="K-1")
    with scoped(EVERYBODY):
        paper = Paper.objects.get(resident=person)
    assert browser("operator").get(f"/surat/berkas/{paper.pk}/").status_code == 404
    again = Client().get(f"/surat/{answer.json['code']}/", REMOTE_ADDR="10.1.0.1")
    assert "S. N. C." not in again.content.decode()
    assert answer.json["number"] in again.content.decode()


def test_strangers_who_try_codes_learn_nothing(made: World) -> None:
    """One body for whatever is no code; ten a minute; the square's hundred bits are all there."""
    ruled(made, "suket")
    real = ask(made, recorded(made), "suket").json["code"]
    guesses = [secrets.token_hex(10), "a" * 20, real[:-1], real.upper(), real + "a", "x" * 2000]
    bodies = set()
    for guess in guesses:
        answer = Client().get(f"/surat/{guess}/", REMOTE_ADDR="10.2.0.1")
        assert answer.status_code == 404
        # But for what the visitor typed, and the sign that each form has of its own.
        body = answer.content.replace(guess.encode(), b"")
        bodies.add(re.sub(rb'(nonce|csrfmiddlewaretoken" value)="[^"]*"', b"", body))
    assert len(bodies) == 1
    statuses = [
        Client().get(f"/surat/{real}/", REMOTE_ADDR="10.2.0.1").status_code for _n in range(6)
    ]
    assert statuses == [200] * 4 + [429] * 2
    assert Client().get(f"/surat/{real}/", REMOTE_ADDR="10.2.0.2").status_code == 200
    assert Client().get("/surat/%00/", REMOTE_ADDR="10.2.0.3").status_code == 404
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    dice = random.Random(7)
    tried = ["".join(dice.choices(letters, k=20)) for _n in range(1_000)]
    assert not rows("SELECT 1 FROM unnest(%s) AS g(code), paper_of_code(g.code)", [tried])


# --- pages -----------------------------------------------------------------------------------------


def test_the_desk_issues_the_paper_with_the_service(made: World, browser: Any) -> None:
    ruled(made, "suket")
    person = recorded(made)
    clerk = browser("operator")
    form = {"do": "log", "service": "suket", "outcome": "done", "once": str(uuid7())}
    answers = [clerk.post(f"/layanan/?person={person.pk}", form) for _n in range(2)]
    assert [one.status_code for one in answers] == [302, 302]
    with scoped(EVERYBODY):
        paper = Paper.objects.get(resident=person)
    shown = clerk.get(answers[0]["Location"]).content.decode()
    assert paper.number in shown
    file = clerk.get(f"/surat/berkas/{paper.pk}/")
    text = "".join(one.extract_text() for one in PdfReader(BytesIO(file.content)).pages)
    assert paper.number in text
    assert "Contoh Warga" in text
    assert browser("neighbour").get(f"/surat/berkas/{paper.pk}/").status_code == 404
    refused = clerk.post(f"/layanan/?person={make_resident(made).pk}", form | {"once": ""})
    assert refused.status_code == 422


def test_a_paper_is_issued_and_taken_back_by_pages(made: World, browser: Any) -> None:
    person = recorded(made)
    clerk, head = browser("operator"), browser("head")
    path = f"/surat/terbit/{person.pk}/"
    form = {"do": "issue", "kind": "suket", "reason": "Blanko habis", "once": str(uuid7())}
    assert clerk.post(path, form).status_code == 422
    assert head.post(path, form).status_code == 302
    with scoped(EVERYBODY):
        paper = Paper.objects.get(resident=person)
    for query in ({}, {"lihat": "beredar"}, {"tanggal": "0000"}, {"tanggal": "2026-02-31"}):
        assert paper.number in clerk.get("/surat/", query).content.decode()
    taken = clerk.post("/surat/", {"do": "void", "paper": paper.pk, "reason": "Salah cetak"})
    assert taken.status_code == 302
    paper = fresh(paper)
    assert paper.state == "void"
    assert clerk.get(f"/surat/berkas/{paper.pk}/").status_code == 409
    for query in ({"nomor": "\0"}, {"lihat": "lain"}):
        assert clerk.get("/surat/", query).status_code == 200
    assert "Surat" in head.get("/surat/aturan/").content.decode()
    day = today() + timedelta(days=9)
    election = Election.objects.create(
        name="Pilkada", kind="pilkada", region_id="13.75", held_on=day
    )
    rule = {"do": "rule", "election": election.pk, "kind": "suket", "source": SOURCE}
    rule |= {"days_before_open": "20", "days_before_close": "0"}
    assert head.post("/surat/aturan/", rule).status_code == 302
    assert clerk.get("/surat/aturan/").status_code == 403


def test_the_demonstration_has_papers_in_its_window(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _n in range(3):
        recorded(made)
    record(made, recorded(made), "card_print", reason="first_card")
    monkeypatch.setattr(demo, "OFFICES", (("operator", "head"),))
    monkeypatch.setattr(demo, "actor", lambda name: made[name].actor)
    demo.make_papers()
    with scoped(EVERYBODY):
        states = Paper.objects.order_by("serial").values_list("state", flat=True)
        assert list(states) == ["valid", "valid", "void"]
    assert window_on("13.75", "suket", today())
    assert window_on("13.06", "suket", today()) is None
    sound()


def test_initials() -> None:
    assert initials_of("siti  nur aini") == "S. N. A."
    assert len(initials_of("a b c d e f g h")) <= 20
