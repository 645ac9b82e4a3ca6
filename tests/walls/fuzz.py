"""Requests made up from the OpenAPI schema, sent as each of the cast: used by a test and a drill."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import (
    content_type_conformance,
    ignored_auth,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import Failure, FailureGroup

from tests.documented import document
from tests.walls.board import Board
from tests.world import CAST

SEED = 20241127
#: Every answer is what the document of the API says, and nobody comes in without a token.
CHECKS = [
    not_a_server_error,
    ignored_auth,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES = [*CAST, "former_operator", "anonymous"]


@dataclass
class Found:
    """What a run came to: calls by status class, and what was wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    operations: int = 0
    fewest: int = 10**9
    dice: int = SEED


def operations(application: Any, *, words: bool = True) -> Iterator[Any]:
    """Of the document as this process has it: the walks ask for the served one. `words`: to send those that stand in
    our modules, which all are read for it.
    """
    config = schemathesis.Config.from_dict({"analysis": {"constants": {"enabled": words}}})
    schema = schemathesis.openapi.from_dict(document(), config=config)
    schema.app, schema.location = application, "/api/v1/schema/"
    for result in schema.get_all_operations():
        yield result.ok()


def run(
    application: Any,
    board: Board,
    cases: int,
    *,
    everybody: bool,
    dice: int = SEED,
    reads: float = 1,
    writes: float = 1,
) -> Found:
    """`cases` requests an operation: each sent as everybody, or as one of the cast after the other. `reads` and
    `writes`: which part of the operations that only read, and of the others; all of them with words of ours, too.
    """
    found, chooses = Found(dice=dice), random.Random(dice)
    every = list(operations(application, words=reads == writes == 1))
    reading = [one for one in every if one.method.upper() == "GET"]
    writing = [one for one in every if one.method.upper() != "GET"]
    chosen = chooses.sample(reading, ceil(len(reading) * reads))
    chosen += chooses.sample(writing, ceil(len(writing) * writes))
    for operation in chosen:
        found.operations += 1
        done = _operation(operation, board, cases, everybody=everybody, found=found)
        found.fewest = min(found.fewest, done)
    return found


def _operation(operation: Any, board: Board, cases: int, *, everybody: bool, found: Found) -> int:
    sent = 0

    @seed(found.dice)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        nonlocal sent
        for name in ROLES if everybody else [ROLES[(found.operations + sent) % len(ROLES)]]:
            sent += 1
            _send(case, name, board, found)

    check()
    while sent < cases:  # operations with few possible inputs are asked again
        check()
    return sent


def _send(case: Any, name: str, board: Board, found: Found) -> None:
    token = board.made[name].token
    # As it is: the client for WSGI takes nothing apart.
    headers = {"Accept-Encoding": "identity"}
    if token:
        headers["Authorization"] = f"Token {token}"
    response = case.call(headers=headers)
    found.statuses[response.status_code] += 1
    where = f"{case.method} {case.path} as {name}: {response.status_code}"
    if (
        token is None
        and response.status_code != 401
        and case.operation.definition.raw.get("security")
    ):
        found.wrong.append(f"{where}, without a token")
    try:
        case.validate_response(response, checks=CHECKS, headers=headers)
    except (Failure, FailureGroup) as error:
        found.wrong.append(f"{where}: {error!r} {str(error)[:500]}")
