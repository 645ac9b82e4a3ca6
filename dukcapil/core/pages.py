"""Lists on pages."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid

ROWS = 50


def paged(request: HttpRequest, found: QuerySet[Any], rows: int = ROWS) -> Page[Any]:
    """The page that `?page=` names; a number that is none, or too large, gives the nearest."""
    return Paginator(found, rows).get_page(request.GET.get("page"))


def page_number(request: HttpRequest) -> int:
    """For lists that are paged without counting them; anything odd is the first page."""
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 else 1


def status_of(form: Any) -> int:
    """422 for a form that was refused, so that programs see what people read."""
    return 422 if form.errors else 200


def chosen_id(text: str | None) -> uuid.UUID:
    """The row that a button or address names. Raises Invalid when it names none."""
    try:
        return uuid.UUID(text or "")
    except ValueError as error:
        raise Invalid("choice", _("Choose a row of the list first.")) from error
