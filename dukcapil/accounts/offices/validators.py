"""What the profile of an office may be like."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid

#: As many as stand above the line of a letter: the government, the office, at most two more.
MOST_LINES = 4
LONGEST_LINE = 90
_NIP = re.compile(r"\d{18}", re.ASCII)
NIP_RULE = _("A NIP has 18 digits.")


def letterhead_given(text: str) -> str:
    """Its lines, without blank ones. Raises Invalid."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if not 1 <= len(lines) <= MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise Invalid(
            "letterhead",
            _("Give 1 to %(lines)s lines of at most %(length)s characters.")
            % {"lines": MOST_LINES, "length": LONGEST_LINE},
            field="letterhead",
        )
    return "\n".join(lines)


def nip_given(text: str) -> str:
    """Its digits, or nothing. Raises Invalid."""
    digits = re.sub(r"[\s.]", "", text)
    if digits and not _NIP.fullmatch(digits):
        raise Invalid("nip", NIP_RULE, field="head_nip")
    return digits
