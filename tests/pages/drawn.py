"""Which fields of its forms a page draws: where places are given by hand, a new field is soon forgotten.

The next save would then empty what a program had set, and nobody could type it.
"""

from __future__ import annotations

import re
from typing import Any

from django.forms import BaseForm

#: Lists of boxes that have nothing to choose from in the walk, with where they are ticked.
ELSEWHERE = {
    ("registrations.forms.devices.LendForm", "devices"): "tests/events/test_resources.py",
    ("registrations.forms.imports.VersionForm", "villages"): "tests/registrations/test_versions.py",
}


class DrawnFields:
    """Of each kind of form what it has, and what stood on some page beside it."""

    def __init__(self) -> None:
        self.has: dict[str, set[str]] = {}
        self.drawn: dict[str, set[str]] = {}

    def look(self, answer: Any) -> None:
        """An answer of a test with the mark `contexts`."""
        page = answer.content.decode()
        for context in answer.context or ():
            for layer in context.dicts:
                for form in layer.values():
                    if isinstance(form, BaseForm):
                        self._note(form, page)

    def _note(self, form: BaseForm, page: str) -> None:
        kind = f"{type(form).__module__}.{type(form).__name__}"
        for field in form.visible_fields():
            self.has.setdefault(kind, set()).add(field.name)
            # A field of several parts draws each with its number.
            if re.search(
                rf'<(?:input|select|textarea|button)\b[^>]*\sname="{re.escape(field.html_name)}(?:_\d+)?"',
                page,
            ):
                self.drawn.setdefault(kind, set()).add(field.name)

    def never_drawn(self) -> set[tuple[str, str]]:
        found = {
            (kind, name)
            for kind, names in self.has.items()
            for name in names - self.drawn.get(kind, set())
        }
        return found - ELSEWHERE.keys()
