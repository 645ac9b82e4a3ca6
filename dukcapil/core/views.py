"""Whether the server is well, and the pages for errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from dukcapil.core.problems import plain_response
from dukcapil.core.road import long_ways

T = TypeVar("T")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, Redis and migrations. Says which one is not ready; to staff also how many of today's
    requests the short road handed on, by reason. Nothing more.
    """
    checks = checked()
    ready = all(checks.values())
    said: dict[str, Any] = {"status": "ok" if ready else "not ready", "checks": checks}
    # Asked only of a browser that has a session, and of a database that answers.
    if ready and settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        said["short_road"] = long_ways()
    return JsonResponse(said, status=200 if ready else 503)


READY_SECONDS = 2.0


def _probe() -> dict[str, bool]:
    checks: dict[str, bool] = {}
    for name, probe in (("database", _database), ("redis", _redis), ("migrations", _migrations)):
        try:
            checks[name] = bool(probe())
        except Exception:  # noqa: BLE001 - whatever it is, it is not ready
            checks[name] = False
    return checks


class Remembered(Generic[T]):
    """A value made at most once in so many seconds, by one thread, however many ask for it: they get
    the one before meanwhile, so that a database which does not answer keeps no second thread.
    """

    def __init__(self, make: Callable[[], T], seconds: float) -> None:
        self._make, self._seconds = make, seconds
        self._until, self._value = 0.0, cast("T", None)
        self._lock = threading.Lock()

    def value(self) -> T:
        stale = time.monotonic() >= self._until
        if stale and self._lock.acquire(blocking=self._value is None):
            try:
                if time.monotonic() >= self._until:
                    self._value = self._make()
                    self._until = time.monotonic() + self._seconds
            finally:
                self._lock.release()
        return self._value


_checks = Remembered(_probe, READY_SECONDS)


def checked() -> dict[str, bool]:
    """Database, Redis and migrations, as they were at most `READY_SECONDS` ago."""
    return _checks.value()


def _database() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()


def _redis() -> Any:
    cache.set("readyz", 1, 5)
    return cache.get("readyz")


def _migrations() -> bool:
    """Whether the database is as this code wants it; once it is, this process asks no more."""
    if _migrated:
        return True
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    _migrated.append(True)
    return True


_migrated: list[bool] = []


def _error(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith("/api/"):
        return plain_response(request, status)
    return render(request, "errors/error.html", {"status": status}, status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    return _error(request, 429)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request's own context: the database behind it may be what went wrong."""
    if request.path.startswith("/api/"):
        return plain_response(request, 500)
    return HttpResponse(render_to_string("errors/error.html", {"status": 500}), status=500)


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, 403)
