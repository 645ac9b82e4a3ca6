"""What each part of a written record costs PostgreSQL, by taking it away: `python -m tests.benchmarks.apart [rounds]`.

Copies of one database, in each of which one part of the ledger's table or of its function is gone; the very rows are
written to all of them by turns, one in a transaction and a thousand in one, as the role `web` by the function
`ledger_write`. CPU of the backend by the kernel's count; the better quarter of the rounds. What is left out costs nothing any
more, so the parts need not add up to the whole.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

SINGLE, MANY = 150, 1_000
_LEDGER = "registrations_servicerecord"

_DROP = """
DO $$ DECLARE one text; BEGIN
    FOR one IN {find} LOOP EXECUTE one; END LOOP;
END $$
"""
_CONSTRAINTS = (
    f"SELECT 'ALTER TABLE {_LEDGER} DROP CONSTRAINT ' || conname FROM pg_constraint"
    f" WHERE conrelid = '{_LEDGER}'::regclass AND contype = "
)
_INDEXES = (
    f"SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indrelid = '{_LEDGER}'::regclass"
    " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
)
#: Name of the part -> what takes it away.
PARTS = {
    "nothing": "SELECT",
    "foreign keys, asked at COMMIT": _DROP.format(find=_CONSTRAINTS + "'f'"),
    "the chain's hash (SHA-256 of twenty-five values)": (
        f"CREATE OR REPLACE FUNCTION ledger_hash(r {_LEDGER}) RETURNS bytea"
        " LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$"
    ),
    "thirteen indexes, all but the key and the number": _DROP.format(find=_INDEXES),
    "somebody is held (trigger, locks the person)": (
        f"DROP TRIGGER {_LEDGER}_of_somebody ON {_LEDGER}"
    ),
    "CHECKs of the table": _DROP.format(find=_CONSTRAINTS + "'c'"),
    "the other triggers": (
        f"DROP TRIGGER ledger_by_keeper ON {_LEDGER}; DROP TRIGGER paper_follows ON {_LEDGER};"
        f"DROP TRIGGER document_follows ON {_LEDGER}"
    ),
}


def main(rounds: int, more: dict[str, str]) -> None:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from django.db import connection  # noqa: PLC0415 - after the engines

    from dukcapil import embedded  # noqa: PLC0415 - after the engines
    from tests import world  # noqa: PLC0415 - after the engines
    from tests.benchmarks import batch  # noqa: PLC0415 - after the engines
    from tests.benchmarks.crowd import crowd  # noqa: PLC0415 - after the engines
    from tests.benchmarks.floor import record_body  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import admin  # noqa: PLC0415 - after the engines
    from tests.benchmarks.scripts import person_id  # noqa: PLC0415 - after the engines

    made = world.make_world()
    crowd(made, batch.START, MANY)
    body = {"records": [record_body(person_id(batch.START + n)) for n in range(MANY)]}
    answer = made["operator"].client.post(
        "/api/v1/service-records/batch/",
        json.dumps(body),
        "application/json",
        headers={"Authorization": f"Token {made['operator'].token}"},
    )
    assert {one["status"] for one in answer.json()["results"]} == {"created"}
    said = json.dumps(admin(batch._NEWEST))
    engines.as_superuser("ANALYZE")
    connection.close()
    scope, parts = made["operator"].actor.scope, PARTS | more
    backends = []
    for number, gone in enumerate(parts.values()):
        name = f"{engines.database_name()}_{number}"
        engines.keep_database(name)
        engines.as_superuser(gone, database=name)
        url = engines.database_url("web").replace(engines.database_name(), name)
        backends.append(_Backend(url, scope))
    plain = _Backend(engines.database_url(embedded.SUPERUSER), scope)
    plain.run(["CREATE TABLE bench_plain (id uuid PRIMARY KEY, body text)"])
    for title, size, count in (("one", 1, SINGLE), ("a thousand", MANY, 1)):
        found: dict[str, list[float]] = {}
        for _n in range(rounds + 1):
            for name, backend in zip(parts, backends, strict=True):
                calls = list(_calls(said, size, count, batch._anew))
                found.setdefault(name, []).append(backend.run(calls) / size / count)
            if size == 1:
                calls = ["INSERT INTO bench_plain VALUES (gen_random_uuid(), 'one')"] * count
                found.setdefault("(one INSERT into a bare table)", []).append(
                    plain.run(calls) / count
                )
        _told(title, {name: _better(taken[1:]) for name, taken in found.items()})


def _better(taken: list[float]) -> float:
    """The middle of the better half: who shares the machine only adds."""
    return sorted(taken)[len(taken) // 4]


def _calls(said: str, size: int, count: int, anew: Callable[[str], str]) -> Iterator[str]:
    rows = json.loads(anew(said))
    collected = "true" if size > 1 else "false"
    for number in range(count):
        told = json.dumps(rows[number * size : (number + 1) * size])
        yield f"SELECT count(seq) FROM ledger_write('{told}', {collected})"


def _told(title: str, found: dict[str, float]) -> None:
    whole = found["nothing"]
    print(f"{title} in a transaction: ms of PostgreSQL for a row", flush=True)
    for name, figure in found.items():
        print(f"  {name:<60}{figure:8.4f}{whole - figure:9.4f} {(1 - figure / whole):7.1%}")


class _Backend:
    def __init__(self, url: str, scope: str) -> None:
        import psycopg2  # noqa: PLC0415 - after the engines

        self.database: Any = psycopg2.connect(url)
        self.database.autocommit = True
        self.cursor = self.database.cursor()
        self.cursor.execute("SELECT set_config('app.scope', %s, false)", [scope])

    def run(self, calls: list[str]) -> float:
        """Milliseconds of CPU of this backend, each call in a transaction of its own."""
        path = Path(f"/proc/{self.database.info.backend_pid}/schedstat")
        before = int(path.read_text().split()[0])
        for call in calls:
            self.cursor.execute(call)
        return (int(path.read_text().split()[0]) - before) / 1e6


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9, {})
