"""The one check of a person's data: page, API, class list, import and command ask it before they write.

How a door tells what is said here is its own: pages and lists show a warning before they store, the
API stores and answers it with `warnings`. What is refused is refused everywhere, with the same code.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.errors import Asks, Invalid
from registrations.people.enums import Sex
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, WAITS, masked_rows, nik_doubts
from registrations.people.validators import Person, Remark, name_key, refused_in, unusual_in

K = TypeVar("K", bound=Hashable)

#: The word that confirms that somebody of the same name and birth date is another person.
LOOK_ALIKE = "look-alike"


def shares_name(held: str, name: str) -> bool:
    """Whether a name has a word of this key of a held one: else a number is nobody's matter but the desk's."""
    return bool(set(name_key(name).split()) & set(held.split()))


def judge(
    person: Person, *, today: date, areas: Container[str] | None = None, typed: bool = True
) -> list[Remark]:
    """What is to be said of these data, what refuses first. Looks up no person.

    `areas`: `regions.selectors.KnownAreas`, where many people are judged. `typed`: whoever reads the
    answer gave the number; else nothing that stands in it is named.
    """
    return [
        *refused_in(person, today),
        *_against_nik(person, areas, today if typed else None),
        *unusual_in(person, today),
    ]


def refuse(remarks: Iterable[Remark]) -> None:
    """Raise Invalid for the first thing that cannot be."""
    for remark in remarks:
        if remark.kind == "refuse":
            raise Invalid(remark.code, remark.detail, field=remark.field)


def refuse_impossible(person: Person, *, today: date) -> None:
    """As `judge` and `refuse`, where warnings are not asked for."""
    refuse(refused_in(person, today))


def _against_nik(person: Person, areas: Container[str] | None, today: date | None) -> list[Remark]:
    """A number never changes, so what differs from it may be right: it warns."""
    nik = person.nik
    if nik is None:
        return []
    remarks = nik_doubts(nik, areas)
    if remarks:
        remarks[-1] = replace(remarks[-1], detail=f"{remarks[-1].detail} {WAITS}")
    if person.birth_date is not None and not nik.agrees_with(person.birth_date):
        text = _("The NIK was issued with another birth date.")
        if today and (born := nik.born_by(today)):
            words = {"day": date_format(born, "j F Y")}
            text = _("The NIK was issued with another birth date: %(day)s.") % words
            if _turned(born, person.birth_date):
                text = _("The NIK was issued with day and month the other way round: %(day)s.")
                text %= words
        remarks.append(Remark("birth_date", "birth-date-differs", text))
    if person.sex and nik.sex != person.sex:
        text = _("The NIK was issued with another sex.")
        if today:
            text = _("The NIK was issued with another sex: %(sex)s.") % {"sex": Sex(nik.sex).label}
        remarks.append(Remark("sex", "sex-differs", text))
    return remarks


def _turned(one: date, other: date) -> bool:
    return (one.day, one.month, one.year) == (other.month, other.day, other.year)


# --- look-alikes ----------------------------------------------------------------------------------


def look_alikes(by: Actor, people: Mapping[K, Person]) -> dict[K, list[dict[str, Any]]]:
    """Whom the actor's own office holds under the same name and birth date and another NIK: masked
    rows, for those of `people` that have any. One query, and one more when somebody is found.

    Whoever shows them logs it (`services.lookups.log_people`).
    """
    found = {
        key: alike
        for key, rows in namesakes(by, people).items()
        if (alike := [row for row in rows if _is_another(people[key], row)])
    }
    rows = {row["id"]: row for alike in found.values() for row in alike}
    shown = {row["id"]: row for row in masked_rows(rows.values())}
    return {key: [shown[row["id"]] for row in alike] for key, alike in found.items()}


def namesakes(by: Actor, people: Mapping[K, Person]) -> dict[K, list[dict[str, Any]]]:
    """As `look_alikes`, whatever their NIK, as rows that only rules may read."""
    wanted: dict[tuple[str, date], list[K]] = defaultdict(list)
    for key, person in people.items():
        if (name := name_key(person.name)) and person.birth_date is not None:
            wanted[name, person.birth_date].append(key)
    if not wanted or by.office is None:
        return {}
    held = Resident.objects.visible_to(by).filter(
        office_id=by.office,
        identity__name_key__in=list({name for name, _born in wanted}),
        birth_date__in=list({born for _name, born in wanted}),
    )
    found: dict[K, list[dict[str, Any]]] = defaultdict(list)
    for row in held.order_by("id").values(*COLUMNS, "identity__name_key", "nik_hash"):
        for key in wanted.get((row["identity__name_key"], row["birth_date"]), ()):
            found[key].append(row)
    return found


def others_of(person: Person, rows: list[dict[str, Any]]) -> list[uuid.UUID]:
    """Those of these namesakes who are held under another NIK."""
    return [row["id"] for row in rows if _is_another(person, row)]


def _is_another(person: Person, row: dict[str, Any]) -> bool:
    return person.nik is None or keyed_hash(person.nik.text) != bytes(row["nik_hash"])


def named_twice(people: Mapping[K, Person]) -> set[K]:
    """Those of a list that have name and birth date of an earlier one, and another NIK."""
    seen: dict[tuple[str, date | None], str] = {}
    twice = set()
    for key, person in people.items():
        number = person.nik.text if person.nik else ""
        if seen.setdefault((name_key(person.name), person.birth_date), number) != number:
            twice.add(key)
    return twice


def look_alike_remark() -> Remark:
    text = _(
        "Your office holds somebody of this name and birth date under another NIK: compare with the KK."
    )
    return Remark("name", LOOK_ALIKE, text, "ask")


def asks_look_alike(people: Iterable[uuid.UUID]) -> Asks:
    """Stored only when whoever asks says that it is another person than these, whose ids are a look."""
    remark = look_alike_remark()
    residents = [str(resident) for resident in people]
    return Asks(remark.code, message=remark.detail, field=remark.field, residents=residents)
