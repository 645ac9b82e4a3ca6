"""A voter beside people of the office, as pages show them: numbers masked on both sides."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.lists.clean import bare_name
from dukcapil.core.templatetags.figures import masked
from registrations.people.enums import Sex
from registrations.people.services.residents import masked as mask_of
from registrations.people.services.residents import masked_as_told
from registrations.people.validators import Nik, name_key
from registrations.voters.enums import Verdict
from registrations.voters.models import Voter, VoterRow
from registrations.voters.selectors.lists import named, people_of

#: Classes that a page counts.
SHOWN = [one for one in Verdict if one is not Verdict.WAITING]

#: How a page calls the fields of a voter.
FIELDS = {
    "name": _("Name"),
    "nik": "NIK",
    "birth_date": _("Birth date"),
    "sex": _("Sex"),
    "village": _("Village"),
    "address": _("Address"),
    "family_card": _("Family card"),
}


@dataclass
class Side:
    """A field of a voter beside that of a person. `is_other`: both tell something else."""

    label: Any
    listed: str
    held: str
    is_other: bool


@dataclass
class Pair:
    """Somebody whom a voter may be; `key` is the key that says so."""

    key: int
    person: dict[str, Any]
    sides: list[Side]


@dataclass
class ShownRow:
    """A row of a list, with whom it is joined to."""

    row: VoterRow
    voter: Voter
    number: str
    born: date | None
    person: dict[str, Any] | None
    verdict: Verdict
    differs: list[Any]


def rows(by: Actor, found: list[VoterRow]) -> list[ShownRow]:
    ids = [row.resident_id for row in found if row.resident_id]
    people = named(by, ids) if ids else {}
    return [_shown(row, people) for row in found]


def _shown(row: VoterRow, people: dict[uuid.UUID, dict[str, Any]]) -> ShownRow:
    voter = row.read()
    return ShownRow(
        row=row,
        voter=voter,
        number=number_of(voter),
        born=date.fromisoformat(voter.birth_date) if voter.birth_date else None,
        person=people.get(row.resident_id) if row.resident_id else None,
        verdict=Verdict(row.verdict),
        differs=[FIELDS[name] for name in row.differs],
    )


def pairs(by: Actor, row: VoterRow) -> list[Pair]:
    """The likeliest first; who was erased or merged meanwhile is not among them."""
    voter = row.read()
    people = people_of(by, row.maybe)
    held = [people[key] for key in row.maybe if key in people]
    return [
        Pair(place, person, _sides(row, voter, person))
        for place, person in enumerate(held, start=1)
    ]


def _sides(row: VoterRow, voter: Voter, person: dict[str, Any]) -> list[Side]:
    village = row.village.name if row.village else voter.village
    born = date.fromisoformat(voter.birth_date) if voter.birth_date else None
    told = {
        "name": (voter.name, person["name"], _names_differ(voter, person)),
        "nik": (number_of(voter), masked(person["nik_masked"]), _numbers_differ(voter, person)),
        "birth_date": (
            date_format(born, "j M Y") if born else "",
            date_format(person["birth_date"], "j M Y"),
            born is not None and born != person["birth_date"],
        ),
        "sex": (
            str(Sex(voter.sex).label) if voter.sex else "",
            str(Sex(person["sex"]).label),
            bool(voter.sex) and voter.sex != person["sex"],
        ),
        "village": (
            village,
            person["village_name"],
            bool(row.village_id) and row.village_id != person["village"],
        ),
        "address": (_address(voter.address, voter.rt, voter.rw), _held_address(person), False),
    }
    return [Side(FIELDS[name], *sides) for name, sides in told.items()]


def _names_differ(voter: Voter, person: dict[str, Any]) -> bool:
    return bool(voter.name) and name_key(bare_name(voter.name)) != name_key(
        bare_name(person["name"])
    )


def _numbers_differ(voter: Voter, person: dict[str, Any]) -> bool:
    if voter.nik:
        return mask_of(Nik(voter.nik)) != person["nik_masked"]
    area = voter.shown[:6]
    return area.isdigit() and area != person["nik_masked"][:6]


def number_of(voter: Voter) -> str:
    """The area, whether the list hides digits or not: one hidden digit, or a code, is soon guessed."""
    if voter.nik:
        return masked(masked_as_told(Nik(voter.nik)))
    return f"{voter.shown[:6]}…" if voter.shown else ""


def _held_address(person: dict[str, Any]) -> str:
    return _address(person["address"], person["rt"], person["rw"])


def _address(street: str, rt: str, rw: str) -> str:
    return " ".join(part for part in (street, rt and f"RT {rt}", rw and f"RW {rw}") if part)
