"""Voters against people: who is joined, who is found, in which time and memory.

.venv/bin/python -m tests.benchmarks.voters 1000000          the core alone, in one process
.venv/bin/python -m tests.benchmarks.voters 1000000 whole    the whole job: brought, read, sealed, matched,
                                                             written, taken over; through the verbs
"""

from __future__ import annotations

import io
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("DUKCAPIL_TEST_DURABLE", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

MANY = 1_000_000
SECONDS, MEMORY = 120, 2_048


def voters(many: int = MANY) -> Iterator[dict[str, Any]]:
    """The core alone, in one process; the corpus stands beside it in memory."""
    from registrations.voters.services.matching import (  # noqa: PLC0415 - after the engines
        ASK,
        JOINED,
        TWICE,
        People,
        match_all,
    )
    from tests.benchmarks.voters_corpus import corpus  # noqa: PLC0415 - after the engines

    made = corpus(many)
    before = time.process_time()
    joined = right = offered = asked = 0
    for match in match_all(People(made.people), made.voters):
        truth = made.truth.get(match.number)
        joined += match.verdict == JOINED
        asked += match.verdict == ASK
        right += match.verdict == JOINED and match.people[0] == truth
        offered += match.verdict in (ASK, TWICE) and truth in match.people
    took = time.process_time() - before
    yield {
        "people": len(made.people),
        "voters": len(made.voters),
        "seconds of CPU": round(took, 1),
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "joined": joined,
        "asked": asked,
        "precision": round(right / joined, 5),
        "recall with people": round((right + offered) / len(made.truth), 4),
    }


# --- the whole job --------------------------------------------------------------------------------


def whole(made: Any, many: int = MANY) -> Iterator[dict[str, Any]]:
    """Everything between the file and the result. The corpus is made in a process that ends before."""
    from django.db import connection  # noqa: PLC0415 - after the engines

    from events.elections.models import Election  # noqa: PLC0415 - after the engines
    from registrations.voters.services.lists import LARGEST_FILE  # noqa: PLC0415
    from registrations.voters.services.work import work_on  # noqa: PLC0415 - after the engines

    folder = Path(os.environ["DUKCAPIL_VAR"]) / "voters"
    folder.mkdir()
    connection.close()
    if (child := os.fork()) == 0:
        _make_office(many, folder, LARGEST_FILE)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    election = Election.objects.create(
        name="Pilkada contoh", kind="pilkada", region_id="13", held_on=date(2027, 11, 24)
    )
    measured = Measured()
    with measured("brought"):
        lists = [_brought(made, path, election) for path in sorted(folder.iterdir())]
    for number, list_id in enumerate(lists, 1):
        for step, goes_on in (("read", True), ("matched", False)):
            with measured(f"{step} {number}/{len(lists)}", worker=True):
                assert work_on(list_id) == goes_on, step
    yield measured.sum(many)
    yield from _pages(made, lists[0])
    _taken(made, lists, measured)


class Measured:
    """Seconds by the clock and of CPU (ours, of processes that read for us, of the database's own process)."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def __call__(self, what: str, *, worker: bool = False) -> Measured:
        from dukcapil.core.command import use_role  # noqa: PLC0415 - after the engines

        use_role("worker" if worker else "web")
        self.what = what
        return self

    def __enter__(self) -> None:
        self.began = self._now()

    def __exit__(self, *_error: object) -> None:
        took = [now - then for now, then in zip(self._now(), self.began, strict=True)]
        names = ("seconds", "CPU here", "CPU of readers", "CPU of the database")
        row = {"what": self.what} | {
            name: round(value, 2) for name, value in zip(names, took, strict=True)
        }
        row["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self.rows.append(row)
        print(row, flush=True)

    @staticmethod
    def _now() -> list[float]:
        from dukcapil.core.db import rows  # noqa: PLC0415 - after the engines

        backend = rows("SELECT pg_backend_pid()")[0][0]
        ticks = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[11:13]
        read = resource.getrusage(resource.RUSAGE_CHILDREN)
        return [
            time.perf_counter(),
            time.process_time(),
            read.ru_utime + read.ru_stime,
            sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"),
        ]

    def sum(self, many: int) -> dict[str, Any]:
        took = sum(row["seconds"] for row in self.rows)
        most = max(row["MB"] for row in self.rows)
        return {
            "what": f"whole job, {many:,} people",
            "seconds": round(took, 1),
            "MB": most,
            "met": took <= SECONDS and most <= MEMORY,
        }


def _make_office(many: int, folder: Path, largest: int) -> None:
    from tests.benchmarks.voters_corpus import corpus  # noqa: PLC0415 - after the engines
    from tests.benchmarks.voters_office import files, install  # noqa: PLC0415 - after the engines

    made = corpus(many)
    numbers = install(made)
    for place, content in enumerate(files(made, numbers, largest)):
        (folder / f"{place:02}.csv").write_bytes(content)


def _brought(made: Any, path: Path, election: Any) -> Any:
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from registrations.voters.services.lists import bring_voters  # noqa: PLC0415

    by = made["head"].actor
    with scoped(by.scope):
        return bring_voters(
            by=by,
            file=io.BytesIO(path.read_bytes()),
            name=path.name,
            kind="dpt",
            election=election,
            as_of=by.today,
        ).pk


def _taken(made: Any, lists: list[Any], measured: Measured) -> None:
    from dukcapil.accounts.scoping import scoped  # noqa: PLC0415 - after the engines
    from registrations.voters.models import VoterList  # noqa: PLC0415 - after the engines
    from registrations.voters.services.lists import UNDECIDED, accept_result  # noqa: PLC0415
    from registrations.voters.services.work import work_on  # noqa: PLC0415 - after the engines

    by = made["head"].actor
    with measured("asked to take over"):
        for list_id in lists:
            with scoped(by.scope):
                found = VoterList.objects.visible_to(by).get(pk=list_id)
                accept_result(by=by, voter_list=found, confirm=[UNDECIDED])
    with measured("taken over", worker=True):
        for list_id in lists:
            work_on(list_id)


def _pages(made: Any, list_id: Any) -> Iterator[dict[str, Any]]:
    """Of one list: the whole, a class, a village, and what waits."""
    from django.db import connection  # noqa: PLC0415 - after the engines
    from django.test import Client  # noqa: PLC0415 - after the engines
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - after the engines

    from dukcapil.core.command import use_role  # noqa: PLC0415 - after the engines
    from tests.benchmarks.lists import median  # noqa: PLC0415 - after the engines
    from tests.benchmarks.rows import admin  # noqa: PLC0415 - imports the engines
    from tests.counting import asks  # noqa: PLC0415 - as above

    admin("ANALYZE registrations_voterrow, registrations_votercount")
    use_role("web")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(made["head"].user)
    for path in ("", "?show=both", "?show=twice", "?village=13.75.00.1001", "putusan/"):
        address = f"/pemilih/{list_id}/{path}"
        took = median(lambda address=address: client.get(address), times=5)  # type: ignore[misc]
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        asked = [query for query in captured.captured_queries if asks(query["sql"])]
        yield {"page": path or "the whole", "ms": round(took, 1), "queries": len(asked)}


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    is_whole = "whole" in sys.argv
    if is_whole:
        from tests import engines  # noqa: PLC0415 - before Django's settings are read

        engines.fresh_django()
    else:
        import django  # noqa: PLC0415 - after the engines

        django.setup()
    from tests.world import make_world  # noqa: PLC0415 - after the engines

    for found in whole(make_world(), many) if is_whole else voters(many):
        print(found, flush=True)


if __name__ == "__main__":
    main()
