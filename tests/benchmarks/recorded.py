"""The very statements of a request, as PostgreSQL got them, and a script for pgbench made out of them.

One request is sent three times, for three people. Of the first one only what it prepares is kept. Where the
second and the third differ stands what is new in each request: a person, an id, a random text, a number that
the database said before. In the script these are variables; everything else stands as it was sent. So the
script follows the product by itself, and what it does not understand ends the run.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2.extensions
from django.db import connection

from tests import engines
from tests.benchmarks.cpu import spent
from tests.benchmarks.rows import RESULTS, pg_bin
from tests.benchmarks.scripts import BLOCK, Message, Script, person_id

_kept: list[Message] = []


class _Recording(psycopg2.extensions.cursor):
    """psycopg2 itself says what it sent."""

    def execute(self, query: Any, values: Any = None) -> None:
        super().execute(query, values)
        _kept.append(Message(bytes(self.query or b"").decode()))

    def fetchall(self) -> list[tuple[Any, ...]]:
        found = super().fetchall()
        if len(found) == 1:
            names = [column.name for column in self.description or ()]
            _kept[-1].found = dict(zip(names, map(str, found[0]), strict=True))
        return found


@contextmanager
def _recording() -> Iterator[None]:
    """On a connection that has prepared nothing yet."""
    connection.close()
    connection.ensure_connection()
    raw: Any = connection.connection
    raw.cursor_factory = _Recording
    try:
        yield
    finally:
        connection.close()


def record(send: Callable[[str], None], first: int) -> str:
    """The script of a request. `send` sends it for a person by id; three are used up, from number `first` on."""
    people = [person_id(first + number) for number in range(3)]
    said: list[list[Message]] = []
    with _recording():
        for one in people:
            _kept.clear()
            send(one)
            said.append(list(_kept))
    prepared = [message.sql for message in said[0] if message.sql.startswith("PREPARE ")]
    one, two = said[1:]
    assert len(one) == len(two), ([m.sql for m in one], [m.sql for m in two])
    assert one[0].sql.startswith("BEGIN"), one[0].sql
    # By itself, or behind the last statements.
    assert re.search(r"(^|; )COMMIT$", one[-1].sql), one[-1].sql
    return Script(people[1], people[2]).of(prepared, one, two)


class Ran(NamedTuple):
    """Transactions a second, and PostgreSQL's milliseconds for one of them."""

    rate: float
    database: float


#: Transactions of each connection that only a run before takes, and that are taken off again: a new connection
#: reads the catalogue, prepares and plans, which one of ours did long ago.
WARM = 10


def pgbench(script: str, clients: int, each: int, first: int) -> Ran:
    """`each` transactions on every connection, as the role `web`; for people from number `first` on."""
    assert each + 2 * WARM < BLOCK
    path = RESULTS / "recorded.sql"
    path.write_text(script)
    before, cold = _run(path, clients, WARM, first)
    whole, postgres = _run(path, clients, WARM + each, first + WARM)
    path.unlink()
    many = clients * each
    return Ran(many / (whole - before), (postgres - cold) / many)


def _run(path: Path, clients: int, each: int, first: int) -> tuple[float, float]:
    """Seconds of all connections together, and PostgreSQL's milliseconds."""
    url = engines.database_url("web").replace("postgres://", "postgresql://")
    said: list[str] = []

    def run() -> None:
        done = subprocess.run(
            [
                *(str(pg_bin() / "pgbench"), "-n", "-c", str(clients), "-j", "1"),
                *("-t", str(each), "-D", "count=0", "-D", "fresh=1", "-D", f"first={first}"),
                *("-f", str(path), url),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.returncode, done.stderr[-2000:]
        said.append(done.stdout)

    _web, postgres = spent(None, run)
    found = re.search(r"tps = ([\d.]+)", said[0])
    assert found
    assert f"actually processed: {clients * each}/" in said[0], said[0]
    return clients * each / float(found[1]), postgres
