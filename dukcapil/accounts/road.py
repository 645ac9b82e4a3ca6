"""Who asks on the short road, whether they may, and the answer with all headers of the long way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
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
from dukcapil.core.road import LongWay, Statement, Step, Transaction, look

_LOOK = Statement("road_token", LIVE_TOKEN_SQL)
#: The transaction's statements are planned once: to plan one takes longer than to run it. Whom it found is kept
#: for the last statement of the same message, whose rows alone come back.
_ENTER = Statement(
    "road_enter",
    f"""
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('app.entered', json_build_array(
           $1::text, token_key, scopes, id, username, name, posting, role, region, scope)::text, true)
  FROM ({ENTERED_SQL}) entered (token_key, scopes, id, username, name, posting, role, region, scope)
""",
)
#: `core.db.ENTERED` is the first column of that last statement, which has exactly one row.
#: The office of whoever entered, in a statement after `_ENTER`: of no office where nobody did.
OFFICE = "split_part(current_setting('app.scope', true), ';', 1)"
#: Whether the statement before held what it holds: it says so by `held`, and waits for nobody, for the caller's right
#: and limit are asked after it.
HELD = "current_setting('app.held', true) = '1'"


def held(number: str) -> str:
    return f"set_config('app.held', ({number})::text, true)"


Entered = tuple[Actor, tuple[Any, ...]]


def known(request: HttpRequest, token: str, permission: Permission) -> Actor:
    """Who asks, by one read; counted as every request."""
    rows = look(_LOOK, live_token_params(hash_token(token)))
    if not rows:
        raise LongWay("token")
    return _admitted(request, rows[0], permission)


def entered(
    request: HttpRequest, transaction: Transaction, token: str, permission: Permission, *steps: Step
) -> Entered:
    """The same, with the transaction begun, its scope set and these steps done; and the row of the last
    one, which begins with `ENTERED`.
    """
    return _entered(transaction.begin, request, token, permission, steps)


def glanced(
    request: HttpRequest, transaction: Transaction, token: str, permission: Permission, *steps: Step
) -> Entered:
    """The same in a transaction that is over, for steps that write nothing."""
    return _entered(transaction.glance, request, token, permission, steps)


def _entered(
    send: Callable[..., list[tuple[Any, ...]]],
    request: HttpRequest,
    token: str,
    permission: Permission,
    steps: tuple[Step, ...],
) -> Entered:
    digest = hash_token(token)
    [[said, *row]] = send((_ENTER, entered_params(digest)), *steps)
    found = orjson.loads(said or "[]")
    # Inside another transaction (tests) it may be of a request before.
    if not found or found.pop(0) != digest:
        raise LongWay("token")
    scope = found.pop()
    actor = _admitted(request, found, permission)
    if scope != actor.scope:
        raise LongWay("scope")
    return actor, tuple(row)


def left(transaction: Transaction, *steps: Step) -> None:
    """With the last steps. Raises Unknown."""
    transaction.commit(*steps, scope_before=declared.get() or "")


def _admitted(request: Any, row: Sequence[Any], permission: Permission) -> Actor:
    live: LiveToken = live_token_of_row(*row)
    if not live.actor.may(permission):
        raise LongWay("right")
    # Whoever was counted is not counted again, neither on the long way.
    counted = request.__dict__.get("counted") or count_request(live.token_key)
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
def headers_in(language: str) -> Mapping[str, str]:
    """What REST framework and the skipped middleware add to every answer, in their words."""
    empty = CSPMiddleware(lambda _request: HttpResponse())(HttpRequest())
    policy = empty.headers.get("Content-Security-Policy")
    return {
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Vary": "Accept-Language, Cookie",
        "Content-Language": language,
        **({"Content-Security-Policy": policy} if policy else {}),
    }


def response_to(request: Any, answer: Answer, allowed: str) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.kind)
    headers = response.headers
    headers["Allow"] = allowed
    for name, value in headers_in(settings.LANGUAGE_CODE).items():
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
