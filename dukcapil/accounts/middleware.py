"""What runs around every request: kept forms, the transaction and its scope, the second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dukcapil.accounts.access_log import written_beside_the_view
from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import Posting
from dukcapil.accounts.requests import Request
from dukcapil.accounts.scoping import Actor, declared, declares, restore
from dukcapil.accounts.selectors import actor_of, current_posting, to_do_first
from dukcapil.accounts.services import log_access
from dukcapil.core.history import changes_by
from dukcapil.core.kept import forget_browser, keep_typed, remember_browser

GetResponse = Callable[[HttpRequest], HttpResponse]

#: Statuses that tell somebody no, where the answer may be about people.
REFUSAL_STATUSES = {401, 403, 404}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def posting_of(request: Request) -> Posting | None:
    """Today's posting of whoever is logged in, looked up once a request."""
    if not hasattr(request, "posting"):
        user = request.user
        if not user.is_authenticated:
            request.posting = None
        elif hasattr(user, "posting_today"):
            request.posting = user.posting_today
        else:  # this request is the login itself
            request.posting = current_posting(user.pk)
    posting: Posting | None = request.posting
    return posting


def _has_session(request: Request) -> bool:
    return request.user.is_authenticated and SESSION_KEY in request.session


class KeptFormMiddleware:
    """Who fills in a form while the session ends finds it filled in after the login."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        # A page alone: answers to programs and what a cache may keep carry no cookie.
        if request.method != "POST" or request.path.startswith("/api/"):
            return self.get_response(request)
        was_logged_in = _has_session(request)
        response = self.get_response(request)
        if _has_session(request):
            remember_browser(request, response, str(request.user.pk))
        elif was_logged_in:
            forget_browser(response)
        return response

    def process_view(self, request: Request, view: Any, *_arguments: object) -> HttpResponse | None:
        # After the CSRF check, before the redirect to the login page.
        if request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.htmx:
            # A login page must not appear in the middle of somebody's list; app.js says so.
            return HttpResponse(status=401)
        if request.method == "POST":
            keep_typed(request)
        return None


class ScopeMiddleware:
    """Innermost. Opens the transaction, sets whose rows it may see, calls the view.

    The scope ends with the transaction; inside another one (tests) it is restored by hand.

    ATOMIC_REQUESTS stays on as the inner savepoint: what a view rolled back is gone, while the
    refusal that is logged here stays.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        if request.path.startswith(settings.STATIC_URL) or request.path in ("/healthz", "/readyz"):
            return self.get_response(request)
        request.actor = None
        outermost = not connection.in_atomic_block
        token = declared.set(None) if outermost else None
        try:
            with transaction.atomic():
                actor = self._session_actor(request)
                with declares(actor.scope if actor else "") as before:
                    request.actor = actor
                    with written_beside_the_view():
                        response = self._call(request)
                    self._log_refusal(request, response)
                    if not outermost:
                        restore(before)
        finally:
            if token:
                declared.reset(token)
        return response

    def _call(self, request: Request) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        user = request.user.pk if request.user.is_authenticated else None
        with changes_by(user=user, path=request.path):
            return self.get_response(request)

    @staticmethod
    def _session_actor(request: Request) -> Actor | None:
        posting = posting_of(request)
        return actor_of(posting) if posting else None

    @staticmethod
    def _log_refusal(request: Request, response: HttpResponse) -> None:
        if response.status_code in REFUSAL_STATUSES:
            actor: Actor | None = request.actor
            if actor is not None:
                log_access(
                    by=actor,
                    action=Access.REFUSED,
                    kind=f"{request.method} {response.status_code}"[:40],
                    subject=request.path.replace("\0", "?"),
                )


class SecondFactorMiddleware:
    """A password that somebody else knows is changed, and heads, provinces and administrators set
    up TOTP, before they see anything else.
    """

    #: Logging in and out, the own password, and the factor itself. The API has its own check.
    OPEN_PATHS = (
        *("/akun/masuk/", "/akun/keluar/", "/akun/sandi/", "/akun/ulang/", "/akun/kode/"),
        *("/akun/faktor-kedua/", "/bahasa/", "/static/", "/api/", "/healthz", "/readyz"),
    )

    FACTOR = "/akun/faktor-kedua/"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        if request.user.is_authenticated and not request.path.startswith(self.OPEN_PATHS):
            posting = posting_of(request)
            if posting and (first := to_do_first(posting)):
                if request.method == "POST":
                    keep_typed(request)
                return redirect(first)
        elif request.path.startswith(self.FACTOR) and getattr(
            request.user, "must_change_password", False
        ):
            # Whoever knows a first password must not touch the factor with it.
            return redirect("account_change_password")
        return self.get_response(request)
