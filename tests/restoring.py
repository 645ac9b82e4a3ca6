"""A worker's database as it was copied, after a test that committed: where it wrote few rows, they are taken back
and what stood there is written again, for a third of what a copy of two thousand files costs.

What was written PostgreSQL counts itself: rows of each table, rolled back or not, those of its own catalogues
included. Of a catalogue that was written to (each temporary table is) all rows must be older than the test, and as
many as in the template. Where a definition changed, much was written, or anything is not as expected, nothing is done:
then a copy is made.
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

#: One that ends by itself at this very moment is none that can be ended: how many there were is the answer.
_OTHERS = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL (%s)
"""
_TRIES = 5
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
#: Of a catalogue: the rows, and those that began in this transaction or later. Schemas of temporary tables stay.
_CATALOGUE = """
    SELECT count(*), count(*) FILTER (WHERE age(xmin) <= age(%s::text::xid)) FROM {}
"""
_OF_TEMPORARY = {"pg_namespace": " WHERE nspname !~ '^pg_(toast_)?temp_'"}
_NOW = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
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
    #: How many rows its catalogues have.
    counts: dict[str, int] = field(default_factory=dict)


_known: dict[str, tuple[int, _Known]] = {}
#: The connection to the worker's database, and the transaction since which tests write there.
_open: list[tuple[Any, int]] = []


def copied() -> None:
    """The worker's database is a copy now, and no test has seen it."""
    close()
    connection = _connect(engines.database_name())
    with connection.cursor() as cursor:
        _open.append((connection, _asked_one(cursor, _NOW)))


def restored(template: str, *staying: int) -> bool:
    """Whether the worker's database, once a copy of `template`, is again what it was. Connections of these
    processes stay, which have told what they wrote.
    """
    try:
        _asked(bool(_open))
        connection, since = _open[0]
        with connection.cursor() as cursor:
            _restore(cursor, template, since, staying)
            _open[0] = connection, _asked_one(cursor, _NOW)
    except (_No, psycopg2.Error):
        close()
        return False
    return True


def close() -> None:
    while _open:
        _open.pop()[0].close()


def _connect(database: str) -> Any:
    address = engines.admin_address().replace(f"/{embedded.DATABASE}", f"/{database}")
    connection = psycopg2.connect(address)
    connection.autocommit = True
    return connection


def _restore(cursor: Any, template: str, since: int, staying: tuple[int, ...]) -> None:
    # What a connection wrote is counted at the latest when it ends.
    _asked(any(_alone(cursor, staying) for _ in range(_TRIES)))
    cursor.execute(_ITSELF, [template])
    _asked(len(set(map(repr, cursor.fetchall()))) == 1)
    cursor.execute(_WRITTEN)
    written = cursor.fetchall()
    ours = [(table, size) for oid, table, size in written if oid >= _OURS]
    catalogues = [table for oid, table, _size in written if oid < _OURS]
    _asked(sum(size for _table, size in ours) <= MOST)
    tables = [table for table, _size in ours]
    cursor.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", [template])
    known = _of_template(template, cursor.fetchone()[0], tables, catalogues)
    for name in catalogues:
        _asked(_count(cursor, name, since) == (known.counts[name], 0))
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


def _alone(cursor: Any, staying: tuple[int, ...]) -> bool:
    cursor.execute(_OTHERS, [list(staying) or [0]])
    return not cursor.fetchone()[0]


def _asked(holds: bool) -> None:
    if not holds:
        raise _No


def _asked_one(cursor: Any, question: str) -> int:
    cursor.execute(question)
    return int(cursor.fetchone()[0])


def _of_template(template: str, oid: int, tables: list[str], catalogues: list[str]) -> _Known:
    """Read once; one that was made anew has another number."""
    found, known = _known.get(template, (0, None))
    asked = {*tables, *catalogues}
    if known is None or found != oid or not known.rows.keys() | known.counts.keys() >= asked:
        with closing(_connect(template)) as connection, connection.cursor() as cursor:
            if known is None or found != oid:
                known = _Known(_sequences(cursor))
            for table in tables:
                if table not in known.rows:
                    known.rows[table] = _rows(cursor, table)
            for name in catalogues:
                known.counts[name] = _count(cursor, name, 0)[0]
        _known[template] = oid, known
    return known


def _count(cursor: Any, catalogue: str, since: int) -> tuple[int, int]:
    cursor.execute(_CATALOGUE.format(catalogue) + _OF_TEMPORARY.get(catalogue, ""), [since])
    all_of_them, new = cursor.fetchone()
    return all_of_them, new


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
