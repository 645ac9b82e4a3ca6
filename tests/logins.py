"""Who is logged in by the test client comes without a cookie, as people do. Django's own client begins a session
first, which the log-in ends: twice the writes, and half of what a log-in costs.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client


def _login(self: Client, user: Any, backend: str | None = None) -> None:
    request = HttpRequest()
    cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(cookie.value if cookie else None)
    login(request, user, backend)
    request.session.save()
    self._set_login_cookies(request)  # type: ignore[attr-defined] # Django's stubs have no private names


def shorten() -> None:
    Client._login = _login  # type: ignore[attr-defined] # as above
