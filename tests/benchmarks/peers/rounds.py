"""Our bookings and a peer's orders, by turns."""

from __future__ import annotations

import itertools
import signal

from django.db import connection

from dukcapil import processes
from tests import world
from tests.benchmarks.cpu import Cost, cost
from tests.benchmarks.crowd import crowd
from tests.benchmarks.floor import booking_call
from tests.benchmarks.rows import RESULTS, web
from tests.benchmarks.scripts import person_id

CLIENTS, ROUNDS, SECONDS = 8, 3, 8
#: People for each session, and sessions: more than are booked in all rounds.
PLACES, SESSIONS = 4_000, 4


def beside(order: bytes, port: int, root: int) -> list[tuple[Cost, Cost]]:
    """Cost of a booking and of an order, for each round. `root`: the first process of the peer's server."""
    RESULTS.mkdir(exist_ok=True)
    made = world.make_world()
    crowd(made, 0, PLACES * SESSIONS)
    token = str(made["operator"].token)
    event = world.make_event(made)
    sessions = [
        str(world.make_session(made, event, {"recording": PLACES}).pk) for _n in range(SESSIONS)
    ]
    bookings = (
        booking_call(token, sessions[number // PLACES], person_id(number))
        for number in range(PLACES * SESSIONS)
    )
    orders = itertools.repeat(order)
    server = web()
    try:
        for some, where in ((bookings, {}), (orders, {"port": port, "root": root})):
            cost(itertools.islice(some, 5 * CLIENTS), CLIENTS, 120, expect=201, **where)
        return [
            (
                cost(bookings, CLIENTS, SECONDS, expect=201),
                cost(orders, CLIENTS, SECONDS, port=port, root=root, expect=201),
            )
            for _n in range(ROUNDS)
        ]
    finally:
        connection.close()
        processes.stop(server, signal.SIGTERM)
