"""Reads about people. Every look is logged by the caller's edge through accounts.services."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import rows
from dukcapil.core.errors import NotFound
from dukcapil.regions.selectors import area_is_known
from events.selectors import previous_election
from registrations.enums import Category
from registrations.models import Appointment, Resident, ServiceRecord
from registrations.validators import CARD_AGE, Nik, anniversary, name_key

COLUMNS = (
    "id",
    "office_id",
    "village_id",
    "birth_date",
    "sex",
    "marital_status",
    "known_recorded_on",
    "is_example",
    "identity__name",
    "identity__address",
    "identity__rt",
    "identity__rw",
    "identity__nik_masked",
)


@dataclass(frozen=True)
class PersonWarning:
    """Something to look at that refuses nothing."""

    field: str
    code: str
    detail: str


def nik_warnings(nik: Nik, born: date, sex: str) -> list[PersonWarning]:
    found = []
    if not nik.is_example and not area_is_known(nik.area):
        found.append(
            PersonWarning("nik", "area-unknown", _("No district has, or had, this area code."))
        )
    if not nik.agrees_with(born):
        found.append(
            PersonWarning(
                "birth_date", "birth-date-differs", _("The NIK was issued with another birth date.")
            )
        )
    if nik.sex != sex:
        found.append(PersonWarning("sex", "sex-differs", _("The NIK was issued with another sex.")))
    return found


def category_of(born: date, day: date, last_election: date | None) -> Category:
    """`pemula`: under 18 on `day`, or 17 only since the election before it; else `umum`."""
    if day < anniversary(born, 18):
        return Category.PEMULA
    young = last_election is not None and anniversary(born, CARD_AGE) > last_election
    return Category.PEMULA if young else Category.UMUM


def category_today(resident: Resident) -> Category:
    day = timezone.localdate(timezone=ZoneInfo(resident.village.timezone))
    last = previous_election(resident.village_id, day)
    return category_of(resident.birth_date, day, last.held_on if last else None)


def get_resident_or_404(by: Actor, resident_id: uuid.UUID) -> Resident:
    found = Resident.objects.visible_to(by).filter(pk=resident_id).first()
    if found is None:
        raise NotFound
    return found


def find_by_nik(by: Actor, nik: Nik) -> list[dict[str, Any]]:
    found = Resident.objects.visible_to(by).filter(nik_hash=keyed_hash(nik.text))
    return list(found.order_by("id").values(*COLUMNS)[:20])


def find_by_name(
    by: Actor, *, name: str, village: str | None = None, birth_date: date | None = None
) -> list[dict[str, Any]]:
    """Names that begin with `name` (at least three letters), at most twenty."""
    key = name_key(name)
    found = Resident.objects.visible_to(by).filter(
        identity__name_key__gte=key, identity__name_key__lt=key + "~"
    )
    if village:
        found = found.filter(village_id=village)
    if birth_date:
        found = found.filter(birth_date=birth_date)
    return list(found.order_by("identity__name_key", "id").values(*COLUMNS)[:20])


def recorded_dates(residents: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """On which date each was recorded, wherever it was; only residents in scope are answered."""
    ids = [str(resident) for resident in residents]
    return dict(rows("SELECT resident_id, recorded_on FROM recorded_dates(%s::uuid[])", [ids]))


def get_appointment_or_404(by: Actor, appointment_id: uuid.UUID) -> Appointment:
    found = (
        Appointment.objects.visible_to(by)
        .select_related("session__event")
        .filter(pk=appointment_id)
    )
    if (appointment := found.first()) is None:
        raise NotFound
    return appointment


def get_record_or_404(by: Actor, record_id: uuid.UUID) -> ServiceRecord:
    found = ServiceRecord.objects.visible_to(by).filter(pk=record_id).first()
    if found is None:
        raise NotFound
    return found
