"""Figures as bytes: JSON and CSV of the same rows, rendered once per state of the figures."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import structlog
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from dukcapil.core.errors import Invalid
from dukcapil.core.http import dumps
from dukcapil.core.redis import client
from reports.selectors import Question, answer
from reports.selectors.coverage import COLUMNS, flat
from reports.selectors.daily import figures_stamp

log = structlog.get_logger()
T = TypeVar("T")

TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
#: Seconds. A state of the figures that nobody asks for any more goes by itself.
KEPT = 3600
#: A spreadsheet runs a cell that begins with one of these.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> Any:
    """Text that a spreadsheet will not run; numbers and our own percentages stay as they are."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def as_csv(rows: list[dict[str, Any]], columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([neutral(_plain(row[name])) for name in columns])
    return text.getvalue().encode()


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


def render(question: Question, fmt: str) -> bytes:
    found = answer(question)
    if fmt == "csv":
        return as_csv([flat(row) for row in found.rows], COLUMNS)
    return dumps({"results": found.rows, "differences": found.differences})


def check_format(fmt: str) -> None:
    if fmt not in TYPES:
        raise Invalid(
            "format",
            _("Formats: %(allowed)s.") % {"allowed": ", ".join(TYPES)},
            field="format",
        )


def answer_key(asked: dict[str, Any], fmt: str) -> str:
    """Names what was asked, the hour (days begin on the hour in every zone) and the state of every
    table behind the answer. It holds no person, and not who asked: whoever may ask gets the same.
    """
    hour = timezone.now().strftime("%Y-%m-%dT%H")
    text = repr((sorted(asked.items()), fmt, hour, figures_stamp()))
    return "coverage:" + hashlib.sha256(text.encode()).hexdigest()


def kept_answer(key: str) -> tuple[str, bytes] | None:
    """ETag and bytes of an answer rendered before."""
    try:
        kept = client().get(key)
    except RedisError:
        log.warning("coverage_without_redis")
        return None
    if not isinstance(kept, bytes):
        return None
    return kept[:_TAG].decode(), kept[_TAG:]


def keep_answer(key: str, body: bytes) -> str:
    etag = f'"{hashlib.sha256(body).hexdigest()[: _TAG - 2]}"'
    try:
        client().set(key, etag.encode() + body, ex=KEPT)
    except RedisError:
        log.warning("coverage_without_redis")
    return etag


#: Characters of a kept ETag with its quotation marks.
_TAG = 34


#: What is remembered are objects of our own: other code must not meet them.
_CODE = max(path.stat().st_mtime_ns for path in Path(__file__).parent.rglob("*.py"))


def remembered(asked: dict[str, Any], make: Callable[[], T]) -> T:
    """What `make` returns for this question, kept for as long as no figure changes.

    For pages: they look every few seconds, and most of the time nothing happened.
    """
    key = answer_key(asked, f"page of {_CODE}")
    try:
        found: T | None = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found, KEPT)
    except RedisError:
        log.warning("coverage_without_redis")
        return make()
    return found
