"""What calls cost at least, and beside the limits: Django without middleware, granian alone.

make bench ROWS="floor"
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from dukcapil.core.ids import uuid7
from tests import world
from tests.benchmarks import limits, load
from tests.benchmarks.cpu import at_least, at_most, cost, told
from tests.benchmarks.rows import PORT, forever

#: Readers of the coverage list at once.
READERS = 16


def floor(made: world.World) -> Iterator[dict[str, Any]]:
    token = str(made["operator"].token)
    ping_call = load.request("GET", "/api/v1/ping/", token)
    load.run(PORT, 8, itertools.repeat(ping_call, 200))
    with limits.bare() as port:
        yield told("granian alone, 64 clients", limits.hello(port, 64))
    with limits.django() as port:
        limits.hello(port, 8, seconds=1)
        hello = limits.hello(port, 64)
        yield told("Django hello without middleware, 64 clients", hello)
        ping = cost(forever(ping_call), 64, expect=200)
        yield told("ping, 64 clients", ping)
        yield at_least("ping / Django hello, 64 clients", ping.rate, hello.rate, 0.1, "req/s")
        yield at_most("ping / Django hello", ping.whole, hello.whole, 10)
        yield from _coverage(made, port)
        insert = cost(forever(load.request("POST", "/insert/", "")), 8, port=port, expect=201)
        yield told("view with one INSERT, no middleware", insert)
    record = cost(_records(made, token), 8, expect=201)
    yield told("service record", record)
    yield at_most("service record / INSERT view without middleware", record.whole, insert.whole, 3)
    refused = cost(_refused(made, token), 8, expect=409)
    yield told("booking, refused as full", refused)
    yield at_most("refused booking / ping", refused.whole, ping.whole, 2)


def _coverage(made: world.World, port: int) -> Iterator[dict[str, Any]]:
    """As clients ask that take gzip, which requests, httpx, curl --compressed and browsers do, and plain."""
    token = str(made["nation_viewer"].token)
    path = "/api/v1/coverage/?region=00&level=regency"
    calls = {
        "gzip": load.request("GET", path, token, coding="gzip, deflate"),
        "plain": load.request("GET", path, token),
    }
    for call in calls.values():
        load.run(PORT, 2, itertools.repeat(call, 4))
    hello = limits.hello(port, READERS)
    for coding, call in calls.items():
        _result, bodies = load.answered(PORT, 1, iter([call]))
        size = len(bodies[200]) // 1000
        warm = cost(forever(call), READERS, expect=200)
        name = f"coverage list of 514 rows, warm, {coding} ({size} KB)"
        yield at_least(f"{name} / Django hello", warm.rate, hello.rate, 0.1, "req/s")
        yield at_most(f"{name} / Django hello", warm.whole, hello.whole, 10)
        yield told(name, warm)


def record_body(person: str, service: str = "family_card") -> dict[str, str]:
    return {
        "id": str(uuid7()),
        "service": service,
        "outcome": "done",
        "resident": person,
        "occurred_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
    }


def record_call(token: str, person: str) -> bytes:
    body = json.dumps(record_body(person)).encode()
    return load.request("POST", "/api/v1/service-records/", token, body)


def booking_call(token: str, session: str, person: str) -> bytes:
    body = {"session": session, "resident": person, "services": ["recording"]}
    return load.request("POST", "/api/v1/appointments/", token, json.dumps(body).encode())


def _records(made: world.World, token: str) -> Iterator[bytes]:
    people = [str(world.make_resident(made).pk) for _n in range(200)]
    return (record_call(token, one) for one in itertools.cycle(people))


def _refused(made: world.World, token: str) -> Iterator[bytes]:
    session = str(world.make_session(made, world.make_event(made), {"recording": 1}).pk)
    people = [str(world.make_resident(made).pk) for _n in range(100)]
    load.run(PORT, 1, iter([booking_call(token, session, people[0])]))
    return itertools.cycle([booking_call(token, session, one) for one in people[1:]])
