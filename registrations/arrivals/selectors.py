"""Who waits for a decision of the own office."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from dukcapil.accounts.scoping import Actor
from registrations.arrivals.enums import ArrivalKind, ArrivalState
from registrations.arrivals.models import Arrival
from registrations.people.services.residents import masked_as_told
from registrations.people.validators import Nik


def arrivals_of(by: Actor, kind: ArrivalKind = ArrivalKind.RESIDENT) -> QuerySet[Arrival]:
    """People whom other offices handed over, in the order in which they came."""
    own = Arrival.objects.visible_to(by).filter(
        office_id=by.office, kind=kind, state=ArrivalState.WAITING
    )
    if kind == ArrivalKind.BURIAL:
        # That a line is void over there concerns nobody who did not take it.
        before = Arrival.everything.filter(
            office=OuterRef("office"),
            from_office=OuterRef("from_office"),
            kind=kind,
            source=OuterRef("source"),
        ).exclude(pk=OuterRef("pk"))
        own = own.filter(~Exists(before) | Exists(before.filter(state=ArrivalState.TAKEN)))
    return own.select_related("village", "from_office").order_by("came_at", "pk")


@dataclass(frozen=True)
class Shown:
    """An arrival as the page shows it: the number masked."""

    id: uuid.UUID
    name: str
    number: str
    born: date | None
    village: str
    from_office: str
    came_at: datetime


def shown(arrivals: list[Arrival]) -> list[Shown]:
    return [_shown(one, one.said) for one in arrivals]


def _shown(one: Arrival, said: dict[str, str]) -> Shown:
    born = said.get("birth_date")
    return Shown(
        id=one.pk,
        name=said.get("name", ""),
        number=masked_as_told(Nik(said["nik"])) if "nik" in said else "",
        born=date.fromisoformat(born) if born else None,
        village=one.village.name,
        from_office=one.from_office.name if one.from_office else "",
        came_at=one.came_at,
    )
