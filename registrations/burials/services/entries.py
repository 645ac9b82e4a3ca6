"""What may stand in a line of the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.validators import refuse_number
from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from registrations.burials.enums import Relation
from registrations.burials.models import LONGEST_CEMETERY
from registrations.people.enums import Sex
from registrations.people.validators import (
    EARLIEST_BIRTH,
    LONGEST_ADDRESS,
    LONGEST_NAME,
    OLDEST,
    bare_number,
    parse_nik,
)

LONGEST_BLOCK = 40
#: Years: what lies before is more often a slip than a burial that somebody writes down now.
OLDEST_DEATH = 10


@dataclass(frozen=True)
class Entry:
    """What stands in a line of the register. `birth_date` or `age` may be unknown, as the NIK may."""

    name: str
    died_on: date
    buried_on: date
    cemetery: str
    reporter: str
    relation: str
    nik: str = ""
    birth_date: date | None = None
    age: int | None = None
    sex: str = ""
    address: str = ""
    block: str = ""
    #: Where the dead lived; None: in the village of the grave.
    home_village: Region | None = None

    @property
    def told(self) -> dict[str, str]:
        return {
            "name": self.name,
            "nik": self.nik,
            "birth_date": self.birth_date.isoformat() if self.birth_date else "",
            "age": "" if self.age is None else str(self.age),
            "sex": self.sex,
            "address": self.address,
            "block": self.block,
            "reporter": self.reporter,
            "relation": self.relation,
        }


def checked(entry: Entry, today: date, *, received: bool = False) -> Entry:
    """Spaces tidied. Raises Invalid for the first thing that cannot be."""
    texts = {
        name: " ".join(getattr(entry, name).split())
        for name in ("name", "cemetery", "reporter", "address", "block")
    }
    number = bare_number(entry.nik)
    nik = parse_nik(number).text if number else ""
    _check_texts(texts)
    _check_days(entry, today, received=received)
    if entry.sex and entry.sex not in Sex.values:
        raise Invalid("sex", _("Choose the sex."), field="sex")
    if entry.relation not in Relation.values:
        raise Invalid("relation", _("Choose who reports the burial."), field="relation")
    home = entry.home_village
    if home is not None and home.level != Level.VILLAGE:
        raise Invalid("village", _("Choose a village."), field="home_village")
    return Entry(
        **texts,
        nik=nik,
        died_on=entry.died_on,
        buried_on=entry.buried_on,
        relation=entry.relation,
        birth_date=entry.birth_date,
        age=None if entry.birth_date else entry.age,
        sex=entry.sex,
        home_village=home,
    )


_LONGEST = {
    "name": LONGEST_NAME,
    "cemetery": LONGEST_CEMETERY,
    "reporter": LONGEST_NAME,
    "address": LONGEST_ADDRESS,
    "block": LONGEST_BLOCK,
}


def _check_texts(texts: dict[str, str]) -> None:
    for field, most in _LONGEST.items():
        if len(texts[field]) > most:
            raise Invalid(
                "too-long", _("At most %(most)s characters.") % {"most": most}, field=field
            )
        refuse_number(texts[field], field=field)
    for field in ("name", "reporter"):
        if not any(sign.isalpha() for sign in texts[field]):
            raise Invalid("name", _("A name has at least one letter."), field=field)
    if not texts["cemetery"]:
        raise Invalid("cemetery", _("Name the cemetery."), field="cemetery")


def _check_days(entry: Entry, today: date, *, received: bool) -> None:
    if entry.buried_on > today:
        raise Invalid("buried-future", _("A burial cannot be in the future."), field="buried_on")
    if entry.buried_on < entry.died_on:
        raise Invalid(
            "buried-before-death",
            _("Nobody is buried before the day of death: look at both dates."),
            field="buried_on",
        )
    if entry.died_on.year < today.year - OLDEST_DEATH and not received:
        text = _("More than %(most)s years ago: look at the year.") % {"most": OLDEST_DEATH}
        raise Invalid("died-long-ago", text, field="died_on")
    born = entry.birth_date
    if born is not None and not EARLIEST_BIRTH <= born <= entry.died_on:
        raise Invalid(
            "birth-date",
            _("The birth date lies between 1890 and the day of death."),
            field="birth_date",
        )
    if entry.age is not None and not 0 <= entry.age <= OLDEST:
        raise Invalid("age", _("An age from 0 to %(most)s years.") % {"most": OLDEST}, field="age")
