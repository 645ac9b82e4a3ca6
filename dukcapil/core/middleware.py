"""What runs around every request and knows no person: headers, compression, language, log."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import override
from django_structlog.middlewares import RequestMiddleware

from dukcapil.core.logs import route_of
from dukcapil.core.problems import plain_response
from dukcapil.front import REFUSED

GetResponse = Callable[[HttpRequest], HttpResponse]

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
        if request.path.startswith("/api/"):
            # One address answers each caller with what they may see, in the format that they ask for.
            patch_vary_headers(response, ("Accept", "Authorization"))
        if not request.path.startswith(CACHEABLE):
            # `no-cache` with an ETag lets a client revalidate; pages are never stored at all.
            kept = "private, no-cache" if request.path.startswith("/api/") else "no-store"
            response.headers.setdefault("Cache-Control", kept)
        return response


class RefusedMiddleware:
    """Puts into words what `dukcapil.front` refused before a byte of the body was read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = request.META.get(REFUSED)
        if status is None:
            return self.get_response(request)
        if request.path.startswith("/api/"):
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


class PageGZipMiddleware(GZipMiddleware):
    """Pages travel over a school's mobile link. Answers of the API keep their strong ETag as it is."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            return response
        return super().process_response(request, response)


class LanguageMiddleware(LocaleMiddleware):
    """Bahasa Indonesia, unless somebody chose otherwise: a browser's setting chooses nothing.

    Office computers come with English browsers; their users did not ask for English.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)


class LogMiddleware(RequestMiddleware):
    """django-structlog logs the full path with its query; ours logs the route: some paths hold a key."""

    def format_request(self, request: HttpRequest) -> str:
        return f"{request.method} {route_of(request)}".rstrip()
