"""One view for the page and for the part of it that keeps itself fresh."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from dukcapil.core import looks
from dukcapil.core.drawn import drawings
from dukcapil.core.errors import NotFound
from dukcapil.core.readings import Glance, Reading
from dukcapil.core.requests import HtmxRequest

#: How often a page that is left open asks for news: a second before the server closes a connection on which
#: nothing is asked (`processes.WEB`), so that a poll finds its own still open.
EVERY_SECONDS = 9
SEEN_HEADER = "X-Seen"

View = Callable[..., HttpResponse]


def glances(request: HtmxRequest) -> bool:
    """Whether this poll may have seen what there is, so that marks are read first (`readings.read_marked`)."""
    return SEEN_HEADER in request.headers and not hasattr(request, "has_news")


def _without_savepoint(when: Callable[[HtmxRequest], bool]) -> Callable[[View], View]:
    """Of requests that only read the view has the transaction, but no savepoint of its own in it."""

    def decorate(view: View) -> View:
        @transaction.non_atomic_requests
        @wraps(view)
        def run(request: HtmxRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if when(request):
                return view(request, *args, **kwargs)
            with transaction.atomic():
                return view(request, *args, **kwargs)

        return run

    return decorate


#: A page whose polls only read, and write one row of a look as their last step: nothing of a poll could be undone
#: without the rest.
polled = _without_savepoint(
    lambda request: bool(
        request.method == "GET" and request.htmx and SEEN_HEADER in request.headers
    )
)
#: A page that writes nothing when it is looked at, no look either.
only_read = _without_savepoint(lambda request: request.method in ("GET", "HEAD"))


@dataclass(frozen=True)
class Watched:
    """What a poll that was answered here may be answered by the next time: see `live`."""

    glance: Glance
    stamp: Callable[[Reading], str]
    needs: str


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
    stamp: str | Callable[[Reading], str] = "",
    reading: Reading | None = None,
    needs: str = "",
    drawn_from: Callable[[], dict[str, Any]] | None = None,
) -> HttpResponse:
    """The whole page, or for htmx the part alone; 204 when the browser already shows this part.

    `also`: an htmx trigger that refreshes the part besides the clock.
    `stamp`: changes with everything that the part shows; with it nothing is fetched or drawn for a
    browser that has seen it, and `context` may be what makes it. Language and release are added here.
    `reading`: what the stamp is of, if its rows may not be read yet; the stamp is then asked for again. With it the
    stamp is made of a reading and of what does not change while the same person has the same rights: polls of this
    address may be answered past this view (`accounts.polls`).
    `needs`: the part of the reading without which there is nothing to show.
    `drawn_from`: what the part alone is drawn with, with a stamp of all of it: it is drawn once for
    everybody who has the same stamp, and shows nothing of `context` or of the request.

    The part must not hold a CSRF token or anything else that differs between two equal answers.
    """
    refreshes = request.htmx and request.htmx.target == target
    seen = request.headers.get(SEEN_HEADER, "") if refreshes else ""
    language = language_here()
    if refreshes and reading is not None and reading.glance and callable(stamp):
        request.watched = Watched(reading.glance, stamp, needs)
    text = _text(stamp, reading, needs)
    state = state_of(text, language)
    if state and seen.startswith(state):
        return HttpResponse(status=204)
    if reading is not None and reading.whole():
        text = _text(stamp, reading, needs)
        state = state_of(text, language)
    if callable(context):
        context = context()
    if drawn_from is None:
        body = str(render_to_string(part, context, request))
    else:
        body = _once_for_all(f"{part} {language} {text}", part, drawn_from)
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


def _text(stamp: str | Callable[[Reading], str], reading: Reading | None, needs: str) -> str:
    if reading is not None and needs and reading.is_empty(needs):
        raise NotFound
    if isinstance(stamp, str):
        return stamp
    return stamp(reading) if reading is not None else ""


def state_of(text: str, language: str) -> str:
    """How the version of a part begins that has this stamp."""
    return _short(f"{looks.release()} {language} {text}") if text else ""


def language_here(language: str | None = None) -> str:
    """As it stands in a version."""
    return f"{language or get_language()} {get_script_prefix()}"


def _once_for_all(key: str, part: str, drawn_from: Callable[[], dict[str, Any]]) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return drawings.of(digest, lambda: str(render_to_string(part, drawn_from())))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
