"""Batches of 1,000 records: rows a second, and CPU of a row beside two ways of writing rows in bulk.

    make bench ROWS="batch"

The goal's baseline is the trigger that judged and chained each row until the ledger got its only writer
(docs/adr/0079): the text of its last migration, on a table and a chain of its own, with the very rows. The
function that took its place writes the same rows in one call; no batch can cost less than that one does.
"""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import rows as ask
from dukcapil.core.ids import uuid7
from tests import engines, world
from tests.benchmarks import load
from tests.benchmarks.cpu import at_most, cost, spent
from tests.benchmarks.crowd import crowd
from tests.benchmarks.floor import record_body
from tests.benchmarks.rows import SUPERUSER, admin, row
from tests.benchmarks.scripts import person_id

SIZE, ROUNDS = 1_000, 4
#: The crowd's numbers: others than those of `statements`.
START = 50_000
_SQL = Path(settings.BASE_DIR) / "registrations/migrations/sql"
_TABLES = ("servicerecord", "ledgerhead", "effectiveservice")
#: What is said of a row; everything else the trigger makes.
_SAID = """id, office_id, row_kind, service, outcome, reason, category, resident_id, domicile_id, place_id,
    device, author_id, note, occurred_at, timezone, payload_hash, card_used"""
_NEWEST = f"""
SELECT json_agg(one) FROM (
    SELECT {_SAID} FROM registrations_servicerecord ORDER BY received_at DESC, seq DESC LIMIT {SIZE}) one
"""
#: The other rules of the table: what a row refers to, and what follows from one that is written.
_RULES = """
DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT 'ALTER TABLE bench_servicerecord ADD ' || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE conrelid = 'registrations_servicerecord'::regclass AND contype = 'f'
               UNION ALL
               SELECT replace(pg_get_triggerdef(oid), '.registrations_servicerecord', '.bench_servicerecord')
                 FROM pg_trigger WHERE tgrelid = 'registrations_servicerecord'::regclass
                  AND NOT tgisinternal AND tgname <> 'ledger_by_keeper' LOOP
        EXECUTE one;
    END LOOP;
END $$;
"""


def batch(made: world.World) -> Iterator[dict[str, Any]]:
    crowd(made, START, SIZE)
    token = str(made["operator"].token)
    found = cost(_batches(token), 1, 120, expect=200)
    rate = SIZE * found.rate
    yield row("records in batches of 1,000", rate, 5000, ">= 5000", "rows/s", rate >= 5000)
    # Both reach for the same chain: one reads its rows while the other writes.
    two = cost(_batches(token), 2, 120, expect=200)
    yield row(
        "the same, two senders of one office at once",
        *(SIZE * two.rate, rate, "reported", "rows/s"),
        ok=True,
    )
    said = json.dumps(admin(_NEWEST))
    ours = found.whole / SIZE
    yield row(
        "a row of a batch: CPU of web, of PostgreSQL",
        *(found.web / SIZE, found.database / SIZE, "reported", "ms"),
        ok=True,
    )
    yield at_most("row of a batch / INSERT through the trigger in bulk", ours, _trigger(said), 1)
    yield row(
        "CPU: row of a batch / the same rows by ledger_write alone",
        *(ours, _ledger_write(made, said), "reported", "ms"),
        ok=True,
    )


def _batches(token: str) -> Iterator[bytes]:
    people = itertools.cycle([person_id(START + number) for number in range(SIZE)])
    calls = []
    for _n in range(ROUNDS):
        body = json.dumps({"records": [record_body(next(people)) for _n in range(SIZE)]})
        calls.append(load.request("POST", "/api/v1/service-records/batch/", token, body.encode()))
    return iter(calls)


def _text(name: str) -> str:
    text = (_SQL / name).read_text().replace("ledger_append", "bench_append")
    text = text.replace("ledger_hash", "bench_hash")
    for table in _TABLES:
        text = text.replace(f"registrations_{table}", f"bench_{table}")
    return text


def _trigger(said: str) -> float:
    """Milliseconds of PostgreSQL for a row, by the median of some transactions."""
    for table in _TABLES:
        admin(
            f"DROP TABLE IF EXISTS bench_{table} CASCADE;"
            f"CREATE TABLE bench_{table} (LIKE registrations_{table} INCLUDING ALL)"
        )
    admin(_text("0019_ledger_hash.sql"))
    admin(_text("0045_ledger_append.sql"))
    admin(_RULES)
    admin(
        "CREATE TRIGGER ledger_append BEFORE INSERT ON bench_servicerecord"
        " FOR EACH ROW EXECUTE FUNCTION bench_append()"
    )
    return _per_row(
        f"INSERT INTO bench_servicerecord ({_SAID}, received_at, seq, weight, previous_hash, hash,"
        f" set_aside_code) SELECT {_SAID}, now(), 0, 0, '', '', ''"
        " FROM json_populate_recordset(NULL::bench_servicerecord, %s)",
        said,
    )


def _per_row(sql: str, said: str) -> float:
    database = psycopg2.connect(engines.database_url(SUPERUSER))
    taken = []
    for _n in range(ROUNDS):
        body = _anew(said)

        def write(body: str = body) -> None:
            with database, database.cursor() as cursor:
                cursor.execute(sql, [body])

        taken.append(spent(None, write)[1] / SIZE)
    database.close()
    return statistics.median(taken)


def _anew(said: str) -> str:
    return json.dumps([{**one, "id": str(uuid7())} for one in json.loads(said)])


def _ledger_write(made: world.World, said: str) -> float:
    """As the product calls it, and nothing around it."""
    taken = []
    for _n in range(ROUNDS):
        body = _anew(said)

        def write(body: str = body) -> None:
            with scoped(made["operator"].actor.scope):
                found = ask("SELECT count(*) FROM ledger_write(%s, true) WHERE seq > 0", [body])
                assert found == [(SIZE,)], found

        taken.append(spent(None, write)[1] / SIZE)
    return statistics.median(taken)
