"""What accounts and tokens may be like."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import Invalid

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")
USERNAME_RULE = _("3 to 60 small letters, digits, dots or hyphens.")
#: A program's token is made anew at least once a year.
LONGEST_TOKEN = timedelta(days=365)
#: A reason that says why: "untuk KK" does not.
SHORTEST_REASON = 15
REASON_SHORT = _("Say why in at least 15 characters, without numbers of people.")
#: Blanks, dots and dashes between the digits do not hide a number.
_NUMBER_OF_SOMEBODY = re.compile(r"\d(?:[\s.\-\u2010-\u2015]*\d){15}")
REASON_NUMBER = _(
    "No NIK and no number of a KK stands in a reason, which others read: take out the 16 digits."
)


def reason_given(text: str) -> str:
    """Why somebody takes out a full number or a list, spaces tidied. Raises Invalid when it is short,
    and for the number of somebody in it.
    """
    reason = " ".join(text.split())
    refuse_number(reason)
    if len(reason) < SHORTEST_REASON:
        raise Invalid("reason-short", REASON_SHORT, field="reason")
    return reason


def refuse_number(text: str, *, field: str = "reason") -> None:
    """Raise Invalid for 16 digits in a row in a free text that others read."""
    if _NUMBER_OF_SOMEBODY.search(text):
        raise Invalid("reason-number", REASON_NUMBER, field=field)


STAFF_NUMBER = re.compile(r"\d{16}|\d{18}", re.ASCII)
STAFF_NUMBER_RULE = _("A NIP has 18 digits, a NIK has 16.")


def staff_id_of(number: str) -> bytes | None:
    """What is kept of a NIP or NIK: a keyed hash, which also differs from that of a resident with the
    same NIK. None without a number.
    """
    digits = re.sub(r"[\s.]", "", number)
    if not digits:
        return None
    if not STAFF_NUMBER.fullmatch(digits):
        raise Invalid("staff-number", STAFF_NUMBER_RULE, field="staff_number")
    return keyed_hash(f"staff {digits}")
