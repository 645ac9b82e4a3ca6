"""Figures as bytes, rendered once per state of the figures and kept in Redis with their ETag."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import structlog
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from redis.exceptions import RedisError

from dukcapil.accounts.offices.selectors import office_code, profile_of, profile_version
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Invalid
from dukcapil.core.http import dumps, preferred
from dukcapil.core.newest import Newest
from dukcapil.core.packing import PackedOnce, pack
from dukcapil.core.redis import client
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from reports.bases.selectors.access import is_outside
from reports.cover.selectors.need import Need, needs_covered, with_statuses
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
#: Bytes of the largest answer that is kept, and how far from today its day may lie.
LARGEST_KEPT = 1024 * 1024
RECENT = timedelta(days=92)
#: How many answers for pages a process remembers.
REMEMBERED = 32
#: Compressed answers that a process remembers, each some tenth of the plain one.
_packed: Newest[str, bytes] = Newest(16)


def render(question: Question, fmt: str, *, bom: bool = False, office: str = "") -> bytes:
    """Coverage in one format, from one answer. Always in Indonesian, whoever reads it. `office`: a
    region of the office whose letterhead it carries.
    """
    coverage = answer(question)
    with override("id"):
        if fmt == "csv":
            return coverage_csv(coverage, bom=bom)
        if fmt == "satu-data":
            return satu_data_csv(coverage, bom=bom)
        if fmt == "xlsx":
            return xlsx(question, coverage, profile_of(office or question.region.pk))
        if fmt == "sdmx-csv":
            return sdmx_csv(question, coverage)
        if fmt == "text":
            return message(question, coverage).encode()
    return dumps(
        {
            "results": coverage.rows,
            "whole": {"row": coverage.whole, "residual": coverage.residual},
            "differences": coverage.differences,
            "notes": question.answering.notes,
        }
    )


def check_format(fmt: str) -> None:
    if fmt not in TYPES:
        raise Invalid(
            "format",
            _("Formats: %(allowed)s.") % {"allowed": ", ".join(TYPES)},
            field="format",
        )


def wanted_format(parameter: str | None, accept: str) -> str | None:
    """The format from `format=`; without it from the Accept header, None where it takes none of ours;
    without both JSON.
    """
    if parameter:
        return parameter
    media_type = preferred(accept, list(TYPES.values()))
    return next((name for name in TYPES if TYPES[name] == media_type), None)


def asked_as(by: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """The query with what its answer depends on besides: those who publish see a release before its hour,
    programs outside are refused some bases.
    """
    sees = bool(query.get("release")) and publishes(by)
    outside = bool(query.get("basis")) and is_outside(by)
    return query | {"sees": sees, "outside": outside}


def coverage_key(by: Actor, query: dict[str, Any], fmt: str, stamp: str | None = None) -> str:
    """The key of an answer to a program. A workbook carries its office's letterhead, too."""
    paper = (office_code(by.region), profile_version(by.region)) if fmt == "xlsx" else None
    return answer_key(asked_as(by, query) | {"paper": paper}, fmt, stamp)


def answer_key(query: dict[str, Any], fmt: str, stamp: str | None = None) -> str:
    """A hash of the query, the hour (in every zone a day begins on a full hour) and the state of all
    tables behind the answer. The user is not part of it: everybody who may ask gets the same answer, or
    it is asked `asked_as`.
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


def keep_answer(key: str, body: bytes, query: dict[str, Any]) -> str:
    """Keeps an answer that many may ask for again: of a day not long ago, and not too large. Who asks
    for every day since the war, or for every village at once, takes nobody else's place.
    """
    etag = etag_of(body)
    if not is_kept(body, query):
        return etag
    try:
        client().set(key, etag.encode() + body, ex=ANSWER_KEPT_SECONDS)
    except RedisError:
        log.warning("coverage_without_redis")
    return etag


def is_kept(body: bytes, query: dict[str, Any]) -> bool:
    return len(body) <= LARGEST_KEPT and recent(query)


def packed_answer(key: str, etag: str, body: bytes) -> bytes:
    """A kept answer compressed: by the first who asks for it so, then kept beside the plain one."""
    beside = f"{key}:{etag}:gzip"
    known = _packed.known(beside)
    if known is None:
        known = _packed_anew(beside, body)
        _packed.keep(beside, known)
    return known


def _packed_anew(beside: str, body: bytes) -> bytes:
    try:
        stored = client().get(beside)
        if isinstance(stored, bytes):
            return stored
        made = pack(body)
        client().set(beside, made, ex=ANSWER_KEPT_SECONDS)
    except RedisError:
        log.warning("coverage_without_redis")
        return pack(body)
    return made


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[: ETAG_LENGTH - 2]}"'


def recent(query: dict[str, Any]) -> bool:
    """Whether the day asked for is one that others ask for too: the latest, a release's, a recent one."""
    day: date | None = query.get("date") or query.get("day")
    if day is None or query.get("release"):
        return True
    return abs(timezone.localdate() - day) <= RECENT


#: Characters of a kept ETag with its quotation marks.
ETAG_LENGTH = 34
#: How long a client may reuse an answer of a release without asking again: it never changes.
RELEASE_MAX_AGE_SECONDS = 3600


def coverage_response(
    etag: str, body: bytes, fmt: str, query: dict[str, Any], key: str
) -> PackedOnce:
    """`key`: under which it is kept, or would be."""
    # The words in them are Indonesian, whoever asks.
    headers = {"ETag": etag, "Content-Language": "id"}
    packed = partial(packed_answer, key, etag, body) if is_kept(body, query) else None
    response = PackedOnce(body, content_type=TYPES[fmt], headers=headers, packed=packed)
    if fmt != "json":
        file = f"cakupan-{query['region']}-{query.get('date', 'terbaru')}.{ENDINGS.get(fmt, fmt)}"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    if query.get("release"):
        response.headers["Cache-Control"] = f"private, max-age={RELEASE_MAX_AGE_SECONDS}"
    return response


_remembered: Newest[str, tuple[float, Any]] = Newest(REMEMBERED)


def remembered(query: dict[str, Any], compute: Callable[[], T], stamp: str | None = None) -> T:
    """The value of `compute` for this query, kept as long as no figure changes. `stamp`: the state of
    the figures, where a page has asked for it already.

    For pages, which reload every few seconds while mostly nothing has changed. The values are objects of
    our own classes, so they stay in this process: bytes in Redis that become objects again could
    become anything.
    """
    key, now = answer_key(query, "page", stamp), time.monotonic()
    until, value = _remembered.known(key) or (0.0, None)
    if until > now:
        return cast("T", value)
    fresh = compute()
    if recent(query):
        _remembered.keep(key, (now + ANSWER_KEPT_SECONDS, fresh))
    return fresh


def needs_within(
    region: Region, offices: Sequence[Region], state: str | None = None
) -> dict[str, Need]:
    """How many cards each of these offices still has to print: coverage is remembered, which changes with
    figures and not with stock; statuses are asked for.
    """
    day = today_in(region.pk)
    codes = [one.pk for one in offices]
    covered = remembered(
        {"needs": region.pk, "day": day},
        lambda: needs_covered(codes, day, known=region),
        state,
    )
    return with_statuses(covered)


def forget_figures() -> None:
    """For tests: their databases follow each other in one process."""
    _remembered.forget()
