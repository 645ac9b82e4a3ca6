"""The points of an office."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from dukcapil.core.errors import Invalid
from events.points.models import Point


def points_of(office: str) -> list[Point]:
    return list(Point.objects.filter(office_id=office).order_by("name"))


def find_point(office: str, point_id: uuid.UUID) -> Point:
    """Raises Invalid when the office has no such point."""
    found = Point.objects.filter(pk=point_id, office_id=office).first()
    if found is None:
        raise Invalid("point-unknown", _("This office has no such point."), field="point")
    return found
