"""Forms that nobody typed into, as pages show them by the thousand: to make one copies each of its fields and
reads all its choices, and what a page draws of it is mostly kept already (`unbound_once`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

from django import forms
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dukcapil.core.forms import fill
from dukcapil.core.kept import kept_for

F = TypeVar("F", bound=forms.BaseForm)


class Unbound(SimpleLazyObject):
    """Made when somebody looks at more than that nobody typed into it."""

    is_bound = False
    errors: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, form_class: type[forms.BaseForm], options: dict[str, Any]) -> None:
        super().__init__(lambda: form_class(**options))
        # Of the wrapper: Django's class would look for it in the form.
        vars(self)["kind"] = [form_class.__module__, form_class.__qualname__, repr(options)]


def unbound(form_class: type[F], **options: Any) -> F:
    """A form without data. `options` say all that it differs in from others of its class, by names of ours."""
    return cast("F", Unbound(form_class, options))


def fill_or_unbound(
    request: HttpRequest, form_class: type[F], *, do: tuple[str, ...], **options: Any
) -> F:
    """As `core.forms.fill`."""
    sent = request.method == "POST" and request.POST.get("do", "") in do
    if sent or (request.method != "POST" and kept_for(request) is not None):
        return fill(request, form_class, do=do, **options)
    return unbound(form_class, **options)
