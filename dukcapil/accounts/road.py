"""Who asks on the short road, whether they may, and the answer with all headers of the long way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django.utils.cache import set_response_etag
from knox.crypto import hash_token

from dukcapil.accounts.authentication import count_request
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor, declared
from dukcapil.accounts.selectors import (
    ENTERED_SQL,
    LIVE_TOKEN_SQL,
    LiveToken,
    entered_params,
    live_token_of_row,
    live_token_params,
)
from dukcapil.core.road import LongWay, Statement, Transaction, look

_LOOK = Statement("road_token", LIVE_TOKEN_SQL)
#: The transaction's statements are planned once: to plan one takes longer than to run it.
_ENTER = Statement(
    "road_enter",
    f"""
SELECT entered.*, set_config('plan_cache_mode', 'force_generic_plan', true)
  FROM ({ENTERED_SQL}) entered
""",
)


def known(request: HttpRequest, token: str, permission: Permission) -> Actor:
    """Who asks, by one read; counted as every request."""
    rows = look(_LOOK, live_token_params(hash_token(token)))
    return _admitted(request, rows, permission)


def entered(
    request: HttpRequest, transaction: Transaction, token: str, permission: Permission
) -> Actor:
    """The same, with the transaction begun and its scope set."""
    rows = transaction.begin((_ENTER, entered_params(hash_token(token))))
    actor = _admitted(request, [row[:-2] for row in rows], permission)
    if rows[0][-2] != actor.scope:
        raise LongWay("scope")
    return actor


def left(transaction: Transaction) -> None:
    transaction.commit(scope_before=declared.get() or "")


def _admitted(request: Any, rows: list[tuple[Any, ...]], permission: Permission) -> Actor:
    if not rows:
        raise LongWay("token")
    live: LiveToken = live_token_of_row(*rows[0])
    if not live.actor.may(permission):
        raise LongWay("right")
    counted = count_request(live.token_key)
    # Whoever goes the long way from here on is not counted again.
    request.counted = counted
    if not counted.passes:
        raise LongWay("limit")
    request.asker = live.user
    return live.actor


# --- the answer -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    kind: str = "application/json"


@cache
def _headers() -> Mapping[str, str]:
    """What REST framework and the skipped middleware add to every answer, in their words."""
    empty = CSPMiddleware(lambda _request: HttpResponse())(HttpRequest())
    policy = empty.headers.get("Content-Security-Policy")
    return {
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Vary": "Accept-Language, Cookie",
        "Content-Language": settings.LANGUAGE_CODE,
        **({"Content-Security-Policy": policy} if policy else {}),
    }


def response_to(request: Any, answer: Answer, allowed: str) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.kind)
    headers = response.headers
    headers["Allow"] = allowed
    for name, value in _headers().items():
        headers[name] = value
    headers["Content-Length"] = str(len(answer.body))
    for name, value in request.counted.headers.items():
        headers[name] = value
    if request.method == "GET":
        set_response_etag(response)
    return response


@cache
def match(path: str) -> ResolverMatch:
    """What an address leads to, for the log."""
    return resolve(path)
