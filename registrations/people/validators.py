"""NIK and ages.

A NIK is text: as a number JSON and spreadsheets corrupt it. It never changes, so disagreement
with birth date or sex, or an area that nobody knows, warns and never refuses.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid

#: Numbers of synthetic people: no such province exists.
EXAMPLE_PROVINCE = "99"
RECORDING_AGE = 16
CARD_AGE = 17
_NIK = re.compile(r"[0-9]{16}")
_FEMALE_OFFSET = 40
LONGEST_KEY = 150


@dataclass(frozen=True)
class Nik:
    """PPKKCC DDMMYY SSSS; for women 40 is added to the day."""

    text: str

    @property
    def area(self) -> str:
        """Dotted district code of the first registration; may be a retired one."""
        return f"{self.text[:2]}.{self.text[2:4]}.{self.text[4:6]}"

    @property
    def is_example(self) -> bool:
        return self.text.startswith(EXAMPLE_PROVINCE)

    @property
    def sex(self) -> str:
        return "F" if int(self.text[6:8]) > _FEMALE_OFFSET else "M"

    def birth_date(self, today: date) -> date | None:
        """As the number says it, never after `today`; who is over a hundred has the other century.
        None when it holds no day that there is.
        """
        day = int(self.text[6:8])
        day -= _FEMALE_OFFSET if day > _FEMALE_OFFSET else 0
        month, year = int(self.text[8:10]), int(self.text[10:12])
        century = 2000 if year <= today.year % 100 else 1900
        try:
            return date(century + year, month, day)
        except ValueError:
            return None

    def agrees_with(self, born: date) -> bool:
        day = int(self.text[6:8])
        day -= _FEMALE_OFFSET if day > _FEMALE_OFFSET else 0
        return (day, int(self.text[8:10]), int(self.text[10:12])) == (
            born.day,
            born.month,
            born.year % 100,
        )


def parse_nik(text: str, *, field: str = "nik") -> Nik:
    """Spaces and dots are forgiven; anything but 16 digits is Invalid (the text is not echoed)."""
    digits = re.sub(r"[\s.]", "", text)
    if not _NIK.fullmatch(digits):
        raise Invalid("nik", _("A NIK has exactly 16 digits."), field=field)
    return Nik(digits)


def anniversary(born: date, years: int) -> date:
    """The day on which somebody reaches an age.

    Born on 29 February: on 28 February of common years (docs/adr/0006).
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return born.replace(year=born.year + years, day=28)


def name_key(name: str) -> str:
    """A name for comparing: no accents, no punctuation, capitals, single spaces."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.upper().split())[:LONGEST_KEY]
