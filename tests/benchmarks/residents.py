"""Import of residents beside raw COPY and `bulk_create` of the same: in `make bench`, or alone with

    python -m tests.benchmarks.residents 100000

The command runs as a process of its own, as the machine's operator starts it, so its memory is its own. CPU stands
beside rates, for these move with the neighbours of a machine.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["nik", "name", "birth_date", "sex", "village", "address", "rt", "rw"]
#: People that `bulk_create` holds; more would only take longer, at the same rate.
BULK = 20_000
MEMORY = 256
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def people(count: int) -> Iterator[list[str]]:
    """Adults in the villages of two offices, no two of one number, or of one name and birth date."""
    villages = ["13.75.01.1001", "13.75.01.1002", "13.06.01.2001"]
    for number in range(count):
        born = date(1950, 1, 1) + timedelta(days=number * 7 % 20_000)
        block, serial = divmod(number, 9_999)
        nik = f"99{block:04}{born:%d%m%y}{serial + 1:04}"
        name = "".join(_LETTERS[number // 26**place % 26] for place in range(5))
        yield [
            *(nik, f"Warga {name}", str(born), "M", villages[number % 3]),
            *(f"Jl. Contoh {number % 500}", f"{number % 12 + 1:03}", f"{number % 7 + 1:03}"),
        ]


def write_file(path: Path, count: int) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(people(count))


def copied(path: Path) -> float:
    """Seconds for PostgreSQL to take the file as it is."""
    import psycopg2  # noqa: PLC0415 - after the engines

    from dukcapil import embedded  # noqa: PLC0415
    from tests import engines  # noqa: PLC0415

    database = psycopg2.connect(engines.database_url(embedded.SUPERUSER))
    with database, database.cursor() as cursor, path.open() as file:
        cursor.execute("DROP TABLE IF EXISTS bench_residents")
        columns = ", ".join(f"{name} text" for name in HEADER)
        cursor.execute(f"CREATE TABLE bench_residents ({columns})")
        start = time.perf_counter()
        cursor.copy_expert("COPY bench_residents FROM STDIN WITH (FORMAT csv, HEADER)", file)
        database.commit()
        took = time.perf_counter() - start
    database.close()
    return took


def bulk_created(path: Path) -> float:
    """People a second through the models, hashed and sealed alike; undone at the end."""
    from django.db import transaction  # noqa: PLC0415

    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415
    from dukcapil.core.db import EVERYBODY  # noqa: PLC0415
    from registrations.people.models import Resident, ResidentIdentity  # noqa: PLC0415

    with path.open() as file:
        # No more than needed: a process that is started counts the memory of whoever started it as its own.
        rows = list(islice(csv.DictReader(file), BULK))
    with transaction.atomic():
        start = time.perf_counter()
        with scoped(EVERYBODY):
            for first in range(0, len(rows), 1_000):
                made = [_models(row) for row in rows[first : first + 1_000]]
                Resident.objects.bulk_create(resident for resident, _identity in made)
                ResidentIdentity.objects.bulk_create(identity for _resident, identity in made)
        took = time.perf_counter() - start
        transaction.set_rollback(True)
    return len(rows) / took


def _models(row: dict[str, str]) -> tuple[Any, Any]:
    from dukcapil.core.crypto import encrypt, keyed_hash  # noqa: PLC0415
    from registrations.people.models import Resident, ResidentIdentity  # noqa: PLC0415
    from registrations.people.services.residents import masked  # noqa: PLC0415
    from registrations.people.validators import Nik, name_key  # noqa: PLC0415

    resident = Resident(
        office_id=row["village"][:5],
        nik_hash=keyed_hash(row["nik"]),
        village_id=row["village"],
        birth_date=row["birth_date"],
        sex=row["sex"],
        is_example=True,
    )
    identity = ResidentIdentity(
        resident=resident,
        office_id=row["village"][:5],
        village_id=row["village"],
        name=row["name"],
        name_key=name_key(row["name"]),
        address=row["address"],
        rt=row["rt"],
        rw=row["rw"],
        nik_cipher=encrypt(row["nik"], context=str(resident.pk)),
        nik_masked=masked(Nik(row["nik"])),
    )
    return resident, identity


class Cost(NamedTuple):
    """Seconds; of CPU, of Python and of PostgreSQL."""

    took: float
    python: float
    postgres: float

    def shown(self, count: int) -> str:
        cpu = 1e6 / count
        return f"{self.took:.1f} s, CPU of a row {cpu * self.python:.0f} + {cpu * self.postgres:.0f} µs"


def costs(work: Callable[[], Any]) -> Cost:
    """Of what this process and its children do."""
    from tests.benchmarks.cpu import spent  # noqa: PLC0415 - after the engines

    def python() -> float:
        ran = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ran.ru_utime + ran.ru_stime

    took, before = [0.0], python()

    def timed() -> None:
        start = time.perf_counter()
        work()
        took[0] = time.perf_counter() - start

    _web, postgres = spent(None, timed)
    return Cost(took[0], python() - before, postgres / 1_000)


def imported(path: Path) -> tuple[Cost, int, str]:
    """What it took, MB of the largest process, and the last line but what the file was read as."""
    lines: list[str] = []
    cost = costs(lambda: lines.append(_command(path)))
    return cost, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, lines[0]


def _command(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "import_residents", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2_000:]
    return next(line for line in done.stdout.splitlines() if "held before" in line)


def residents(_made: Any = None, count: int = 1_000_000) -> Iterator[dict[str, Any]]:
    from tests.benchmarks.rows import row  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warga.csv"
        write_file(path, count)
        copy, rates = count / copied(path), list[float]()
        by_models = costs(lambda: rates.append(bulk_created(path)))
        bulk, models = rates[0], min(BULK, count)
        cost, memory, first = imported(path)
        assert first.startswith(f"{count:,} new"), first
        rate = count / cost.took
        name = f"import of {count:,} residents"
        yield row(f"{name} / bulk_create", rate, bulk, ">= 2", "rows/s", rate >= 2 * bulk)
        yield row(f"{name} / raw COPY", rate, copy, ">= 0.06", "rows/s", rate >= 0.06 * copy)
        yield row(f"{name}: largest process", memory, MEMORY, "<= 1", "MB", memory <= MEMORY)
        again, _memory, second = imported(path)
        written = 0 if second.startswith("0 new") else 1
        yield row(f"{name} again: rows written", written, 0, "0", "rows", not written)
        print(f"{cost.shown(count)}; again {again.shown(count)}; {first} {second}")
        print(f"bulk_create of {models:,}: {by_models.shown(models)}")


def main() -> None:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    found = list(residents(count=count))
    print(f"{sum(one['met'] for one in found)} of {len(found)} goals met")


if __name__ == "__main__":
    main()
