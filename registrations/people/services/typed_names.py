"""What a clerk types to find somebody: a birth date, and words of a name as its key writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from registrations.people.validators import name_key

#: A word of fewer letters would find a whole office: it counts only whole, or beside a longer one.
LONG_WORD = 3
#: Comes behind whatever a key holds, and right behind the blank between two words.
_LAST, _BEHIND_BLANK = "\U0010ffff", "!"

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan januari january", "feb februari pebruari february", "mar mrt maret march"),
            *("apr april", "mei may", "jun juni june", "jul juli july"),
            *("agu ags agt agust agustus aug august", "sep sept september"),
            *("okt oktober oct october", "nov nop november nopember", "des desember dec december"),
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"""(?<!\w)(?:
        (?P<year>\d{{4}})[-./](?P<month>\d{{1,2}})[-./](?P<day>\d{{1,2}})
        | (?P<d>\d{{1,2}}) (?: [-./|] (?P<m>\d{{1,2}}) [-./|]
                             | [-.\s]? (?P<name>{_MONTH}) [-.\s]{{0,2}} ) (?P<y>\d{{4}}|\d{{2}})
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)


def split_date(text: str) -> tuple[str, date | None]:
    """What was typed without the birth date in it, and that date. Raises Invalid for a day that no
    calendar has.
    """
    if not (found := _DATE.search(text)):
        return text, None
    part = found.groupdict()
    day, year = int(part["day"] or part["d"]), int(part["year"] or part["y"])
    name = (part["name"] or "").lower()
    month = _MONTHS[name] if name else int(part["month"] or part["m"])
    if year < 100:
        this_year = timezone.localdate().year
        year += this_year // 100 * 100
        year -= 100 if year > this_year else 0
    try:
        born = date(year, month, day)
    except ValueError:
        raise Invalid(
            "birth-date",
            _("No calendar has the day %(day)s.") % {"day": found.group()},
            field="q",
        ) from None
    return f"{text[: found.start()]} {text[found.end() :]}", born


@dataclass(frozen=True)
class Wanted:
    """Words of a name as its key writes them, and what else narrows."""

    words: tuple[str, ...]
    birth_date: date | None = None
    village: str | None = None

    @property
    def has_long(self) -> bool:
        return any(len(word) >= LONG_WORD for word in self.words)

    @property
    def is_enough(self) -> bool:
        """A word of two letters is one (Ma, Li); a letter is none, but beside something else."""
        return any(len(word) > 1 for word in self.words)

    def is_whole(self, word: str) -> bool:
        """Whether only the whole word fits, and not one that begins with it."""
        return len(word) < LONG_WORD and not self.has_long and self.birth_date is None

    def span(self, text: str, *, whole: bool) -> tuple[str, str]:
        """Keys that begin with a text."""
        return text, text + (_BEHIND_BLANK if whole else _LAST)

    def going_on(self, word: str) -> tuple[str, str]:
        """Keys that begin with a word that is longer than this and begins with it."""
        return word + _BEHIND_BLANK, word + _LAST

    @property
    def patterns(self) -> list[str]:
        """Every word begins some word of the name: what its key, turned or not, is like all of, with a
        blank before and behind it.
        """
        return [f"% {word}{' ' if self.is_whole(word) else ''}%" for word in self.telling]

    @property
    def telling(self) -> list[str]:
        """The longest first, without those that another one begins with: these fit where it fits."""
        longest = sorted(self.words, key=len, reverse=True)
        return [
            word
            for word in longest
            if self.is_whole(word)
            or not any(other != word and other.startswith(word) for other in longest)
        ]


def wanted(name: str, birth_date: date | None = None, village: str | None = None) -> Wanted:
    return Wanted(tuple(dict.fromkeys(name_key(name).split())), birth_date, village)
