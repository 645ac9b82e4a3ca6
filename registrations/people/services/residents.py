"""Holding a person at an office, and showing the full NIK of one."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Container, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.models import AccessLog
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import reason_given
from dukcapil.core.crypto import check_code, decrypt, encrypt, keyed_hash
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, DomainError, Invalid, Refused, TooMany
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from registrations.people.enums import MaritalStatus
from registrations.people.errors import number_erased, resident_exists
from registrations.people.models import Resident, ResidentIdentity
from registrations.people.selectors import erased, nik_doubts
from registrations.people.services.checks import (
    LOOK_ALIKE,
    asks_look_alike,
    judge,
    namesakes,
    others_of,
    refuse_impossible,
)
from registrations.people.services.lookups import (
    log_look_alikes,
    log_registered,
    look_up,
    too_many_misses,
)
from registrations.people.validators import Nik, Person, Remark, name_key


def masked(nik: Nik) -> str:
    """Area of issue and a check code: never the last four digits."""
    return f"{nik.text[:6]}••••••{check_code(nik.text)}"


def masked_as_told(nik: Nik) -> str:
    """Of a number that somebody typed or brought: the area alone. With its check code a list of all numbers
    of one birth date would tell which of them a masked person has.
    """
    return f"{nik.text[:6]}••••••"


def register(
    *,
    by: Actor,
    nik: Nik,
    name: str,
    birth_date: date,
    sex: str,
    village: Region,
    address: str = "",
    rt: str = "",
    rw: str = "",
    marital_status: str = MaritalStatus.SINGLE,
    known_recorded_on: date | None = None,
    listed: bool = False,
    confirm: Collection[str] = (),
) -> Resident:
    """Hold a person at the actor's office. The village may lie elsewhere (luar domisili).

    Raises Invalid for data that cannot be anybody's, Conflict `resident-exists` with the id when this
    office holds the number already (it says nothing of other offices), and Asks `look-alike`. Either
    way the number was looked up and leaves a row; for one that is `listed`, its list has written it.
    """
    require(by, Permission.RESIDENTS_REGISTER)
    if by.office is None:
        raise Invalid("office", _("Only a district office holds residents."))
    person = Person(
        nik=nik,
        name=name,
        birth_date=birth_date,
        sex=sex,
        marital_status=marital_status,
        village=village,
        address=address,
        rt=rt,
        rw=rw,
        known_recorded_on=known_recorded_on,
    )
    refuse_impossible(person, today=today_in(village.pk))
    held_as = _held_as(by, nik)
    named_so = [] if LOOK_ALIKE in confirm else namesakes(by, {"": person}).get("", [])
    alike = others_of(person, named_so)
    if named_so and not listed:
        # Numbers could be tried on somebody whose name is known: a wrong one asks, the right one is
        # held. So a wrong one is a miss, and after too many nothing is said any more.
        if look_up(by=by, numbers={nik.text: held_as}):
            raise too_many_misses()
    elif not listed:
        log_registered(by=by, held_as=held_as)
    _refuse_number(nik, held_as)
    if alike:
        log_look_alikes(by=by, people=alike)
        raise asks_look_alike(alike)
    resident = new_resident(by, person)
    identity = identity_of(resident, person)
    try:
        _save(resident=resident, identity=identity)
    except Conflict:
        if held_as := _held_as(by, nik):  # registered by somebody else at the same moment
            log_registered(by=by, held_as=held_as)
            raise resident_exists(str(held_as)) from None
        raise
    except DomainError:
        # Whatever else the database refuses tells that nobody is held: then it was a miss.
        look_up(by=by, numbers={nik.text: None})
        raise
    return resident


def _refuse_number(nik: Nik, held_as: uuid.UUID | None) -> None:
    if held_as:
        raise resident_exists(str(held_as))
    if erased([nik.text]):
        raise number_erased()


def new_resident(by: Actor, person: Person, areas: Container[str] | None = None) -> Resident:
    """Not stored yet. `areas`: `KnownAreas`, where many are made."""
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
        known_married_since=married_since(person, person.village.pk),
        known_recorded_on=person.known_recorded_on,
        is_example=person.nik.is_example,
        doubtful_number=bool(nik_doubts(person.nik, areas)),
        created_by_id=by.user_id,
    )


def married_since(person: Person, village: str) -> date | None:
    """Today, where the village lies, for somebody of whom an office learns today."""
    return None if person.marital_status == MaritalStatus.SINGLE else today_in(village)


def identity_of(resident: Resident, person: Person) -> ResidentIdentity:
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


@service
def _save(*, resident: Resident, identity: ResidentIdentity) -> None:
    resident.save(force_insert=True)
    identity.save(force_insert=True)


def _held_as(by: Actor, nik: Nik) -> uuid.UUID | None:
    same_nik = Resident.objects.filter(office_id=by.office, nik_hash=keyed_hash(nik.text))
    return same_nik.values_list("pk", flat=True).first()


def judge_held(
    resident: Resident, *, nik: Nik | None = None, changes: Mapping[str, Any] | None = None
) -> list[Remark]:
    """What is to be said of what is held of a person, or would be with another number or other data;
    the number, which it is compared with, is told to nobody.
    """
    identity = resident.identity
    if nik is None:
        nik = Nik(decrypt(bytes(identity.nik_cipher), context=str(resident.pk)))
    person = Person(
        nik=nik,
        name=identity.name,
        birth_date=resident.birth_date,
        sex=resident.sex,
        marital_status=resident.marital_status,
        village=resident.village,
        address=identity.address,
        rt=identity.rt,
        rw=identity.rw,
        known_recorded_on=resident.known_recorded_on,
    )
    if changes:
        person = dataclasses.replace(person, **changes)
    return judge(person, today=today_in(resident.village_id), typed=False)


@service
def reveal(*, by: Actor, resident: Resident, reason: str, case: str) -> str:
    """The full NIK. Actor, time, case and reason are logged.

    Raises Invalid for a short reason, TooMany after `settings.REVEALS_AN_HOUR` of this person.
    """
    require(by, Permission.RESIDENTS_REVEAL)
    reason = reason_given(reason)
    if not by.covers(resident.office_id):
        # A lent clerk serves the people of an event; only their own office may show their NIK.
        raise Refused("forbidden", _("This person is held by another office."))
    limit_reveals(by)
    log_access(
        by=by,
        action=Access.REVEAL,
        kind="resident",
        subject=str(resident.pk),
        reason=reason,
        case=case,
    )
    return decrypt(bytes(resident.identity.nik_cipher), context=str(resident.pk))


def limit_reveals(by: Actor) -> None:
    hold(Lock.REVEALS, by.user_id)
    since = timezone.now() - timedelta(hours=1)
    lately = AccessLog.objects.visible_to(by).filter(
        user_id=by.user_id, action=Access.REVEAL, at__gt=since
    )
    if lately.count() >= settings.REVEALS_AN_HOUR:
        raise TooMany(
            "too-many-reveals",
            _("You have seen %(most)s full numbers within an hour. Go on later.")
            % {"most": settings.REVEALS_AN_HOUR},
        )
