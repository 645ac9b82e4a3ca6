"""Rights and policies are those of the written list, in this database and in any other."""

from __future__ import annotations

import os
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from pytest_django import DjangoDbBlocker

from dukcapil import catalogue, embedded
from dukcapil.accounts.checks import written_grants
from tests import engines
from tests.forked import managed
from tests.walls.conftest import as_superuser
from tests.world import World


def found() -> list[str]:
    with connection.cursor() as cursor:
        return catalogue.differences(cursor)


def test_the_catalogue_is_the_written_list(made: World) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("slip", "named"),
    [
        ("GRANT DELETE ON registrations_resident TO web", "registrations_resident: web"),
        ("GRANT SELECT ON registrations_resident TO PUBLIC", "registrations_resident: -"),
        ("GRANT TRUNCATE ON accounts_accesslog TO worker", "accounts_accesslog: worker"),
        ("GRANT SELECT (note) ON registrations_servicerecord TO figures", "columns for figures"),
        ("GRANT UPDATE (name) ON accounts_user TO worker", "accounts_user.name: may be written"),
        ("CREATE TABLE public.unlisted (a int)", "unlisted: not listed"),
        ("DROP POLICY serve ON registrations_appointment", "policy serve is None"),
        (
            "ALTER POLICY serve ON registrations_resident USING (true)",
            "registrations_resident: policy serve",
        ),
        (
            "CREATE POLICY more ON registrations_export TO web USING (true)",
            "registrations_export: policy more",
        ),
        ("ALTER TABLE registrations_export NO FORCE ROW LEVEL SECURITY", "row-level security"),
        ("ALTER TABLE registrations_resident DISABLE ROW LEVEL SECURITY", "row-level security"),
        ("ALTER FUNCTION recorded_dates(uuid[]) OWNER TO owner", "recorded_dates(): runs as owner"),
        (
            "CREATE FUNCTION sneak() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "sneak(): definer or not?",
        ),
    ],
)
def test_every_slip_is_found(made: World, slip: str, named: str) -> None:
    """Looked at as who made it, who takes it back."""
    differences = _after(slip)
    assert any(named in line for line in differences), differences


def _after(slip: str) -> list[str]:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database.cursor() as cursor:
        cursor.execute(slip)
        changed = catalogue.differences(cursor)
        database.rollback()
        assert catalogue.differences(cursor) == []
    database.close()
    return changed


def test_a_web_process_finds_a_slip_too(kept: World) -> None:
    as_superuser(
        "GRANT DELETE ON registrations_resident TO web",
        "ALTER POLICY serve ON registrations_appointment USING (true)",
    )
    lines = found()
    tables = {"registrations_resident", "registrations_appointment"}
    assert {line.partition(":")[0] for line in lines} == tables, lines
    assert [error.id for error in written_grants(None)] == ["dukcapil.E003"] * len(lines)


@pytest.mark.parametrize(
    "slip",
    [
        "ALTER ROLE web BYPASSRLS",
        "ALTER ROLE worker CREATEROLE",
        "GRANT keeper TO web",
        "GRANT owner TO worker",
    ],
)
def test_a_role_that_grew_is_found(made: World, slip: str) -> None:
    """Never committed: roles are the server's, and another worker's tests compare them too."""
    assert [line for line in _after(slip) if line.startswith("role ")] != []


def test_the_checks_say_what_is_wrong(
    kept: World, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = settings.HTTPS = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o755)
    with monkeypatch.context() as patch:
        patch.setenv("DUKCAPIL_KEYS", str(keys))
        ids = {error.id for error in run_checks(include_deployment_checks=True)}
    assert ids >= {f"dukcapil.E00{n}" for n in (4, 5, 6, 7)}


@pytest.mark.xdist_group("roles")
def test_a_real_server_is_prepared_by_one_command(django_db_blocker: DjangoDbBlocker) -> None:
    """An empty database and a superuser's address; twice, for it may be run again.

    The first time is how the suite's own database came to be, where this run made it: the second time is
    that of a copy.
    """
    name, first = f"real_{engines.worker_name()}", engines.prepared_with()
    template = f" TEMPLATE {embedded.DATABASE} STRATEGY file_copy" if first else ""
    engines.admin(f"CREATE DATABASE {name}{template}")
    url = engines.database_url(embedded.SUPERUSER).replace(engines.database_name(), name)
    env = {**os.environ, "DATABASE_URL": url}

    def prepare(*more: str) -> tuple[int, str]:
        with django_db_blocker.unblock():
            return managed("prepare_server", *more, var=settings.VAR_DIR, env=env)

    try:
        for status, said in (first[:2] if first else prepare(), prepare()):
            assert status == 0, said
            _roles, schema, rights = said.splitlines()
            assert schema == "The schema is up to date."
            assert "as written" in rights
        assert not first or first[2] == ""
        with psycopg2.connect(url) as database, database.cursor() as cursor:
            cursor.execute("GRANT DELETE ON registrations_resident TO web")
        database.close()
        status, said = prepare("--check")
        assert status == 1
        assert "registrations_resident: web has" in said
    finally:
        engines.admin(f"DROP DATABASE {name} WITH (FORCE)")
