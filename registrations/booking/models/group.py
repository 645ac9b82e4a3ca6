"""Groups that are booked from one list: a class, a team of a factory, a ward.

Personal data: `contact` (sealed). A group's name is that of a class or a place, never of a person.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.models.contacted import Contacted, contact_whole


class VisitGroup(Contacted, ScopedModel):
    """People of one list, booked for one session. Appointments tell which of them are booked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ServiceSession, models.PROTECT, related_name="groups")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    #: Rows of the lists that were brought for it, good and bad.
    rows = models.PositiveIntegerField(default=0)
    #: Why the whole group does not come. No person's name.
    cancelled_because = models.CharField(max_length=300, blank=True, default="", db_default="")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(event="event_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("group")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "name"],
                name="group_once",
                **says("group-exists", _("A group of this name is booked already."), field="name"),
            ),
            models.CheckConstraint(name="group_name", condition=~Q(name="")),
            contact_whole("group_contact"),
        ]
