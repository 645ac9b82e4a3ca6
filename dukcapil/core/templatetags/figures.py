"""Numbers as they are written in Indonesian or in English. Formatting only."""

from __future__ import annotations

import re

from django import template
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext as _

register = template.Library()
_ID_AT_END = re.compile(r" \([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)$")

UNKNOWN = "–"


@register.filter
def people(value: int | None) -> str:
    return UNKNOWN if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def shown(value: int | str | None) -> str:
    """A cell of a table that holds counts and words."""
    return value if isinstance(value, str) else people(value)


@register.filter
def share(value: str | None) -> str:
    """The API's own text, with the reader's decimal sign."""
    if value is None:
        return UNKNOWN
    return f"{value.replace('.', get_format('DECIMAL_SEPARATOR'))} %"


@register.filter
def masked(value: str) -> str:
    """A masked NIK, written so that nobody takes its check code for its last digits."""
    name = _("code")
    return f"{value[:6]}•••••••••• · {name} {value[-4:]}"


@register.filter
def without_id(text: str) -> str:
    """A note that ends with the id of what it is about: the id is for programs."""
    return _ID_AT_END.sub("", text)


@register.filter
def signed(value: int) -> str:
    """A change: +3, −2."""
    if value == 0:
        return "0"
    return f"+{people(value)}" if value > 0 else f"−{people(-value)}"
