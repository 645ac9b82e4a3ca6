"""Whether a connection that waited between two requests still lives, without asking the database."""

from __future__ import annotations

import select
from typing import Any

from django.core.signals import request_started
from django.db import connection

#: The type stubs do not know `health_check_done`.
_connection: Any = connection


def look_before_asking(**_signal: object) -> None:
    """Where PostgreSQL ended, or ended this session, there is something to read: its last words, or the end.
    Then Django's own check (SELECT 1, a round trip) finds it broken and connects anew; a connection that is
    silent needs none.
    """
    raw = _connection.connection
    if raw is None or raw.closed or _connection.in_atomic_block or _connection.health_check_done:
        return
    waiting = select.poll()
    waiting.register(raw.fileno(), select.POLLIN)
    _connection.health_check_done = not waiting.poll(0)


def start() -> None:
    """After Django's own receiver, which asks for a check at every request."""
    request_started.connect(look_before_asking, dispatch_uid="look_before_asking")
