from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError, Invalid
from registrations.ledger.models import LedgerHead, ServiceRecord
from registrations.ledger.services.batch import log_batch
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.desk import log_form
from registrations.ledger.services.ledger import DeskNote, log_service
from tests.world import (
    World,
    entry,
    first_recorded,
    make_event,
    make_resident,
    make_session,
    nik,
    record,
    today,
)


def total(office: str) -> int:
    with scoped(EVERYBODY):
        return int(
            rows(
                "SELECT coalesce(sum(weight), 0) FROM registrations_servicerecord"
                " WHERE office_id = %s AND service = 'recording' AND outcome = 'done'",
                [office],
            )[0][0]
        )


def test_numbers_are_gapless_and_each_hash_covers_the_one_before(made: World) -> None:
    for _person in range(3):
        record(made, make_resident(made))
    with scoped(EVERYBODY):
        chain = list(ServiceRecord.objects.order_by("seq"))
        assert [row.seq for row in chain] == [1, 2, 3]
        assert [bytes(row.previous_hash) for row in chain[1:]] == [
            bytes(row.hash) for row in chain[:-1]
        ]
    head = LedgerHead.objects.get(office_id="13.75")
    assert (head.seq, bytes(head.hash)) == (3, bytes(chain[-1].hash))


def test_a_chain_for_each_serving_office(made: World) -> None:
    record(made, make_resident(made))
    record(made, make_resident(made, "13.06"))
    assert dict(LedgerHead.objects.values_list("office_id", "seq")) == {"13.06": 1, "13.75": 1}


def test_the_same_entry_again_returns_the_first_row(made: World) -> None:
    by, resident = made["operator"].actor, make_resident(made)
    with scoped(by.scope):
        first = entry(resident)
        one, new = log_service(by=by, entry=first)
        two, again = log_service(by=by, entry=first)
    assert (new, again, one.seq, two.seq) == (True, False, 1, 1)


def test_the_same_id_with_another_body_is_a_conflict(made: World) -> None:
    by, resident = made["operator"].actor, make_resident(made)
    with scoped(by.scope):
        first = entry(resident)
        log_service(by=by, entry=first)
        with pytest.raises(Conflict) as refused:
            log_service(by=by, entry=entry(resident, id=first.id, note="lain"))
    assert refused.value.code == "record-differs"


def test_recorded_twice_in_the_own_office_is_refused(made: World) -> None:
    resident = make_resident(made)
    record(made, resident)
    with pytest.raises(Conflict) as refused:
        record(made, resident)
    assert refused.value.code == "already-recorded"
    assert total("13.75") == 1


def test_a_failed_recording_leaves_the_person_free(made: World) -> None:
    resident = make_resident(made)
    record(made, resident, outcome="failed", reason="network")
    record(made, resident)
    assert total("13.75") == 1


def test_another_offices_recording_is_set_aside_and_may_be_accepted_later(made: World) -> None:
    number = nik(date(1990, 5, 17))
    first = record(made, make_resident(made, nik=number))
    second = record(made, make_resident(made, "13.06", nik=number))
    assert (first.weight, second.weight, total("13.06")) == (1, 0, 0)
    officer = made["province_officer"].actor
    with scoped(officer.scope):
        with pytest.raises(Conflict) as refused:
            accept_record(by=officer, record=second, reason="Sudah diperiksa")
        assert refused.value.code == "other-record-counts"
    by = made["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=first, reason="Salah orang")
    with scoped(officer.scope):
        accepted, new = accept_record(by=officer, record=second, reason="Sudah diperiksa")
    assert (new, accepted.weight) == (True, 1)
    assert (total("13.75"), total("13.06")) == (0, 1)


def test_a_void_frees_the_person_and_counts_on_the_day_of_the_service(made: World) -> None:
    by, resident = made["operator"].actor, make_resident(made)
    moment = datetime.now(UTC) - timedelta(days=1)
    first = record(made, resident, occurred_at=moment)
    with scoped(by.scope):
        later, new = void_record(by=by, record=first, reason="Salah orang")
        again, second = void_record(by=by, record=first, reason="Salah orang")
    assert (new, second, again.pk) == (True, False, later.pk)
    assert (later.weight, later.service_date) == (-1, first.service_date)
    record(made, resident)
    assert total("13.75") == 1


def test_voiding_a_set_aside_record_changes_no_count(made: World) -> None:
    number = nik(date(1990, 5, 17))
    record(made, make_resident(made, nik=number))
    second = record(made, make_resident(made, "13.06", nik=number))
    by = made["neighbour"].actor
    with scoped(by.scope):
        later, _new = void_record(by=by, record=second, reason="Ganda")
    assert (later.weight, total("13.06"), total("13.75")) == (0, 0, 1)


def test_ikd_needs_a_recording(made: World) -> None:
    resident = make_resident(made)
    with pytest.raises(Invalid) as refused:
        record(made, resident, "ikd_activation")
    assert refused.value.code == "not-recorded-yet"
    record(made, resident)
    record(made, resident, "ikd_activation")
    with pytest.raises(Conflict) as twice:
        record(made, resident, "ikd_activation")
    assert twice.value.code == "already-activated"


def test_people_known_as_recorded_get_ikd_and_no_second_recording(made: World) -> None:
    resident = make_resident(made, known_recorded_on=date(2015, 1, 1))
    record(made, resident, "ikd_activation")
    with pytest.raises(Conflict):
        record(made, resident)


@pytest.mark.parametrize(
    ("born", "days", "code"),
    [
        (date(1990, 5, 17), -1, "in-the-future"),
        (date(1990, 5, 17), 9, "outside-event"),
    ],
)
def test_services_happen_within_the_event_and_not_after_now(
    made: World, born: date, days: int, code: str
) -> None:
    session = make_session(made, make_event(made))
    resident = make_resident(made, birth_date=born)
    with pytest.raises(DomainError) as refused:
        record(
            made,
            resident,
            session=session.pk,
            occurred_at=datetime.now(UTC) - timedelta(days=days),
        )
    assert refused.value.code == code


def test_recording_begins_at_sixteen_or_with_marriage(made: World) -> None:
    born = today() - timedelta(days=365 * 15)
    with pytest.raises(Invalid) as refused:
        record(made, make_resident(made, birth_date=born))
    assert refused.value.code == "too-young"
    record(made, make_resident(made, birth_date=born, marital_status="married"))


def test_a_batch_answers_every_row_and_keeps_the_good_ones(made: World) -> None:
    by = made["operator"].actor
    people = [make_resident(made) for _n in range(3)]
    record(made, people[0])
    with scoped(by.scope):
        good = entry(people[1])
        entries = [
            entry(people[0]),
            good,
            entry(people[2], "ikd_activation"),
            good,
            entry(people[2], reason="network"),
        ]
        answers = log_batch(by=by, entries=entries)
        again = log_batch(by=by, entries=entries[1:2])
    assert [(answer.status, answer.error and answer.error.code) for answer in answers] == [
        ("rejected", "already-recorded"),
        ("created", None),
        # It has happened: the ledger keeps it.
        ("set-aside", None),
        ("created", None),
        ("rejected", "failure-reason"),
    ]
    assert again[0].status == "already"
    assert total("13.75") == 2


def test_recording_and_ikd_of_one_person_in_one_batch(made: World) -> None:
    by, resident = made["operator"].actor, make_resident(made)
    earlier = datetime.now(UTC) - timedelta(minutes=9)
    with scoped(by.scope):
        answers = log_batch(
            by=by,
            entries=[entry(resident, "ikd_activation"), entry(resident, occurred_at=earlier)],
        )
    assert [answer.status for answer in answers] == ["created", "created"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registrations_servicerecord SET outcome = 'failed'",
        "DELETE FROM registrations_servicerecord",
        "TRUNCATE registrations_servicerecord CASCADE",
        "UPDATE registrations_ledgerhead SET seq = 0",
        "SELECT * FROM registrations_effectiveservice",
    ],
)
def test_the_serving_role_cannot_change_the_ledger(made: World, statement: str) -> None:
    record(made, make_resident(made))
    with pytest.raises(DatabaseError), scoped(EVERYBODY), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("zone_office", "moment", "local"),
    [
        ("13.75", datetime(2024, 11, 15, 17, 30, tzinfo=UTC), date(2024, 11, 16)),
        ("51.71", datetime(2024, 11, 15, 16, 30, tzinfo=UTC), date(2024, 11, 16)),
        ("91.03", datetime(2024, 11, 15, 15, 30, tzinfo=UTC), date(2024, 11, 16)),
        ("91.03", datetime(2024, 11, 15, 14, 30, tzinfo=UTC), date(2024, 11, 15)),
    ],
)
def test_the_service_date_is_the_local_one(
    made: World, zone_office: str, moment: datetime, local: date
) -> None:
    row = first_recorded("timur", zone_office, moment)
    assert row.service_date == local


def test_a_form_sent_again_is_one_record_unless_it_says_something_else(made: World) -> None:
    """Back in the browser: the same form, the same after it was taken back, and another note."""
    by, person = made["operator"].actor, make_resident(made)
    record(made, person)
    form = entry(person, "family_card", note="kartu lama")
    with scoped(by.scope):
        first = log_form(by=by, entry=form, desk_note=DeskNote())
        assert log_form(by=by, entry=form, desk_note=DeskNote()) == first
        corrected = log_form(
            by=by, entry=replace(form, note="kartu baru"), desk_note=DeskNote(helped=True)
        )
        assert corrected.pk != first.pk
        void_record(by=by, record=first, reason="salah catat")
        again = log_form(by=by, entry=form, desk_note=DeskNote())
        assert again.pk not in {first.pk, corrected.pk}
        assert (again.weight, again.note) == (1, "kartu lama")
