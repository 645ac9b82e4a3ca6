"""Holding the people of a list at once, by the rules of `residents.register`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.regions.selectors import KnownAreas
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.services.checks import refuse_impossible
from registrations.people.services.residents import identity_of, new_resident
from registrations.people.validators import Person

K = TypeVar("K", bound=Hashable)


@service
def register_many(*, by: Actor, people: Mapping[K, Person]) -> dict[K, Resident]:
    """Hold each of them at the actor's office; two statements for any number.

    The list that brings them has looked their numbers up, left out erased ones, asked about
    look-alikes and written its rows in the log. Raises Invalid for data that cannot be anybody's,
    Conflict `resident-exists` when one of them is held by now: then nobody is registered.
    """
    require(by, Permission.RESIDENTS_REGISTER)
    if not people:
        return {}
    areas, today = KnownAreas(), by.today
    residents: dict[K, Resident] = {}
    identities = []
    for key, person in people.items():
        refuse_impossible(person, today=today)
        residents[key] = resident = new_resident(by, person, areas)
        identities.append(identity_of(resident, person))
    Resident.objects.bulk_create(residents.values())
    ResidentIdentity.objects.bulk_create(identities)
    return residents
