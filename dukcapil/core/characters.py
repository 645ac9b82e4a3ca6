"""Characters that nobody sees: they make two names look like one, turn a line around, or break a list.

What only travels along with pasted text (marks of direction, joiners, soft hyphens) is taken away; what
no keyboard gives (control and private-use characters) is refused. Every text field asks here: forms
(`core.forms.TextField`), the API (`core.api.TextField`), class lists, imports and commands.
"""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid

REFUSAL = _("The text holds characters that cannot be seen. Type it anew instead of pasting it.")

#: Control characters that end a line or stand between two words.
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_TO_SPACES = str.maketrans(dict.fromkeys(_SPACES, " "))
#: Of several lines, these stay: a pasted table has them.
_LINES = "\t\n\r"
_TO_LINES = str.maketrans({sign: "\n" for sign in _SPACES if sign not in _LINES})


class Unseen(ValueError):
    """The text holds a character that no keyboard gives. It is not echoed."""


def plain(text: str, *, lines: bool = False) -> str:
    """The text as everybody sees it. Raises Unseen. `lines`: it may have several."""
    if text.isprintable():
        return text
    spaced = text.translate(_TO_LINES if lines else _TO_SPACES)
    kept = [sign for sign in spaced if unicodedata.category(sign) != "Cf"]
    for sign in kept:
        stays = lines and sign in _LINES
        if not stays and (unicodedata.category(sign) in {"Cc", "Co", "Cs"} or _is_none(sign)):
            raise Unseen
    return "".join(kept)


def readable(text: str, *, field: str | None = None) -> str:
    """`plain`, for what comes through no field. Raises Invalid."""
    try:
        return plain(text)
    except Unseen as error:
        raise Invalid("characters", REFUSAL, field=field) from error


def _is_none(sign: str) -> bool:
    """Code points that are no characters, for good."""
    return ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF
