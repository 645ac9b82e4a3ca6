"""A script for pgbench out of two recorded requests (`recorded`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: An id of somebody in the benchmarks: this and twelve digits. So pgbench, which knows numbers only, can
#: name them.
PERSON = "00000000-0000-7000-8000-"
FIRST = 100_000_000_000
#: People of one connection of pgbench.
BLOCK = 1_000

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)?")
_BYTES = re.compile(r"\\+x[0-9a-f]{16,}")
_TOKEN = re.compile(rf"{_UUID.pattern}|{_MOMENT.pattern}|{_BYTES.pattern}|\w+|\W", re.DOTALL)


def person_id(number: int) -> str:
    return f"{PERSON}{FIRST + number}"


@dataclass
class Message:
    """One message to the server, and the row that came back if it was one."""

    sql: str
    found: dict[str, str] = field(default_factory=dict)


class Script:
    """What is new in each request is a variable. `person`, `other`: whom the two requests were sent for."""

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
