"""Where a page about somebody leads to when it is done: the desk that asked for them, or their own page."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.urls import reverse

from dukcapil.accounts.requests import StaffRequest
from dukcapil.core.pages import chosen_id


def way_on(request: StaffRequest, resident_id: uuid.UUID) -> str:
    query = {"person": str(resident_id)}
    if session := request.GET.get("book"):
        address = reverse("book", args=[chosen_id(session)])
    elif session := request.GET.get("desk"):
        address = reverse("desk", args=[chosen_id(session)])
    elif (session := request.GET.get("log")) is not None:
        address, query["session"] = reverse("log"), session[:40]
    else:
        return reverse("resident", args=[resident_id])
    return f"{address}?{urlencode(query)}"
