"""Parts of a page that are alike for everybody but for some keys and tokens: drawn once, with holes.

A desk draws the same forms after each step, for another person. A frame says what such a part is drawn from: plain
values that many pages share, forms that nobody typed into, and holes, in whose place each page puts its own. What
is kept holds nobody's key and no token. `{% framed %}` (`templatetags.kept`) draws it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import conditional_escape

from dukcapil.core.unbound import Unbound

#: Nobody who writes a text that is shown can know it.
_MARK = f"hole{secrets.token_hex(16)}"
_HOLE = re.compile(rf"{_MARK}-(\w+)-")
#: What `form_guard` writes in a part that is kept: tokens of each form, anew for each page.
GUARD = "guard"


def hole(name: str) -> str:
    """What is drawn where a page has a value of its own. A template prints it and asks nothing of it."""
    return f"{_MARK}-{name}-"


@dataclass(frozen=True)
class Frame:
    #: Texts, numbers, yes and no; what many pages have alike.
    shown: Mapping[str, Any]
    #: Forms without anything that somebody typed.
    forms: Mapping[str, Unbound] = field(default_factory=dict)
    #: What stands in the holes of this page, by their names.
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> list[Any]:
        return [self.shown, [[name, form.kind] for name, form in self.forms.items()]]

    @property
    def values(self) -> dict[str, Any]:
        return {**self.shown, **self.forms}


def filled(body: str, frame: Frame, guard: Callable[[], str]) -> str:
    """What was drawn, with this page's own in its holes."""

    def own(found: re.Match[str]) -> str:
        return guard() if found[1] == GUARD else conditional_escape(frame.own[found[1]])

    return _HOLE.sub(own, body)
