"""A class list of a thousand new pupils, and people found by common words: in `make bench`, or alone with

python -m tests.benchmarks.lists

The pupils' goal is in seconds, for somebody waits at a desk. A search is compared with the one of before
names were turned (the beginning of a name, docs/adr/0040) on the same people.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

PUPILS = 1_000
PREVIEW_SECONDS, BOOKING_SECONDS = 2.0, 3.0
PEOPLE = 200_000
#: Two words that many have, alone and together, in either order, and with a third one.
SEARCHES = ("SITI", "SITI AMINAH", "AMINAH SITI", "NUR SITI", "SITI NUR AMINAH")
#: Of two people's names: nearly all of a word are compared. Told, without a goal.
RARE = "SITI NUR AMINAH DEWI"

#: Names of four words of forty: each word is a fortieth of all, two together a fiftieth of that.
_NAMES = """
INSERT INTO registrations_resident (id, office_id, nik_hash, village_id, birth_date, sex,
    marital_status, is_example, created_at)
SELECT gen_random_uuid(), '13.75', sha256(('name ' || n)::bytea), '13.75.01.100' || 1 + n % 2,
    '1990-01-01', 'F', 'single', true, now()
  FROM generate_series(1, {people}) n;
INSERT INTO registrations_residentidentity (resident_id, office_id, village_id, name, name_key,
    address, rt, rw, nik_cipher, nik_masked)
SELECT id, office_id, village_id, name, name, '', '', '', '', ''
  FROM (SELECT id, office_id, village_id, array_to_string(ARRAY(
            SELECT word FROM unnest(ARRAY['SITI', 'NUR', 'AMINAH', 'DEWI', 'SRI', 'RINA', 'YANTI', 'LESTARI',
                'PUTRI', 'WATI', 'HASANAH', 'RAHMA', 'FITRI', 'INDAH', 'KARTIKA', 'MELATI', 'ANISA',
                'ZAHRA', 'HALIMAH', 'KHADIJAH', 'MARIAM', 'SALMA', 'LAILA', 'RATNA', 'SARI', 'AYU', 'WULAN',
                'BUNGA', 'INTAN', 'PERMATA', 'CAHAYA', 'MUTIARA', 'DIAN', 'EKA', 'TRI', 'CATUR', 'PUSPITA',
                'ANGGUN', 'KUSUMA', 'NINGSIH']) WITH ORDINALITY AS words (word, place)
             ORDER BY sha256((id::text || word)::bytea) LIMIT 4), ' ') AS name
          FROM registrations_resident WHERE office_id = '13.75') AS people
ON CONFLICT DO NOTHING;
"""


def lists(made: Any) -> Iterator[dict[str, Any]]:
    yield from _pupils(made)
    yield from _words(made)


def _pupils(made: Any) -> Iterator[dict[str, Any]]:
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from registrations.booking.services.drafts import Source, book_list, bring_list  # noqa: PLC0415 - after the engines
    from registrations.booking.services.groups import plan_of  # noqa: PLC0415 - after the engines
    from tests import world  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import row  # noqa: PLC0415 - after the engines

    session = world.make_session(made, world.make_event(made), {"recording": PUPILS})
    by = made["operator"].actor
    lines = ["NIK;Nama;Tanggal lahir;L/P;Desa"]
    for number in range(PUPILS):
        born = date(2009, 1, 1) + timedelta(days=number % 300)
        nik = f"990101{born:%d%m%y}{number + 1:04}"
        name = "".join(chr(65 + number // 26**place % 26) for place in range(3))
        lines.append(f"{nik};Siswa {name};{born:%d-%m-%Y};L;13.75.01.1001")
    source = Source("\n".join(lines).encode())
    with scoped(by.scope):
        began, ran = time.perf_counter(), _ran()
        draft = bring_list(
            by=by, session=session, plan=plan_of("Kelas", ["recording"]), source=source
        )
        looked, ran_then = time.perf_counter(), _ran()
        carried = book_list(by=by, draft=draft, version=str(draft.version))
        booked, ran_at_last = time.perf_counter(), _ran()
    assert carried.done == PUPILS, carried
    for name, took, cpu, goal in (
        ("preview of 1,000 new pupils", looked - began, ran_then - ran, PREVIEW_SECONDS),
        ("booking 1,000 new pupils", booked - looked, ran_at_last - ran_then, BOOKING_SECONDS),
    ):
        yield row(f"{name} / the goal in seconds", took, goal, "<= 1", "s", took <= goal)
        yield row(f"{name}: CPU without the reader's process", cpu, goal, "<= 1", "s", cpu <= goal)


def _words(made: Any) -> Iterator[dict[str, Any]]:
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from registrations.people.models import Resident  # noqa: PLC0415 - after the engines
    from registrations.people.selectors import COLUMNS  # noqa: PLC0415 - after the engines
    from registrations.people.services.names import people_named  # noqa: PLC0415 - after the engines
    from registrations.people.services.typed_names import wanted  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import admin, row  # noqa: PLC0415 - after the engines
    from tests.benchmarks.volume import superuser  # noqa: PLC0415 - after the engines

    admin(_NAMES.format(people=PEOPLE))
    # As autovacuum does it within a minute: who was added last is else looked up row by row.
    superuser("VACUUM ANALYZE registrations_resident, registrations_residentidentity")
    by = made["operator"].actor

    def before(words: str) -> list[Any]:
        people = Resident.objects.visible_to(by).filter(
            identity__name_key__gte=words, identity__name_key__lt=words + "~"
        )
        return list(people.order_by("identity__name_key", "id").values(*COLUMNS)[:20])

    for words in (*SEARCHES, RARE):
        want, goal = wanted(words, None, None), words != RARE
        with scoped(by.scope):
            assert people_named(by, want)[0]
            (now, cpu), (then, cpu_then) = (
                median(ask) for ask in (partial(people_named, by, want), partial(before, words))
            )
        name = f"search “{words.lower()}” in {PEOPLE:,} people / before any word found"
        ok = now <= 1.5 * then
        yield row(name, now, then, "<= 1.5" if goal else "reported", "ms", ok or not goal)
        yield row(f"{name}: CPU", cpu, cpu_then, "reported", "ms", ok=True)


def median(ask: Callable[[], object], times: int = 30) -> tuple[float, float]:
    """Milliseconds, and those of CPU, of this process and its backend; the first ones warm the caches and are
    not counted.
    """
    took, cpu = [], []
    for number in range(times + 3):
        start, ran = time.perf_counter(), _ran()
        ask()
        if number >= 3:
            took.append(1_000 * (time.perf_counter() - start))
            cpu.append(1_000 * (_ran() - ran))
    return statistics.median(took), statistics.median(cpu)


def _ran() -> float:
    """Seconds of CPU of this process and of its backend so far."""
    from django.db import connection  # noqa: PLC0415 - after the engines

    backend = connection.connection.info.backend_pid
    ran = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])
    return time.process_time() + ran / 1e9


def main() -> None:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from tests import world  # noqa: PLC0415 - after the engines

    found = list(lists(world.make_world()))
    print(f"{sum(one['met'] for one in found)} of {len(found)} goals met")


if __name__ == "__main__":
    main()
