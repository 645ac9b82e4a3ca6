"""Errors as RFC 9457 problem documents: stable `type`, title for people, pointer to the field."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from dukcapil.core.errors import DomainError, NotFound, TooMany

MEDIA_TYPE = "application/problem+json"

_CODES = {
    400: "unreadable",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "too-slow",
    411: "length-required",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "server-error",
    503: "unavailable",
}


def titles() -> dict[int, str]:
    return {
        400: _("The body could not be read as JSON."),
        401: _("Log in, or send a valid token in the header `Authorization: Token ...`."),
        403: _("You may not do this."),
        404: _("Not found."),
        405: _("This method is not available here."),
        406: _("No such format."),
        408: _("The body did not arrive in time."),
        411: _("Say how long the body is (Content-Length)."),
        413: _("The body is too large."),
        415: _("Send the body as application/json."),
        422: _("Some fields need to be corrected."),
        429: _("Too many requests. Try again in a moment."),
        500: _("Something went wrong on our side."),
        503: _("The service is not available right now. Nothing was stored; try again."),
    }


def problem(
    status: int,
    *,
    code: str | None = None,
    title: str | None = None,
    errors: list[dict[str, str]] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"/problems/{code or _CODES.get(status, 'error')}",
        "title": title or titles().get(status) or _("Error."),
        "status": status,
    }
    if errors:
        body["errors"] = errors
    return body | {key: value for key, value in extra.items() if value is not None}


def of_domain(error: DomainError) -> dict[str, Any]:
    message = str(error.message)
    errors = [{"pointer": f"/{error.field}", "detail": message}] if error.field else None
    return problem(error.status, code=error.code, title=message, errors=errors, **error.extra)


def pointers(detail: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's nested errors as a flat list of JSON pointers."""
    if isinstance(detail, dict):
        flat = []
        for key, inner in detail.items():
            step = "" if key == "non_field_errors" else "/" + str(key).replace("~", "~0")
            flat += pointers(inner, path + step)
        return flat
    if isinstance(detail, list):
        if detail and isinstance(detail[0], (dict, list)):
            return [
                item for n, inner in enumerate(detail) for item in pointers(inner, f"{path}/{n}")
            ]
        return [{"pointer": path, "detail": str(text)} for text in detail]
    return [{"pointer": path, "detail": str(detail)}]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    set_rollback()
    headers = {}
    if isinstance(exc, (Http404, exceptions.NotFound)):
        exc = NotFound()
    if isinstance(exc, DomainError):
        body = of_domain(exc)
        if isinstance(exc, TooMany):
            headers["Retry-After"] = str(exc.wait)
    elif isinstance(exc, exceptions.ValidationError):
        body = problem(422, errors=pointers(exc.detail))
    elif isinstance(exc, PermissionDenied):
        body = problem(403)
    elif isinstance(exc, exceptions.APIException):
        body = problem(exc.status_code, title=_offered(exc))
        if header := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = header
        if wait := getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
    elif isinstance(exc, SuspiciousOperation):
        body = problem(413 if isinstance(exc, RequestDataTooBig) else 400)
    else:
        return None
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _offered(exc: exceptions.APIException) -> str | None:
    """Which formats there are, where none of them was accepted."""
    renderers = getattr(exc, "available_renderers", None)
    if not renderers:
        return None
    formats = ", ".join(dict.fromkeys(getattr(one, "media_type", one) for one in renderers))
    return _("No such format. There are: %(formats)s.") % {"formats": formats}


def plain_response(request: HttpRequest, status: int) -> HttpResponse:
    """A problem document outside DRF (unknown URL, server error)."""
    import orjson  # noqa: PLC0415 - only errors outside DRF come here

    with override(get_language_from_request(request)):
        return HttpResponse(orjson.dumps(problem(status)), status=status, content_type=MEDIA_TYPE)
