"""Ordering the report of a day before the next regular build: who may, for which regencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.errors import Invalid, NotFound
from dukcapil.regions.enums import Level
from dukcapil.regions.models import Region
from dukcapil.regions.validators import ancestor

#: A build covers one province, so an order is for a province or one of its regencies.
BUILT = (Level.REGENCY, Level.PROVINCE)


@dataclass(frozen=True)
class Order:
    """What the job is told: arguments of `reports.tasks.build_day`."""

    province: str
    regencies: list[str]
    day: str


def may_order(by: Actor, region: Region) -> bool:
    return by.may(Permission.REPORTS_BUILD) and region.level in BUILT


def order_day(*, by: Actor, region: Region, day: date) -> Order:
    """Raises Refused, NotFound outside the actor's region, Invalid for another level."""
    require(by, Permission.REPORTS_BUILD)
    if not by.covers(region.pk):
        raise NotFound
    if region.level not in BUILT:
        raise Invalid(
            "region-level", _("Reports are built for a regency or a province."), field="region"
        )
    regencies = Region.objects.within(region.pk).level(Level.REGENCY).order_by("code")
    return Order(
        ancestor(region.pk, Level.PROVINCE),
        list(regencies.values_list("code", flat=True)),
        day.isoformat(),
    )
