"""The first day of an office: each step with what the tables say of it. Nothing is ticked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.offices.models import OfficeProfile
from dukcapil.accounts.permissions import Role
from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import together
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, inside
from dukcapil.regions.validators import lineage
from events.planning.models.session import ServiceSession
from events.resources.models import Device
from events.stock.enums import AccountKind, Item
from events.stock.models import StockAccount
from registrations.people.models import Resident
from registrations.roll.enums import Completeness
from registrations.roll.models import VillageList
from reports.alerts.models import AlertAddress
from reports.alerts.selectors.causes import posted_now
from reports.bases.enums import VOTERS, BasisKind
from reports.bases.models import PopulationBasis, PopulationFigure

_Query = QuerySet[Any, Any]


@dataclass(frozen=True)
class Step:
    """`name`: as in `_STEPS`. `of`: how many there may be, where that is known."""

    name: str
    count: int
    of: int | None = None

    @property
    def done(self) -> bool:
        return self.count > 0

    @property
    def whole(self) -> bool:
        return self.count >= (self.of or 1)


def _at_work(by: Actor) -> QuerySet[Posting]:
    """Of the office and its villages, who can log in today."""
    here = posted_now(timezone.now()).filter(inside("region_id", str(by.office)))
    return here.filter(user__is_active=True)


def _letterhead(by: Actor) -> _Query:
    return OfficeProfile.objects.filter(office=by.office)


def _desk(by: Actor) -> _Query:
    return _at_work(by).filter(role=Role.DISTRICT_OPERATOR)


def _stock(by: Actor) -> _Query:
    return StockAccount.objects.filter(
        office=by.office, kind=AccountKind.OFFICE, item=Item.CARD, opened_at__isnull=False
    )


def _devices(by: Actor) -> _Query:
    return Device.objects.filter(office=by.office)


def _basis(by: Actor) -> _Query:
    """Official and approved, of the office or of a region above it, with a figure of the office."""
    code = str(by.office)
    own = PopulationFigure.objects.filter(inside("region_id", code), basis=OuterRef("pk"))
    bases = PopulationBasis.objects.in_force().filter(Exists(own), region__in=lineage(code))
    return bases.exclude(kind__in=[*VOTERS, BasisKind.DERIVED])


def _roll(by: Actor) -> _Query:
    """At home: who is held for a service alone stands on no list."""
    own = Resident.objects.visible_to(by).filter(office=by.office)
    return own.filter(inside("village_id", str(by.office)))


def _lists(by: Actor) -> _Query:
    return VillageList.objects.filter(office=by.office).exclude(completeness=Completeness.NONE)


def _villages(by: Actor) -> _Query:
    return Region.objects.within(str(by.office)).filter(level=Level.VILLAGE)


def _verified(by: Actor) -> _Query:
    """Villages with somebody who verifies there, or in all of their district."""
    code = OuterRef("pk")
    # A list of references to the outer query is not resolved by Django: each stands alone.
    here, around = Q(region_id=code), Q(region_id=Left(code, Level.DISTRICT.code_length))
    posted = _at_work(by).filter(here | around, role=Role.VILLAGE_VERIFIER)
    return _villages(by).filter(Exists(posted))


def _session(by: Actor) -> _Query:
    return ServiceSession.objects.filter(event__office=by.office)


def _alerts(by: Actor) -> _Query:
    agreed = AlertAddress.objects.filter(user__in=_at_work(by).values("user"), refused_at=None)
    return agreed.exclude(email="")


#: In the order in which an office does them: what the next one needs stands before it.
_STEPS: dict[str, Callable[[Actor], _Query]] = {
    "letterhead": _letterhead,
    "staff": _desk,
    "stock": _stock,
    "devices": _devices,
    "basis": _basis,
    "people": _roll,
    "villages": _lists,
    "verifiers": _verified,
    "session": _session,
    "alerts": _alerts,
}
#: Steps of which there is one for each village.
_BY_VILLAGE = ("villages", "verifiers")


def first_day(by: Actor) -> list[Step]:
    """One query."""
    asked = {name: query(by) for name, query in _STEPS.items()}
    _rows, counts = together({}, asked | {"all_villages": _villages(by)})
    return [
        Step(name, counts[name], counts["all_villages"] if name in _BY_VILLAGE else None)
        for name in _STEPS
    ]
