"""Cards: a movement beside a record of the ledger, the balances of the nation, a statement among five
million movements. In `make bench`, or alone with

    python -m tests.benchmarks.stock 100000
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

MOVEMENTS = 5_000_000
#: One in so many is of the office whose statement is read.
BUSY = 5
OFFICE = "13.75"
#: Movements and records that are written in turn, each committed.
WRITTEN = 300
#: Days over which the movements are spread.
DAYS = 365

#: Every office has a store and what it printed, as its first count would have left them. The office whose
#: statement is read stands first.
_ACCOUNTS = """
SET session_replication_role = replica;
INSERT INTO events_stockaccount (key, item, kind, office_id, card_class, opened_at, counted_at)
SELECT kind || ':' || code, 'card', kind, code, '', opened, opened
  FROM regions_region CROSS JOIN unnest(ARRAY['office', 'printed']) kind
 CROSS JOIN (SELECT now() - make_interval(days => {days} + 1) AS opened) opening
 WHERE level = 'regency' ON CONFLICT DO NOTHING;
INSERT INTO events_stockaccount (key, item, kind, card_class) VALUES ('centre', 'card', 'centre', '')
ON CONFLICT DO NOTHING;
CREATE TABLE bench_office AS
SELECT row_number() OVER (ORDER BY store.office_id <> '{office}', store.office_id) - 1 AS place,
       store.id AS store, printed.id AS printed
  FROM events_stockaccount store JOIN events_stockaccount printed USING (office_id, item)
 WHERE store.kind = 'office' AND store.point_id IS NULL AND printed.kind = 'printed'
   AND item = 'card';
"""

#: One in fifty brings an outer, the others print a card; each office's in the order of time. Balances
#: and numbers stand as the trigger would have written them, which is off.
_MOVEMENTS = """
SET session_replication_role = replica;
SET work_mem = '512MB';
INSERT INTO events_movement (id, item, act, source_id, target_id, quantity, document, occurred_at,
    received_at, by_id, record, reason, supplier, funds, minutes_number, witnesses, source_kind,
    target_kind, source_balance, target_balance, source_number, target_number)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'card',
    CASE WHEN comes THEN 'move' ELSE 'record' END,
    CASE WHEN comes THEN centre ELSE store END, CASE WHEN comes THEN store ELSE printed END,
    CASE WHEN comes THEN 2000 ELSE 1 END, CASE WHEN comes THEN 'BAST/' || n ELSE '' END,
    at, at, author,
    CASE WHEN NOT comes THEN ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid END,
    '', '', '', '', '[]', CASE WHEN comes THEN 'centre' ELSE 'office' END,
    CASE WHEN comes THEN 'office' ELSE 'printed' END,
    CASE WHEN comes THEN -n ELSE lies END, CASE WHEN comes THEN lies ELSE nth END,
    CASE WHEN comes THEN n + 1 ELSE nth END, nth
FROM (
    SELECT n, store, printed, nth, nth % 50 = 1 AS comes,
        2000 * ((nth - 1) / 50 + 1) - (nth - 1 - (nth - 1) / 50) AS lies,
        now() - interval '1 hour' - make_interval(secs => ({count} - n) * {days} * 86400.0 / {count}) AS at,
        (SELECT id FROM events_stockaccount WHERE key = 'centre' AND item = 'card') AS centre,
        (SELECT min(id) FROM accounts_user) AS author
    FROM (
        SELECT n, o.store, o.printed, row_number() OVER (PARTITION BY o.place ORDER BY n) AS nth
        FROM generate_series(0, {count} - 1) n
        JOIN bench_office o ON o.place = CASE WHEN n % {busy} = 0 THEN 0 ELSE 1 + n % 513 END
    ) numbered
) filled ORDER BY n;
UPDATE events_stockaccount SET balance = last.balance, moves = last.moves FROM (
    SELECT account, max(number) AS moves, (array_agg(balance ORDER BY number DESC))[1] AS balance FROM (
        SELECT source_id AS account, source_number AS number, source_balance AS balance
          FROM events_movement
        UNION ALL SELECT target_id, target_number, target_balance FROM events_movement) ends
     GROUP BY account) last WHERE last.account = id;
DROP TABLE bench_office;
"""


def stock(made: Any, count: int = MOVEMENTS) -> Iterator[dict[str, Any]]:
    """In this order: what loads millions leaves their accounts open."""
    yield from one_movement(made)
    load_movements(count)
    yield from balances_of_the_nation()
    yield from statement(made, count)


def load_movements(count: int) -> None:
    """As the owner of the database of benchmarks, past the triggers."""
    from tests.benchmarks.volume import superuser  # noqa: PLC0415 - after Django

    start = time.perf_counter()
    superuser(
        _ACCOUNTS.format(days=DAYS, office=OFFICE),
        _MOVEMENTS.format(days=DAYS, count=count, busy=BUSY),
        "VACUUM ANALYZE events_movement",
        "VACUUM ANALYZE events_stockaccount",
    )
    print(f"(loaded {count:,} movements in {time.perf_counter() - start:.1f} s)", flush=True)


def one_movement(made: Any) -> Iterator[dict[str, Any]]:
    """Both verbs in turn, each with its commit: what its card costs a print stands beside them."""
    from django.utils import timezone  # noqa: PLC0415 - after the engines

    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from dukcapil.core.ids import uuid7  # noqa: PLC0415 - after the engines
    from events.stock.services.counting import count  # noqa: PLC0415 - after the engines
    from events.stock.services.moving import move  # noqa: PLC0415 - after the engines
    from registrations.ledger.services.entries import Entry  # noqa: PLC0415 - after the engines
    from registrations.ledger.services.ledger import log_service  # noqa: PLC0415 - after the engines
    from tests import world  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import row  # noqa: PLC0415 - after the engines

    by = made["operator"].actor
    people = iter([world.make_resident(made) for _n in range(WRITTEN)])

    def moved() -> None:
        move(
            by=by,
            movement_id=uuid7(),
            item="card",
            source="centre",
            target=f"office:{OFFICE}",
            quantity=2000,
            document="BAST/1",
            occurred_at=timezone.now(),
        )

    def logged() -> None:
        entry = Entry(
            id=uuid7(),
            service="family_card",
            outcome="done",
            resident=next(people).pk,
            occurred_at=timezone.now(),
        )
        log_service(by=by, entry=entry)

    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account=f"office:{OFFICE}",
            item="card",
            physical=1_000,
            counted_at=timezone.now(),
            team=[{"name": "Uji", "function": "Pengurus barang"}],
        )
        subject, baseline = in_turn(WRITTEN, moved, logged)
    ok = subject <= 1.5 * baseline
    yield row("one movement of cards / one ledger record", subject, baseline, "<= 1.5", "ms", ok)


def balances_of_the_nation() -> Iterator[dict[str, Any]]:
    import psycopg2  # noqa: PLC0415 - after the engines
    from django.db import connection  # noqa: PLC0415 - after the engines
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - after the engines

    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from dukcapil.core.db import EVERYBODY  # noqa: PLC0415 - after the engines
    from dukcapil.embedded import SUPERUSER  # noqa: PLC0415 - after the engines
    from dukcapil.regions.models import Region  # noqa: PLC0415 - after the engines
    from events.stock.selectors import balances  # noqa: PLC0415 - after the engines
    from tests import engines  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import row  # noqa: PLC0415 - after the engines

    codes = list(Region.objects.level("regency").values_list("code", flat=True))
    database = psycopg2.connect(engines.database_url(SUPERUSER))
    cursor = database.cursor()

    def asked() -> None:
        cursor.execute(
            "SELECT office_id, kind, sum(balance) FROM events_stockaccount"
            " WHERE item = 'card' AND office_id = ANY(%s) GROUP BY 1, 2",
            [codes],
        )
        cursor.fetchall()

    with scoped(EVERYBODY):
        with CaptureQueriesContext(connection) as queries:
            found = balances(codes, "card")
        assert len(found) == len(codes) == 514
        subject, baseline = in_turn(20, lambda: balances(codes, "card"), asked)
    database.close()
    name = "balances of 514 offices"
    yield row(f"{name}: queries", len(queries), 1, "1", "queries", len(queries) == 1)
    yield row(f"{name} / one GROUP BY in psycopg2", subject, baseline, "reported", "ms", ok=True)


def statement(made: Any, count: int) -> Iterator[dict[str, Any]]:
    """The busiest store's newest page, one in the middle of it, and one of its days."""
    from django.db import connection  # noqa: PLC0415 - after the engines
    from django.test import Client  # noqa: PLC0415 - after the engines

    from events.stock.models import StockAccount  # noqa: PLC0415 - after the engines
    from tests import world  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import row  # noqa: PLC0415 - after the engines

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(made["operator"].user)
    store = StockAccount.objects.get(key=f"office:{OFFICE}", item="card")
    day = world.today() - timedelta(days=DAYS // 2)
    for which, query in (
        ("newest page", ""),
        ("page 100", "&page=100"),
        ("one day", f"&first={day}&last={day}"),
    ):
        path = f"/stok/{OFFICE}/mutasi/?item=card&akun={store.pk}{query}"

        def visit(path: str = path) -> None:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code, answer.content[:300])

        visit()
        queries: list[str] = []

        def count_it(execute: Any, sql: str, *rest: Any, queries: list[str] = queries) -> Any:
            queries.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count_it):
            visit()
        assert queries
        subject, ping = in_turn(10, visit, lambda: client.get("/hari-ini/"))
        name = f"statement at {count:,} movements, {which}"
        ok = len(queries) <= 8
        yield row(f"{name}: queries", len(queries), 8, "<= 8", "queries", ok)
        yield row(f"{name} / today's work", subject, ping, "reported", "ms", ok=True)


def in_turn(times: int, *what: Callable[[], Any]) -> list[float]:
    """Median milliseconds of each, in turn, so that the machine's speed is the same for all."""
    taken: list[list[float]] = [[] for _one in what]
    for _time in range(times):
        for one, found in zip(what, taken, strict=True):
            start = time.perf_counter()
            one()
            found.append(1000 * (time.perf_counter() - start))
    return [statistics.median(found) for found in taken]


def main() -> None:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from tests.world import make_world  # noqa: PLC0415 - after the engines

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    found = list(stock(make_world(), count))
    print(f"{sum(one['met'] for one in found)} of {len(found)} goals met")


if __name__ == "__main__":
    main()
