"""A list of residents as its page takes it: the job's rate and memory for the largest file, alone with

python -m tests.benchmarks.page_import

Each step is done as the worker does it, piece by piece, in a process of its own.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

ROOT = Path(__file__).resolve().parents[2]
#: What the worker does: an import's id, and how often it looks how far it came.
WORKER = """
import sys, uuid
from pathlib import Path
import django
django.setup()
from dukcapil.core.command import use_role
from registrations.roll.services import work
use_role("worker")
while work.work_on(uuid.UUID(sys.argv[1])):
    pass
high = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(int(high[0].split()[1]) // 1024)
"""


def largest(limit: int) -> bytes:
    """A file of the office's own people that is just as large as the page takes."""
    from tests.benchmarks.residents import HEADER, people  # noqa: PLC0415 - after the engines

    text, size = io.StringIO(), 0
    rows: Iterator[list[str]] = iter([HEADER])
    text.write(";".join(next(rows)) + "\n")
    for row in people(1_000_000):
        row[4] = "13.75.01.1001"
        line = ";".join(row) + "\n"
        size += len(line)
        if size > limit - 1_000:
            break
        text.write(line)
    return text.getvalue().encode()


def job(import_id: Any) -> tuple[Any, int]:
    """What the worker's process costs, and its MB."""
    from tests.benchmarks.residents import costs  # noqa: PLC0415 - after the engines

    said: list[str] = []

    def run() -> None:
        done = subprocess.run(
            [sys.executable, "-c", WORKER, str(import_id)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        said.append(done.stdout)

    return costs(run), int(said[0].split()[-1])


def main() -> None:
    from tests import engines  # noqa: PLC0415 - before Django's settings are read

    engines.fresh_django()
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from registrations.roll.models import RollImport  # noqa: PLC0415 - after the engines
    from registrations.roll.services import imports  # noqa: PLC0415 - after the engines
    from registrations.roll.services.reading import LARGEST_FILE  # noqa: PLC0415 - after the engines
    from tests import world  # noqa: PLC0415 - after the engines

    by = world.make_world()["head"].actor
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST_FILE
    content = largest(limit)
    with scoped(by.scope):
        start = time.perf_counter()
        brought = imports.bring_list(by=by, file=io.BytesIO(content), name="warga.csv")
        print(f"{len(content):,} bytes brought in {time.perf_counter() - start:.1f} s", flush=True)
    for step in ("read and judged", "written", "undone"):
        with scoped(by.scope):
            found = RollImport.objects.get(pk=brought.pk)
            if step == "written":
                imports.carry_out(by=by, roll_import=found, confirm=["left"])
            if step == "undone":
                imports.undo_import(by=by, roll_import=found)
        cost, memory = job(brought.pk)
        with scoped(by.scope):
            found = RollImport.objects.get(pk=brought.pk)
        rate = found.total / cost.took
        print(
            f"{step}: {found.total:,} rows, {found.done:,} done, {found.state}; {rate:,.0f} rows/s,"
            f" {cost.shown(found.total)}; {memory} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
