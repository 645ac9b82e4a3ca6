"""Connections that one test leaves to the next, though its database is put back in between.

A connection learns: what PostgreSQL keeps of tables, rules and functions costs a new one as much as what a test asks.
What else a test did to it is taken back: settings, role, locks, cursors, temporary tables. It is no new one for all
that: prepared statements stay, as they do in tests that roll back, and a setting of ours (`app.*`) that was set is
empty, where on a new one it is NULL. Whoever tests that closes it first.
"""

from __future__ import annotations

from django.db import connections

from tests import live, restoring, roles


def kept() -> list[int]:
    """The processes of those that stay: the one of `default`, those of the roles, and of the server of stories."""
    all_of_them = (connections["default"], *roles.opened(), *live.opened())
    return [pid for one in all_of_them if (pid := roles.as_new(one))]


def close() -> None:
    """Nobody is connected to a database that is copied."""
    restoring.close()
    roles.close()
    live.close()
    connections.close_all()
