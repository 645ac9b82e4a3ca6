"""The waiting list of a session. Personal data: the resident's id only."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.rules import says
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.enums import WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody


class Waiting(ScopedModel):
    """One person on a session's waiting list, first come first served.

    Its id is a sequence: UUIDv7 does not order the rows of one list, made within a millisecond.
    """

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(ServiceSession, models.PROTECT, related_name="waiting")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    group = models.ForeignKey(
        VisitGroup, models.PROTECT, null=True, blank=True, related_name="waiting"
    )
    priority = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=WaitState.choices, default=WaitState.WAITING)
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, null=True, blank=True, related_name="waited"
    )
    #: Somebody waited when the event was closed.
    open_at_closing = models.BooleanField(default=False, db_default=False)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(village="village_id", event="event_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("waiting list")
        triggers = [of_somebody()]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "resident"],
                condition=Q(state="waiting"),
                name="waiting_once",
                **says("already-waiting", _("This person is on the waiting list already.")),
            ),
            models.CheckConstraint(name="waiting_services", condition=Q(services__len__gt=0)),
            models.CheckConstraint(
                name="waiting_moved_up",
                condition=Q(state="moved_up", appointment__isnull=False)
                | (~Q(state="moved_up") & Q(appointment__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["session", "id"], condition=Q(state="waiting"), name="waiting_next"
            )
        ]
