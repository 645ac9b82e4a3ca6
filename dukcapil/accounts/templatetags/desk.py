"""The parts of a page that say where somebody may go."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

#: No more than roles, languages and entries make, at each address that the house stands behind.
_drawn: dict[tuple[object, ...], SafeString] = {}


@register.simple_tag(takes_context=True)
def of_navigation(context: dict[str, Any], part: str) -> SafeString:
    """A part that depends on the entries, the language and where one is alone: drawn once for each,
    since it would be a fourteenth of every page. It is drawn with nothing else in its context.
    """
    entries = context["navigation"]
    urls = tuple(entry.url for entry in entries)
    marked = frozenset(urls) & {context.get("here"), context.get("section")}
    key = (part, urls, marked, get_language(), get_script_prefix())
    if key not in _drawn:
        _drawn[key] = render_to_string(part, {"navigation": entries, "marked": marked})
    return _drawn[key]
