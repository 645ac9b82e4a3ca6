"""What a row of a voters' list says: what cannot be read is noted, and the rest is compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.errors import DomainError
from dukcapil.core.lists import clean
from dukcapil.core.lists.clean import Unreadable
from dukcapil.core.lists.grid import text_of
from registrations.people.readers import (
    FindVillage,
    area_number,
    family_card,
    often,
    plain_nik,
    split_rt_rw,
)
from registrations.people.readers import Said as PersonSaid
from registrations.people.validators import Nik
from registrations.roll.readers import OTHER_DISTRICT
from registrations.voters.models import Voter

_day_of = often(lambda cell, today: clean.day_of(cell, today=today))
_sex_of = often(lambda cell, _today: clean.sex_of(cell))
_village_told = often(lambda cell, _today: clean.text(cell)[:80])
_village_words = often(lambda cell, _today: clean.village_words(cell))
#: Kinds of columns that say something of a voter.
KINDS = (
    *("nik", "name", "birth_date", "sex", "village", "family_card", "address", "rt", "rw"),
    "rt_rw",
)
#: Signs that stand for a digit in a masked number, after spaces and dots are gone.
_MASK = re.compile(r"[*xX#•·●_?-]")
_MASKED = re.compile(r"[0-9*]{16}")


@dataclass
class Read:
    """`village`: its code, "" when it is none of the office's, or not told."""

    voter: Voter
    village: str = ""


def read_voter(cells: Mapping[str, Any], find_village: FindVillage, today: date) -> Read:
    voter = Voter()
    read = Read(voter)
    for name, cell in cells.items():
        if cell == "" or (reader := _READERS.get(name)) is None:
            continue
        try:
            reader(voter, cell, today)
        except Unreadable as error:
            voter.notes.append(str(error.message))
    if "rt_rw" in cells:
        _read_rt_rw(voter, cells)
    read.village = _village(voter, cells.get("village", ""), find_village)
    if not voter.sex and voter.nik:
        voter.sex = Nik(voter.nik).sex
    return read


def _nik(voter: Voter, cell: Any, _today: date) -> None:
    if not (type(cell) is str and cell.isdecimal()):
        shown = _MASK.sub("*", re.sub(r"[\s.']", "", text_of(cell)))
        if "*" in shown and _MASKED.fullmatch(shown):
            voter.shown = shown
            return
    number = plain_nik(cell)
    if not number:
        return
    nik = Nik(number)
    # A foreign area code is none of these: people move.
    if (
        (number.endswith("00") and not nik.names_a_day)
        or not nik.has_serial
        or not number.strip("0")
    ):
        voter.notes.append(_("The NIK ends in zeros, or names no day: compared without it."))
        return
    voter.nik = number


def _family_card(voter: Voter, cell: Any, _today: date) -> None:
    with suppress(Unreadable):  # masked, mostly
        voter.family_card = family_card(cell)


def _name(voter: Voter, cell: Any, _today: date) -> None:
    voter.name = clean.person_name(cell)
    if 0 < len(voter.name.replace(" ", "")) <= 2:
        voter.notes.append(_("The name has two letters."))


def _birth_date(voter: Voter, cell: Any, today: date) -> None:
    born = _day_of(cell, today)
    if born and born > today:
        voter.notes.append(_("The birth date is in the future: compared without it."))
    elif born:
        voter.birth_date = str(born)


def _sex(voter: Voter, cell: Any, today: date) -> None:
    voter.sex = _sex_of(cell, today)


def _address(voter: Voter, cell: Any, _today: date) -> None:
    voter.address = clean.text(cell)[:250]


def _rt(voter: Voter, cell: Any, _today: date) -> None:
    voter.rt = area_number(cell)[:3]


def _rw(voter: Voter, cell: Any, _today: date) -> None:
    voter.rw = area_number(cell)[:3]


_READERS: dict[str, Callable[[Voter, Any, date], None]] = {
    "nik": _nik,
    "name": _name,
    "birth_date": _birth_date,
    "sex": _sex,
    "family_card": _family_card,
    "address": _address,
    "rt": _rt,
    "rw": _rw,
}


def _read_rt_rw(voter: Voter, cells: Mapping[str, Any]) -> None:
    said = PersonSaid({name: value for name in ("rt", "rw") if (value := getattr(voter, name))})
    split_rt_rw(said, cells)
    voter.rt, voter.rw = said.person.get("rt", ""), said.person.get("rw", "")


def _village(voter: Voter, cell: Any, find_village: FindVillage) -> str:
    if cell == "":
        return ""
    voter.village = _village_told(cell, date.min)
    try:
        words = _village_words(cell, date.min)
        return find_village(words.code, words.name) if words.code or words.name else ""
    except (Unreadable, DomainError) as error:
        # Of a voters' list no row is handed over, as that refusal says.
        is_away = getattr(error, "code", "") == OTHER_DISTRICT
        voter.notes.append(_("Lives in another district.") if is_away else str(error.message))
        return ""
