"""Who changes rows whose history pghistory keeps: told to PostgreSQL once for each transaction.

`pghistory.context` writes it anew before every statement, SAVEPOINT among them: two settings and their JSON, which
take longer than many of these statements. They are settings of the transaction, and what is set before its
savepoints stays whatever is rolled back to one of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from pghistory import runtime


class _Once:
    """Before the first statement that pghistory would write it before; and before each, once somebody said more."""

    def __init__(self, metadata: dict[str, Any]) -> None:
        self._said = dict(metadata)
        self._stands = self._more = False

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self._more = self._more or runtime._tracker.value.metadata != self._said  # noqa: SLF001 - it has no other way
        if self._more or not self._stands:
            tells = runtime._can_inject_variable(context["cursor"], sql)  # noqa: SLF001 - its rule, not a copy of it
            found = runtime._inject_history_context(execute, sql, params, many, context)  # noqa: SLF001 - its words, not a copy
            self._stands = self._stands or tells
            return found
        return execute(sql, params, many, context)


@contextmanager
def changes_by(**metadata: Any) -> Iterator[None]:
    """As `pghistory.context(...)`, around work that begins and ends within one transaction.

    Whoever says more inside of it (`pghistory.context(...)`) is heard by every statement that follows.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Who changes rows is told to a transaction: open one first.")
    if hasattr(runtime._tracker, "value"):  # noqa: SLF001 - as pghistory itself asks
        with runtime.context(**metadata):
            yield
        return
    runtime._tracker.value = runtime.Context(id=uuid.uuid4(), metadata=metadata)  # noqa: SLF001 - heard by nested contexts
    try:
        with connection.execute_wrapper(_Once(metadata)):
            yield
    finally:
        del runtime._tracker.value  # noqa: SLF001 - as pghistory ends it
