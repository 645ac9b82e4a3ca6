"""The scope of a request, in one message with the first statement of its transaction.

Every page of a person sets it and then asks something: a message of its own said nothing else. Whatever goes past
Django's cursors before anything else was asked finds no scope, and so nobody's people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from dukcapil.core.db import set_scope

#: As `accounts.scoping.Actor.scope` writes them: nothing that SQL or a parameter's mark begins with.
_PLAIN = re.compile(r"[\w.,;*-]*\Z")


class _Waits:
    """Before the first statement, in front of its savepoints: an undone savepoint takes no scope along."""

    def __init__(self, scope: str) -> None:
        # No SELECT: what begins with one changes nothing, and `core.history` would say nothing before it.
        self._tells: str | None = f"SET LOCAL app.scope = '{scope}'"

    def send(self) -> None:
        """By itself and past all wrappers, before savepoints that wait: what follows stands alone in its message."""
        if tells := self._tells:
            with connection.cursor() as cursor, connection.wrap_database_errors:
                cursor.cursor.execute(tells)
            self._tells = None

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        raw = connection.connection
        if self._tells is None or raw.get_transaction_status() == TRANSACTION_STATUS_INERROR:
            return execute(sql, params, many, context)
        if many or not isinstance(sql, str) or getattr(context["cursor"], "name", None):
            self.send()
            return execute(sql, params, many, context)
        # It waits on where this fails: then nothing of it may have been carried out.
        found = execute(f"{self._tells}; {sql}", params, many, context)
        self._tells = None
        return found


@contextmanager
def scope_waits(scope: str) -> Iterator[None]:
    """As `set_scope`, with the next statement. Around all that happens in this scope."""
    if not connection.in_atomic_block:
        raise RuntimeError("A scope lives in a transaction: open one first.")
    if not _PLAIN.match(scope):
        set_scope(scope)
        yield
        return
    # The outermost but for those who say savepoints (`core.joined`), which go behind it.
    waits = _Waits(scope)
    connection.execute_wrappers.insert(0, waits)
    try:
        yield
    finally:
        connection.execute_wrappers.remove(waits)


def send_scope() -> None:
    """Now, before something that goes past Django's cursors."""
    for waits in [one for one in connection.execute_wrappers if isinstance(one, _Waits)]:
        waits.send()
