"""Figures as bytes, rendered once per state of the figures and kept in Redis with their ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import structlog
from django.core.cache import cache
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from redis.exceptions import RedisError

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.http import dumps
from dukcapil.core.redis import client
from reports.coverage.selectors.coverage import answer
from reports.coverage.selectors.question import Question
from reports.daily.selectors.daily import figures_stamp
from reports.files.renderers.delimited import SDMX_TYPE, coverage_csv, satu_data_csv, sdmx_csv
from reports.files.renderers.message import message
from reports.files.renderers.sheets import XLSX_TYPE, xlsx
from reports.releases.selectors import publishes

log = structlog.get_logger()
T = TypeVar("T")

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "satu-data": "text/csv; charset=utf-8",
    "xlsx": XLSX_TYPE,
    "sdmx-csv": SDMX_TYPE,
    "text": "text/plain; charset=utf-8",
}
#: How a file of each format ends.
ENDINGS = {"satu-data": "satu-data.csv", "sdmx-csv": "sdmx.csv", "text": "txt"}
#: How long Redis keeps an answer; those of an old state of the figures disappear by themselves.
ANSWER_KEPT_SECONDS = 3600


def render(question: Question, fmt: str, *, bom: bool = False) -> bytes:
    """Coverage in one format, from one answer. Always in Indonesian, whoever reads it."""
    coverage = answer(question)
    with override("id"):
        if fmt == "csv":
            return coverage_csv(coverage, bom=bom)
        if fmt == "satu-data":
            return satu_data_csv(coverage, bom=bom)
        if fmt == "xlsx":
            return xlsx(question, coverage)
        if fmt == "sdmx-csv":
            return sdmx_csv(question, coverage)
        if fmt == "text":
            return message(question, coverage).encode()
    notes = [question.basis.note] if question.basis and question.basis.note else []
    return dumps({"results": coverage.rows, "differences": coverage.differences, "notes": notes})


def check_format(fmt: str) -> None:
    if fmt not in TYPES:
        raise Invalid(
            "format",
            _("Formats: %(allowed)s.") % {"allowed": ", ".join(TYPES)},
            field="format",
        )


def wanted_format(parameter: str | None, accept: str) -> str:
    """The format from `format=`; without it from the Accept header; without both JSON."""
    if parameter:
        return parameter
    if "json" in accept or "*/*" in accept:
        return "json"
    return next((name for name in TYPES if TYPES[name].split(";")[0] in accept), "json")


def coverage_key(by: Actor, query: dict[str, Any], fmt: str, stamp: str | None = None) -> str:
    """The key of an answer to a program. Those who publish see a release before its hour, so their
    answers have keys of their own.
    """
    sees = bool(query.get("release")) and publishes(by)
    return answer_key(query | {"sees": sees}, fmt, stamp)


def answer_key(query: dict[str, Any], fmt: str, stamp: str | None = None) -> str:
    """A hash of the query, the hour (in every zone a day begins on a full hour) and the state of all
    tables behind the answer. The user is not part of it: everybody who may ask gets the same answer.
    """
    stamp = figures_stamp() if stamp is None else stamp
    hour = timezone.now().strftime("%Y-%m-%dT%H")
    text = repr((sorted(query.items()), fmt, hour, stamp))
    return "coverage:" + hashlib.sha256(text.encode()).hexdigest()


def kept_answer(key: str, etag: bytes | None = None) -> tuple[str, bytes] | None:
    """ETag and bytes of an answer rendered before. `etag`: if Redis was already asked for it."""
    try:
        current_etag: Any = client().getrange(key, 0, ETAG_LENGTH - 1) if etag is None else etag
        return (current_etag.decode(), _body(key, current_etag)) if current_etag else None
    except (RedisError, LookupError):
        log.warning("coverage_without_redis")
        return None


@lru_cache(maxsize=16)
def _body(key: str, etag: bytes) -> bytes:
    """Fetched once in each process: an ETag always means the same bytes."""
    stored = client().get(key)
    if not isinstance(stored, bytes) or stored[:ETAG_LENGTH] != etag:
        raise LookupError(key)
    return stored[ETAG_LENGTH:]


def keep_answer(key: str, body: bytes) -> str:
    etag = etag_of(body)
    try:
        client().set(key, etag.encode() + body, ex=ANSWER_KEPT_SECONDS)
    except RedisError:
        log.warning("coverage_without_redis")
    return etag


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[: ETAG_LENGTH - 2]}"'


#: Characters of a kept ETag with its quotation marks.
ETAG_LENGTH = 34
#: How long a client may reuse an answer of a release without asking again: it never changes.
RELEASE_MAX_AGE_SECONDS = 3600


def coverage_response(etag: str, body: bytes, fmt: str, query: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(body, content_type=TYPES[fmt], headers={"ETag": etag})
    if fmt != "json":
        file = f"cakupan-{query['region']}-{query.get('date', 'terbaru')}.{ENDINGS.get(fmt, fmt)}"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    if query.get("release"):
        response.headers["Cache-Control"] = f"private, max-age={RELEASE_MAX_AGE_SECONDS}"
    return response


#: Cached values are objects of our own classes, so a new version of the code must not read old ones.
_CODE = max(path.stat().st_mtime_ns for path in Path(__file__).parent.rglob("*.py"))


def remembered(query: dict[str, Any], compute: Callable[[], T]) -> T:
    """The value of `compute` for this query, kept as long as no figure changes.

    For pages, which reload every few seconds while mostly nothing has changed.
    """
    key = answer_key(query, f"page of {_CODE}")
    try:
        value: T | None = cache.get(key)
        if value is None:
            value = compute()
            cache.set(key, value, ANSWER_KEPT_SECONDS)
    except RedisError:
        log.warning("coverage_without_redis")
        return compute()
    return value
