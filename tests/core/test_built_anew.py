"""A migration that builds indexes beside everybody's work may be broken off, and run again (docs/migrations.md)."""

from __future__ import annotations

import psycopg2
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from dukcapil.core.anew import AddIndexAnew
from dukcapil.core.migrating import tables_alone
from tests import engines
from tests.world import World

MIGRATIONS = ["0054_names_filled_to_the_eighth", "0055_looked_for_by_their_own_key"]


def test_migrations_that_were_broken_off_are_run_again(kept: World) -> None:
    """Of each one index was whole, of another the half was built."""
    loader = MigrationLoader(connection, replace_migrations=False)
    plan = [(loader.get_migration("registrations", name), False) for name in MIGRATIONS]
    built = [
        [step.index.name for step in migration.operations if isinstance(step, AddIndexAnew)]
        for migration, _backwards in plan
    ]
    names = [name for of_one in built for name in of_one]
    # As `migrate` has it: Django makes all relatives of a table anew at each step, half a second each.
    with tables_alone():
        statements = [one for one in loader.collect_sql(plan) if one and not one.startswith("--")]
    assert names == [one.split('"')[1] for one in statements if one.startswith("CREATE INDEX")]
    for of_one in built:
        assert len(of_one) > 1
        engines.as_superuser(
            f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{of_one[-1]}'::regclass"
        )
    owner = psycopg2.connect(engines.database_url("owner"))
    owner.autocommit = True
    with owner.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(
            "SELECT count(*) FROM pg_index WHERE indisvalid"
            " AND indexrelid = ANY (SELECT to_regclass(name) FROM unnest(%s) name)",
            [names],
        )
        assert cursor.fetchone() == (len(names),)
    owner.close()
