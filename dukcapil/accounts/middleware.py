from __future__ import annotations

from collections.abc import Callable

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dukcapil.accounts.enums import Access
from dukcapil.accounts.scoping import Actor, declare, declared, restore
from dukcapil.accounts.selectors import actor_of, current_posting, second_factor_done
from dukcapil.accounts.services import log_access

GetResponse = Callable[[HttpRequest], HttpResponse]

#: Statuses that tell somebody no, where the answer may be about people.
REFUSALS = {401, 403, 404}
SAFE = {"GET", "HEAD", "OPTIONS"}


class ScopeMiddleware:
    """Innermost. Opens the transaction, sets whose rows it may see, calls the view.

    The scope ends with the transaction; inside another one (tests) it is restored by hand.

    ATOMIC_REQUESTS stays on as the inner savepoint: what a view undid is undone, while refusals
    written here stay.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(settings.STATIC_URL) or request.path in ("/healthz", "/readyz"):
            return self.get_response(request)
        request.actor = None  # type: ignore[attr-defined]
        outermost = not connection.in_atomic_block
        token = declared.set(None) if outermost else None
        try:
            with transaction.atomic():
                actor = self._session_actor(request)
                before = declare(actor.scope if actor else "")
                request.actor = actor  # type: ignore[attr-defined]
                response = self._call(request)
                self._log_refusal(request, response)
                if not outermost:
                    restore(before)
        finally:
            if token:
                declared.reset(token)
        return response

    def _call(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE:
            return self.get_response(request)
        user = request.user.pk if request.user.is_authenticated else None
        with pghistory.context(user=user, path=request.path):
            return self.get_response(request)

    @staticmethod
    def _session_actor(request: HttpRequest) -> Actor | None:
        if not request.user.is_authenticated:
            return None
        posting = current_posting(request.user.pk)
        return actor_of(posting) if posting else None

    @staticmethod
    def _log_refusal(request: HttpRequest, response: HttpResponse) -> None:
        if response.status_code in REFUSALS and request.path.startswith("/api/"):
            actor: Actor | None = request.actor  # type: ignore[attr-defined]
            if actor is not None:
                log_access(
                    by=actor,
                    action=Access.REFUSED,
                    kind=f"{request.method} {response.status_code}"[:40],
                    subject=request.path.replace("\0", "?"),
                )


class SecondFactorMiddleware:
    """Heads, provinces and administrators set up TOTP before they see anything else."""

    OPEN = ("/akun/", "/static/", "/api/", "/healthz", "/readyz")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and not request.path.startswith(self.OPEN):
            posting = current_posting(request.user.pk)
            if posting and not second_factor_done(request.user, actor_of(posting)):
                return redirect("mfa_activate_totp")
        return self.get_response(request)
