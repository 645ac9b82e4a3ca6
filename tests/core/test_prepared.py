"""Prepared statements: what they answer, what they leave as it was, and how they are planned."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dukcapil import embedded
from dukcapil.accounts.scoping import scoped
from dukcapil.core import prepared, readings
from dukcapil.core.db import rows
from dukcapil.core.prepared import Hot, hot, hot_statements, in_a_row
from dukcapil.grants import walled
from registrations.booking.enums import MessageKind
from registrations.booking.readers import Line
from registrations.booking.selectors import queues
from registrations.booking.services.appointments import book
from registrations.booking.services.groups import book_group
from registrations.booking.services.messages import Contact, tell
from registrations.booking.services.waiting import wait
from registrations.corrections.services.called_again import reopen_recording
from registrations.ledger.selectors import outcomes_in
from tests import engines
from tests.world import World, make_event, make_resident, make_session, record, today

#: Rows that the planner is made to believe in.
MANY = 1_000_000
PEOPLE = {table for table, _scope, _key in walled()} | {"registrations_servicerecord"}
_PERSON = "SELECT id, office_id FROM registrations_resident WHERE id = $1::uuid"


@pytest.fixture
def new(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten with it."""
    monkeypatch.setattr(prepared, "_registered", dict(prepared._registered))


def mode() -> str:
    return str(rows("SHOW plan_cache_mode")[0][0])


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.usefixtures("new")
def test_it_answers_as_the_statement_does_behind_the_wall(
    made: World, settings: Any, on: bool
) -> None:
    settings.PREPARED = on
    one = hot("test_person", _PERSON)
    own, other = make_resident(made), make_resident(made, "13.06")
    with scoped(made["operator"].actor.scope):
        assert one.rows(own.pk) == [(own.pk, "13.75")]
        assert one.one(other.pk) is None
    with scoped(made["neighbour"].actor.scope):
        assert one.one(own.pk) is None
        assert one.one(other.pk) == (other.pk, "13.06")
    with scoped(""):
        assert one.rows(own.pk) == []


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.usefixtures("new", "db")
def test_order_values_and_signs_stay(settings: Any, on: bool) -> None:
    settings.PREPARED = on
    listed = hot(
        "test_list", "SELECT n, $2::text || '%' FROM generate_series(1, $1::int) n ORDER BY n DESC"
    )
    assert listed.rows(3, "100") == [(3, "100%"), (2, "100%"), (1, "100%")]
    assert hot("test_nothing", "SELECT 1 WHERE false").rows() == []
    same = hot("test_same", "SELECT $1::int AS id, $1::int + 1 AS id")
    assert same.rows(1) == [(1, 2)]


@pytest.mark.usefixtures("new", "db")
def test_the_planner_goes_on_as_before() -> None:
    """Within the transaction, after a statement without a row, and after one that failed."""
    assert mode() == "auto"
    assert hot("test_none", "SELECT 1 WHERE $1::int = 0").rows(1) == []
    assert mode() == "auto"
    divided = hot("test_divided", "SELECT 1 / $1::int")
    with pytest.raises(DatabaseError), transaction.atomic():
        divided.rows(0)
    assert mode() == "auto"
    assert divided.rows(1) == [(1,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("new")
def test_what_it_prepared_outlives_a_rollback() -> None:
    one = hot("test_outlives", "SELECT $1::int")
    with transaction.atomic():
        assert one.rows(1) == [(1,)]
        transaction.set_rollback(True)
    assert one.rows(2) == [(2,)]
    assert mode() == "auto"
    connection.close()
    assert one.rows(3) == [(3,)]


@pytest.mark.usefixtures("new", "db")
def test_the_plan_is_the_generic_one_and_it_counts_as_one_query() -> None:
    one = hot("test_counted", "SELECT $1::int")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for n in range(3):
            one.rows(n)
    assert len(asked) == 3
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name LIKE %s"
    assert rows(plans, ["test_counted_%"]) == [(3, 0)]


@pytest.mark.usefixtures("new", "db")
def test_it_writes_too() -> None:
    rows_before = rows("SELECT count(*) FROM pghistory_context")
    add = hot(
        "test_writes",
        "INSERT INTO pghistory_context (id, created_at, updated_at, metadata)"
        " VALUES ($1::uuid, now(), now(), '{}') RETURNING id",
    )
    key = uuid.uuid4()
    assert add.one(key) == (key,)
    assert rows("SELECT count(*) FROM pghistory_context") == [(rows_before[0][0] + 1,)]
    assert mode() == "auto"


@pytest.mark.usefixtures("new")
def test_a_name_is_one_statement() -> None:
    hot("test_twice", "SELECT 1")
    for name in ("test_twice", "no name", "n" * 60):
        with pytest.raises(ValueError, match=name):
            hot(name, "SELECT 2")


# --- plans ----------------------------------------------------------------------------------------


@pytest.fixture
def grown(kept: World) -> None:
    """Tables of people with a row each, of which the planner believes that there are a million."""
    by = kept["operator"].actor
    session = make_session(kept, make_event(kept))
    person = make_resident(kept)
    with scoped(by.scope):
        book(by=by, session=session, resident=person, services=["recording"])
    record(kept, called := make_resident(kept))
    full = make_session(kept, session.event, {"recording": 1})
    told, waits = make_resident(kept), make_resident(kept)
    line = Line(2, "", name="Contoh Warga", born=told.birth_date)
    with scoped(by.scope):
        head = kept["head"].actor
        reopen_recording(by=head, resident=called, reason="deleted", may_return_on=today())
        contact = Contact("email", "contoh@example.org")
        services = ["recording"]
        visit = book(by=by, session=full, resident=told, services=services, contact=contact)
        wait(by=by, session=full, resident=waits, services=services)
        book_group(by=by, session=session, name="XII", services=services, lines=[line])
        tell(MessageKind.CANCELLED, [visit])
    tables = ", ".join(f"('{table}')" for table in sorted(PEOPLE))
    engines.as_superuser(
        "ANALYZE",
        f"""
        SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', name,
            'relpages', (pg_relation_size(name::regclass) / 8192)::integer,
            'reltuples', {MANY}::real)
          FROM (VALUES {tables}) tables (name) WHERE pg_relation_size(name::regclass) > 0
        """,
        # What stands in one row would say that there is one value.
        f"""
        SELECT pg_clear_attribute_stats('public', name, attname, false)
          FROM (VALUES {tables}) tables (name)
          JOIN pg_stats ON tablename = name AND schemaname = 'public'
        """,
    )
    connection.close()


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def conditions(node: dict[str, Any]) -> list[str]:
    """What an index is asked by, besides the wall's own ranges: those name a whole office."""
    asked = [one.get("Index Cond", "") for one in nodes(node) if "Index Name" in one]
    parts = [part for text in asked for part in text.split(" AND ")]
    return [part for part in parts if part and "InitPlan" not in part]


def read_whole(one: Hot) -> set[str]:
    """Tables of people of which the statement reads all rows, or all of an office, by its generic plan as
    `web`.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {one.as_prepared}")
        [[found]] = cursor.fetchall()
    plans = orjson.loads(found) if isinstance(found, str) else found
    return {
        node["Relation Name"]
        for node in nodes(plans[0]["Plan"])
        if node["Node Type"].endswith("Scan")
        and node.get("Relation Name") in PEOPLE
        and not conditions(node)
    }


@pytest.mark.usefixtures("grown")
def test_a_person_is_looked_for_by_their_key_also_in_a_table_that_seems_empty() -> None:
    """Rows that were rolled back let autovacuum write down that there is none: an index that held the id among its
    keys was then read whole for each foreign key, by whoever checks it.
    """
    seems = "pg_restore_relation_stats('schemaname', 'public', 'relname', 'registrations_resident'"
    engines.as_superuser(f"SELECT {seems}, 'relpages', 9000, 'reltuples', 0::real)")
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with closing(database), database.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")  # the table of the test has one page
        cursor.execute(
            "EXPLAIN (GENERIC_PLAN, FORMAT JSON) SELECT 1 FROM ONLY registrations_resident x"
            " WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x"
        )
        [[found]] = cursor.fetchall()
    used = [one["Index Name"] for one in nodes(found[0]["Plan"]) if "Index Name" in one]
    assert used == ["registrations_resident_pkey"]


@pytest.mark.usefixtures("grown", "new")
def test_no_hot_statement_reads_a_table_of_people_whole() -> None:
    statements = [one for one in hot_statements() if not one.name.startswith("test_")]
    assert len(statements) >= 4
    assert {one.name: read_whole(one) for one in statements if read_whole(one)} == {}
    for number, unless in enumerate(("$1::uuid IS NULL OR id = $1", "id::text = $1")):
        bad = hot(f"test_whole_{number}", f"SELECT id FROM registrations_resident WHERE {unless}")
        assert read_whole(bad) == {"registrations_resident"}
    assert read_whole(hot("test_by_id", _PERSON)) == set()


@pytest.mark.usefixtures("grown")
def test_no_page_of_a_session_reads_a_table_of_people_whole(kept: World) -> None:
    """Their plans are generic, too: a session and an office are values of theirs (`core.planned`)."""
    by, session = kept["operator"].actor, uuid.UUID(int=7)
    readings._written.forget()
    with scoped(by.scope):
        queues.queue_read(by, session)
        queues.queue_read(by, session, done=True)
        queues.beside_desk(by, session, lambda: outcomes_in(by, session))
        queues.board_read(by, session)
        written = [*readings._written.values()]
    assert len(written) == 4
    for one in written:
        assert session in one.values
        assert "13.75" in one.values
        for sql in (one.both, one.glance):
            assert str(session) not in sql
            assert "'13.75" not in sql
            assert read_whole(Hot("page", sql)) == set()


# --- in a row -------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.usefixtures("new", "db")
def test_statements_in_a_row_find_what_those_before_did(settings: Any, on: bool) -> None:
    settings.PREPARED = on
    key = uuid.uuid4()
    # Without RETURNING, as it stands before another one.
    add = hot(
        "test_adds",
        "INSERT INTO pghistory_context (id, created_at, updated_at, metadata)"
        " VALUES ($1::uuid, now(), now(), $2::jsonb)",
        generic=False,
    )
    change = hot(
        "test_changes",
        "UPDATE pghistory_context SET metadata = $2::jsonb WHERE id = $1::uuid RETURNING id",
    )
    found = hot("test_finds", "SELECT metadata->>'a' FROM pghistory_context WHERE id = $1::uuid")
    with CaptureQueriesContext(connection) as asked:
        steps = ((add, (key, '{"a": "%s"}')), (change, (key, '{"a": "dua"}')), (found, (key,)))
        assert in_a_row(*steps) == [("dua",)]
    assert len(asked) == (1 if on else 3)
    assert mode() == "auto"
    divided = hot("test_ends", "SELECT 1 / $1::int")
    with pytest.raises(DatabaseError), transaction.atomic():
        in_a_row((change, (key, '{"a": "tiga"}')), (divided, (0,)))
    assert in_a_row((found, (key,))) == [("dua",)]
    assert mode() == "auto"
