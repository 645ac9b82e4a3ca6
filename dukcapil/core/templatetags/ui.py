"""Icons, form controls, and links that keep the filters of a page, for every template."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django import forms, template
from django.forms.boundfield import BoundField
from django.middleware.csrf import get_token
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dukcapil.core.forms import in_full
from dukcapil.core.ids import uuid7
from dukcapil.core.kept import OWNER, signed_owner

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A Tabler icon out of the sprite. Decoration only: the text beside it says what is meant."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with Bootstrap's classes."""
    widget = field.field.widget
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    if field.errors:
        css += " is-invalid"
    return field.as_widget(attrs={"class": f"{css} {widget.attrs.get('class', '')}".strip()})


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def day_in_words(value: Any) -> str:
    """For a date field that a template writes itself, with `components/day_words.html` behind it."""
    return in_full(str(value or ""))


@register.filter
def may_be_empty(field: BoundField) -> bool:
    """False for a field that another choice makes required (`data-needed`)."""
    return not field.field.required and "data-needed" not in field.field.widget.attrs


@register.filter
def as_json(value: Any) -> str:
    """For an attribute that a script reads."""
    return orjson.dumps(value).decode()


@register.filter
def may(actor: Any, permission: str) -> bool:
    return bool(actor and actor.may(permission))


@register.simple_tag(takes_context=True)
def form_guard(context: Context | dict[str, Any]) -> SafeString:
    """Hidden fields of a form that changes something: CSRF, whose form it is, and a number that makes a
    second click harmless.
    """
    if left := context.get("guard_hole"):
        return SafeString(left)
    once = SafeString(f'<input type="hidden" name="once" value="{uuid7()}">')
    return owner_guard(context) + once


@register.simple_tag(takes_context=True)
def owner_guard(context: Context | dict[str, Any]) -> SafeString:
    """CSRF, and our signature of whose form it is: after a lost session what was typed is given back to
    that person alone. For forms with a file, which may be sent again with another one.
    """
    request = context["request"]
    # Once for a page: the forms of one are sent by the same person. A login meanwhile has another secret.
    secret = request.META.get("CSRF_COOKIE")
    known, guard = getattr(request, "owner_guard", (None, SafeString("")))
    if not known or known != secret:
        guard = format_html(
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<input type="hidden" name="{}" value="{}">',
            get_token(request),
            OWNER,
            signed_owner(request.user.pk),
        )
        request.owner_guard = request.META["CSRF_COOKIE"], guard
    return guard


@register.simple_tag(takes_context=True)
def sort_head(context: dict[str, Any], name: str, label: str, css: str = "") -> SafeString:
    """The head of a column that `core.pages.ordered` can order by; a second click turns the order."""
    order = context["request"].GET.get("order", "")
    state = {name: "ascending", f"-{name}": "descending"}.get(order)
    link = here_with(context, order=f"-{name}" if order == name else name, page=None)
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}</a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', state) if state else "",
        link,
        label,
    )


@register.simple_tag(takes_context=True)
def here_with(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with some parameters changed; an empty value drops one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = value
    return "?" + query.urlencode()
