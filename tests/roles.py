"""Another role for a moment, or from now on as a command goes, on a connection of its own.

`use_role` of the application ends the connection: whoever goes from role to role in one process pays each time for
what PostgreSQL and Django then have to learn anew. These stay open (`staying.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.conf import settings
from django.db import Error, connections
from django.db.utils import load_backend
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from dukcapil.core import command
from reports.invariants.selectors import INVARIANTS
from tests import engines
from tests.rules import broken_of

#: What it counted of what it wrote is told at the end of this.
_AS_NEW = """
    SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all();
    DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_stat_force_next_flush()
"""

_open: dict[str, Any] = {}


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    mine = connections["default"]
    assert not mine.in_atomic_block, "what is not committed the other connection does not see"
    if role not in _open:
        _open[role] = _connection(role, mine.settings_dict)
    connections["default"] = _open[role]
    try:
        yield
    finally:
        connections["default"] = mine


def _connection(role: str, like: dict[str, Any]) -> Any:
    login = settings.ENV.db_url_config(engines.database_url(role))
    found = {**like, "USER": login["USER"], "PASSWORD": login["PASSWORD"]}
    return load_backend(like["ENGINE"]).DatabaseWrapper(found, "default")


def as_new(wrapper: Any) -> int:
    """Its process, or 0 where it is closed now. Nothing is opened, so a test without a database may have it, too."""
    try:
        usual = wrapper.autocommit == wrapper.settings_dict["AUTOCOMMIT"]
        if not usual or wrapper.execute_wrappers or wrapper.run_on_commit:
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


ends_the_connection = command.use_role


def go_on_as(role: str) -> None:
    """What `use_role` does, but the connection stays for who comes back, and is then as if it were new: where nothing
    is open on it, and nobody listens to it. Threads that begin later are of that role, as they are with `use_role`.
    """
    mine, all_threads = connections["default"], connections.settings["default"]
    if mine.settings_dict["USER"] == role:
        return
    assert mine not in _open.values(), "inside of acting_as a command would rename its connection"
    if _is_in_use(mine) or threading.current_thread() is not threading.main_thread():
        ends_the_connection(role)
        return
    if kept := _open.get(role):
        as_new(kept)
    before = all_threads["USER"]
    if mine.connection and mine.connection.info.user != before:
        mine.close()
    mine.settings_dict = dict(all_threads)
    if older := _open.pop(before, None):
        older.close()
    _open[before] = mine
    other = _open.pop(role, None) or _connection(role, all_threads)
    all_threads.update({key: other.settings_dict[key] for key in ("USER", "PASSWORD")})
    other.settings_dict = all_threads
    connections["default"] = other


def _is_in_use(mine: Any) -> bool:
    return (
        mine.in_atomic_block
        or bool(mine.execute_wrappers or mine.run_on_commit)
        or mine.force_debug_cursor
        or mine.settings_dict is not connections.settings["default"]
    )


# Before tests are imported, and what of the application goes from role to role.
command.use_role = go_on_as


#: All but that of the 90,000 regions, which takes longer than all others and which nobody breaks who serves: only the
#: owner may write there (`test_invariants.py` and the command ask it).
_RULES = [rule for rule in INVARIANTS if rule.name != "regions-tree"]


def sound() -> list[str]:
    """Names of the rules of `verify_invariants` that something breaks, as the owner finds them."""
    with acting_as("owner"):
        return broken_of(_RULES)


def opened() -> list[Any]:
    return [*_open.values()]


def close() -> None:
    """Nobody is connected to a database that is copied."""
    while _open:
        _open.popitem()[1].close()
