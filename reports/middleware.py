"""A short way for programs that ask for coverage again while no figure has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import ResolverMatch, resolve
from knox.crypto import hash_token

from dukcapil.accounts.authentication import count_request
from dukcapil.accounts.permissions import Permission
from dukcapil.core.api import ApiView
from dukcapil.core.errors import Invalid
from dukcapil.core.middleware import LogMiddleware
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

#: The type stubs do not know `health_check_done`.
_connection: Any = connection

GetResponse = Callable[[HttpRequest], HttpResponse]

PATH = "/api/v1/coverage/"
_ADDED = {
    "Allow": "GET, HEAD, OPTIONS",
    "Vary": "Accept-Language, Cookie",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}


class WarmCoverageMiddleware:
    """Answers a program's coverage request from the kept answer while no figure has changed.

    It costs one statement and one count instead of a transaction and all of REST framework. The
    answer is byte for byte that of `reports.api.coverage.Coverage`. Everything else (an invalid
    token, a refusal, a used-up limit, new figures, anything unusual) goes on to that view.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.logged = LogMiddleware(lambda request: request.warm)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == PATH and request.method == "GET":
            try:
                response = _warm(request)
            except DatabaseError:
                # The connection broke meanwhile: let the full view check it first.
                _connection.health_check_done = False
                response = None
            if response is not None:
                request.warm = response  # type: ignore[attr-defined]  # our mark
                request.resolver_match = _match()
                return self.logged(request)
        return self.get_response(request)


def _warm(request: HttpRequest) -> HttpResponse | None:
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    query_and_format = _query_and_format(
        request.META["QUERY_STRING"], request.META.get("HTTP_ACCEPT", "")
    )
    if query_and_format is None or scheme.lower() != "token" or not token.isalnum():
        return None
    query, fmt = query_and_format
    # The look-up of the token serves as health check.
    _connection.health_check_done = True
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
