"""NIK, and every rule about ages.

A NIK is text: as a number JSON and spreadsheets corrupt it. It never changes, so disagreement
with birth date or sex warns and never refuses. A number that cannot have been issued warns too, and
what is recorded for it waits for somebody's decision (docs/adr/0032).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from registrations.people.enums import Category, MaritalStatus

#: Numbers of synthetic people: no such province exists.
EXAMPLE_PROVINCE = "99"
#: Nobody alive was born earlier.
EARLIEST_BIRTH = date(1890, 1, 1)
#: Fingerprints and iris may be taken from here on, or from a marriage on.
RECORDING_AGE = 16
#: The card is given, and a vote cast.
CARD_AGE = 17
#: Whoever is younger is a first-time voter, whenever the last election was.
PEMULA_BELOW = 18
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

    @property
    def _born(self) -> tuple[int, int, int]:
        """Day, month, year of the century."""
        day = int(self.text[6:8])
        day -= _FEMALE_OFFSET if day > _FEMALE_OFFSET else 0
        return day, int(self.text[8:10]), int(self.text[10:12])

    @property
    def names_a_day(self) -> bool:
        """Whether its digits are a date: of either century, so 29 February counts in year 00."""
        day, month, year = self._born
        try:
            date(2000 + year, month, day)
        except ValueError:
            return False
        return True

    @property
    def has_serial(self) -> bool:
        """Serial numbers begin at 0001."""
        return self.text[12:] != "0000"

    def agrees_with(self, born: date) -> bool:
        return self._born == (born.day, born.month, born.year % 100)

    def born_by(self, today: date) -> date | None:
        """The birth date that it was most likely issued with; None when it names no day."""
        day, month, year = self._born
        century = 2000 if year <= today.year % 100 else 1900
        try:
            return date(century + year, month, day)
        except ValueError:
            return None


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


def last_birth_date_reaching(age: int, day: date) -> date:
    """Whoever was born then or earlier has reached the age on `day`; nobody else has.

    For statements: `birth_date <= %(reached_17)s` asks what `anniversary` would answer. Taking
    years off the day would not: 28 February 2025 less 17 years leaves out who was born on the
    29th (docs/adr/0006).
    """
    latest = anniversary(day, -age)
    after = latest + timedelta(days=1)
    return after if anniversary(after, age) <= day else latest


def recordable_from(born: date, marital_status: str) -> date:
    """The first day on which somebody may be recorded: at 16, or when married or ever married."""
    return anniversary(born, RECORDING_AGE) if marital_status == MaritalStatus.SINGLE else born


def category_of(born: date, day: date, last_election: date | None) -> Category:
    """`pemula`: under 18 on `day`, or turned 17 only after the last election; else `umum`."""
    if day < anniversary(born, PEMULA_BELOW):
        return Category.PEMULA
    young = last_election is not None and anniversary(born, CARD_AGE) > last_election
    return Category.PEMULA if young else Category.UMUM


# --- names ----------------------------------------------------------------------------------------

#: Whatever people type for an apostrophe; it is left out, and parts no word.
_APOSTROPHES = re.compile(
    "['`\u00b4\u2018\u2019\u201b\u2032\u2035\u02b9-\u02bf\u02c8\u02ca\u02cb\u055a\ua78b\ua78c\uff07]"
)
#: Before a name, with or without a dot.
_TITLES = frozenset(
    "H HJ HAJI HAJJAH DR DRA DRS DRG DRH IR PROF KH KYAI UST USTADZ USTADZAH TN NY SDR SDRI BPK".split()
)
#: Behind it, with a dot or behind a comma.
_DEGREES = frozenset(
    "SAG SE SEI SFARM SH SHI SHUM SHUT SI SIKOM SIP SKED SKEP SKM SKOM SP SPD SPDI SPDSD SPI SPSI"
    " SPT SS SSI SSN SSOS SST SSTP SSY ST STI STP STR STRKEB STRKES STHI AMA AMD AMDKEB AMDKEP AMK"
    " MA MAG MAP MBA MBIOMED MENG MH MHI MHUM MIKOM MKEB MKEP MKES MKN MKOM MM MPD MPDI MPH MPSI MSC"
    " MSI MSN MSOS MT MTI BA BSC LC PHD SPA SPB SPOG SPPD NERS NS APT AK CA CPA".split()
)
#: Those that are no name either: they need neither dot nor comma.
_UNMISTAKABLE = frozenset(
    "SPD SPDI SPDSD SSOS SSI SKM SKOM SKEP SKED SFARM SHUM SPSI STP AMD AMDKEB AMDKEP MPD MPDI MKES"
    " MKOM MHUM MSC MBA PHD".split()
)
_DOTTED = 4
#: Only such a name may hold a title at all.
_PERHAPS = re.compile(
    rf"[,.]|^\s*(?:{'|'.join(_TITLES)})\b|\b(?:{'|'.join(_UNMISTAKABLE)})\s*$", re.IGNORECASE
)


def name_key(name: str) -> str:
    """The one form in which names are compared: capitals and single spaces; no accents, apostrophes
    (Ma'ruf is MARUF), punctuation, titles or degrees. A name of nothing but titles keeps them.
    """
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name))
    bare = _without_titles(plain) if _PERHAPS.search(plain) else plain
    return _letters(bare) or _letters(plain)


def _letters(text: str) -> str:
    shown = "".join(c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return " ".join(shown.upper().split())[:LONGEST_KEY].rstrip()


def _without_titles(text: str) -> str:
    first, *behind = text.split(",")
    words = first.split()
    while words and (rest := _after_title(words[0])) is not None:
        words[:1] = [rest] if rest else []
    while degree := _degree_at_end(words):
        del words[-degree:]
    for part in behind:
        more = part.split()
        while degree := _degree_at_end(more, behind=True):
            del more[-degree:]
        words += more
    return " ".join(words)


def _after_title(word: str) -> str | None:
    """What follows a title in the same word ("H.Ahmad"); None when it begins with no title."""
    title, dot, rest = word.partition(".")
    return rest.lstrip(".") if title.upper() in _TITLES and (dot or not rest) else None


def _degree_at_end(words: list[str], *, behind: bool = False) -> int:
    """How many words the degree takes that they end with ("S. Pd." two); 0 without one.

    `behind` a comma there are nothing but titles; elsewhere one of few letters may be a name (Ma, Se).
    """
    for count in range(min(len(words), _DOTTED), 0, -1):
        last = words[-count:]
        degree = "".join(c for word in last for c in word.upper() if c.isalnum())
        if behind or all("." in word for word in last):
            found = degree in _DEGREES or (behind and degree in _TITLES)
        else:
            found = count == 1 and degree in _UNMISTAKABLE
        if found:
            return count
    return 0
