"""What the second wall costs: counting an office of 300,000 people through it and without it."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import rows as ask
from dukcapil.embedded import SUPERUSER
from tests import engines, world
from tests.benchmarks.rows import admin, row

PEOPLE = 300_000
_PEOPLE = """
SET session_replication_role = replica;
INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, is_example, created_at)
SELECT gen_random_uuid(), left(village, 5), sha256(n::text::bytea), village, '1990-01-01', 'M',
    'single', true, now()
FROM (SELECT n, CASE WHEN n <= {people} THEN '13.75.01.100' || 1 + n % 2
                     ELSE '13.06.01.200' || 1 + n % 2 END AS village
        FROM generate_series(1, {people} * 4 / 3) n) people;
"""
#: Who counts -> the scope; what PostgreSQL counts for the same answer without a wall.
_COUNTED = {
    "an office": ("13.75;;", "office_id = '13.75'"),
    "a lent clerk's office": (f"13.75;;{uuid.UUID(int=7)}", "office_id = '13.75'"),
    "a verifier's village": ("13.75;13.75.01.1001;", "village_id = '13.75.01.1001'"),
}


def walls(_made: world.World) -> Iterator[dict[str, Any]]:
    admin(_PEOPLE.format(people=PEOPLE))
    admin("ANALYZE registrations_resident")
    database = psycopg2.connect(engines.database_url(SUPERUSER))
    cursor = database.cursor()
    for who, (scope, condition) in _COUNTED.items():

        def without(condition: str = condition) -> int:
            cursor.execute(f"SELECT count(*) FROM registrations_resident WHERE {condition}")
            return int(cursor.fetchone()[0])

        def through(scope: str = scope) -> int:
            with scoped(scope):
                return int(ask("SELECT count(*) FROM registrations_resident")[0][0])

        assert through() == without() > 0
        walled, bare = _medians(through, without)
        ok = walled <= 4 * bare
        yield row(f"count {who} of {PEOPLE:,} / no wall", walled, bare, "<= 4", "ms", ok)
    database.close()


def _medians(*questions: Callable[[], int]) -> list[float]:
    """In turn, so that the machine's speed is the same for all."""
    taken: list[list[float]] = [[] for _question in questions]
    for _time in range(7):
        for question, times in zip(questions, taken, strict=True):
            begun = time.perf_counter()
            question()
            times.append(1000 * (time.perf_counter() - begun))
    return [statistics.median(times) for times in taken]
