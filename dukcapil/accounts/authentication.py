"""Tokens and sessions become an Actor; the Actor's scope becomes the transaction's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pghistory
import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from redis.exceptions import RedisError
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request

from dukcapil.accounts.models import User
from dukcapil.accounts.requests import StaffRequest
from dukcapil.accounts.scoping import entered
from dukcapil.accounts.selectors import LiveToken, enter_with_token, to_do_first
from dukcapil.core.redis import client

if TYPE_CHECKING:
    # REST framework imports this module while its own views are half loaded.
    from rest_framework.views import APIView

    from dukcapil.core.api import ApiView

log = structlog.get_logger()


class ScopedTokenAuthentication(TokenAuthentication):
    """Knox's header and hash, but one query of ours. When a posting ends, its tokens end too."""

    def authenticate(self, request: Request) -> tuple[User, LiveToken] | None:
        authenticated = super().authenticate(request)
        if authenticated is not None:
            _user, token = authenticated
            cast("StaffRequest", request._request).actor = token.actor
            entered(token.actor.scope, self.scope_set)
            pghistory.context(user=token.actor.user_id)
        return authenticated

    def authenticate_credentials(self, token: bytes) -> tuple[User, LiveToken]:
        try:
            found = enter_with_token(hash_token(token.decode()))
        except ValueError as error:
            raise exceptions.AuthenticationFailed(_("Invalid token.")) from error
        if found is None:
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        live, self.scope_set = found
        return live.user, live


class ScopedSessionAuthentication(authentication.SessionAuthentication):
    """The page's own session; ScopeMiddleware has set the scope already."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        authenticated = super().authenticate(request)
        posting = getattr(request._request, "posting", None)
        if authenticated is not None and (posting is None or to_do_first(posting)):
            raise exceptions.PermissionDenied
        return authenticated


class HasPermission(permissions.BasePermission):
    """The view names the permission that it needs; without a name nobody may call it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        actor = getattr(request._request, "actor", None)
        needed = getattr(view, "permission", "")
        if isinstance(needed, dict):
            method = "GET" if request.method == "HEAD" else request.method
            if method not in needed:
                # OPTIONS describes; anything else goes on to "method not allowed".
                return actor is not None
            needed = needed[method]
        names = needed if isinstance(needed, tuple) else (needed,)
        return bool(actor and needed and any(actor.may(name) for name in names))


@dataclass(frozen=True)
class Counted:
    """The count of a caller's requests in this minute: whether this one passes, and its headers."""

    passes: bool
    wait: int
    headers: dict[str, str]
    #: The first bytes of the other key that was read in the same round trip; empty without one.
    beginning: bytes = b""


_COUNT = """
local used = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], 120)
return {used, KEYS[2] and redis.call('GETRANGE', KEYS[2], 0, ARGV[1] - 1) or ''}
"""


def count_request(who: str, *key: str, size: int = 0) -> Counted:
    """A fixed window of a minute for each token or person, counted in Redis in one round trip.

    Also returns the first `size` bytes of another `key`. Without Redis requests pass: the limit
    protects the machine, not the data.
    """
    limit = int(settings.API_RATE.partition("/")[0])
    now = int(time.time())
    window, wait = now // 60, 60 - now % 60
    try:
        keys = (f"rate:{who}:{window}", *key)
        used, beginning = client().eval(_COUNT, len(keys), *keys, size)
    except RedisError:
        log.warning("rate_limit_without_redis")
        return Counted(passes=True, wait=wait, headers={})
    headers = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, limit - used)),
        "X-RateLimit-Reset": str((window + 1) * 60),
    }
    return Counted(used <= limit, wait, headers, beginning)


class TokenRateThrottle(throttling.BaseThrottle):
    _wait = 60

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.auth is None and not request.user.is_authenticated:
            return True
        who = getattr(request.auth, "token_key", None) or f"user{request.user.pk}"
        # Counted already where WarmCoverageMiddleware had no answer.
        counted = getattr(request._request, "counted", None) or count_request(who)
        self._wait = counted.wait
        cast("ApiView", view).rate_headers = counted.headers
        return counted.passes

    def wait(self) -> float:
        return self._wait


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema tells programs to log in."""

    target_class = ScopedTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a space before the token's text.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The session of a page; writing also needs the header X-CSRFToken."""

    target_class = ScopedSessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
