"""What runs around every request and knows no person: headers, compression, language, log."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cache
from http import HTTPStatus

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.middleware.locale import LocaleMiddleware
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import escape_leading_slashes
from django.utils.translation import override
from django_structlog.middlewares import RequestMiddleware
from django_structlog.signals import bind_extra_request_finished_metadata
from structlog.contextvars import bind_contextvars

from dukcapil.core.logs import route_of
from dukcapil.core.packing import LEAST, PackedOnce, pack, takes_packed
from dukcapil.core.problems import plain_response
from dukcapil.front import REFUSED

GetResponse = Callable[[HttpRequest], HttpResponse]

API = "/api/"
#: A page for people beneath the API's address.
API_PAGES = "/api/v1/docs/"
VARY = ("Accept", "Authorization", "Cookie", "Accept-Language", "Accept-Encoding")
#: Prefixes whose answers hold no person and may be kept by a browser.
CACHEABLE = ("/static/",)


class HeadersMiddleware:
    """Headers that every answer carries; nothing with a person may stay in a cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "geolocation=(), microphone=(), camera=(self)"
        )
        if request.path.startswith(API):
            # One address answers each caller with what they may see, in the format, language and
            # coding that they ask for.
            patch_vary_headers(response, VARY)
        if not request.path.startswith(CACHEABLE):
            # `no-cache` with an ETag lets a client revalidate; pages are never stored at all.
            kept = "private, no-cache" if request.path.startswith(API) else "no-store"
            response.headers.setdefault("Cache-Control", kept)
        return response


class PolicyMiddleware(CSPMiddleware):
    """An answer with neither a number of its own nor an exception has the one policy, put together once."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        usual = (
            not settings.DEBUG
            and HEADER not in response.headers
            and not hasattr(request, "_csp_nonce")
            and not any(name.startswith("_csp") for name in vars(response))
        )
        if not usual:
            return super().process_response(request, response)
        response.headers[HEADER] = _usual_policy()
        return response


@cache
def _usual_policy() -> str:
    return str(build_policy())


class RefusedMiddleware:
    """Puts into words what `dukcapil.front` refused before a byte of the body was read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = request.META.get(REFUSED)
        if status is None:
            return self.get_response(request)
        if request.path.startswith(API):
            response = plain_response(request, status)
            if status == 401:
                response.headers["WWW-Authenticate"] = "Token"
            return response
        if status == 401:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        with override(settings.LANGUAGE_CODE):
            return HttpResponse(
                render_to_string("errors/error.html", {"status": status}), status=status
            )


class CompressionMiddleware(GZipMiddleware):
    """Pages travel over a school's mobile link, and lists of a nation's regions over a regency's.

    BREACH reads a secret out of the length of compressed answers in which the secret stands beside
    something that a stranger may choose. Pages hold a token that is masked anew each time, and random
    bytes. Answers of the API are compressed only for callers without a cookie: a stranger's page can
    have a browser send cookies, but no token. So nothing can be asked in somebody's name again and
    again, and the answers need no random bytes: their ETag stays strong, with a mark for the coding.
    """

    KINDS = ("application/json", "text/", "application/vnd.sdmx", "application/vnd.oai")
    MARK = '-gzip"'
    ASKED = "dukcapil.asked_for_gzip"

    def process_request(self, request: HttpRequest) -> None:
        """The application knows no codings: it is asked for the tag that it gave."""
        tags = request.META.get("HTTP_IF_NONE_MATCH", "")
        if self.MARK in tags and request.path.startswith(API):
            request.META[self.ASKED] = "yes"
            request.META["HTTP_IF_NONE_MATCH"] = tags.replace(self.MARK, '"')

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path.startswith(API):
            return super().process_response(request, response)
        if (
            isinstance(response, HttpResponse)
            and not response.has_header("Content-Encoding")
            and takes_packed(request)
        ):
            self._compress(request, response)
        return response

    def _compress(self, request: HttpRequest, response: HttpResponse) -> None:
        tag = response.headers.get("ETag", "")
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            # Which of the two codings the caller holds, only the caller knows: as it was asked.
            if request.META.get(self.ASKED):
                response.headers["ETag"] = tag.removesuffix('"') + self.MARK
            return
        kind = response.headers.get("Content-Type", "")
        if len(response.content) < LEAST or not kind.startswith(self.KINDS):
            return
        kept = response.packed if isinstance(response, PackedOnce) else None
        response.content = kept() if kept else pack(response.content)
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Content-Encoding"] = "gzip"
        if tag.startswith('"'):
            response.headers["ETag"] = tag.removesuffix('"') + self.MARK


class ConditionalMiddleware(ConditionalGetMiddleware):
    """304 with what the answer says besides its body: Django keeps what HTTP asks for, which leaves
    out the permission for pages of others, without which a browser gives them nothing, and the count of requests.
    """

    KEPT = ("Access-Control-", "Cross-Origin-Resource-Policy", "Retry-After", "X-RateLimit-")

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        answer = super().process_response(request, response)
        if answer is not response:
            for name, value in response.headers.items():
                if name.startswith(self.KEPT):
                    answer.headers[name] = value
        return answer


class AddressMiddleware(CommonMiddleware):
    """A slash that a program left out at the end: the same call again, never another one.

    301 lets a client turn a POST into a GET, so that who wrote got a list and believed in it.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if (
            response.status_code == HTTPStatus.NOT_FOUND
            and request.path.startswith(API)
            and self.should_redirect_with_slash(request)
        ):
            address = escape_leading_slashes(request.get_full_path(force_append_slash=True))
            return HttpResponsePermanentRedirect(address, preserve_request=True)
        return super().process_response(request, response)


class LanguageMiddleware(LocaleMiddleware):
    """Bahasa Indonesia, unless somebody chose otherwise: a browser's setting chooses nothing.

    Office computers come with English browsers; their users did not ask for English. A program that
    sends `Accept-Language` did.
    """

    def process_request(self, request: HttpRequest) -> None:
        if not request.path.startswith(API) or request.path.startswith(API_PAGES):
            request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)


class LogMiddleware(RequestMiddleware):
    """django-structlog logs the full path with its query; ours logs the route: some paths hold a key. What
    it says when a request begins stands in the line of its end.
    """

    def prepare(self, request: HttpRequest) -> None:
        """As the library does it, without the line of a beginning, which would be put together and dropped."""
        bind_contextvars(request_id=str(uuid.uuid4()))
        self.bind_user_id(request)

    def format_request(self, request: HttpRequest) -> str:
        return f"{request.method} {route_of(request)}".rstrip()


@receiver(bind_extra_request_finished_metadata)
def _name_the_program(request: HttpRequest, log_kwargs: dict[str, object], **_: object) -> None:
    log_kwargs["user_agent"] = request.META.get("HTTP_USER_AGENT")
