"""Writing a long list in pieces, while the next piece is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from django.db import connection

#: Rows of a piece.
PIECE = 5_000


class Pieces:
    """One statement for each piece, sent by a second thread on the connection of this transaction: the
    database writes on one core what the other one has made. It is no COPY, for whoever asks the
    database something between two pieces only waits for the statement.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._sender = ThreadPoolExecutor(1)
        self._sent: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.wait()
        finally:
            self._sender.shutdown(cancel_futures=True)

    def send(self, values: Mapping[str, Any]) -> None:
        """Raises what became of the piece before."""
        self.wait()
        # Django's own cursor is its thread's.
        raw = connection.connection
        self._sent = self._sender.submit(_send, raw, self.sql, values)

    def wait(self) -> None:
        if self._sent is not None:
            self._sent.result()


def _send(raw: Any, sql: str, values: Mapping[str, Any]) -> None:
    with raw.cursor() as cursor:
        cursor.execute(sql, values)


def array(values: Iterable[str]) -> str:
    """As PostgreSQL reads an array; the values have no quotes and no backslashes, and an empty one is NULL."""
    return "{" + ",".join([f'"{value}"' if value else "NULL" for value in values]) + "}"
