"""Rows of lists that hundreds of requests draw alike: drawn once for each content, and kept for a while."""

from __future__ import annotations

from typing import Any

import orjson
from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.utils.translation import get_language

from dukcapil.core.drawn import Drawings

register = template.Library()

#: Names stand in rows: as many as some pages have, in this process alone, for some minutes.
rows = Drawings(most=1500, seconds=300)


class DrawnOnce(template.Node):
    def __init__(self, place: str, given: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.place, self.given, self.nodelist = place, given, nodelist

    def render(self, context: Context) -> str:
        values = {name: expression.resolve(context) for name, expression in self.given.items()}
        content = [self.place, get_language(), get_script_prefix(), values]
        key = orjson.dumps(content, default=_text).decode()
        # Nothing else of the page is in reach: what is shown is in the key.
        return rows.of(key, lambda: str(self.nodelist.render(context.new(values))))


def _text(value: Any) -> str:
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__}: give the block what it shows of it")


@register.tag
def drawn_once(parser: Parser, token: Token) -> DrawnOnce:
    """`{% drawn_once row=row books=books %} ... {% enddrawn_once %}`: with these values alone."""
    _tag, *bits = token.split_contents()
    pairs = [bit.partition("=") for bit in bits]
    given = {name: parser.compile_filter(value or name) for name, _is, value in pairs}
    nodelist = parser.parse(("enddrawn_once",))
    parser.delete_first_token()
    place = f"{parser.origin} {token.lineno}"
    return DrawnOnce(place, given, nodelist)
