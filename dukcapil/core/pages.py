"""Lists on pages: which page, in which order, and which row a button names."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from dukcapil.core.versions import CHANGED

ROWS = 50
#: Codes of refusals that end by themselves.
TOO_MANY = {"too-many-misses", "too-many-reveals", "too-many-exports"}


class Cut(Protocol):
    """A list that knows its length and reads only the part that is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> list[Any]: ...


def paged(request: HttpRequest, queryset: QuerySet[Any] | Cut, rows: int = ROWS) -> Page[Any]:
    """The page that `?page=` names; when it is no number, or too large, the first or the last."""
    whole: Any = queryset
    return Paginator(whole, rows).get_page(request.GET.get("page"))


def ordered(
    request: HttpRequest, queryset: QuerySet[Any], columns: Mapping[str, tuple[str, ...]]
) -> QuerySet[Any]:
    """Ordered as ``?order=name`` says, or the other way round for ``-name``; without it, the list's
    own order.

    Equal rows stay in the list's own order, so that a page begins where the one before ended.
    """
    name = request.GET.get("order", "")
    fields = columns.get(name.removeprefix("-"), ())
    if name.startswith("-"):
        fields = tuple(f"-{field}" for field in fields)
    return queryset.order_by(*fields, *queryset.query.order_by) if fields else queryset


def ordered_rows(
    request: HttpRequest, rows: list[Any], columns: Mapping[str, Callable[[Any], Any]]
) -> list[Any]:
    """As `ordered`, for rows that were read already. Rows without a value come last."""
    name = request.GET.get("order", "")
    key = columns.get(name.removeprefix("-"))
    if key is None:
        return rows
    comparable = [row for row in rows if key(row) is not None]
    comparable.sort(key=key, reverse=name.startswith("-"))
    return [*comparable, *(row for row in rows if key(row) is None)]


def page_number(request: HttpRequest) -> int:
    """For lists that are paged without counting them; anything odd is the first page."""
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 else 1


def status_of(form: Any) -> int:
    """For a form that was refused, so that programs see what people read: 422; 429 for now; 409 when
    what it is about was changed after it was opened.
    """
    if not form.errors:
        return 200
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    if codes & TOO_MANY:
        return 429
    return 409 if CHANGED in codes else 422


def chosen_id(text: str | None) -> uuid.UUID:
    """The row that a button or address names. Raises Invalid when it names none."""
    try:
        return uuid.UUID(text or "")
    except ValueError as error:
        raise Invalid("choice", _("Choose a row of the list first.")) from error
