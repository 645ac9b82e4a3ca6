"""Naming the points of an office."""

from __future__ import annotations

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import Region
from events.points.models import Point


@service
def add_point(*, by: Actor, office: Region, name: str, district: Region) -> Point:
    require(by, Permission.EVENTS_PLAN)
    if by.office != office.pk:
        raise NotFound
    return Point.objects.create(
        office=office, name=name.strip(), district=district, created_by_id=by.user_id
    )
