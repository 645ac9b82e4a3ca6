"""Statements of pages that are asked again and again, planned once on each connection: by their text, and with an end,
for connections live long and sessions a day.

What differs between pages of one kind (whose session, which office) is a value of the statement and no part of its
text: however many sessions are open at once, they share its plan, as `core.prepared` makes it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection

from dukcapil.core.db import by_number, forget, plans_end, prepare, rows, with_names
from dukcapil.core.prepared import GENERIC, with_generic_plan

#: Statements that one connection keeps planned; the oldest one makes room.
MOST_PLANNED = 24

_planned: WeakKeyDictionary[Any, OrderedDict[str, None]] = WeakKeyDictionary()


def planned(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """`rows` of a statement with $1, $2, ... With `settings.PREPARED` off it is planned each time."""
    if not settings.PREPARED:
        return rows(with_names(sql), by_number(values)) if values else rows(sql)
    name = keep_planned(sql, values=bool(values))
    with connection.cursor() as cursor, plans_end():
        if values:
            cursor.execute(f"{GENERIC}EXECUTE {name} ({', '.join(['%s'] * len(values))})", values)
        else:
            cursor.execute(f"EXECUTE {name}")
        return cursor.fetchall()


def keep_planned(sql: str, *, values: bool) -> str:
    """The name under which this connection keeps such a statement from now on. With values it is to be asked
    while plans are generic (`GENERIC`), and puts that back itself.
    """
    name = _name_of(sql)
    prepare(name, as_kept(sql, values=values))
    kept = _planned.setdefault(connection.connection, OrderedDict())
    kept[name] = None
    kept.move_to_end(name)
    if len(kept) > MOST_PLANNED:
        oldest, _nothing = kept.popitem(last=False)
        forget(oldest)
    return name


def as_kept(sql: str, *, values: bool) -> str:
    """What PREPARE gets. Without values there is one plan anyhow."""
    return with_generic_plan(sql) if values else sql


@lru_cache(maxsize=512)
def _name_of(sql: str) -> str:
    return f"planned_{hashlib.sha256(sql.encode()).hexdigest()[:32]}"
