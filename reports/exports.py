"""Figures as bytes: JSON and CSV of the same rows, rendered once per state of the figures."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Any

import structlog
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from dukcapil.core.errors import Invalid
from dukcapil.core.http import dumps
from dukcapil.core.redis import client
from reports.selectors.coverage import COLUMNS, Question, coverage, differences
from reports.selectors.daily import figures_stamp

log = structlog.get_logger()

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
    rows = coverage(question)
    if fmt == "csv":
        return as_csv(rows, COLUMNS)
    return dumps({"results": rows, "differences": differences(question)})


def coverage_bytes(question: Question, fmt: str) -> bytes:
    """The rendered answer, from Redis when the figures have not changed since.

    The key names what was asked and the state of every table behind the answer; it holds no
    person, and not who asked: figures are the same for everybody who may ask.
    """
    if fmt not in TYPES:
        raise Invalid(
            "format",
            _("Formats: %(allowed)s.") % {"allowed": ", ".join(TYPES)},
            field="format",
        )
    asked = repr(
        (
            *(question.region.pk, question.level.value, question.day),
            *(question.basis and question.basis.pk, question.view.value),
            *(question.release and question.release.pk, fmt, timezone.now().date()),
            timezone.now().hour,
            figures_stamp(),
        )
    )
    key = "coverage:" + hashlib.sha256(asked.encode()).hexdigest()
    try:
        if kept := client().get(key):
            return bytes(kept)  # type: ignore[arg-type]  # the stub allows decoded answers
    except RedisError:
        log.warning("coverage_without_redis")
        return render(question, fmt)
    made = render(question, fmt)
    try:
        client().set(key, made, ex=KEPT)
    except RedisError:
        log.warning("coverage_without_redis")
    return made
