"""Whether a connection that waited between two requests still lives, without asking the database."""

from __future__ import annotations

import select
import time
from typing import Any
from weakref import WeakKeyDictionary

from django.core.signals import request_started
from django.db import connection

#: The type stubs do not know `health_check_done`.
_connection: Any = connection

#: A connection that waited longer is asked: silent is also one that a firewall forgot, or whose machine
#: lost its power, and nobody told us.
LONGEST = 10.0
#: When a request began on it, by a clock that is never set.
_began: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


def look_before_asking(**_signal: object) -> None:
    """Where PostgreSQL ended, or ended this session, there is something to read: its last words, or the end.
    Then Django's own check (SELECT 1, a round trip) finds it broken and connects anew; a connection that is
    silent needs none, if it was at work just now.
    """
    raw = _connection.connection
    if raw is None or raw.closed or _connection.in_atomic_block or _connection.health_check_done:
        return
    before, _began[raw] = _began.get(raw), time.monotonic()
    if before is None or _began[raw] - before > LONGEST:
        return
    waiting = select.poll()
    waiting.register(raw.fileno(), select.POLLIN)
    _connection.health_check_done = not waiting.poll(0)


def start() -> None:
    """After Django's own receiver, which asks for a check at every request."""
    request_started.connect(look_before_asking, dispatch_uid="look_before_asking")
