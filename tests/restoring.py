"""A worker's database as it was copied, after a test that committed: where it wrote few rows, they are taken back
and what stood there is written again, for a third of what a copy of two thousand files costs.

What was written PostgreSQL counts itself: rows of each table, rolled back or not, those of its own catalogues
included. Where a definition changed, much was written, or anything is not as expected, nothing is done: then a
copy is made.
"""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from dukcapil import embedded
from tests import engines

#: Bytes of the tables that were written to; and of what one of them held before.
MOST, MOST_OF_ONE = 4_000_000, 200_000
#: Oids below are PostgreSQL's own.
_OURS = 16384

_OTHERS = """
    SELECT bool_and(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_WRITTEN = """
    SELECT oid::bigint, oid::regclass::text, pg_relation_size(oid)
    FROM pg_class
    WHERE relkind IN ('r', 'm') AND NOT relisshared
        AND pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid)
            + pg_stat_get_tuples_deleted(oid) > 0
"""
#: Of the database itself: who owns it and may do what there, and its settings.
_ITSELF = """
    SELECT datdba, datacl::text, datconnlimit, datallowconn,
        (SELECT array_agg(setconfig::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = oid)
    FROM pg_database WHERE datname IN (%s, current_database())
"""
_TEMPLATE = """
    SELECT (SELECT count(*) FROM pg_trigger WHERE tgenabled IN ('A', 'R')),
        ARRAY(SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' ORDER BY oid)
"""


class _No(Exception):
    """A copy is needed."""


@dataclass
class _Known:
    """What is known of a template: rows of its tables, as COPY writes them, and where sequences stand."""

    sequences: str
    rows: dict[str, bytes] = field(default_factory=dict)


_known: dict[str, tuple[int, _Known]] = {}


def restored(template: str) -> bool:
    """Whether the worker's database, once a copy of `template`, is again what it was."""
    try:
        with (
            closing(_connect(engines.database_name())) as connection,
            connection.cursor() as cursor,
        ):
            _restore(cursor, template)
    except (_No, psycopg2.Error):
        return False
    return True


def _connect(database: str) -> Any:
    address = engines.admin_address().replace(f"/{embedded.DATABASE}", f"/{database}")
    connection = psycopg2.connect(address)
    connection.autocommit = True
    return connection


def _restore(cursor: Any, template: str) -> None:
    # What a connection wrote is counted at the latest when it ends.
    cursor.execute(_OTHERS)
    _asked(cursor.fetchone()[0] is not False)
    cursor.execute(_ITSELF, [template])
    _asked(len(set(map(repr, cursor.fetchall()))) == 1)
    cursor.execute(_WRITTEN)
    written = cursor.fetchall()
    _asked(all(oid >= _OURS for oid, _table, _size in written))
    _asked(sum(size for _oid, _table, size in written) <= MOST)
    tables = [table for _oid, table, _size in written]
    cursor.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", [template])
    known = _of_template(template, cursor.fetchone()[0], tables)
    cursor.execute(
        "BEGIN; SET LOCAL session_replication_role = replica; "
        + "".join(f"DELETE FROM ONLY {table}; " for table in tables)
        + known.sequences
    )
    for table in tables:
        if known.rows[table]:
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(known.rows[table]))
    cursor.execute("COMMIT")
    # What was written to put it back is no change.
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute("SELECT pg_stat_reset()")


def _asked(holds: bool) -> None:
    if not holds:
        raise _No


def _of_template(template: str, oid: int, tables: list[str]) -> _Known:
    """Read once; one that was made anew has another number."""
    found, known = _known.get(template, (0, None))
    if known is None or found != oid or not known.rows.keys() >= set(tables):
        with closing(_connect(template)) as connection, connection.cursor() as cursor:
            if known is None or found != oid:
                known = _Known(_sequences(cursor))
            for table in tables:
                if table not in known.rows:
                    known.rows[table] = _rows(cursor, table)
        _known[template] = oid, known
    return known


def _rows(cursor: Any, table: str) -> bytes:
    cursor.execute("SELECT pg_relation_size(%s::regclass)", [table])
    _asked(cursor.fetchone()[0] <= MOST_OF_ONE)
    rows = io.BytesIO()
    cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
    return rows.getvalue()


def _sequences(cursor: Any) -> str:
    """The statement that sets them all; where triggers fire whoever writes, nothing can be put back."""
    cursor.execute(_TEMPLATE)
    always, names = cursor.fetchone()
    _asked(not always)
    calls = []
    for name in names:
        cursor.execute(f"SELECT last_value, is_called FROM {name}")
        last, called = cursor.fetchone()
        calls.append(f"setval('{name}'::regclass, {last}, {called})")
    return f"SELECT {', '.join(calls)}; " if calls else ""
