"""One view for the page and for the part of it that keeps itself fresh."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from dukcapil.core.requests import HtmxRequest

#: How often a page that is left open asks for news.
EVERY_SECONDS = 10
SEEN_HEADER = "X-Seen"


def live(
    request: HtmxRequest,
    page: str,
    part: str,
    context: dict[str, Any] | Callable[[], dict[str, Any]],
    *,
    target: str = "live",
    every: int = EVERY_SECONDS,
    also: str = "",
    status: int = 200,
    stamp: str = "",
) -> HttpResponse:
    """The whole page, or for htmx the part alone; 204 when the browser already shows this part.

    `also`: an htmx trigger that refreshes the part besides the clock.
    `stamp`: changes with everything that the part shows; with it nothing is fetched or drawn for a
    browser that has seen it, and `context` may be what makes it.

    The part must not hold a CSRF token or anything else that differs between two equal answers.
    """
    refreshes = request.htmx and request.htmx.target == target
    seen = request.headers.get(SEEN_HEADER, "") if refreshes else ""
    state = _short(stamp) if stamp else ""
    if state and seen.startswith(state):
        return HttpResponse(status=204)
    if callable(context):
        context = context()
    body = render_to_string(part, context, request)
    version = state + _short(body)
    context = context | {
        "live": {
            "id": target,
            "body": mark_safe(body),  # noqa: S308 - rendered by our own template just above
            "version": version,
            "url": request.get_full_path(),
            "every": every,
            "also": also,
        }
    }
    if refreshes:
        if seen.endswith(_short(body)):
            return HttpResponse(status=204)
        return render(request, "components/live.html", context)
    return render(request, page, context, status=status)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
