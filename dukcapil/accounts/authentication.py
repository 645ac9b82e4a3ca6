"""Tokens and sessions become an Actor; the Actor's scope becomes the transaction's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pghistory
import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from redis.exceptions import RedisError
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import declare
from dukcapil.accounts.selectors import LiveToken, live_token, to_do_first
from dukcapil.core.redis import client

if TYPE_CHECKING:
    # REST framework imports this module while its own views are half loaded.
    from rest_framework.views import APIView

log = structlog.get_logger()


class ScopedTokenAuthentication(TokenAuthentication):
    """Knox's header and hash, our one query. A dead posting kills its tokens."""

    def authenticate(self, request: Request) -> tuple[User, LiveToken] | None:
        found = super().authenticate(request)
        if found is not None:
            underlying: HttpRequest = request._request
            underlying.actor = found[1].actor  # type: ignore[attr-defined]
            declare(found[1].actor.scope)
            pghistory.context(user=found[1].actor.user_id)
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, LiveToken]:
        try:
            found = live_token(hash_token(token.decode()))
        except ValueError as error:
            raise exceptions.AuthenticationFailed(_("Invalid token.")) from error
        if found is None:
            raise exceptions.AuthenticationFailed(_("Invalid token."))
        return found.user, found


class ScopedSessionAuthentication(authentication.SessionAuthentication):
    """The page's own session; ScopeMiddleware has set the scope already."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        posting = getattr(request._request, "posting", None)
        if found is not None and (posting is None or to_do_first(posting)):
            raise exceptions.PermissionDenied
        return found


class HasPermission(permissions.BasePermission):
    """The view names what it needs; no name means nobody."""

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


class TokenRateThrottle(throttling.BaseThrottle):
    """A fixed window of a minute for each token or person, counted in Redis in one round trip.

    Without Redis requests pass: the limit protects the machine, not the data.
    """

    def __init__(self) -> None:
        self.limit = int(settings.API_RATE.partition("/")[0])
        self._wait = 60.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.auth is None and not request.user.is_authenticated:
            return True
        who = getattr(request.auth, "token_key", None) or f"user{request.user.pk}"
        now = int(time.time())
        window, self._wait = now // 60, 60 - now % 60
        try:
            pipe = client().pipeline(transaction=False)
            key = f"rate:{who}:{window}"
            pipe.incr(key)
            pipe.expire(key, 120)
            used = int(pipe.execute()[0])
        except RedisError:
            log.warning("rate_limit_without_redis")
            return True
        request.rate_headers = {  # type: ignore[attr-defined]
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - used)),
            "X-RateLimit-Reset": str((window + 1) * 60),
        }
        return used <= self.limit

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
