"""National volume: a recount of ten million rows beside DuckDB, and forty million residents."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from dukcapil import embedded
from dukcapil.core.command import use_role
from reports.invariants.selectors import INVARIANTS, offenders_of
from tests import engines

LEDGER_ROWS, DAYS = 10_000_000, 60
FEW, MANY = 1_000_000, 40_000_000
RULE = next(rule for rule in INVARIANTS if rule.name == "revision-recount")


def superuser(*statements: str) -> None:
    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    database.autocommit = True
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    database.close()


#: Loading with all indexes would take longer than everything that is measured.
_BARE = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
                WHERE (conrelid = '{table}'::regclass OR confrelid = '{table}'::regclass)
                  AND contype = 'f' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.t, one.conname);
    END LOOP;
    FOR one IN SELECT conname FROM pg_constraint
                WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u') LOOP
        EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I CASCADE', one.conname);
    END LOOP;
    FOR one IN SELECT indexrelid::regclass AS i FROM pg_index
                WHERE indrelid = '{table}'::regclass LOOP
        EXECUTE format('DROP INDEX %s', one.i);
    END LOOP;
END $$;
"""

_LEDGER = f"""
SET session_replication_role = replica;
INSERT INTO registrations_servicerecord (id, office_id, seq, row_kind, service, outcome, reason,
    category, resident_id, domicile_id, place_id, device, author_id, note, occurred_at, timezone,
    received_at, payload_hash, weight, previous_hash, hash)
SELECT '00000000-0000-7000-8000-000000000000', o.office, o.head + 1 + n / 514, 'record',
    CASE WHEN n / 514 / {DAYS} / 12 % 3 = 0 THEN 'ikd_activation' ELSE 'recording' END,
    CASE WHEN n / 514 / {DAYS} % 19 = 0 THEN 'failed' ELSE 'done' END,
    CASE WHEN n / 514 / {DAYS} % 19 = 0 THEN 'network' ELSE '' END,
    CASE WHEN n / 514 / {DAYS} % 5 < 2 THEN 'pemula' ELSE 'umum' END,
    '00000000-0000-7000-8000-000000000001', o.villages[1 + n / 514 / {DAYS} % o.many],
    o.villages[1 + n / 514 / {DAYS} % o.many], '', 1, '',
    timestamptz '2024-06-01 10:00+07' + make_interval(days => (n / 514 % {DAYS})::int),
    'Asia/Jakarta', now(), '\\x00', 1, '\\x00', '\\x00'
  FROM generate_series(0, {LEDGER_ROWS - 1}) n
  JOIN (SELECT row_number() OVER (ORDER BY r.code) - 1 AS place, r.code AS office,
               coalesce(h.seq, 0) AS head, v.villages,
               least(12, array_length(v.villages, 1)) AS many
          FROM regions_region r LEFT JOIN registrations_ledgerhead h ON h.office_id = r.code
          CROSS JOIN LATERAL (SELECT array_agg(code) AS villages FROM regions_region
                WHERE level = 'village' AND code > r.code || '.' AND code < r.code || '/') v
         WHERE r.level = 'regency') o ON o.place = n % 514;
CREATE INDEX ledger_office_day ON registrations_servicerecord (office_id, service_date, seq);
CREATE INDEX ledger_early ON registrations_servicerecord (office_id, service_date, seq)
 WHERE counts_from IS NOT NULL;
CREATE INDEX ledger_refs ON registrations_servicerecord (ref_id) WHERE ref_id IS NOT NULL;
INSERT INTO registrations_ledgerhead (office_id, seq, hash)
SELECT office_id, max(seq), '' FROM registrations_servicerecord GROUP BY 1
ON CONFLICT (office_id) DO UPDATE SET seq = excluded.seq;
"""

_RESIDENTS = """
SET session_replication_role = replica;
INSERT INTO registrations_resident (id, office_id, village_id, nik_hash, birth_date, sex,
    marital_status, is_example, created_at)
SELECT gen_random_uuid(), '13.75', '13.75.01.1001', int8send(n), '1990-01-01', 'M', 'single',
       false, now()
  FROM generate_series({first}, {last}) n;
"""

#: What DuckDB is given: the columns that the recount reads.
_COLUMNS = {
    "led": "office_id, seq, service_date, place_id, domicile_id, service, category, outcome,"
    " reason, weight",
    "day": "id, regency_id, service_date, ledger_seq, latest",
    "built": "regency_id, built_to",
    "cell": "day_id, place_id, domicile_id, service, category, outcome, reason, n",
}
_TABLES = {
    "led": "registrations_servicerecord",
    "day": "reports_regencyday",
    "built": "reports_buildhead",
    "cell": "reports_daycount",
}


def rows() -> Iterator[dict[str, Any]]:
    yield recount()
    yield residents()


def recount() -> dict[str, Any]:
    from tests.benchmarks.rows import build_by_workers, row  # noqa: PLC0415 - rows runs this

    superuser(_BARE.format(table="registrations_servicerecord"), _LEDGER)
    superuser("VACUUM ANALYZE registrations_servicerecord")
    use_role("worker")
    took = build_by_workers()
    print(f"(built {LEDGER_ROWS:,} rows of {DAYS} days in {took:.1f} s)", flush=True)
    superuser("VACUUM ANALYZE reports_daycount", "ANALYZE reports_regencyday")
    use_role("owner")
    subject = statistics.median(_timed_in_postgres() for _n in range(3))
    baseline = _in_duckdb()
    return row(
        "full recount of 10,000,000 ledger rows / DuckDB",
        *(subject, baseline, "<= 7", "s", subject <= 7 * baseline),
    )


def _timed_in_postgres() -> float:
    start = time.perf_counter()
    found = offenders_of(RULE)
    assert found == [], found[:3]
    return time.perf_counter() - start


def _in_duckdb() -> float:
    """The same rows and the same question, from DuckDB's own tables in memory."""
    import duckdb  # noqa: PLC0415 - of this row alone, and its end is loud

    lake = duckdb.connect()
    lake.execute("SET threads = 2")
    with tempfile.TemporaryDirectory() as folder:
        database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
        for name, columns in _COLUMNS.items():
            path = Path(folder) / f"{name}.csv"
            with path.open("wb") as file, database.cursor() as cursor:
                cursor.copy_expert(
                    f"COPY (SELECT {columns} FROM {_TABLES[name]}) TO STDOUT CSV HEADER", file
                )
            texts = ", ".join(
                f"'{column}': 'VARCHAR'"
                for column in columns.replace(" ", "").split(",")
                if column.endswith(("place_id", "domicile_id", "office_id", "regency_id"))
                or column in ("service", "category", "outcome", "reason")
            )
            lake.execute(
                f"CREATE TABLE {name} AS SELECT * FROM read_csv('{path}', header = true,"
                f" nullstr = 'NULL', types = {{{texts}}})"
            )
        database.close()
    sql = RULE.sql
    for name, table in _TABLES.items():
        sql = sql.replace(
            f"{table} {'c' if name == 'cell' else name}",
            f"{name} {'c' if name == 'cell' else name}",
        )
    timings = []
    for _n in range(3):
        start = time.perf_counter()
        broken = lake.execute(sql).fetchall()
        timings.append(time.perf_counter() - start)
        assert broken == [], broken[:3]
    return statistics.median(timings)


def residents() -> dict[str, Any]:
    """The same day of 200,000 events, built with one and with forty million residents."""
    from tests.benchmarks.rows import build_by_workers, events, row  # noqa: PLC0415

    superuser(_BARE.format(table="registrations_resident"))
    timings = {}
    for number, (first, last) in enumerate(((1, FEW), (FEW + 1, MANY))):
        superuser(_RESIDENTS.format(first=first, last=last))
        # What loading leaves to do is done before, not beside, what is measured.
        superuser("VACUUM ANALYZE registrations_resident", "CHECKPOINT")
        took = []
        for again in range(6):
            events(200_000, f"2025-0{number + 1}-{10 + again}")
            superuser("CHECKPOINT")
            use_role("worker")
            took.append(build_by_workers())
        timings[last] = statistics.median(took[1:])
    return row(
        "daily build with 40,000,000 residents / with 1,000,000",
        *(timings[MANY], timings[FEW], "<= 1.2", "s", timings[MANY] <= 1.2 * timings[FEW]),
    )
