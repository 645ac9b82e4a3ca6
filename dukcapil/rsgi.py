"""The web process, as granian loads it: the WSGI application behind its front."""

from __future__ import annotations

from typing import Any

from dukcapil.wsgi import application as django_application  # first: it sets Django up

# isort: split
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import close_old_connections
from django.http import parse_cookie
from knox.crypto import hash_token

from dukcapil.accounts.selectors import live_token
from dukcapil.core.kept import HERE, LARGEST_KEPT, who_was_here
from dukcapil.core.sessions import SessionStore
from dukcapil.front import Front, declared

#: Of Django, in each process.
THREADS = 4


def knows(wsgi: dict[str, Any]) -> bool:
    """Whether somebody is logged in here, or sends a token that holds; or was logged in here within a day,
    and sends a form that can be kept until they are again (`core.kept`).
    """
    close_old_connections()
    try:
        scheme, _space, token = wsgi.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "token" and token.isalnum() and live_token(hash_token(token)):
            return True
        cookies = parse_cookie(wsgi.get("HTTP_COOKIE", ""))
        key = cookies.get(settings.SESSION_COOKIE_NAME)
        if key and SESSION_KEY in SessionStore(key):
            return True
        return declared(wsgi) <= LARGEST_KEPT and bool(who_was_here(cookies.get(HERE, "")))
    finally:
        close_old_connections()


application = Front(django_application, knows, threads=THREADS)
