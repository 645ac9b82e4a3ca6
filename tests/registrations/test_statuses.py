"""What SIAK says of a recording: what follows what, lists in, who is late, printed, called again."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone, translation

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Conflict, Invalid, Refused
from events.planning.enums import Service
from registrations.booking.services.drafts import Source
from registrations.cards.enums import COME_AGAIN, RECORDED, REFUSED, STEPS, StatusCode
from registrations.cards.models import RecordStatus, StatusImport
from registrations.cards.readers import code_of
from registrations.cards.renderers import chart
from registrations.cards.selectors.backlog import backlog, backlog_by_office
from registrations.cards.selectors.lists import HELD, PRINT, listed, to_be_called
from registrations.cards.services.importing import (
    Brought,
    bring_statuses,
    drop_statuses,
    forget_previews,
    take_statuses,
)
from registrations.cards.services.statuses import enter_status, take_back_status
from registrations.corrections.services.called_again import reopen_recording
from registrations.corrections.services.merging import merge
from registrations.oversight.services.erasing import erase_person
from registrations.people.models import Resident
from registrations.people.selectors import recorded_by_status
from registrations.people.services.print_rules import set_print_rule
from registrations.people.validators import anniversary
from tests.world import World, looks, make_event, make_resident, make_session, nik, record, today


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def enter(
    made: World, resident: Resident, code: str, days: int, who: str = "operator"
) -> RecordStatus:
    by = made[who].actor
    with scoped(by.scope):
        return enter_status(by=by, resident=resident, code=code, at=ago(days), source="SIAK")


def bring(made: World, text: str, who: str = "operator") -> Brought:
    by = made[who].actor
    with scoped(by.scope):
        return bring_statuses(by=by, source=Source(text.encode()), said_by="SIAK", as_of=by.today)


def take(made: World, brought: Brought, who: str = "operator") -> StatusImport:
    by = made[who].actor
    with scoped(by.scope):
        return take_statuses(by=by, brought_id=brought.brought.pk)


def standing(resident: Resident) -> str | None:
    with scoped(EVERYBODY):
        found = RecordStatus.objects.filter(resident=resident, newest=True)
        return found.values_list("code", flat=True).first()


def number(resident: Resident) -> str:
    from dukcapil.core.crypto import decrypt  # noqa: PLC0415

    return decrypt(bytes(resident.identity.nik_cipher), context=str(resident.pk))


# --- what follows what ----------------------------------------------------------------------------


def test_an_older_status_is_history_and_a_newer_one_stands(made: World) -> None:
    person = make_resident(made)
    enter(made, person, "PRINT_READY_RECORD", 3)
    older = enter(made, person, "SENT_FOR_ENROLLMENT", 9)
    assert not older.newest
    assert standing(person) == "PRINT_READY_RECORD"
    assert enter(made, person, "CARD_PRINTED", 1).newest
    assert standing(person) == "CARD_PRINTED"


def test_the_same_code_again_stands_since_it_was_said_first(made: World) -> None:
    person = make_resident(made)
    first = enter(made, person, "SENT_FOR_ENROLLMENT", 40)
    again = enter(made, person, "SENT_FOR_ENROLLMENT", 2)
    assert again.newest
    assert again.since == first.at


def test_what_is_ahead_known_or_no_code_is_refused(made: World) -> None:
    person = make_resident(made)
    with pytest.raises(Invalid) as ahead:
        enter(made, person, "PROCESSING", -1)
    assert ahead.value.code == "status-ahead"
    with pytest.raises(Invalid) as code:
        enter(made, person, "PRR", 1)
    assert code.value.code == "code"
    by, at = made["operator"].actor, ago(1)
    with scoped(by.scope):
        enter_status(by=by, resident=person, code="PROCESSING", at=at, source="SIAK")
        with pytest.raises(Conflict) as known:
            enter_status(by=by, resident=person, code="PROCESSING", at=at, source="SIAK")
        with pytest.raises(Invalid) as source:
            enter_status(by=by, resident=person, code="CARD_ISSUED", at=at, source=" ")
    assert (known.value.code, source.value.code) == ("status-known", "source")
    with pytest.raises(Refused):
        enter(made, person, "PROCESSING", 0, who="neighbour")


def test_every_pair_is_what_the_table_says(made: World) -> None:
    """The table, the rule of the database and the judge of lists are one."""
    by = made["operator"].actor
    person = make_resident(made)
    row = {
        "resident": person,
        "office_id": person.office_id,
        "source": "SIAK",
        "entered_by_id": by.user_id,
    }
    with scoped(by.scope):
        for first in StatusCode:
            allowed = {later for later in StatusCode if follows(row, first, later)}
            assert allowed == set(StatusCode) - set(REFUSED[first])


def follows(row: dict[str, Any], first: str, later: str) -> bool:
    """Whether the database takes one after the other; nothing of it stays."""
    mark = transaction.savepoint()
    RecordStatus.objects.create(**row, code=first, at=ago(2), since=ago(2))
    try:
        with transaction.atomic():
            RecordStatus.objects.create(**row, code=later, at=ago(1), since=ago(1))
    except DatabaseError:
        return False
    else:
        return True
    finally:
        transaction.savepoint_rollback(mark)


def test_whoever_was_called_again_may_begin_anew(made: World) -> None:
    person = make_resident(made)
    record(made, person)
    enter(made, person, "PRINT_READY_RECORD", 3)
    with pytest.raises(Conflict) as refused:
        enter(made, person, "BIO_CAPTURED", 0)
    assert refused.value.code == "status-impossible"
    head = made["head"].actor
    with scoped(head.scope):
        reopen_recording(by=head, resident=person, reason="deleted", may_return_on=today())
    # A list that says once more what was said before the call changes nothing.
    enter(made, person, "PRINT_READY_RECORD", 0)
    with scoped(head.scope):
        assert not recorded_by_status([person.pk])
    enter(made, person, "BIO_CAPTURED", 0)
    assert standing(person) == "BIO_CAPTURED"


def test_rows_are_never_changed(made: World) -> None:
    status = enter(made, make_resident(made), "PROCESSING", 1)
    with scoped(EVERYBODY), pytest.raises(DatabaseError), transaction.atomic():
        RecordStatus.objects.filter(pk=status.pk).update(code="CARD_ISSUED")
    with scoped(EVERYBODY), pytest.raises(DatabaseError), transaction.atomic():
        RecordStatus.objects.filter(pk=status.pk).delete()


# --- lists ----------------------------------------------------------------------------------------


def test_a_list_is_shown_then_taken_in_and_each_row_has_one_fate(made: World) -> None:
    people = [make_resident(made) for _n in range(4)]
    enter(made, people[0], "CARD_PRINTED", 5)
    enter(made, people[1], "CARD_PRINTED", 1)
    day = f"{today() - timedelta(days=2):%d-%m-%Y}"
    codes = ("SFE", "Print-Ready Record", "PRR", "DUP")
    rows = [f"{number(one)};{code};{day}" for one, code in zip(people, codes, strict=True)]
    rows += [f"{nik(people[0].birth_date).text};PRR;{day}", f"{number(people[2])};APA INI;{day}"]
    brought = bring(made, "NIK;Status;Tanggal status\n" + "\n".join(rows))
    assert brought.brought.found == 4
    assert len(brought.brought.refused) == 2
    assert standing(people[3]) is None
    done = take(made, brought)
    # people[0]: sent after printed is impossible; people[1]: older; two new.
    assert (done.taken, done.older, done.known, done.impossible) == (2, 1, 0, 1)
    assert standing(people[2]) == "PRINT_READY_RECORD"
    assert done.rows is None
    with pytest.raises(Conflict) as twice:
        take(made, brought)
    assert twice.value.code == "already-decided"
    again = take(made, bring(made, "NIK;Status;Tanggal status\n" + "\n".join(rows)))
    assert (again.taken, again.known) == (0, 3)


def test_every_number_of_a_list_is_logged(made: World) -> None:
    person = make_resident(made)
    before = len(looks(subject=str(person.pk), action="search"))
    bring(made, f"NIK;Status\n{number(person)};PRR\n{nik(person.birth_date).text};PRR")
    assert len(looks(subject=str(person.pk), action="search")) == before + 1
    assert looks(kind="list, not held")[-1].found == 1


def test_a_dropped_list_takes_nothing_in_and_another_office_sees_none(
    made: World, browser: Any
) -> None:
    person = make_resident(made)
    brought = bring(made, f"NIK;Status\n{number(person)};PRR")
    assert browser("neighbour").get(f"/status/daftar/{brought.brought.pk}/").status_code == 404
    by = made["operator"].actor
    with scoped(by.scope):
        drop_statuses(by=by, brought_id=brought.brought.pk)
    assert standing(person) is None
    # Held by another office: the neighbour's list leads to nobody.
    assert bring(made, f"NIK;Status\n{number(person)};PRR", who="neighbour").brought.found == 0


def test_a_list_and_its_judge_agree_with_the_database(made: World) -> None:
    """Random histories: what the judge lets through the database takes, whatever order rows stand in."""
    chance = random.Random(19)
    people = [make_resident(made) for _n in range(6)]
    for _round in range(12):
        rows = [
            f"{number(one)};{chance.choice(StatusCode.values)};"
            f"{today() - timedelta(days=chance.randrange(1, 30)):%d-%m-%Y}"
            for one in people
        ]
        done = take(made, bring(made, "NIK;Status;Tanggal status\n" + "\n".join(rows)))
        assert done.taken + done.older + done.known + done.impossible == len(people)


def test_a_list_may_hold_the_history_of_a_person_and_days_that_cannot_be(made: World) -> None:
    """The rows of one person come in by their days; a day before KTP-el keeps nobody else out."""
    person, other = make_resident(made), make_resident(made)
    said = [(person, "PRR", 2), (person, "SFE", 9), (person, "Processing", 12), (person, "SFE", 5)]
    rows = [
        f"{number(one)};{one.identity.name};{code};{today() - timedelta(days=days):%d-%m-%Y}"
        for one, code, days in said
    ]
    rows += [
        f"{number(person)};Orang Lain Sekali;CP;{today():%d-%m-%Y}",
        f"{number(other)};{other.identity.name};PRR;01-02-2001",
    ]
    brought = bring(made, "NIK;Nama;Status;Tanggal status\n" + "\n".join(rows)).brought
    assert brought.found == 4
    assert [row for row, _why in brought.refused] == [6, 7]
    assert "baris 2" in str(brought.refused[0][1])
    done = take(made, Brought(brought, []))
    assert (done.taken, done.older, done.known, done.impossible) == (4, 0, 0, 0)
    with scoped(EVERYBODY):
        stands = RecordStatus.objects.get(resident=person, newest=True)
        assert RecordStatus.objects.filter(resident=person).count() == 4
    assert stands.code == "PRINT_READY_RECORD"
    with pytest.raises(Invalid) as empty:
        bring(made, "NIK;Status;Tanggal status\n")
    assert empty.value.code == "no-rows"


def test_a_wrong_list_is_taken_back_and_what_was_known_stands_again(
    made: World, browser: Any
) -> None:
    before, new, since = (make_resident(made) for _n in range(3))
    enter(made, before, "SENT_FOR_ENROLLMENT", 9)
    rows = [f"{number(one)};CP;{today():%d-%m-%Y}" for one in (before, new, since)]
    wrong = "NIK;Status;Tanggal status\n" + "\n".join(rows)
    brought = take(made, bring(made, wrong))
    newer = enter(made, since, "CARD_ISSUED", 0)
    page = browser("operator")
    address = f"/status/daftar/{brought.pk}/"
    assert page.post(address, {"do": "x"}).status_code == 404
    page.post(address, {"do": "back"})
    assert [standing(one) for one in (before, new, since)] == [
        *("SENT_FOR_ENROLLMENT", None, "CARD_ISSUED"),
    ]
    # What stood in its way is taken back on the page of the person; then the rest of the list is.
    own = f"/penduduk/{since.pk}/status/"
    assert browser("neighbour").post(own, {"undo": str(newer.pk)}).status_code == 404
    page.post(own, {"undo": str(newer.pk)})
    assert standing(since) == "CARD_PRINTED"
    page.post(address, {"do": "back"})
    assert standing(since) is None
    with scoped(EVERYBODY):
        brought.refresh_from_db()
    assert brought.state == "back"
    page.post(address, {"do": "back"})
    # The right list may say the same of somebody.
    assert take(made, bring(made, wrong)).taken == 3
    listed_ = made["operator"].get("record-statuses/")
    assert sum(row["code"] == "CARD_PRINTED" for row in listed_.json["results"]) == 3
    assert looks(kind="statuses taken back")[0].found == 2


def test_nothing_on_which_something_stands_is_taken_back(made: World) -> None:
    person = make_resident(made)
    first = enter(made, person, "PROCESSING", 9)
    enter(made, person, "PRINT_READY_RECORD", 1)
    by = made["operator"].actor
    with scoped(by.scope), pytest.raises(Conflict) as stands:
        take_back_status(by=by, resident=person, status_id=first.pk)
    assert stands.value.code == "status-newer"


def test_a_preview_that_nobody_confirms_names_nobody_after_a_day(made: World) -> None:
    person = make_resident(made)
    brought = bring(made, f"NIK;Status\n{number(person)};PRR").brought
    assert forget_previews() == 0
    with scoped(EVERYBODY):
        StatusImport.objects.filter(pk=brought.pk).update(brought_at=ago(2))
    assert forget_previews() == 1
    with scoped(EVERYBODY):
        brought.refresh_from_db()
    assert (brought.state, brought.rows) == ("dropped", None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PRR", "PRINT_READY_RECORD"),
        ("sent for enrollment", "SENT_FOR_ENROLLMENT"),
        ("Efac", "ENROLL_FAILURE_AT_CENTRAL"),
        ("CL", None),
        ("", None),
    ],
)
def test_codes_are_read_as_offices_write_them(text: str, code: str | None) -> None:
    assert code_of(text) == code


# --- backlog --------------------------------------------------------------------------------------


def test_the_backlog_counts_who_is_late_by_the_step_of_the_code(made: World) -> None:
    for days in (2, 29, 31):
        enter(made, make_resident(made), "SENT_FOR_ENROLLMENT", days)
    by = made["operator"].actor
    with scoped(by.scope):
        rows = {row.step.code: (row.people, row.late) for row in backlog(by) if row.people}
    assert rows == {StatusCode.SENT_FOR_ENROLLMENT: (3, 1)}
    # What was entered by hand alone is nothing that a province counts on.
    province = made["province_officer"].actor
    with scoped(province.scope):
        assert backlog_by_office(province) == []
    take(made, bring(made, f"NIK;Status\n{number(make_resident(made))};PRR"))
    with scoped(province.scope):
        (office,) = backlog_by_office(province)
    assert (office.office, office.people, office.sent, office.late) == ("13.75", 4, 3, 1)
    assert office.print_ready == 1


def test_nobody_under_17_and_unmarried_is_to_be_printed(made: World) -> None:
    sixteen = anniversary(today(), -17) + timedelta(days=1)
    young = make_resident(made, birth_date=sixteen)
    married = make_resident(made, birth_date=sixteen, marital_status="married")
    grown = make_resident(made, birth_date=anniversary(today(), -17))
    for one in (young, married, grown):
        enter(made, one, "PRINT_READY_RECORD", 1)
    by = made["operator"].actor
    with scoped(by.scope):
        printed = {one.resident_id for one in listed(by, PRINT)}
        held = {one.resident_id for one in listed(by, HELD)}
    assert (printed, held) == ({married.pk, grown.pk}, {young.pk})
    # The province sees of each office what the office sees.
    head = made["head"].actor
    with scoped(head.scope):
        set_print_rule(by=head, office=young.office, days=1, source="SK 1")
    for who in ("operator", "province_officer"):
        watches = made[who].actor
        with scoped(watches.scope):
            assert listed(watches, PRINT).filter(resident=young).exists(), who


def test_whose_recording_failed_is_to_be_called_until_it_was(made: World) -> None:
    person = make_resident(made)
    record(made, person)
    enter(made, person, "ADJUDICATE_RECORD", 1)
    head = made["head"].actor
    with scoped(head.scope):
        assert [one.resident_id for one in to_be_called(head)] == [person.pk]
        reopen_recording(by=head, resident=person, reason="adjudicate", may_return_on=today())
        assert not to_be_called(head).exists()


# --- who is recorded ------------------------------------------------------------------------------


def test_whom_siak_has_is_not_booked_for_a_recording(made: World) -> None:
    person = make_resident(made)
    enter(made, person, "SENT_FOR_ENROLLMENT", 5)
    session = make_session(made, make_event(made))
    body = {"session": str(session.pk), "resident": str(person.pk), "services": ["recording"]}
    answer = made["operator"].post("appointments/", body)
    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "already-recorded")
    # What failed is to be recorded again.
    enter(made, person, "ENROLL_FAILURE_AT_CENTRAL", 1)
    assert made["operator"].post("appointments/", body).status == 201


def test_the_function_counts_the_codes_of_the_table(made: World) -> None:
    person = make_resident(made)
    with scoped(EVERYBODY):
        found = set()
        for step in STEPS:
            mark = transaction.savepoint()
            RecordStatus.objects.create(
                resident=person,
                office_id=person.office_id,
                code=step.code,
                at=ago(1),
                since=ago(1),
                source="SIAK",
                entered_by_id=made["operator"].actor.user_id,
            )
            if recorded_by_status([person.pk]):
                found.add(step.code)
            transaction.savepoint_rollback(mark)
    assert found == set(RECORDED)
    assert not found & set(COME_AGAIN)


# --- people ---------------------------------------------------------------------------------------


def test_statuses_go_with_who_is_merged_and_stand_nowhere_of_who_is_erased(made: World) -> None:
    gone, stays = make_resident(made), make_resident(made)
    enter(made, gone, "PRINT_READY_RECORD", 1)
    enter(made, stays, "SENT_FOR_ENROLLMENT", 9)
    head = made["head"].actor
    with scoped(head.scope):
        merge(by=head, resident=gone, into=stays, reason="Orang yang sama")
    assert standing(stays) == "PRINT_READY_RECORD"
    assert standing(gone) is None
    with scoped(head.scope):
        erase_person(by=head, resident=stays, reason="Permohonan tertulis", case="12/2026")
        assert not any(row.people for row in backlog(head))


def test_one_status_over_the_api(made: World) -> None:
    person = make_resident(made)
    body: dict[str, Any] = {
        "resident": str(person.pk),
        "code": "PRINT_READY_RECORD",
        "at": ago(1).isoformat(),
        "source": "SIAK",
    }
    answer = made["operator"].post("record-statuses/", body)
    assert (answer.status, answer.json["newest"]) == (201, True)
    assert made["operator"].post("record-statuses/", {**body, "code": "X"}).status == 422
    assert made["neighbour"].post("record-statuses/", body).status == 404
    older = made["operator"].post(
        "record-statuses/", {**body, "code": "PROCESSING", "at": ago(3).isoformat()}
    )
    assert (older.status, older.json["newest"]) == (201, False)
    listed_ = made["operator"].get("record-statuses/?newest=true")
    assert [row["code"] for row in listed_.json["results"]] == ["PRINT_READY_RECORD"]


def test_impossible_pairs_are_told_on_the_page(made: World, browser: Any) -> None:
    person = make_resident(made)
    enter(made, person, "CARD_ISSUED", 5)
    page = browser("operator")
    address = f"/penduduk/{person.pk}/status/"
    sent = {"code": "SENT_FOR_ENROLLMENT", "at": str(today()), "source": "SIAK"}
    assert page.post(address, sent).status_code == 422
    assert standing(person) == "CARD_ISSUED"


def test_a_status_is_not_called_like_a_service(made: World, browser: Any) -> None:
    """What SIAK says of a card is no work that somebody does."""
    person = make_resident(made)
    enter(made, person, "CARD_PRINTED", 5)
    enter(made, person, "CARD_ISSUED", 3)
    page = " ".join(
        browser("operator").get(f"/penduduk/{person.pk}/status/").content.decode().split()
    )
    assert re.findall(r"(\w[\w ]+\w) <br> <span class=\"quiet\">(CARD_\w+)</span>", page) == [
        ("Kartu diserahkan", "CARD_ISSUED"),
        ("Kartu tercetak", "CARD_PRINTED"),
    ]
    with translation.override("id"):
        services = {str(label) for label in Service.labels}
        assert services >= {"Cetak KTP-el", "Serah terima KTP-el"}
        assert {str(label) for label in StatusCode.labels} & services == set()


def test_the_chart_in_the_documents_is_the_one_of_the_tables() -> None:
    """`manage.py draw_charts` writes it."""
    written = Path(__file__).parents[2] / "docs" / "status.md"
    assert written.read_text() == chart()
