"""A short way for programs that ask for coverage again while no figure has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import ResolverMatch, resolve
from knox.crypto import hash_token

from dukcapil.accounts.authentication import count_request
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import ApiView
from dukcapil.core.errors import Invalid
from dukcapil.core.middleware import (
    CompressionMiddleware,
    ConditionalMiddleware,
    LogMiddleware,
    PolicyMiddleware,
)
from dukcapil.core.road import LongWay, count_long_way, take
from dukcapil.front import REFUSED
from dukcapil.regions.validators import dotted
from reports.daily.selectors.daily import live_token_and_stamp
from reports.exports import (
    ETAG_LENGTH,
    TYPES,
    coverage_key,
    coverage_response,
    kept_answer,
    wanted_format,
)
from reports.filters import CoverageQuery

GetResponse = Callable[[HttpRequest], HttpResponse]

PATH = "/api/v1/coverage/"
#: Of a request, for its line in the log.
_ANSWER = "dukcapil.warm_answer"
_ADDED = {
    "Allow": "GET, HEAD, OPTIONS",
    "Vary": "Accept-Language, Cookie",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}


class WarmCoverageMiddleware:
    """Answers a program's coverage request from the kept answer while no figure has changed.

    It costs one statement and one count instead of a transaction and all of REST framework. The
    answer is byte for byte that of `reports.api.coverage.Coverage`, with what the middleware that it
    passes by makes of it. Everything else (an invalid token, a refusal, a used-up limit, new figures,
    anything unusual, any fault) goes on to that view.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.logged = LogMiddleware(lambda request: request.META[_ANSWER])
        self.compression = CompressionMiddleware(get_response)
        #: From the inmost to the outmost.
        self.passed = (
            *(ConditionalMiddleware(get_response), PolicyMiddleware(get_response)),
            self.compression,
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == PATH and request.method == "GET":
            try:
                response = take(lambda: _warm(request))
            except LongWay as error:
                count_long_way(f"warm-{error.reason}")
                response = None
            if response is not None:
                return self._finished(request, response)
        return self.get_response(request)

    def _finished(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        request.META[_ANSWER] = response
        request.resolver_match = _match()
        answer: Any = self.logged(request)
        self.compression.process_request(request)
        for one in self.passed:
            answer = one.process_response(request, answer)
        return cast("HttpResponse", answer)


def _warm(request: HttpRequest) -> HttpResponse | None:
    if REFUSED in request.META or not _has_our_host(request):
        return None
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    query_and_format = _query_and_format(
        request.META["QUERY_STRING"], request.META.get("HTTP_ACCEPT", "")
    )
    if query_and_format is None or scheme.lower() != "token" or not token.isalnum():
        return None
    query, fmt = query_and_format
    token_and_stamp = live_token_and_stamp(hash_token(token))
    if token_and_stamp is None:
        return None
    (live_token, stamp), actor = token_and_stamp, token_and_stamp[0].actor
    if not (actor.may(Permission.COVERAGE_VIEW) and actor.covers(query["region"])):
        return None
    key = coverage_key(actor, query, fmt, stamp)
    counted = count_request(live_token.token_key, key, size=ETAG_LENGTH)
    request.counted = counted  # type: ignore[attr-defined]  # our mark
    etag_and_body = kept_answer(key, counted.beginning) if counted.passes else None
    if etag_and_body is None:
        return None
    request.user = live_token.user
    response = coverage_response(*etag_and_body, fmt, query, key)
    # Headers that REST framework and the skipped middleware would add.
    for name, value in _ADDED.items():
        response.headers[name] = value
    response.headers["Content-Length"] = str(len(response.content))
    for name, value in counted.headers.items():
        response.headers[name] = value
    return response


def _has_our_host(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


@cache
def _match() -> ResolverMatch:
    """What the address leads to, for the log."""
    return resolve(PATH)


@lru_cache(maxsize=256)
def _query_and_format(query_string: str, accept: str) -> tuple[dict[str, Any], str] | None:
    """The query and its format as the view would read them; None where the view would refuse."""
    parameters = QueryDict(query_string)
    fmt = wanted_format(parameters.get("format"), accept)
    form = CoverageQuery(
        data={
            name: parameters[name] for name in parameters if name not in ApiView.common_parameters
        }
    )
    if (
        fmt is None
        or fmt not in TYPES
        or any(len(values) > 1 for _name, values in parameters.lists())
    ):
        return None
    if not form.is_valid():
        return None
    try:
        return form.validated_data | {"region": dotted(form.validated_data["region"])}, fmt
    except Invalid:
        return None
