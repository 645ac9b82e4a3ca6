"""Where an office works besides its own house: a kecamatan or a technical unit (UPT)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region, code_length


class Point(models.Model):
    """A place of an office with a counter of its own; openings, stores and devices name it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    district = models.ForeignKey(Region, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("point of service")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "name"],
                name="point_once",
                **says("point-exists", _("A point of this name exists."), field="name"),
            ),
            models.CheckConstraint(
                name="point_named",
                condition=~Q(name=""),
                **says("name", _("Give a name."), field="name"),
            ),
            models.CheckConstraint(name="point_of_district", condition=code_length("district", 8)),
            models.CheckConstraint(
                name="point_in_office",
                condition=Q(office=Left("district", 5)),
                **says(
                    "point-outside-office",
                    _("The district lies outside the office's region."),
                    field="district",
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name
