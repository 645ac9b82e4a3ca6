"""Several at the same moment, each on its own connection to the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from dukcapil.core.db import rows


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all together, each on a connection of its own; each result or error in their order."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def deadlocks() -> int:
    """How many PostgreSQL has resolved in this database so far."""
    rows("SELECT pg_stat_clear_snapshot()")
    found = rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(found[0][0])


def until_one_waits(seconds: float = 10) -> None:
    """Until somebody waits for a lock in this database."""
    until_so_many_wait(1, seconds)


def until_so_many_wait(count: int, seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    waits = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while rows(waits)[0][0] < count:
        rows("SELECT pg_stat_clear_snapshot()")
        assert time.monotonic() < ends, "too few wait"
        time.sleep(0.02)
