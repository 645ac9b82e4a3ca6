"""What a row of a list says of a person: each cell as a value, or why it is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.errors import DomainError
from dukcapil.core.lists import clean
from dukcapil.core.lists.clean import Unreadable
from dukcapil.core.lists.grid import text_of
from registrations.people.enums import MaritalStatus
from registrations.people.validators import Nik, Person

#: Kinds of columns that say something of a person.
KINDS = (
    *("nik", "name", "birth_date", "sex", "village", "marital_status", "address", "rt", "rw"),
    *("rt_rw", "recorded_on", "family_card"),
)
#: The code of a village, or raises DomainError: by a code of ten digits without dots, or by a name.
FindVillage = Callable[[str, str], str]
_RT_RW = re.compile(r"\D*(\d{1,3})\D+(\d{1,3})\D*")
Remarks = list[tuple[str, str, str]]


@dataclass
class Said:
    """`person`: by field, as text; without what was empty. `problems` refuse the row."""

    person: dict[str, str] = field(default_factory=dict)
    problems: Remarks = field(default_factory=list)
    notes: Remarks = field(default_factory=list)

    def refuse(self, name: str, error: Unreadable | DomainError) -> None:
        self.problems.append((name, error.code, str(error.message)))

    def note(self, name: str, code: str, words: str) -> None:
        self.notes.append((name, code, words))


def read_person(cells: Mapping[str, Any], find_village: FindVillage, today: date) -> Said:
    said = Said()
    for name, cell in cells.items():
        if cell == "" or (read := _READERS.get(name)) is None:
            continue
        try:
            value = read(cell, today)
        except Unreadable as error:
            _unread(said, name, error)
        else:
            if value:
                said.person[name] = str(value)
    split_rt_rw(said, cells)
    _find_village(said, cells, find_village)
    _fill_from_nik(said, today)
    return said


def _text(cell: Any) -> str:
    """As `clean.text`; of most cells there is nothing to take away."""
    if type(cell) is str and cell.isprintable():
        return " ".join(cell.split())
    return clean.text(cell)


def plain_nik(cell: Any) -> str:
    """As `clean.nik_text`; most are written as they should be."""
    return cell if _is_digits(cell) else clean.nik_text(cell)


def _is_digits(cell: Any) -> bool:
    """Sixteen, and nothing else."""
    return type(cell) is str and len(cell) == 16 and cell.isascii() and cell.isdecimal()


Read = Callable[[Any, date], Any]


def often(read: Read) -> Read:
    """For columns in which few values come again and again; nobody is known by one of them."""
    remembered = lru_cache(maxsize=50_000)(read)
    return lambda cell, today: remembered(cell, today) if type(cell) is str else read(cell, today)


def _any_day(read: Callable[[Any], Any]) -> Read:
    """What does not depend on the day of reading."""
    return lambda cell, _today: read(cell)


def _day(cell: Any, today: date) -> date | None:
    return clean.day_of(cell, today=today)


_AREA_PREFIX = re.compile(r"^(?:RT|RW)?[\s.:]*", re.IGNORECASE)


def area_number(cell: Any) -> str:
    """RT or RW: `001`, `RT 01`, `1`; empty for a dash or zeros. What is no number comes back as it is,
    to be refused where people are judged: nobody lives in another RT because a letter was dropped.
    """
    found = _AREA_PREFIX.sub("", clean.text(cell)).strip()
    return found if found.strip("-0 .–—") else ""


def family_card(cell: Any) -> str:
    """Sixteen digits. Unreadable, which is noted: nobody is refused for it."""
    digits = cell if _is_digits(cell) else re.sub(r"[\s.']", "", text_of(cell))
    if not digits.strip("-0"):
        return ""
    if len(digits) == 16 and digits.isascii() and digits.isdecimal():
        return digits
    text = _("The number of the family card is not read: it has sixteen digits.")
    raise Unreadable("family-card-unread", text)


_READERS: dict[str, Read] = {
    "nik": _any_day(plain_nik),
    "name": _any_day(clean.person_name),
    "birth_date": often(_day),
    "sex": often(_any_day(clean.sex_of)),
    "marital_status": often(_any_day(clean.marital_of)),
    "address": _any_day(_text),
    "rt": often(_any_day(area_number)),
    "rw": often(_any_day(area_number)),
    "recorded_on": often(_day),
    "family_card": _any_day(family_card),
}
_village_words = often(_any_day(clean.village_words))


def _unread(said: Said, name: str, error: Unreadable) -> None:
    """A birth date that nobody can read stands in a good NIK too, and nobody is held by a family card;
    anything else refuses the row.
    """
    if name == "family_card" or (name == "birth_date" and error.code == "date-unread"):
        said.note(name, error.code, error.message)
    else:
        said.refuse(name, error)


def split_rt_rw(said: Said, cells: Mapping[str, Any]) -> None:
    """RT and RW of one column, where they have none of their own."""
    if "rt_rw" not in cells:
        return
    both = text_of(cells.get("rt_rw", ""))
    if found := _RT_RW.fullmatch(both):
        for name, digits in zip(("rt", "rw"), found.groups(), strict=True):
            if int(digits):
                said.person.setdefault(name, digits)
    elif both.strip("-0/ .–—"):
        said.note("rt", "rt-unread", _("RT/RW could not be read: write it as 001/002."))


def _find_village(said: Said, cells: Mapping[str, Any], find_village: FindVillage) -> None:
    try:
        words = _village_words(cells.get("village", ""), date.min)
        if words.code or words.name:
            said.person["village"] = find_village(words.code, words.name)
    except (Unreadable, DomainError) as error:
        said.refuse("village", error)


def _fill_from_nik(said: Said, today: date) -> None:
    """A list without birth date or sex has both in the number; that is said."""
    if "nik" not in said.person:
        return
    nik = Nik(said.person["nik"])
    told = {name for name, _code, _words in said.problems}
    unborn = "birth_date" not in said.person and "birth_date" not in told
    if unborn and (born := nik.born_by(today)):
        said.person["birth_date"] = str(born)
        said.note("birth_date", "from-nik", _("The birth date is that of the NIK."))
    if "sex" not in said.person and "sex" not in told:
        said.person["sex"] = nik.sex
        said.note("sex", "from-nik", _("The sex is that of the NIK."))


def person_of(fields: Mapping[str, str], village: Any) -> Person:
    """As it is judged and held. `village`: the region."""
    born, recorded = fields.get("birth_date"), fields.get("recorded_on")
    return Person(
        nik=Nik(fields["nik"]) if "nik" in fields else None,
        name=fields.get("name", ""),
        birth_date=date.fromisoformat(born) if born else None,
        sex=fields.get("sex", ""),
        marital_status=fields.get("marital_status", MaritalStatus.SINGLE),
        village=village,
        address=fields.get("address", ""),
        rt=fields.get("rt", ""),
        rw=fields.get("rw", ""),
        known_recorded_on=date.fromisoformat(recorded) if recorded else None,
        family_card=fields.get("family_card", ""),
    )
