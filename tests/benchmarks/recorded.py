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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2.extensions
from django.db import connection

from tests import engines
from tests.benchmarks.cpu import spent
from tests.benchmarks.crowd import FIRST, PERSON, person_id
from tests.benchmarks.rows import RESULTS, pg_bin

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)?")
_BYTES = re.compile(r"\\+x[0-9a-f]{16,}")
_TOKEN = re.compile(rf"{_UUID.pattern}|{_MOMENT.pattern}|{_BYTES.pattern}|\w+|\W", re.DOTALL)
#: People of one connection of pgbench.
BLOCK = 1_000


@dataclass
class Message:
    """One message to the server, and the row that came back if it was one."""

    sql: str
    found: dict[str, str] = field(default_factory=dict)


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
    assert one[-1].sql == "COMMIT", one[-1].sql
    return _Script(people[1], people[2]).of(prepared, one, two)


class _Script:
    def __init__(self, person: str, other: str) -> None:
        self.person, self.other = person, other
        #: What was drawn for one request -> its variable.
        self.drawn: dict[str, str] = {}
        self.asked: set[int] = set()

    def of(self, prepared: list[str], one: list[Message], two: list[Message]) -> str:
        bodies = [self._with_variables(number, one, two) for number in range(len(one))]
        ends = [f"\\gset from{n}_" if n in self.asked else ";" for n in range(len(one))]
        lines = [
            "\\set count :count + 1",
            f"\\set person {FIRST} + :first + :client_id * {BLOCK} + :count",
            *(f"\\set {name} random({10**11}, {10**12 - 1})" for name in self._ids()),
            *(f"\\set {name} random({10**9}, {10**10 - 1})" for name in self._texts()),
            "\\if :fresh",
            *(f"{_escaped(sql)};" for sql in prepared),
            "\\set fresh 0",
            "\\endif",
            *(f"{body} {end}" for body, end in zip(bodies, ends, strict=True)),
        ]
        return "\n".join(lines) + "\n"

    def _ids(self) -> list[str]:
        return [name for value, name in self.drawn.items() if _UUID.fullmatch(value)]

    def _texts(self) -> list[str]:
        return [name for value, name in self.drawn.items() if not _UUID.fullmatch(value)]

    def _with_variables(self, number: int, one: list[Message], two: list[Message]) -> str:
        tokens, others = (_TOKEN.findall(messages[number].sql) for messages in (one, two))
        assert len(tokens) == len(others), (one[number].sql, two[number].sql)
        found = [
            token if token == other else self._variable(token, other, one[:number], two[:number])
            for token, other in zip(tokens, others, strict=True)
        ]
        return _escaped("".join(found))

    def _variable(self, token: str, other: str, one: list[Message], two: list[Message]) -> str:
        if (token, other) == (self.person, self.other):
            return f"{PERSON}:person"
        if _MOMENT.fullmatch(token) or _BYTES.fullmatch(token):
            return token  # the moment of the recording, and hashes of what was said
        if token.isdigit():
            return self._said_before(token, other, one, two)
        name = self.drawn.setdefault(token, f"drawn{len(self.drawn)}")
        return f"{token[:-12]}:{name}" if _UUID.fullmatch(token) else f":{name}"

    def _said_before(self, token: str, other: str, one: list[Message], two: list[Message]) -> str:
        for number, (message, again) in enumerate(zip(one, two, strict=True)):
            for name, value in message.found.items():
                if value == token and again.found.get(name) == other:
                    self.asked.add(number)
                    return f":from{number}_{name}"
        raise AssertionError(f"nobody knows where {token} and {other} come from")


def _escaped(sql: str) -> str:
    """As pgbench sends it in one message: `;` between two statements is no end."""
    within, found = False, []
    for token in _TOKEN.findall(sql):
        within ^= token == "'"
        found.append("\\;" if token == ";" and not within else token)
    return "".join(found)


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
