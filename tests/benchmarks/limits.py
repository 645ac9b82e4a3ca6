"""Servers of the limits (`bare`), each with as many processes and threads as ours."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dukcapil import embedded, processes
from tests.benchmarks.cpu import Cost, cost
from tests.benchmarks.load import request
from tests.benchmarks.rows import admin, forever, granian


@contextmanager
def django() -> Iterator[int]:
    """Django without middleware; its port."""
    admin(
        "DROP TABLE IF EXISTS bench_plain; CREATE TABLE bench_plain (id uuid PRIMARY KEY, body text);"
        " GRANT INSERT ON bench_plain TO web"
    )
    with _served("django", "--interface", "wsgi", "--blocking-threads", "4") as port:
        yield port


@contextmanager
def bare() -> Iterator[int]:
    """granian alone; its port."""
    with _served("granian") as port:
        yield port


@contextmanager
def _served(what: str, *options: str) -> Iterator[int]:
    port = embedded.free_port()
    server = granian(f"tests.benchmarks.bare:{what}", port, "/hello/", *options)
    try:
        yield port
    finally:
        processes.stop(server, signal.SIGTERM)


def hello(port: int, clients: int, **how: Any) -> Cost:
    return cost(forever(request("GET", "/hello/", "")), clients, port=port, expect=200, **how)
