"""The ledger's only writer is a function of `keeper`: nobody inserts past it, and it asks what was asked before."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows, scope_of_transaction
from dukcapil.core.ids import uuid7
from registrations.corrections.services.called_again import reopen_recording
from registrations.ledger.models import LedgerHead, ServiceRecord
from registrations.people.models import Resident
from registrations.people.validators import parse_nik
from tests import engines
from tests.engines import LONG
from tests.standing import built_once
from tests.threads import at_once, until_one_waits
from tests.world import AGAM, BUKITTINGGI, World, at, make_event, make_resident, nik, record, today

_TABLE = "registrations_servicerecord"
_NAMES = ", ".join(
    field.attname for field in ServiceRecord._meta.concrete_fields if field.name != "service_date"
)


def said(resident: Resident, **more: Any) -> dict[str, Any]:
    """What `ledger_write` is told of a record."""
    return {
        "id": str(uuid7()),
        "office_id": resident.office_id,
        "row_kind": "record",
        "ref_id": None,
        "service": "recording",
        "outcome": "done",
        "reason": "",
        "category": "umum",
        "resident_id": str(resident.pk),
        "domicile_id": resident.village_id,
        "place_id": resident.office_id,
        "event_id": None,
        "session_id": None,
        "device": "",
        "author_id": 1,
        "note": "",
        "occurred_at": datetime.now(UTC).isoformat(),
        "timezone": "Asia/Jakarta",
        "clock_skew": None,
        "payload_hash": "\\x00",
        "card_used": "",
        **more,
    }


def written(*told: dict[str, Any], collected: bool = False) -> list[tuple[Any, ...]]:
    return rows(
        "SELECT seq, weight, set_aside_code FROM ledger_write(%s, %s)",
        [json.dumps(told), collected],
    )


def refused(*told: dict[str, Any], collected: bool = False) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        written(*told, collected=collected)
    return str(getattr(caught.value.__cause__, "pgcode", ""))


#: How somebody would try; past the function, or as who owns it.
_WAYS = (
    f"INSERT INTO {_TABLE} ({_NAMES}) SELECT {_NAMES} FROM {_TABLE}",
    # Only the columns without a default, or only the key: one column's grant would be enough.
    f"INSERT INTO {_TABLE} (id) SELECT gen_random_uuid()",
    f"INSERT INTO {_TABLE} ({_NAMES}) SELECT {_NAMES} FROM {_TABLE} ON CONFLICT DO NOTHING",
    f"WITH more AS (INSERT INTO {_TABLE} (id) VALUES (gen_random_uuid()) RETURNING 1) TABLE more",
    f"MERGE INTO {_TABLE} USING (SELECT 1) one ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    f"CREATE VIEW pg_temp.led AS TABLE {_TABLE}; INSERT INTO pg_temp.led DEFAULT VALUES",
    f"SELECT * FROM ledger_chain((SELECT array_agg(led) FROM {_TABLE} led))",
    "SET ROLE keeper",
)


def test_nobody_who_serves_inserts_into_the_ledger(kept: World) -> None:
    record(kept, make_resident(kept))
    for role in ("web", "worker"):
        database = psycopg2.connect(engines.database_url(role))
        with closing(database), database.cursor() as cursor:
            assert [one for one in _WAYS if not _is_refused(cursor, one)] == [], role
            cursor.execute("SELECT set_config('app.scope', '*', true)")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.copy_expert(f"COPY {_TABLE} ({_NAMES}) FROM STDIN", io.StringIO(""))
    with scoped(EVERYBODY):
        assert rows(f"SELECT count(*) FROM {_TABLE}") == [(1,)]


def _is_refused(cursor: Any, statement: str) -> bool:
    cursor.execute("SELECT set_config('app.scope', '*', true)")
    try:
        cursor.execute(statement)
    except psycopg2.errors.InsufficientPrivilege:
        return True
    finally:
        cursor.connection.rollback()
    return False


@pytest.mark.parametrize("role", ["worker", "backup"])
def test_only_the_web_process_may_ask_it(kept: World, role: str) -> None:
    one = make_resident(kept)
    database = psycopg2.connect(engines.database_url("web" if role == "backup" else role))
    try:
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT has_function_privilege(%s, 'ledger_write(json, boolean)', 'EXECUTE')",
                [role],
            )
            assert cursor.fetchone() == (False,)
            if role == "worker":
                cursor.execute("SELECT set_config('app.scope', '*', true)")
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(
                        "SELECT * FROM ledger_write(%s, false)", [json.dumps([said(one)])]
                    )
    finally:
        database.close()


def test_a_grant_that_slipped_is_not_enough(kept: World) -> None:
    """The trigger: also who may insert, by mistake, writes no row, nor its owner."""
    record(kept, make_resident(kept))
    engines.as_superuser(f"GRANT INSERT ON {_TABLE} TO web")
    for role in ("web", "owner"):
        database = psycopg2.connect(engines.database_url(role))
        with database.cursor() as cursor:
            cursor.execute("SELECT set_config('app.scope', '*', true)")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="ledger_write"):
                cursor.execute(f"INSERT INTO {_TABLE} ({_NAMES}) SELECT {_NAMES} FROM {_TABLE}")
        database.close()


def test_number_weight_and_hash_are_its_own(made: World) -> None:
    forged = {"seq": 99, "weight": -1, "hash": "\\x01", "previous_hash": "\\x02"}
    forged |= {
        "received_at": "2020-01-01",
        "set_aside_code": "other-office",
        "counts_from": "2030-01-01",
    }
    one, two = make_resident(made), make_resident(made)
    with scoped(EVERYBODY):
        assert written(said(one, **forged), said(two)) == [(1, 1, ""), (2, 1, "")]
        first, second = ServiceRecord.objects.order_by("seq")
        assert (bytes(first.previous_hash), first.counts_from) == (b"", None)
        assert bytes(second.previous_hash) == bytes(first.hash)
        assert rows(f"SELECT count(*) FROM {_TABLE} led WHERE hash = ledger_hash(led)") == [(2,)]
        assert abs(first.received_at - datetime.now(UTC)) < timedelta(minutes=5)
    head = LedgerHead.objects.get(office_id="13.75")
    assert (head.seq, bytes(head.hash)) == (2, bytes(second.hash))


def test_it_writes_within_the_scope_of_who_asks_alone(made: World) -> None:
    own, other = make_resident(made), make_resident(made, "13.06")
    event = make_event(made)
    lent = f"18.01;;{event.pk}"
    with transaction.atomic():
        for scope in ("", "13.06;", "13.75.01;", "13.75;13.75.99", "18;"):
            with scope_of_transaction(scope):
                assert refused(said(own)) == "42501"
        with scope_of_transaction("13.75;"):
            assert refused(said(other)) == "42501"
            assert refused(said(own), said(other)) == "42501"
        with scope_of_transaction(lent):
            assert refused(said(own)) == "42501"
            assert [row[1] for row in written(said(own, event_id=str(event.pk)))] == [1]
        with scope_of_transaction("13;"):
            assert [row[1] for row in written(said(other))] == [1]


def test_a_decision_is_of_the_scope_of_its_record(made: World) -> None:
    """What is said of office and village is not believed: the record's own are asked."""
    person = make_resident(made)
    first = record(made, person)
    decision = said(person, row_kind="void", ref_id=str(first.pk), note="salah")
    with transaction.atomic():
        with scope_of_transaction("13.75;13.75.99"):
            elsewhere = decision | {"domicile_id": "13.75.99.1001"}
            assert refused(elsewhere) == "42501"
            # Refused for another reason: then it came back with the record's own person and village.
            assert refused(elsewhere | {"row_kind": "accept"}, collected=True) == "42501"
        with scope_of_transaction("13.06;"):
            assert refused(decision | {"office_id": "13.06"}) == "DK203"
        with scope_of_transaction("13.75;"):
            assert [row[1] for row in written(decision)] == [-1]
            assert refused(decision) == "DK204"


def test_what_a_rule_refuses_is_said_of_its_row_and_the_others_are_written(made: World) -> None:
    one, two = make_resident(made), make_resident(made)
    record(made, one)
    with scoped(EVERYBODY):
        assert refused(said(one)) == "DK201"
        again, fresh = said(one), said(two)
        assert sorted(written(again, fresh, said(two), collected=True)) == [
            (0, 1, "DK201"),
            (0, 1, "DK201"),
            (2, 1, ""),
        ]
        assert ServiceRecord.objects.filter(pk=fresh["id"]).exists()
        assert not ServiceRecord.objects.filter(pk=again["id"]).exists()


def test_rows_of_one_person_in_one_call_know_of_each_other(made: World) -> None:
    """As when they came one by one: a hand-over after a hand-over weighs nothing, after a print it does."""
    one, start = make_resident(made), datetime.now(UTC) - timedelta(hours=5)

    def at(hours: int, service: str) -> dict[str, Any]:
        moment = (start + timedelta(hours=hours)).isoformat()
        return said(one, service=service, occurred_at=moment)

    day = [at(0, "recording"), at(1, "card_print"), at(2, "card_handover"), at(3, "card_handover")]
    with scoped(EVERYBODY):
        assert written(*day) == [(1, 1, ""), (2, 1, ""), (3, 1, ""), (4, 0, "handed-over")]


def test_an_acceptance_that_is_refused_leaves_nothing_that_counts(made: World) -> None:
    """Of who was called again since: also where refusals are collected, the call is undone."""
    person, by = make_resident(made), made["head"].actor
    record(made, person)
    with scoped(by.scope):
        reopen_recording(by=by, resident=person, reason="duplicate", may_return_on=today())
    with scoped(EVERYBODY):
        earlier = datetime.now(UTC) - timedelta(days=3)
        late = said(person, occurred_at=earlier.isoformat())
        assert written(late) == [(3, 0, "called-again")]
        accept = said(person, row_kind="accept", ref_id=late["id"], note="benar")
        for collected in (False, True):
            assert refused(accept, collected=collected) == "DK212"
        assert [row[1] for row in written(said(person))] == [1]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"outcome": "failed"}, "23514"),
        ({"device": "a|b"}, "23514"),
        ({"row_kind": "void", "ref_id": str(uuid7())}, "DK203"),
        ({"row_kind": "accept"}, "DK203"),
        ({"event_id": str(uuid7())}, "23503"),
        ({"domicile_id": None}, "42501"),
        ({"author_id": None}, "23502"),
        ({"note": "x" * 301}, "22001"),
    ],
)
def test_constraints_stand_as_before(made: World, wrong: dict[str, Any], code: str) -> None:
    one = make_resident(made)
    with scoped(EVERYBODY), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert refused(said(one, **wrong)) == code
        assert rows(f"SELECT count(*) FROM {_TABLE}") == [(0,)]
        assert [row[1] for row in written(said(one))] == [1]


def test_who_is_gone_gets_no_row(kept: World) -> None:
    one = make_resident(kept)
    engines.past_all_rules(
        f"UPDATE registrations_resident SET erased_at = now() WHERE id = '{one.pk}'"
    )
    with scoped(EVERYBODY):
        assert refused(said(one)) == "DK211"


@built_once
def people(kept: World) -> None:
    """Whom the rules treat differently: grown up, too young, with a number that nobody was given, held by two
    offices, and called again, also held by two.
    """
    shared, called = nik(date(1990, 5, 17)), nik(date(1990, 5, 17))
    by = kept["head"].actor
    make_resident(kept)
    make_resident(kept, birth_date=today().replace(month=1, day=1, year=today().year - 15))
    make_resident(kept, nik=parse_nik("9901011705900000"))
    make_resident(kept, nik=shared)
    make_resident(kept, "13.06", nik=shared)
    again = make_resident(kept, nik=called)
    make_resident(kept, "13.06", nik=called)
    record(kept, again)
    with scoped(by.scope):
        reopen_recording(by=by, resident=again, reason="duplicate", may_return_on=today())


_RECORDING = "recording"
_ROWS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(
            ["recording", "recording", "ikd_activation", "card_print", "card_handover"]
        ),
        st.sampled_from(["done", "done", "done", "failed"]),
        st.integers(0, 9),
        st.sampled_from([None, None, None, "void", "accept"]),
    ),
    min_size=1,
    max_size=9,
)


@pytest.mark.usefixtures("people")
def test_many_rows_in_one_call_are_as_one_call_for_each(kept: World) -> None:
    """Whatever comes in one call, in any order: the same numbers, weights, codes and refusals."""
    with scoped(EVERYBODY):
        held = list(Resident.objects.order_by("id"))
    assert len(held) == 7
    # All of today: somebody was called again today, and what is of before waits.
    start = at(0)
    hour = (datetime.now(UTC) - start) / 10
    seen: Counter[str] = Counter()

    @settings(max_examples=60 if LONG else 20, deadline=None)
    @given(_ROWS)
    @example([(3, _RECORDING, "done", 1, None), (4, _RECORDING, "done", 2, None)] * 2)
    @example([(who, _RECORDING, "done", 1, None) for who in (1, 1, 2, 2)])
    @example([(0, _RECORDING, "done", 3, None), (5, _RECORDING, "done", 1, None)])
    @example([(6, _RECORDING, "done", 9, None), (5, _RECORDING, "done", 1, None)])
    @example(
        [
            *((who, _RECORDING, "done", 1, None) for who in (5, 0, 4)),
            *((who, "ikd_activation", "done", 9, None) for who in (5, 3, 0)),
        ]
    )
    def compare(drawn: list[tuple[int, str, str, int, str | None]]) -> None:
        told: list[dict[str, Any]] = []
        called: set[str] = set()
        for who, service, outcome, hours, kind in drawn:
            more: dict[str, Any] = {"service": service, "outcome": outcome}
            more["reason"] = "network" if outcome == "failed" else ""
            more["occurred_at"] = (start + hours * hour).isoformat()
            ref = told[hours % len(told)] if kind and told else None
            # A second one of before the call, and to accept one, raises: there is nothing to collect.
            if ref and not (kind == "accept" and ref["id"] in called):
                more |= {"row_kind": kind, "ref_id": ref["id"]}
            elif who == 5 and hours < 5 and not called:
                more["occurred_at"] = (start - timedelta(days=3)).isoformat()
                more["id"] = str(uuid7())
                called.add(more["id"])
            told.append(said(held[who], **more))
        together = _tried([told])
        seen.update(code for _seq, _weight, code in together.values())
        assert together == _tried([[row] for row in told])

    compare()
    # The rows did meet what the rules are about.
    assert {"", "DK201", "doubtful-number", "too-young", "DK208"} <= set(seen)
    assert {"other-office", "called-again", "not-recorded"} <= set(seen)


def _tried(calls: list[list[dict[str, Any]]]) -> dict[str, tuple[int, int, str]]:
    """id -> number, weight and code of rows that are written by these calls and taken back."""
    found: dict[str, tuple[int, int, str]] = {}
    with transaction.atomic():
        with scope_of_transaction(EVERYBODY):
            for told in calls:
                for key, *made in rows(
                    "SELECT id::text, seq, weight, set_aside_code FROM ledger_write(%s, true)",
                    [json.dumps(told)],
                ):
                    # What is refused is not weighed.
                    found[key] = (made[0], made[1] if made[0] else 0, made[2])
            assert rows(f"SELECT count(*) FROM {_TABLE} led WHERE hash <> ledger_hash(led)") == [
                (0,)
            ]
        transaction.set_rollback(True)
    return found


def test_who_takes_back_two_people_and_a_batch_of_both_never_wait_in_a_circle(kept: World) -> None:
    """What a row holds of its person comes after what the rows before it claim."""
    numbers = [nik(date(1990, 5, 17)) for _n in range(2)]
    here, there = (
        [make_resident(kept, office, nik=one) for one in numbers] for office in (BUKITTINGGI, AGAM)
    )
    before = [said(one) for one in there]
    with scoped(EVERYBODY):
        written(*before)
    voids = [
        said(one, row_kind="void", ref_id=row["id"], note="x")
        for one, row in zip(there, before, strict=True)
    ]
    begun = threading.Event()

    def takes_back() -> None:
        with scoped(EVERYBODY), transaction.atomic():
            written(voids[0])
            begun.set()
            until_one_waits()
            written(voids[1])

    def batch() -> list[tuple[Any, ...]]:
        begun.wait(10)
        with scoped(EVERYBODY):
            return written(said(here[0]), said(here[1], service="ikd_activation"), collected=True)

    found: Any = at_once(takes_back, batch)
    assert found[0] is None, found
    assert [weight for _seq, weight, _code in found[1]] == [1, 0]
