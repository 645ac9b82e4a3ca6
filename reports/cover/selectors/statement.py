"""An account's movements as a bank prints them: the newest first, with the balance after each."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from dukcapil.core.db import dicts
from events.stock.enums import Act
from events.stock.models import Movement, StockAccount
from reports.cover.selectors.office import BOTH_ENDS, Line, line_of

#: A filtered statement goes no further back: whoever looks for something names days.
MOST = 10_000

_SIDE = """
    SELECT moved.id, moved.received_at, moved.{end}_number AS number FROM events_movement moved
     WHERE moved.{end}_id = %(account)s {filters}
     ORDER BY moved.received_at DESC, moved.{end}_number DESC LIMIT %(most)s
"""
_PAGE = """
SELECT id FROM (({source}) UNION ALL ({target})) moved
 ORDER BY received_at DESC, number DESC LIMIT %(rows)s OFFSET %(start)s
"""


@dataclass(frozen=True)
class Statement:
    """Knows its length and reads only the part that is asked for. Without a filter the length is a column
    of the account: nothing is counted. With one, length and page come of one query: what is filtered is
    looked for once.
    """

    account: StockAccount
    #: Code of the office on whose page it stands.
    own: str
    first: datetime | None = None
    #: What happens at this moment or later is left out.
    last: datetime | None = None
    #: A part of the document's number.
    text: str = ""
    #: `none`: without what records printed, one by one.
    prints: str = ""
    titled: bool = True

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice, /) -> list[Line]:
        start, stop = part.start or 0, part.stop or 0
        ids = self._found[start:stop] if self._filters else self._ids(start, stop)
        found = {
            one.pk: one for one in Movement.objects.filter(pk__in=ids).select_related(*BOTH_ENDS)
        }
        return [line_of(found[one], self.own, self.account.pk, titled=self.titled) for one in ids]

    @property
    def is_cut(self) -> bool:
        """Whether what is looked for may go further back than it is shown."""
        return bool(self._filters) and self._length == MOST

    @cached_property
    def _length(self) -> int:
        if not self._filters:
            return self.account.moves
        return len(self._found)

    @cached_property
    def _found(self) -> list[uuid.UUID]:
        return self._ids(0, MOST)

    def _ids(self, start: int, stop: int) -> list[uuid.UUID]:
        params = self._params | {"most": stop, "rows": stop - start, "start": start}
        return [row["id"] for row in dicts(self._sql(), params)]

    @property
    def _params(self) -> dict[str, Any]:
        return {
            "account": self.account.pk,
            "first": self.first,
            "last": self.last,
            "text": f"%{_plain(self.text)}%",
            "records": [str(act) for act in (Act.RECORD, Act.FOUND, Act.VOID)],
        }

    @property
    def _filters(self) -> str:
        parts = []
        if self.first:
            # What happened that day or later was not received before it.
            parts.append("moved.received_at >= %(first)s AND moved.occurred_at >= %(first)s")
        if self.last:
            parts.append("moved.occurred_at < %(last)s")
        if self.text:
            parts.append("moved.document ILIKE %(text)s")
        if self.prints == "none":
            parts.append("moved.act <> ALL (%(records)s)")
        return " AND ".join(parts)

    def _sql(self) -> str:
        filters = f"AND {self._filters}" if self._filters else ""
        sides = {end: _SIDE.format(end=end, filters=filters) for end in ("source", "target")}
        return _PAGE.format(**sides)


def _plain(text: str) -> str:
    """Signs that LIKE reads as others stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
