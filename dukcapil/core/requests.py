"""What the middleware of libraries puts on a request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    #: True where htmx asks for a part of a page; `target` names the part.
    htmx: HtmxDetails
    #: How the next poll of this address may be answered (`core.live.Watched`); `live` says it.
    watched: Any
