"""The first day of an office: each step with what the tables say of it. Nothing is ticked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from dukcapil.accounts.models import Posting
from dukcapil.accounts.offices.selectors import profile_version
from dukcapil.accounts.permissions import Role
from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region, inside
from events.planning.models.session import ServiceSession
from events.resources.models import Device
from events.stock.enums import AccountKind, Item
from events.stock.models import StockAccount
from registrations.people.models import Resident
from registrations.roll.enums import Completeness
from registrations.roll.models import VillageList
from reports.alerts.models import AlertAddress
from reports.alerts.selectors.causes import posted_now
from reports.bases.models import PopulationBasis


@dataclass(frozen=True)
class Step:
    """`name`: as in `STEPS`. `of`: how many there may be, where that is known."""

    name: str
    count: int
    of: int | None = None

    @property
    def done(self) -> bool:
        return self.count > 0

    @property
    def whole(self) -> bool:
        return self.count >= (self.of or 1)


def _staff(by: Actor, *roles: str) -> int:
    at_work = posted_now(timezone.now()).filter(inside("region_id", str(by.office)), role__in=roles)
    return at_work.count()


def _letterhead(by: Actor) -> Step:
    return Step("letterhead", profile_version(str(by.office)))


def _desk(by: Actor) -> Step:
    return Step("staff", _staff(by, Role.DISTRICT_OPERATOR))


def _stock(by: Actor) -> Step:
    opened = StockAccount.objects.filter(
        office=by.office, kind=AccountKind.OFFICE, item=Item.CARD, opened_at__isnull=False
    )
    return Step("stock", opened.count())


def _devices(by: Actor) -> Step:
    return Step("devices", Device.objects.filter(office=by.office).count())


def _basis(by: Actor) -> Step:
    """Of the office, or of a region above it."""
    code = str(by.office)
    return Step("basis", PopulationBasis.objects.filter(region__in=[code, code[:2]]).count())


def _roll(by: Actor) -> Step:
    held = Resident.objects.visible_to(by).filter(office=by.office)
    return Step("people", held.count())


def _villages(by: Actor) -> Step:
    whole = VillageList.objects.filter(office=by.office).exclude(completeness=Completeness.NONE)
    return Step("villages", whole.count(), _how_many(by))


def _verifiers(by: Actor) -> Step:
    posted: dict[str, int] = dict(
        posted_now(timezone.now())
        .filter(inside("region_id", str(by.office)), role=Role.VILLAGE_VERIFIER)
        .values_list("region_id")
        .annotate(n=Count("pk"))
    )
    covered = Q(pk__in=[])
    for code in posted:
        covered |= inside("pk", code)
    villages = Region.objects.filter(covered, level=Level.VILLAGE)
    return Step("verifiers", villages.count() if posted else 0, _how_many(by))


def _session(by: Actor) -> Step:
    return Step("session", ServiceSession.objects.filter(event__office=by.office).count())


def _alerts(by: Actor) -> Step:
    people = Posting.objects.filter(inside("region_id", str(by.office))).values("user")
    agreed = AlertAddress.objects.filter(user__in=people).exclude(email="")
    return Step("alerts", agreed.count())


def _how_many(by: Actor) -> int:
    return Region.objects.within(str(by.office)).filter(level=Level.VILLAGE).count()


#: In the order in which an office does them: what the next one needs stands before it.
STEPS: tuple[Callable[[Actor], Step], ...] = (
    *(
        _letterhead,
        _desk,
        _stock,
        _devices,
        _basis,
        _roll,
        _villages,
        _verifiers,
        _session,
        _alerts,
    ),
)


def first_day(by: Actor) -> list[Step]:
    return [step(by) for step in STEPS]
