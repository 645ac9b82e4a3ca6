"""Fields that forms of one kind have in common. Django copies all fields of a class for each form, which takes longer
than to check them; nobody changes a field once its choices are set, so a form may have the ones of another.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import Choices

#: A class of choices, as what makes one of a value.
Offered = Callable[[str], Choices]


class _Shared(dict[str, forms.Field]):
    """In the place of `base_fields`: what a form makes of it is a list of its own of the same fields."""

    def __deepcopy__(self, _memo: object) -> dict[str, forms.Field]:
        return dict(self)


def share_fields(form: forms.BaseForm, name: str, offered: Offered, values: Iterable[str]) -> None:
    """Before `__init__` of Django's: of a form whose field `name` offers these of the choices, and which differs in
    nothing else from others of its class.
    """
    kind: Any = type(form)  # the type stubs take its metaclass for something that has no hash
    vars(form)["base_fields"] = _fields(kind, name, offered, tuple(values))


@lru_cache(maxsize=64)
def _fields(form_class: Any, name: str, offered: Any, values: tuple[str, ...]) -> _Shared:
    fields = copy.deepcopy(form_class.base_fields)
    field: Any = fields[name]
    # Their words are lazy: each reader gets them in a language of their own.
    field.choices = [(value, offered(value).label) for value in values]
    return _Shared(fields)
