"""JSON as the API reads and writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from rest_framework.exceptions import APIException, NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

#: Characters of `Accept` that are read; browsers send some 150.
_LARGEST_HEADER = 2000
IDEMPOTENCY_HEADER = "Idempotency-Key"
LARGEST_BODY = 5 * 1024 * 1024


def dumps(data: Any) -> bytes:
    return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, media_type: Any = None, context: Any = None) -> bytes:
        return b"" if data is None else dumps(data)


class TooLarge(APIException):
    status_code = 413


class StrictJSONParser(BaseParser):
    media_type = "application/json"
    #: Bytes of a body.
    largest = LARGEST_BODY

    def parse(self, stream: Any, media_type: Any = None, context: Any = None) -> Any:
        body = stream.read(self.largest + 1)
        if len(body) > self.largest:
            raise TooLarge
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError from error
        return self.shaped(data)

    def shaped(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ParseError
        return data


# --- what somebody prefers (RFC 9110, 12.5) -----------------------------------------------------


def preferred(header: str, offered: Sequence[str]) -> str | None:
    """Which of the offered media types (or codings) `Accept` (or `Accept-Encoding`) likes best; of equals
    the first. None: it takes none of them. An empty header takes everything, and so does `*`, which
    codings have and old clients send for media types too.
    """
    ranges = [_range(part) for part in header[:_LARGEST_HEADER].split(",") if part.strip()]
    if not ranges:
        return offered[0]
    liked = {one: _quality(one, ranges) for one in offered}
    best = max(offered, key=lambda one: liked[one])
    return best if liked[best] > 0 else None


def _range(text: str) -> tuple[str, dict[str, str], float]:
    name, *parts = (part.strip().lower() for part in text.split(";"))
    parameters = dict(part.partition("=")[::2] for part in parts)
    try:
        quality = float(parameters.pop("q", "1"))
    except ValueError:
        quality = 0.0
    # Which characters a text has, is ours to say.
    parameters.pop("charset", None)
    return "*/*" if name == "*" else name, parameters, quality


def _quality(offer: str, ranges: list[tuple[str, dict[str, str], float]]) -> float:
    """What the most exact range that fits says of an offer."""
    name, own, _one = _range(offer)
    kind = name.partition("/")[0]
    fits = [
        (("*/*", f"{kind}/*", name).index(wanted), len(parameters), quality)
        for wanted, parameters, quality in ranges
        if wanted in ("*/*", f"{kind}/*", name) and parameters.items() <= own.items()
    ]
    return max(fits, key=lambda fit: fit[:2])[2] if fits else 0.0


class Negotiation(DefaultContentNegotiation):
    """As REST framework chooses what it answers in, but with the qualities that a caller gives."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        offered = [renderer.media_type for renderer in renderers]
        chosen = preferred(request.headers.get("Accept", ""), offered)
        if chosen is None:
            raise NotAcceptable(available_renderers=renderers)
        return renderers[offered.index(chosen)], chosen


class OwnFormat(DefaultContentNegotiation):
    """For views that choose their format themselves; problems are JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type
