"""Rows are looked for by their key also in a table that PostgreSQL believes empty.

Autovacuum writes down that it is when it comes after a transaction that was rolled back, as a trial import is.
Each index then seems to cost the same, and one in which the key stands behind other columns is read whole: an import
never ended so (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from dukcapil import embedded
from tests import engines

#: Rules and books that people write by hand, a few in a year, and what hangs on single rows of them.
BY_HAND = {
    "events_requirement",
    "events_venuevisit",
    "registrations_paperrule",
    "registrations_papertemplate",
    "reports_planadoption",
    "reports_planrules",
    "reports_turnoutrule",
}
#: Ordinary tables alone: one that is partitioned has its rows elsewhere.
_SEEM_EMPTY = """
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', relname::text,
                                 'relpages', 9000, 'reltuples', 0::real)
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
_COLUMNS = """
ARRAY(SELECT attname::text FROM unnest({keys}) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute ON attrelid = {table} AND attnum = k.number ORDER BY k.place)
"""
#: What foreign keys ask for, and what is unique: table and columns.
_ASKED = f"""
SELECT confrelid::regclass::text, {_COLUMNS.format(keys="confkey", table="confrelid")}
  FROM pg_constraint JOIN pg_class c ON c.oid = confrelid
 WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND relkind = 'r'
 UNION
SELECT indrelid::regclass::text, {_COLUMNS.format(keys="indkey[0:indnkeyatts - 1]", table="indrelid")}
  FROM pg_index JOIN pg_class c ON c.oid = indrelid
 WHERE indisunique AND indpred IS NULL AND indexprs IS NULL
   AND relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
_FIRST = """
SELECT indexrelid::regclass::text, attname::text
  FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
"""


def used(plan: dict[str, Any]) -> Iterator[str]:
    if name := plan.get("Index Name"):
        yield name
    for part in plan.get("Plans", []):
        yield from used(part)


def looks(cursor: Any, table: str, columns: list[str]) -> list[str]:
    """Indexes by which a row is looked for, as a foreign key does."""
    asked = " AND ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=1))
    cursor.execute(
        "EXPLAIN (GENERIC_PLAN, FORMAT JSON)"
        f" SELECT 1 FROM ONLY {table} x WHERE {asked} FOR KEY SHARE OF x"
    )
    [[found]] = cursor.fetchall()
    return list(used(found[0]["Plan"]))


@pytest.mark.usefixtures("kept")
def test_every_key_leads_to_its_row_also_in_a_table_that_seems_empty() -> None:
    engines.as_superuser(_SEEM_EMPTY)
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with closing(database), database.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")  # the tables of the test have few pages
        cursor.execute(_FIRST)
        first = dict(cursor.fetchall())
        cursor.execute(_ASKED)
        asked = [(table, columns) for table, columns in cursor.fetchall() if table not in BY_HAND]
        assert len(asked) > 200
        by = {(table, *columns): looks(cursor, table, columns) for table, columns in asked}
        whole = {
            key: names
            for key, names in by.items()
            if not names or any(first[name] not in key[1:] for name in names)
        }
        assert whole == {}
        # An index of the shape that hurt is seen.
        cursor.execute("CREATE INDEX bad ON registrations_resident (office_id, birth_date, id)")
        assert looks(cursor, "registrations_resident", ["id"]) == ["bad"]
