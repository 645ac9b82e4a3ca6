"""Where a page about somebody leads to when it is done: the desk that asked for them, or their own page."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.urls import reverse

from dukcapil.accounts.requests import StaffRequest


def way_on(request: StaffRequest, resident_id: uuid.UUID) -> str:
    """Asked when all is written: an address that names no desk is no refusal, and leads to their page."""
    query = {"person": str(resident_id)}
    if session := _named(request, "book"):
        address = reverse("book", args=[session])
    elif session := _named(request, "desk"):
        address = reverse("desk", args=[session])
    elif (chosen := request.GET.get("log")) is not None:
        address, query["session"] = reverse("log"), chosen[:40]
    else:
        return reverse("resident", args=[resident_id])
    return f"{address}?{urlencode(query)}"


def _named(request: StaffRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None
