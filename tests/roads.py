"""One request by both ways in equal worlds, and every row of every table that changed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from dukcapil import embedded
from tests import standing
from tests.roles import acting_as
from tests.world import Answer

#: Neither of them is written by any request.
_LEFT_OUT = ("regions_region", "django_migrations", "auth_permission", "django_content_type")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
#: The minute that a page of an error shows.
_MINUTE = re.compile(r'(?<=<p class="muted">)\d{1,2} \w+ \d{4} \d\d\.\d\d(?= · \d{3}</p>)')
#: Drawn anew each time, counted on, sealed, or made from the very moment.
_DRAWN = ("ticket", "hash", "previous_hash", "log_id", "body")
_MOVING = ("X-RateLimit-Reset",)


@contextmanager
def as_web_seen_by_superuser() -> Iterator[None]:
    """The process acts as `web` in every respect; only `rows` looks past its rights and the walls."""
    with acting_as(embedded.SUPERUSER):
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION AUTHORIZATION web")
        yield


@cache
def _all_tables() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace AND NOT relispartition"
        )
        names = sorted({name for (name,) in cursor.fetchall()} - set(_LEFT_OUT))
    return " UNION ALL ".join(f"SELECT '{name}', to_jsonb(t)::text FROM {name} t" for name in names)


def rows() -> Counter[tuple[str, str]]:
    """Table and row, of everything."""
    with connection.cursor() as cursor:
        # What is sealed at the commit is sealed now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("RESET SESSION AUTHORIZATION")
        # A look at so many tables takes longer to plan than to carry out: once for each connection.
        cursor.execute("SELECT FROM pg_prepared_statements WHERE name = 'all_rows'")
        if not cursor.fetchall():
            cursor.execute(f"PREPARE all_rows AS {_all_tables()}")
        cursor.execute("EXECUTE all_rows")
        found = Counter(cursor.fetchall())
        cursor.execute("SET SESSION AUTHORIZATION web")
    return found


Shown = tuple[Any, ...]


def by_road(
    send: Callable[[], Answer],
    before: Counter[tuple[str, str]],
    *,
    road: bool,
    known: Callable[[], None],
) -> Shown:
    """Status, headers, body and changed rows of a request that is undone afterwards.

    `known`: called while the answer stands, for what a test wants to know besides.
    """
    standing.empty_redis()
    begun = datetime.now(UTC)
    with override_settings(SHORT_ROAD=road), transaction.atomic():
        answer = send()
        after = rows()
        known()
        transaction.set_rollback(True)
    seen = set(_UUID.findall(" ".join(text for _table, text in before)))
    changes = (
        *(("+", *one) for one in (after - before).elements()),
        *(("-", *one) for one in (before - after).elements()),
    )
    written = sorted(
        (sign, table, _masked(json.loads(text), seen, begun, table))
        for sign, table, text in changes
    )
    headers = {name: value for name, value in answer.headers.items() if name not in _MOVING}
    headers["Vary"] = ", ".join(sorted(headers.get("Vary", "").split(", ")))
    body = _MINUTE.sub("now", answer.content.decode())
    if answer.headers.get("Content-Type", "").endswith("json") and body:
        body = _masked(json.loads(body), seen, begun, "")
    return answer.status, headers, body, written


def _masked(value: Any, seen: set[str], begun: datetime, table: str) -> str:
    if isinstance(value, dict):
        kept = {}
        for name, one in value.items():
            if name in _DRAWN:
                kept[name] = "drawn"
            elif table and name in ("id", "pgh_id") and isinstance(one, int):
                kept[name] = "number"
            elif name == "clock_skew" and one is not None:
                # Whole seconds, of two moments: one may lie after the tick.
                kept[name] = "seconds"
            else:
                kept[name] = one
        value = kept
    text = json.dumps(value, sort_keys=table != "")
    text = _UUID.sub(lambda found: found[0] if found[0] in seen else "new", text)
    return _MOMENT.sub(lambda found: "now" if _is_later(found[0], begun) else found[0], text)


def _is_later(text: str, begun: datetime) -> bool:
    return datetime.fromisoformat(text) >= begun


def both(send: Callable[[], Answer], known: Callable[[], None] = lambda: None) -> Answer:
    """The answer of the short road, once it is the same as that of the long way in every respect."""
    kept: list[Answer] = []

    def sent() -> Answer:
        kept.append(send())
        return kept[-1]

    with transaction.atomic():
        before = rows()
        short = by_road(sent, before, road=True, known=known)
        long = by_road(sent, before, road=False, known=lambda: None)
        transaction.set_rollback(True)
    for one, other in zip(short, long, strict=True):
        assert one == other
    return kept[0]


if not settings.SHORT_ROAD:
    # DUKCAPIL_SHORT_ROAD=no make test
    pytest.skip("there is nothing to compare: the road is closed", allow_module_level=True)
