"""Rows of lists that hundreds of requests draw alike: drawn once for each content, and kept for a while."""

from __future__ import annotations

from typing import Any

import orjson
from django import forms, template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.template.engine import Engine
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from dukcapil.core.drawn import Drawings
from dukcapil.core.frames import GUARD, Frame, filled, hole
from dukcapil.core.templatetags.ui import form_guard
from dukcapil.core.unbound import Unbound

register = template.Library()

#: Names stand in rows: as many as some pages have, in this process alone, for some minutes.
rows = Drawings(most=1500, seconds=300)
#: Parts of forms that nobody has typed into.
fields = Drawings(most=200, seconds=3600)
#: Parts with holes: no name and no key is in them.
frames = Drawings(most=200, seconds=3600)


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


@register.simple_tag
def unbound_once(part: str, form: forms.BaseForm | Unbound, **shown: bool) -> SafeString:
    """A part of a form, with `form` and these alone. Drawn once for each kind of it, while nobody typed: what
    was typed, and every text that a form begins with, may be about somebody and is drawn each time.
    """
    kind = form.kind if isinstance(form, Unbound) else _kind_of(form)

    def draw() -> str:
        if isinstance(form, Unbound) and _kind_of(form) is None:
            raise ValueError("a form that begins with a text, which is drawn each time")
        return str(render_to_string(part, {"form": form, **shown}))

    if kind is None:
        return mark_safe(draw())  # noqa: S308 - rendered by our own template
    content = [part, get_language(), get_script_prefix(), sorted(shown.items()), kind]
    return mark_safe(fields.of(repr(content), draw))  # noqa: S308 - rendered by our own template


def _kind_of(form: forms.BaseForm | Unbound) -> list[Any] | None:
    """Everything that forms of one class differ in; None where there is a text of somebody's in it."""
    if form.is_bound:
        return None
    kind: list[Any] = [
        type(form).__qualname__,
        form.prefix,
        form.auto_id,
        form.use_required_attribute,
    ]
    for name, field in form.fields.items():
        begins = form.get_initial_for_field(field, name)
        choices = getattr(field, "choices", None)
        if choices is None and begins not in (None, "", False, True):
            return None
        # What a form offers beside a field of text stands at its widget (`core.forms.offer`).
        offered = choices or getattr(field.widget, "choices", None) or ()
        values = [f"{value} {label}" for value, label in offered]
        attrs = sorted(field.widget.attrs.items())
        said = f"{field.label}", f"{field.help_text}"
        kind.append((name, field.required, field.disabled, values, begins, attrs, said))
    return kind


@register.simple_tag(takes_context=True)
def framed(context: Context, part: str, name: str, frame: Frame | None, **more: Any) -> SafeString:
    """A part of a page, drawn once for all that have the same frame and `more`, with these alone: the frame's
    values under `name`. Without a frame (somebody typed) it is drawn as if it stood here.
    """
    if frame is None:
        return Engine.get_default().get_template(part).render(context)
    content = [part, get_language(), get_script_prefix(), frame.key, more]
    key = orjson.dumps(content, default=_text).decode()
    values = {name: frame.values, "guard_hole": hole(GUARD), **more}
    body = frames.of(key, lambda: str(render_to_string(part, values)))
    return SafeString(filled(body, frame, lambda: form_guard(context)))
