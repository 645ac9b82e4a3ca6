"""Devices on which somebody logged in before: a stranger's guesses keep nobody out of them.

The cookie is signed and holds ids of accounts, no name. It opens nothing: whoever brings it still needs
the password, ten tries in five minutes on that device.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from dukcapil.accounts.models import User

COOKIE = "__Host-perangkat" if settings.HTTPS else "perangkat"
_SALT = "dukcapil.device"
#: A device that was not used for so long is a stranger's.
_REMEMBERED = timedelta(days=180)
#: Accounts of one device; more than that share a counter, not a desk.
_MOST = 8


def device_of(request: HttpRequest, username: str) -> str | None:
    """The device's id, when this account logged in there since its sessions were last ended."""
    kept = _read(request)
    if not kept["accounts"]:
        return None
    user = User.objects.filter(username=username, pk__in=kept["accounts"]).first()
    if user is None:
        return None
    known = constant_time_compare(kept["accounts"][str(user.pk)], _mark(user))
    return str(kept["device"]) if known else None


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """After a complete login, with the second factor where there is one."""
    kept = _read(request)
    others = [pair for pair in kept["accounts"].items() if pair[0] != str(user.pk)]
    kept["accounts"] = dict([*others, (str(user.pk), _mark(user))][-_MOST:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=_REMEMBERED,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_REMEMBERED)
    except signing.BadSignature:
        return {"device": get_random_string(22), "accounts": {}}
    return dict(kept)


def _mark(user: User) -> str:
    """Another one after a new password and after "log out everywhere"."""
    return salted_hmac(_SALT, user.get_session_auth_hash()).hexdigest()[:20]
