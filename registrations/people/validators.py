"""NIK, what the data of a person may be, and every rule about ages.

A NIK is text: as a number JSON and spreadsheets corrupt it. It never changes, so disagreement
with birth date or sex warns and never refuses. A number that cannot have been issued warns too, and
what is recorded for it waits for somebody's decision (docs/adr/0032).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import Region
from registrations.people.enums import Category, MaritalStatus, Sex

#: Numbers of synthetic people: no such province exists.
EXAMPLE_PROVINCE = "99"
#: Nobody alive was born earlier: a CHECK.
EARLIEST_BIRTH = date(1890, 1, 1)
#: Nobody alive is older; nobody in the world is known to have been.
OLDEST = 120
#: Above it the century is more often wrong than the person is that old.
UNUSUAL_AGE = 100
LONGEST_NAME = 150
LONGEST_ADDRESS = 250
#: Fingerprints and iris may be taken from here on, or from a marriage on.
RECORDING_AGE = 16
#: The card is given, and a vote cast.
CARD_AGE = 17
#: How many days before that age an office may have its cards printed.
MOST_DAYS_EARLY = 365
PRINT_DAYS = _("From 0 to 365 days.")
#: Whoever is so old and was never recorded should have been for years.
OVERDUE_AGE = 22
#: Whoever is younger is a first-time voter, whenever the last election was.
PEMULA_BELOW = 18
_NIK = re.compile(r"[0-9]{16}")
_SEXES, _MARITAL = tuple(Sex.values), tuple(MaritalStatus.values)
_EVER_MARRIED = frozenset(_MARITAL) - {MaritalStatus.SINGLE}
_RT = re.compile(r"[0-9]{1,3}")
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
        """The birth date that it was most likely issued with; None when it names no day.

        Never later than `today`: of two centuries the later one that has come.
        """
        day, month, year = self._born
        for century in (today.year // 100 * 100, today.year // 100 * 100 - 100):
            try:
                born = date(century + year, month, day)
            except ValueError:
                continue
            if born <= today:
                return born
        return None


def family_card_key(number: str) -> bytes:
    """The keyed hash of a family card: another one than that of a NIK with the same digits."""
    return keyed_hash(f"family card {number}")


# --- what the data of a person may be --------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """What a door was told of a person, read but not yet judged (`services.checks.judge`)."""

    nik: Nik | None
    name: str
    birth_date: date | None
    sex: str
    marital_status: str = MaritalStatus.SINGLE
    village: Region | None = None
    address: str = ""
    rt: str = ""
    rw: str = ""
    known_recorded_on: date | None = None
    #: Sixteen digits, where a list told them.
    family_card: str = ""


@dataclass(frozen=True)
class Remark:
    """What is said of one field of a person.

    `refuse`: it cannot be. `ask`: stored only when somebody says so. `warn`: somebody looks at it once
    more where there is somebody to look; it is stored all the same.
    """

    field: str
    code: str
    detail: str
    kind: Literal["refuse", "ask", "warn"] = "warn"


def _refusing(field: str, code: str, detail: Any) -> Remark:
    return Remark(field, code, str(detail), "refuse")


def refused_in(person: Person, today: date) -> list[Remark]:
    """Why these data cannot be anybody's; at most one remark for each field."""
    return [
        *_refused_name(person.name),
        *_refused_birth(person.birth_date, today),
        *_refused_choices(person),
        *_refused_address(person),
        *_refused_recording(person, today),
    ]


def unusual_in(person: Person, today: date) -> list[Remark]:
    """What is possible, and more often a slip than true."""
    born = person.birth_date
    if born is None or born > today:
        return []
    remarks = []
    if today.year - born.year >= UNUSUAL_AGE and anniversary(born, UNUSUAL_AGE) <= today:
        text = _("This person would be over %(age)s years old: look at the year and its century.")
        remarks.append(Remark("birth_date", "very-old", str(text % {"age": UNUSUAL_AGE})))
    ever_married = person.marital_status in _EVER_MARRIED
    if ever_married and today < anniversary(born, CARD_AGE):
        text = _("Married, or married before, and not yet %(age)s: that makes a card due now.")
        remarks.append(Remark("marital_status", "married-young", str(text % {"age": CARD_AGE})))
    return remarks


def _refused_name(name: str) -> list[Remark]:
    if not any(c.isalpha() for c in name):
        return [_refusing("name", "name", _("A name has at least one letter."))]
    if len(" ".join(name.split())) > LONGEST_NAME:
        text = _("A name has at most %(most)s letters.") % {"most": LONGEST_NAME}
        return [_refusing("name", "name", text)]
    return []


def _refused_birth(born: date | None, today: date) -> list[Remark]:
    if born is None:
        return [_refusing("birth_date", "birth-date-missing", _("Give the birth date."))]
    if born > today:
        text = _("A birth date cannot be in the future.")
        return [_refusing("birth_date", "birth-date-future", text)]
    if born < EARLIEST_BIRTH:
        return [_refusing("birth_date", "birth-date", _("Nobody alive was born before 1890."))]
    if today.year - born.year >= OLDEST and anniversary(born, OLDEST) < today:
        older = _("Nobody is older than %(age)s years: look at the year.") % {"age": OLDEST}
        return [_refusing("birth_date", "birth-date", older)]
    return []


def _refused_choices(person: Person) -> list[Remark]:
    """A page and the API offer a choice; in a list anything may stand."""
    remarks = []
    for field, code, value, allowed in (
        ("sex", "sex", person.sex, _SEXES),
        ("marital_status", "marital-status", person.marital_status, _MARITAL),
    ):
        if field == "sex" and not value:
            remarks.append(_refusing(field, "sex", _("The sex is missing (L/P).")))
        elif value not in allowed:
            text = _("Allowed: %(allowed)s.") % {"allowed": ", ".join(allowed)}
            remarks.append(_refusing(field, code, text))
    return remarks


def _refused_address(person: Person) -> list[Remark]:
    remarks = []
    if len(person.address) > LONGEST_ADDRESS:
        text = _("An address has at most %(most)s characters.") % {"most": LONGEST_ADDRESS}
        remarks.append(_refusing("address", "address", text))
    for field, value in (("rt", person.rt), ("rw", person.rw)):
        if value and not _RT.fullmatch(value):
            text = _("%(name)s is a number of up to three digits.") % {"name": field.upper()}
            remarks.append(_refusing(field, field, text))
    return remarks


def _refused_recording(person: Person, today: date) -> list[Remark]:
    """A recording before this ledger keeps the rules that the ledger keeps."""
    recorded, born = person.known_recorded_on, person.birth_date
    if recorded is None:
        return []
    if recorded > today:
        text = _("A recording cannot be in the future.")
        return [_refusing("known_recorded_on", "recorded-future", text)]
    if born is not None and recorded < born:
        text = _("Recorded before the birth date: one of the two dates is wrong.")
        return [_refusing("known_recorded_on", "recorded-before-birth", text)]
    if born is not None and recorded < recordable_from(born, person.marital_status):
        text = _("Recorded before the 16th birthday, and never married: look at both dates.")
        return [_refusing("known_recorded_on", "too-young", text)]
    return []


def bare_number(text: str) -> str:
    """What was typed as a NIK, without spaces and dots."""
    return re.sub(r"[\s.]", "", text)


def parse_nik(text: str, *, field: str = "nik") -> Nik:
    """Spaces and dots are forgiven; anything but 16 digits is Invalid (the text is not echoed)."""
    digits = bare_number(text)
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


def printable_from(born: date, days_early: int) -> date:
    """The first day on which the card of somebody who never married is printed: on the 17th birthday, by
    an office's rule so many days earlier, never before somebody may be recorded.
    """
    early = anniversary(born, CARD_AGE) - timedelta(days=days_early)
    return max(early, anniversary(born, RECORDING_AGE))


def due_from(born: date, married_since: date | None) -> date:
    """The day from which somebody is to have a card: the 17th birthday, or the day on which an office
    learned of a marriage. The ledger's function `card_due` says the same.
    """
    seventeen = anniversary(born, CARD_AGE)
    return min(seventeen, married_since or seventeen)


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
#: Nothing of it is left out, unless it is a title.
_PLAIN_NAME = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
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
    if _PLAIN_NAME.fullmatch(name) and not _PERHAPS.search(name):
        return name.upper()[:LONGEST_KEY].rstrip()
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
