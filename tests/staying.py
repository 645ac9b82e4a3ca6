"""Connections that one test leaves to the next, though its database is put back in between.

A connection learns: what PostgreSQL keeps of tables, rules and functions costs a new one as much as what a test asks.
What else a test did to it is taken back: settings, role, locks, cursors, temporary tables. It is no new one for all
that: prepared statements stay, as they do in tests that roll back, and a setting of ours (`app.*`) that was set is
empty, where on a new one it is NULL. Whoever tests that closes it first.
"""

from __future__ import annotations

from typing import Any

import psycopg2
from django.db import Error, connections
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from tests import restoring, roles

#: What it counted of what it wrote is told at the end of this.
_AS_NEW = """
    SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all();
    DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_stat_force_next_flush()
"""


def kept() -> list[int]:
    """The processes of those that stay: the one of `default`, and those of the roles."""
    return [pid for one in (connections["default"], *roles.opened()) if (pid := _as_new(one))]


def close() -> None:
    """Nobody is connected to a database that is copied."""
    restoring.close()
    roles.close()
    connections.close_all()


def _as_new(wrapper: Any) -> int:
    """Its process, or 0 where it is closed now."""
    try:
        wrapper.close_if_unusable_or_obsolete()
        if wrapper.execute_wrappers or wrapper.run_on_commit:
            wrapper.close()
        raw = wrapper.connection
        if raw and raw.info.transaction_status == TRANSACTION_STATUS_IDLE:
            with raw.cursor() as cursor:
                cursor.execute(_AS_NEW)
            wrapper.ensure_timezone()
            return int(raw.info.backend_pid)
    except (psycopg2.Error, Error):
        # It was ended, or is no connection of ours any more.
        wrapper.connection = None
    wrapper.close()
    return 0
