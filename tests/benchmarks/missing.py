"""The list of who is missing, and the workbench of a village: with 300 people and with 300,000 of one village.
In `make bench`, or alone with

    python -m tests.benchmarks.missing 300000
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

OFFICE, VILLAGE = "13.75", "13.75.01.1001"
FEW, MANY = 300, 300_000
#: How much longer the page may take, and seconds in which the list is closed.
LONGER, CLOSED = 1.5, 30
#: Adults whom nobody recorded, with names for the page; the triggers of people are off, so nobody is touched.
_PEOPLE = """
SET session_replication_role = replica;
INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, is_example, created_at)
SELECT gen_random_uuid(), '{office}', sha256(('missing ' || n)::bytea), '{village}',
    date '1960-01-01' + n % 15000, 'F', 'single', true, now()
  FROM generate_series({first}, {last}) n;
INSERT INTO registrations_residentidentity (resident_id, office_id, village_id, name, name_key,
    address, rt, rw, nik_cipher, nik_masked)
SELECT id, office_id, village_id, 'WARGA ' || left(id::text, 8), 'WARGA ' || left(id::text, 8),
    'Jl. Contoh', '001', '002', '', '990101******'
  FROM registrations_resident ON CONFLICT DO NOTHING;
"""


def missing(made: Any, many: int = MANY) -> Iterator[dict[str, Any]]:
    from django.db import connection  # noqa: PLC0415 - after the engines
    from django.test import Client  # noqa: PLC0415 - after the engines

    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from dukcapil.core.db import EVERYBODY  # noqa: PLC0415 - after the engines
    from registrations.missing.services.closing import close_list, the_list  # noqa: PLC0415 - the same
    from tests.benchmarks.rows import admin, row  # noqa: PLC0415 - after the engines
    from tests.benchmarks.stock import in_turn  # noqa: PLC0415 - after the engines
    from tests.counting import asks  # noqa: PLC0415 - the same

    client, pages, queries = Client(HTTP_HOST="127.0.0.1"), {}, 0
    client.force_login(made["operator"].user)

    def visit(path: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:300])

    def count_it(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        queries += asks(sql)
        return execute(sql, params, many, context)

    first = 0
    for people in (FEW, many):
        admin(_PEOPLE.format(office=OFFICE, village=VILLAGE, first=first, last=people - 1))
        admin("ANALYZE registrations_resident, registrations_residentidentity")
        first = people
        began = time.perf_counter()
        with scoped(EVERYBODY):
            close_list(by=None, roll_list=the_list("missing", OFFICE, None))
        took = time.perf_counter() - began
        admin("ANALYZE registrations_rollentry")
        visit(f"/belum-rekam/{VILLAGE}/")
        (pages[people],) = in_turn(15, lambda: visit(f"/belum-rekam/{VILLAGE}/"))
    with connection.execute_wrapper(count_it):
        visit(f"/belum-rekam/{VILLAGE}/")
    (region,) = in_turn(10, lambda: visit(f"/belum-rekam/{OFFICE}/"))
    yield row(
        f"list of {many:,} people closed", took, CLOSED, f"<= {CLOSED} s", "s", took <= CLOSED
    )
    name = f"workbench of a village, {many:,} people / {FEW}"
    ok = pages[many] <= LONGER * pages[FEW]
    yield row(name, pages[many], pages[FEW], f"<= {LONGER}", "ms", ok)
    yield row("workbench of a village: queries", queries, 8, "<= 8", "queries", queries <= 8)
    yield row("counts of an office's villages", region, 0, "reported", "ms", ok=True)


def main() -> None:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from tests.world import make_world  # noqa: PLC0415 - after the engines

    count = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    found = list(missing(make_world(), count))
    print(f"{sum(one['met'] for one in found)} of {len(found)} goals met")


if __name__ == "__main__":
    main()
