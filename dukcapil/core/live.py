"""One view for the page and for the part of it that keeps itself fresh."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from dukcapil.core.requests import HtmxRequest

#: Seconds between two looks of a page that is left open.
EVERY = 10
SEEN = "X-Seen"


def live(
    request: HtmxRequest,
    page: str,
    part: str,
    context: dict[str, Any],
    *,
    target: str = "live",
    every: int = EVERY,
    also: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole page, or for htmx the part alone; 204 when the reader has this very part already.

    `also`: what else than time makes the part look again, an htmx trigger.

    The part must not hold a CSRF token or anything else that differs between two equal answers.
    """
    body = render_to_string(part, context, request)
    version = hashlib.sha256(body.encode()).hexdigest()[:16]
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
    if request.htmx and request.htmx.target == target:
        if request.headers.get(SEEN) == version:
            return HttpResponse(status=204)
        return render(request, "components/live.html", context)
    return render(request, page, context, status=status)
