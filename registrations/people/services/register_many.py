"""Holding the people of a list at once, by the rules of `residents.register`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from django.utils import timezone

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.crypto import encrypt, keyed_hash
from dukcapil.core.db import service
from dukcapil.core.ids import uuid7
from dukcapil.regions.selectors import known_areas
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.selectors import nik_doubts
from registrations.people.services.checks import refuse_impossible
from registrations.people.services.residents import masked
from registrations.people.validators import Person, name_key

K = TypeVar("K", bound=Hashable)


@service
def register_many(*, by: Actor, people: Mapping[K, Person]) -> dict[K, Resident]:
    """Hold each of them at the actor's office; two statements for any number.

    The list that brings them has looked their numbers up, left out erased ones, asked about
    look-alikes and written its rows in the log. Raises Invalid for data that cannot be anybody's, Conflict `resident-exists` when
    one of them is held by now: then nobody is registered.
    """
    require(by, Permission.RESIDENTS_REGISTER)
    if not people:
        return {}
    areas, today = known_areas(), timezone.localdate()
    residents: dict[K, Resident] = {}
    identities = []
    for key, person in people.items():
        refuse_impossible(person, today=today)
        residents[key] = resident = _resident(by, person, areas)
        identities.append(_identity(resident, person))
    Resident.objects.bulk_create(residents.values())
    ResidentIdentity.objects.bulk_create(identities)
    return residents


def _resident(by: Actor, person: Person, areas: set[str]) -> Resident:
    born, office = person.birth_date, by.office
    if person.nik is None or person.village is None or born is None or office is None:
        raise ValueError("somebody new has a number, a birth date, a village and an office")
    return Resident(
        id=uuid7(),
        office_id=office,
        nik_hash=keyed_hash(person.nik.text),
        village=person.village,
        birth_date=born,
        sex=person.sex,
        marital_status=person.marital_status,
        known_recorded_on=person.known_recorded_on,
        is_example=person.nik.is_example,
        doubtful_number=bool(nik_doubts(person.nik, areas)),
        created_by_id=by.user_id,
    )


def _identity(resident: Resident, person: Person) -> ResidentIdentity:
    if person.nik is None:
        raise ValueError("somebody new has a number")
    return ResidentIdentity(
        resident=resident,
        office_id=resident.office_id,
        village_id=resident.village_id,
        name=" ".join(person.name.split()),
        name_key=name_key(person.name),
        address=person.address,
        rt=person.rt,
        rw=person.rw,
        nik_cipher=encrypt(person.nik.text, context=str(resident.pk)),
        nik_masked=masked(person.nik),
    )
