"""Savepoints of a page's step, in one message with the statement that follows them.

A step at a desk has two, the page's and its verb's: four messages that say nothing by themselves, each as dear in
Python as one that asks something. They wait for the next statement here, and a savepoint that is released last of
all ends with the transaction.

Whatever is undone is undone as ever: a savepoint that nothing followed is no more than forgotten, and one that was
sent is asked for by its own name. For pages whose statements all go through Django's cursors, not for COPY, which
passes them by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.http import HttpResponse
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from dukcapil.core.scopes import send_scope

P = ParamSpec("P")


class _Joined:
    """What waits on a connection, in the order in which it was said: names of savepoints with what makes or
    releases each.
    """

    def __init__(self, on: Any) -> None:
        self._on = on
        self._waiting: list[tuple[str, str]] = []
        self._sends = {
            name: getattr(on, name)
            for name in ("_savepoint", "_savepoint_commit", "_savepoint_rollback")
        }

    def begin(self) -> None:
        vars(self._on).update(
            _savepoint=self._make, _savepoint_commit=self._release, _savepoint_rollback=self._undo
        )
        # Before all others: what `core.history` tells goes before a message, and so before its savepoints.
        self._on.execute_wrappers.insert(0, self._carry_out)

    def end(self) -> None:
        """What waits now are releases, or savepoints that nothing followed with their own."""
        self._on.execute_wrappers.remove(self._carry_out)
        for name in self._sends:
            del vars(self._on)[name]

    @property
    def _failed(self) -> bool:
        """Whether the transaction waits for what undoes it; the client knows."""
        raw = self._on.connection
        return bool(raw and raw.get_transaction_status() == TRANSACTION_STATUS_INERROR)

    def _make(self, sid: str) -> None:
        if self._failed:
            self._sends["_savepoint"](sid)
        else:
            self._waiting.append((sid, self._on.ops.savepoint_create_sql(sid)))

    def _release(self, sid: str) -> None:
        if self._failed:
            self._sends["_savepoint_commit"](sid)
        else:
            self._waiting.append((sid, self._on.ops.savepoint_commit_sql(sid)))

    def _undo(self, sid: str) -> None:
        made = sid, self._on.ops.savepoint_create_sql(sid)
        if made in self._waiting and not self._failed:
            # A rule of the house refused, and nothing was sent since: the savepoint stands as if it were there.
            del self._waiting[self._waiting.index(made) + 1 :]
            return
        # What waits stood after this one, and goes with it.
        self._waiting.clear()
        self._sends["_savepoint_rollback"](sid)

    def _carry_out(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if not self._waiting or self._failed:
            return execute(sql, params, many, context)
        before = "; ".join(said for _name, said in self._waiting)
        if not many and isinstance(sql, str) and not getattr(context["cursor"], "name", None):
            with self._sent():
                return execute(f"{before}; {sql}", params, many, context)
        # A statement that stands alone in its message, such as a cursor's.
        send_scope()
        with self._sent(), self._on.cursor() as cursor, self._on.wrap_database_errors:
            cursor.cursor.execute(before)
        return execute(sql, params, many, context)

    @contextmanager
    def _sent(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            # Also what could not be written as SQL comes here: that never left, and all still waits.
            if self._failed:
                self._waiting.clear()
            raise
        self._waiting.clear()


def joined(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A page in a savepoint of its own, as every page of ours (ATOMIC_REQUESTS), in as few messages as it takes."""

    @transaction.non_atomic_requests
    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        said = _Joined(connections[DEFAULT_DB_ALIAS])
        said.begin()
        try:
            with transaction.atomic():
                return view(*args, **kwargs)
        finally:
            said.end()

    return run
