"""Places where people are together: schools, prisons, homes, companies. No person stands here."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region, code_length
from events.planning.enums import PlaceKind
from events.planning.models.event import ServiceEvent
from events.venues.enums import VenueKind


class Venue(ScopedModel):
    """A place that an office works with. It may lie in another district: pupils of the office learn
    there, and are invited to be recorded where they are.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: The office that keeps it.
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=VenueKind.choices)
    #: Of a school its NPSN; empty where it has none.
    code = models.CharField(max_length=20, blank=True, default="", db_default="")
    name = models.CharField(max_length=150)
    #: Whom letters are sent to: a function ("Kepala sekolah"), never a person's name.
    contact = models.CharField(max_length=80, blank=True, default="", db_default="")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("venue")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "code"],
                condition=~Q(code=""),
                name="venue_code_once",
                **says("venue-code", _("A venue with this code exists."), field="code"),
            ),
            models.UniqueConstraint(
                fields=["office", "village", "name"],
                name="venue_once",
                **says(
                    "venue-exists", _("A venue of this name exists in this village."), field="name"
                ),
            ),
            models.CheckConstraint(
                name="venue_named",
                condition=Q(name__regex=r"\S.*\S"),
                **says("name", _("Give a name."), field="name"),
            ),
            models.CheckConstraint(name="venue_of_office", condition=code_length("office", 5)),
            models.CheckConstraint(name="venue_in_village", condition=code_length("village", 13)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_outside(self) -> bool:
        """It lies in another district: nobody is sent there."""
        return not self.village_id.startswith(f"{self.office_id}.")

    @property
    def place_kind(self) -> PlaceKind:
        return VenueKind(self.kind).place_kind

    @property
    def is_prison(self) -> bool:
        return self.kind == VenueKind.PRISON


class VenueVisit(ScopedModel):
    """The event that goes to a venue."""

    event: Any = models.OneToOneField(
        ServiceEvent, models.PROTECT, primary_key=True, related_name="venue_visit"
    )
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="visits")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(event="event_id", people=False)

    class Meta(ScopedModel.Meta):
        verbose_name = _("visit to a venue")
        indexes = [models.Index(fields=["venue", "event"], name="venue_visit_of")]
