"""A migration that builds indexes beside everybody's work may be broken off, and run again (docs/migrations.md)."""

from __future__ import annotations

import psycopg2
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests import engines
from tests.world import World

MIGRATIONS = ["0054_names_filled_to_the_eighth", "0055_looked_for_by_their_own_key"]


@pytest.mark.parametrize("name", MIGRATIONS)
def test_a_migration_that_was_broken_off_is_run_again(kept: World, name: str) -> None:
    """One index was whole, of another the half was built."""
    loader = MigrationLoader(connection, replace_migrations=False)
    statements = [
        one
        for one in loader.collect_sql([(loader.get_migration("registrations", name), False)])
        if one and not one.startswith("--")
    ]
    built = [one.split('"')[1] for one in statements if one.startswith("CREATE INDEX")]
    assert len(built) > 1
    engines.as_superuser(
        f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{built[-1]}'::regclass"
    )
    owner = psycopg2.connect(engines.database_url("owner"))
    owner.autocommit = True
    with owner.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(
            "SELECT count(*) FROM pg_index WHERE indisvalid"
            " AND indexrelid = ANY (SELECT to_regclass(name) FROM unnest(%s) name)",
            [built],
        )
        assert cursor.fetchone() == (len(built),)
    owner.close()
