"""What stands in front of the views of every app: permission, refusals, and repeated requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from dukcapil.accounts.models import IdempotentAnswer
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.requests import Request, StaffRequest
from dukcapil.accounts.scoping import Actor
from dukcapil.core.api import ApiView
from dukcapil.core.crypto import decrypt, encrypt, keyed_hash
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from dukcapil.core.http import IDEMPOTENCY_HEADER, dumps
from dukcapil.core.kept import keep_typed, owner_of, take_kept
from dukcapil.core.locks import Lock, held
from dukcapil.core.prepared import hot, in_a_row
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import get_region

#: For published figures. `*` is never sent together with cookies, by any browser.
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = "Access-Control-Request-Method"
PREFLIGHT_ANSWER = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Authorization, Accept, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "7200",
}


class _Replay(Exception):
    def __init__(self, answer: IdempotentAnswer) -> None:
        super().__init__()
        self.answer = answer


_STORED = ("posting_id", "key", "fingerprint", "status", "body")
_ANSWERED = hot(
    "answered",
    f"""
SELECT {", ".join(_STORED)} FROM {IdempotentAnswer._meta.db_table}
 WHERE posting_id = $1::bigint AND key = $2::text
""",
)


def _answered(actor: Actor, key: str) -> IdempotentAnswer | None:
    """The stored answer to this key. Waits while the same request runs in another process."""
    waits = held(Lock.ANSWER, f"{actor.posting_id} {key}")
    found = in_a_row(waits, (_ANSWERED, (actor.posting_id, key)))
    return IdempotentAnswer(**dict(zip(_STORED, found[0], strict=True))) if found else None


class ScopedApiView(ApiView):
    """A view that knows who asks, and answers a repeated POST with the stored answer.

    Only 2xx answers are stored, encrypted, in the transaction of what they report, and forgotten
    after two days.
    """

    #: False where an answer must not be stored, such as one with a revealed number.
    keeps_answers = True
    #: True where public tokens get what is published: pages of others may fetch that, with the token and
    #: without cookies.
    shared = False
    _key = ""

    @property
    def actor(self) -> Actor:
        return cast("StaffRequest", self.request._request).actor

    def region(self, text: str, *, level: Level | None = None, field: str = "region") -> Region:
        """The region that a request names. Raises NotFound for one that the actor does not cover."""
        region = get_region(text, level=level, field=field)
        if not self.actor.covers(region.pk):
            raise NotFound
        return region

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A browser asks first whether a page of somebody else may send a token; it sends none with
        that, so nobody can be known yet.
        """
        if self.shared and request.method == "OPTIONS" and PREFLIGHT in request.headers:
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=SHARED | PREFLIGHT_ANSWER)
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: ApiRequest, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._key = ""
        if request.method == "POST" and self.keeps_answers:
            self._key = request.headers.get(IDEMPOTENCY_HEADER, "")
        if not self._key:
            return
        if len(self._key) > 200:
            raise Invalid("idempotency-key", _("An Idempotency-Key has at most 200 characters."))
        # Keyed: a body may hold a NIK, which a plain hash would let somebody guess.
        content = f"{request.path}\n{request._request.body.hex()}"
        self._fingerprint = keyed_hash(content).hex()
        stored = _answered(self.actor, self._key)
        if stored is None:
            return
        if stored.fingerprint != self._fingerprint:
            raise Invalid(
                "idempotency-key-reused",
                _("This Idempotency-Key was used with another body."),
            )
        if not stored.body:
            raise Conflict(
                "answer-erased",
                _(
                    "This request was carried out. Its answer named somebody whose data was erased since."
                ),
            )
        raise _Replay(stored)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            body = orjson.loads(decrypt(bytes(exc.answer.body), context=self._key))
            self._key = ""
            headers = {"Idempotent-Replayed": "true"}
            if exc.answer.status == HTTPStatus.ACCEPTED:
                headers["Location"] = body["status"]
            return Response(body, status=exc.answer.status, headers=headers)
        return super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.shared and not (self.actor and self.actor.may(Permission.COVERAGE_VIEW)):
            for name, value in SHARED.items():
                response.headers[name] = value
        if self._key and 200 <= response.status_code < 300:
            IdempotentAnswer.objects.create(
                posting_id=self.actor.posting_id,
                key=self._key,
                fingerprint=self._fingerprint,
                status=response.status_code,
                body=encrypt(dumps(response.data).decode(), context=self._key),
            )
        return response


# --- pages ----------------------------------------------------------------------------------------

View = Callable[..., HttpResponse]
_METHODS = ["GET", "HEAD", "POST"]


def page(permission: Permission) -> Callable[[View], View]:
    """A page for those who hold `permission`; the view gets the Actor after the request.

    A DomainError that the view does not catch becomes the error page, or a message after a POST.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in _METHODS:
                return HttpResponseNotAllowed(_METHODS)
            actor: Actor | None = request.actor
            if actor is None:
                # A posting that ended may be renewed within the session.
                kept = request.method == "POST" and keep_typed(request)
                return render(request, "errors/no_posting.html", {"kept": kept}, status=403)
            if not actor.may(permission):
                raise PermissionDenied
            is_page = request.method == "GET" and not request.htmx
            request.kept = take_kept(request) if is_page else None
            if owner_of(request.POST) not in ("", str(request.user.pk)):
                return _somebody_elses(request)
            try:
                return _once(request, actor, view, *args, **kwargs)
            except NotFound as error:
                raise Http404 from error
            except Refused as error:
                raise PermissionDenied from error
            except DomainError as error:
                return _refused(request, error)

        return run

    return decorate


def _somebody_elses(request: Request) -> HttpResponse:
    """Two people at one browser: the other one logged in, in another tab, after this form was opened."""
    text = _(
        "This form was opened by somebody else who is logged out now. Nothing was saved: fill it in anew."
    )
    messages.error(request, text)
    return redirect(request.get_full_path())


def _refused(request: Request, error: DomainError) -> HttpResponse:
    if request.method == "POST":
        messages.error(request, str(error.message))
        if keep_typed(request, lost=False):
            return redirect(request.get_full_path())
        return redirect(request.path)
    context = {"status": error.status, "detail": error.message}
    return render(request, "errors/error.html", context, status=error.status)


def _once(request: Request, actor: Actor, view: View, *args: Any, **kwargs: Any) -> HttpResponse:
    """A form that is sent twice is carried out once; both senders land on the same page."""
    form_id = request.POST.get("once", "") if request.method == "POST" else ""
    if not form_id or len(form_id) > 40:
        return view(request, actor, *args, **kwargs)
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    # Keyed: a form may hold a NIK, which a plain hash would let somebody guess.
    key = f"form {keyed_hash(request.get_full_path() + sent.urlencode()).hex()}"
    if stored := _answered(actor, key):
        return redirect(decrypt(bytes(stored.body), context=key))
    response = view(request, actor, *args, **kwargs)
    if response.status_code == HTTPStatus.FOUND:
        IdempotentAnswer.objects.create(
            posting_id=actor.posting_id,
            key=key,
            fingerprint="",
            status=HTTPStatus.OK,
            body=encrypt(response.headers["Location"], context=key),
        )
    return response
