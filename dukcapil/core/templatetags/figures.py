"""Numbers as they are written in Indonesian or in English. Formatting only."""

from __future__ import annotations

import re
from decimal import Decimal

from django import template
from django.utils.formats import get_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
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
    """A masked NIK, written so that nobody takes its check code for its last digits. What somebody typed has none."""
    if value.endswith("•"):
        return f"{value[:6]}••••••••••"
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


@register.simple_tag
def bars(numbers: list[int], most: int) -> SafeString:
    """A small picture of counts beside a number that says the same; `most` is its full height."""
    shapes = format_html_join(
        "",
        '<rect x="{}" y="{}" width="3" height="{}"></rect>',
        ((4 * place, 24 - height, height) for place, height in enumerate(_heights(numbers, most))),
    )
    return format_html(
        '<svg class="month-bars" viewBox="0 0 {} 24" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        4 * len(numbers),
        shapes,
    )


def _heights(numbers: list[int], most: int) -> list[int]:
    """At least one for a day with anybody; what was taken back is no bar."""
    return [max(1, round(24 * n / most)) if n > 0 and most > 0 else 0 for n in numbers]


@register.filter
def decimal(value: Decimal | None) -> str:
    """A number with the reader's decimal sign."""
    return UNKNOWN if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def whole(value: Decimal | None) -> int | None:
    """A mean where no fraction of a thing exists."""
    return None if value is None else round(value)


@register.filter
def points(value: Decimal | None) -> str:
    """A change in percentage points: +0,12, −1,05."""
    if value is None:
        return UNKNOWN
    text = decimal(abs(value))
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


@register.filter
def abbreviated(name: str) -> str:
    """A region's name in a narrow table, as offices write it: Kab. Agam."""
    return name.replace("Kabupaten ", "Kab. ", 1)
