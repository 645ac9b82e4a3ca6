"""Forms that nobody typed into, as pages show them by the thousand: to make one copies each of its fields and
reads all its choices, and what a page draws of it is mostly kept already (`unbound_once`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast

from django import forms
from django.http import HttpRequest

from dukcapil.core.forms import fill
from dukcapil.core.kept import kept_for

F = TypeVar("F", bound=forms.BaseForm)


class Unbound:
    """Made when somebody looks at more than that nobody typed into it. A lazy object of Django's would be made by
    the first template that asks which class it has.
    """

    is_bound = False
    errors: Mapping[str, Any] = MappingProxyType({})
    #: As `core.whole.WholeForm` has them, once somebody else saved meanwhile.
    differences: tuple[Any, ...] = ()

    def __init__(self, form_class: type[forms.BaseForm], options: dict[str, Any]) -> None:
        self._form_class, self._options = form_class, options

    @cached_property
    def _made(self) -> Any:
        return self._form_class(**self._options)

    @property
    def kind(self) -> list[Any]:
        """All that forms of this class differ in, while nobody typed."""
        return [self._form_class.__module__, self._form_class.__qualname__, repr(self._options)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._made, name)

    def __getitem__(self, name: str) -> Any:
        # A template asks for a field of that name first.
        if name in ("errors", "differences", "is_bound"):
            raise KeyError(name)
        return self._made[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._made)

    def __str__(self) -> str:
        return str(self._made)


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
