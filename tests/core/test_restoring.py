"""A database that is put back is what a copy is; where it cannot be, nothing is done and a copy is made."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from django.db import connections, transaction

from dukcapil import embedded
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from registrations.people.models import Resident
from tests import engines, restoring, roles, standing, staying
from tests.engines import LONG, as_superuser
from tests.world import World, make_event, make_resident, make_session, record


def everything(database: str) -> dict[str, tuple[Any, ...]]:
    """Each table with its rows, each sequence, what is defined, and the settings."""
    address = engines.admin_address().replace(f"/{embedded.DATABASE}", f"/{database}")
    found: dict[str, tuple[Any, ...]] = {}
    connection = psycopg2.connect(address)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regclass::text, relkind FROM pg_class WHERE relkind IN ('r', 'S') AND oid >= 16384"
        )
        for name, kind in cursor.fetchall():
            cursor.execute(
                f"SELECT last_value, is_called FROM {name}"
                if kind == "S"
                else f"SELECT count(*), sum(hashtextextended(x::text, 0)) FROM {name} x"
            )
            found[name] = cursor.fetchone() or ()
        for catalogue in ("pg_class", "pg_trigger", "pg_proc", "pg_policy", "pg_constraint"):
            cursor.execute(f"SELECT count(*) FROM {catalogue}")
            found[catalogue] = cursor.fetchone() or ()
    connection.close()
    return found


@pytest.fixture
def put_back(kept: World) -> Any:
    """Whether the database of the test was put back; in any case the next test gets another one."""

    def ask() -> bool:
        connections.close_all()
        return restoring.restored(standing._template(standing.CAST))

    yield ask
    standing._stands.update(now=None, changed=None)


def test_what_was_written_is_put_back_to_the_row_and_the_number(kept: World, put_back: Any) -> None:
    template = standing._template(standing.CAST)
    event = make_event(kept)
    make_session(kept, event)
    record(kept, make_resident(kept))
    as_superuser(
        "SET session_replication_role = replica; "
        "UPDATE accounts_user SET name = 'lain'; DELETE FROM accounts_posting"
    )
    before = everything(template)
    changed = everything(engines.database_name())
    assert {name for name in before if changed[name] != before[name]} > {
        *("events_serviceevent", "registrations_resident", "accounts_user", "accounts_posting")
    }
    assert put_back()
    assert everything(engines.database_name()) == before
    # Once more: what was written to put it back is not counted, and what comes after is.
    make_resident(kept)
    assert put_back()
    assert everything(engines.database_name()) == before


def test_another_connection_is_ended_with_what_it_had_open(kept: World, put_back: Any) -> None:
    other = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with other.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; DELETE FROM accounts_user")
        other.commit()
        cursor.execute("UPDATE accounts_posting SET ends_on = starts_on")
        assert put_back()
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("SELECT 1")
    assert everything(engines.database_name()) == everything(standing._template(standing.CAST))


def test_connections_that_end_at_this_very_moment_are_waited_for(
    kept: World, put_back: Any
) -> None:
    for _ in range(10 if LONG else 4):
        others = [psycopg2.connect(engines.database_url(embedded.SUPERUSER)) for _ in range(12)]
        for other in others:
            other.close()
        assert put_back()


def test_a_temporary_table_changes_no_definition(kept: World, put_back: Any) -> None:
    make_resident(kept)
    with roles.acting_as("worker"), connections["default"].cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE lain AS SELECT 1 AS one")
    roles.close()
    assert put_back()
    assert everything(engines.database_name()) == everything(standing._template(standing.CAST))


def test_connections_stay_as_if_they_were_new(kept: World) -> None:
    template = standing._template(standing.CAST)

    def state() -> list[tuple[Any, ...]]:
        return rows(
            "SELECT pg_backend_pid(), current_setting('work_mem'), current_setting('TimeZone'), current_role,"
            " to_regclass('pg_temp.lain')::text, (SELECT count(*) FROM pg_cursors WHERE is_holdable),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
        )

    def of_both() -> list[list[tuple[Any, ...]]]:
        with roles.acting_as("worker"):
            of_worker = state()
        return [state(), of_worker]

    new = of_both()
    with roles.acting_as("worker"), connections["default"].cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE lain (); DECLARE lain CURSOR WITH HOLD FOR SELECT 1")
        cursor.execute("SELECT pg_advisory_lock(1); SET work_mem = '1MB'")
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(2); SET TimeZone = 'Asia/Jayapura'")
    make_resident(kept)
    assert not {*map(repr, new)} & {*map(repr, of_both())}
    standing.touched()
    staying_on = staying.kept()
    assert sorted(staying_on) == sorted(one[0][0] for one in new)
    assert restoring.restored(template, *staying_on)
    assert of_both() == new
    assert everything(engines.database_name()) == everything(template)


def test_a_connection_in_a_transaction_does_not_stay(kept: World) -> None:
    mine = connections["default"]
    with transaction.atomic():
        ((pid,),) = rows("SELECT pg_backend_pid()")
        make_resident(kept)
        assert pid not in staying.kept()
    assert mine.connection is None
    with scoped(EVERYBODY):
        assert not Resident.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts_user DISABLE TRIGGER USER",
        "CREATE TABLE lain ()",
        "DROP POLICY {policy}",
        "GRANT DELETE ON registrations_resident TO web",
        "SET session_replication_role = replica; TRUNCATE accounts_accesslog CASCADE",
        "COMMENT ON TABLE accounts_user IS 'lain'",
        "CREATE SCHEMA lain",
        "ALTER DATABASE {database} SET work_mem = '1MB'",
        "GRANT TEMPORARY ON DATABASE {database} TO web",
        "SET session_replication_role = replica; UPDATE regions_region SET name = name WHERE code = '13'",
    ],
)
def test_what_cannot_be_put_back_is_copied(kept: World, put_back: Any, statement: str) -> None:
    found = rows("SELECT policyname, tablename FROM pg_policies LIMIT 1")
    policy = "{} ON {}".format(*found[0])
    as_superuser(statement.format(policy=policy, database=engines.database_name()))
    assert not put_back()


def test_what_was_rolled_back_keeps_nothing_from_being_put_back(kept: World, put_back: Any) -> None:
    with transaction.atomic():
        make_resident(kept)
        User.objects.create_user("tamu", None, name="Tamu")
        transaction.set_rollback(True)
    assert put_back()
    assert everything(engines.database_name()) == everything(standing._template(standing.CAST))


def test_a_database_that_is_gone_is_copied(kept: World, put_back: Any) -> None:
    connections.close_all()
    engines.admin(f"DROP DATABASE {engines.database_name()} WITH (FORCE)")
    assert not put_back()
    standing.touched()
    standing.prepare(standing.CAST)
    assert User.objects.filter(username="operator").exists()
