"""Compressed answers for programs: who takes them, and bytes that are compressed once and kept.

Who may get them, and why no secret can be read out of their length: `core.middleware.CompressionMiddleware`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from dukcapil.core.http import preferred

#: Answers below this gain less than they cost.
LEAST = 10 * 1024


class PackedOnce(HttpResponse):
    """An answer whose bytes many ask for: `packed` gives them compressed as `pack` does, made once."""

    def __init__(
        self, *args: Any, packed: Callable[[], bytes] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.packed = packed


def pack(content: bytes) -> bytes:
    """The same bytes each time: no clock in them."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def takes_packed(request: HttpRequest) -> bool:
    """Whether an answer may be compressed for this caller, who would not rather have it plain."""
    codings = request.META.get("HTTP_ACCEPT_ENCODING", "")
    return (
        bool(codings) and not request.COOKIES and preferred(codings, ("gzip", "identity")) == "gzip"
    )
