"""Reads about people. Looks are logged: by `services.lookups`, or by the caller's edge."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash, tombstone
from dukcapil.core.db import rows
from dukcapil.core.errors import NotFound
from dukcapil.regions.selectors import area_is_known
from dukcapil.regions.validators import within
from events.elections.selectors import previous_election
from registrations.people.enums import Category
from registrations.people.models import Resident
from registrations.people.validators import Nik, Remark, category_of

#: Columns of a person -> what they are called in a masked row.
_SHOWN = {
    "id": "id",
    "office_id": "office",
    "village_id": "village",
    "village__name": "village_name",
    "identity__name": "name",
    "identity__nik_masked": "nik_masked",
    "birth_date": "birth_date",
    "sex": "sex",
    "marital_status": "marital_status",
    "identity__address": "address",
    "identity__rt": "rt",
    "identity__rw": "rw",
}
COLUMNS = (*_SHOWN, "is_example")


#: What a doubtful number means for the work at hand.
WAITS = gettext_lazy(
    "Services of this person count only when the head or the province has accepted the number."
)


def nik_doubts(nik: Nik, areas: Container[str] | None = None) -> list[Remark]:
    """Why nobody can have been issued this number; empty for every number that may exist.

    The one rule of every door. `areas`: `known_areas`, where many numbers are looked at.
    """
    doubts = []
    if not nik.is_example and not (area_is_known(nik.area) if areas is None else nik.area in areas):
        doubts.append(Remark("nik", "area-unknown", _("No district has, or had, this area code.")))
    if not nik.names_a_day:
        text = _("The NIK names a day that does not exist.")
        doubts.append(Remark("nik", "date-impossible", text))
    if not nik.has_serial:
        doubts.append(Remark("nik", "serial-zero", _("No NIK ends in 0000.")))
    return doubts


def category_today(resident: Resident) -> Category:
    day = timezone.localdate(timezone=ZoneInfo(resident.village.timezone))
    election = previous_election(resident.village_id, day)
    return category_of(resident.birth_date, day, election.held_on if election else None)


def get_resident_or_404(by: Actor, resident_id: uuid.UUID) -> Resident:
    resident = Resident.objects.visible_to(by).filter(pk=resident_id).first()
    if resident is None:
        raise NotFound
    return resident


def erased(numbers: Iterable[str]) -> set[str]:
    """Those of the numbers whose person's data was erased, by whatever office."""
    stones = {tombstone(number): number for number in numbers}
    if not stones:
        return set()
    return {stones[bytes(stone)] for (stone,) in rows("SELECT erased_numbers(%s)", [list(stones)])}


def lives_outside(office: str, village: str) -> bool:
    """Whether a village lies in another district than the office's."""
    return not within(village, office)


def held_by_number(by: Actor, nik: Nik) -> list[dict[str, Any]]:
    """Whom the actor's own office holds under a number that a verb has looked up and refused, as a
    list of one masked row.
    """
    residents = Resident.objects.visible_to(by).filter(office_id=by.office)
    return masked_rows(residents.filter(nik_hash=keyed_hash(nik.text)).values(*COLUMNS))


def masked_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of COLUMNS as pages show them, with the date of recording as far as the actor's own
    offices know it: one query. What another office did is told at the desk (`person_served`).
    """
    people = list(rows)
    recorded = recorded_here(row["id"] for row in people) if people else {}
    return [_masked(row, recorded.get(row["id"])) for row in people]


def _masked(row: dict[str, Any], recorded_on: date | None) -> dict[str, Any]:
    shown = {name: row[column] for column, name in _SHOWN.items()}
    return {**shown, "recorded_on": recorded_on, "is_example": row["is_example"]}


def person_or_404(by: Actor, resident_id: uuid.UUID) -> dict[str, Any]:
    """One masked row."""
    people = masked_rows(Resident.objects.visible_to(by).filter(pk=resident_id).values(*COLUMNS))
    if not people:
        raise NotFound
    return people[0]


def recorded_here(residents: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """On which date each was recorded by an office in scope, or before this ledger began; only for
    residents in scope.
    """
    ids = [str(resident) for resident in residents]
    return dict(rows("SELECT resident_id, recorded_on FROM recorded_here(%s::uuid[])", [ids]))


def recorded_dates(residents: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """On which date each was recorded, at any office; only for residents in scope. For whoever books
    or serves these people now, and logged (`services.lookups`).
    """
    ids = [str(resident) for resident in residents]
    return dict(rows("SELECT resident_id, recorded_on FROM recorded_dates(%s::uuid[])", [ids]))
