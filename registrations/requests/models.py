"""Visits that somebody asks for: a person at home, or people at one place.

Personal data: `contact` (sealed) and the resident's id. A person's address stands with the person,
not here; a place with several people is held by its own name, without names of people.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.regions.models import Region
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from registrations.booking.models.contacted import Contacted, contact_whole
from registrations.people.models import Resident
from registrations.people.triggers import of_somebody
from registrations.requests.enums import (
    Partner,
    RequestEnd,
    RequestKind,
    RequestReason,
    RequestState,
)


class VisitRequest(Contacted, ScopedModel):
    """Open until an event is planned for it; open again when that event served nobody for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    #: Where to go.
    village = models.ForeignKey(Region, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=RequestKind.choices)
    resident = models.ForeignKey(
        Resident, models.PROTECT, null=True, blank=True, related_name="requests"
    )
    #: The name of an institution, and how many people wait there.
    place = models.CharField(max_length=200, blank=True)
    people = models.PositiveSmallIntegerField(default=1)
    services = ArrayField(models.CharField(max_length=20, choices=Service.choices))
    reason = models.CharField(max_length=11, choices=RequestReason.choices)
    partner_kind = models.CharField(max_length=9, choices=Partner.choices)
    #: An office or a neighbourhood ("RT 02/RW 05"), never a person.
    partner = models.CharField(max_length=80, blank=True)
    #: The information event at which somebody asked for it.
    heard_at = models.ForeignKey(
        ServiceEvent, models.PROTECT, null=True, blank=True, related_name="requests_heard"
    )
    state = models.CharField(max_length=7, choices=RequestState.choices, default=RequestState.OPEN)
    #: The visit that it is planned for, or that served it.
    event = models.ForeignKey(
        ServiceEvent, models.PROTECT, null=True, blank=True, related_name="requests"
    )
    #: People who got a service there.
    served = models.PositiveSmallIntegerField(null=True, blank=True)
    #: Visits that came to nothing before.
    tries = models.PositiveSmallIntegerField(default=0)
    #: The event whose closing counted the last of them: taken back, it counts no more.
    counted_by = models.UUIDField(null=True, blank=True)
    ended_because = models.CharField(max_length=9, choices=RequestEnd.choices, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(village="village_id")
    personal: ClassVar = Personal("resident", {"channel": "", "contact": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("visit request")
        triggers = [of_somebody()]
        constraints = [
            models.CheckConstraint(
                name="request_in_office",
                condition=Q(office=Left("village", 5)),
                **says(
                    "other-district",
                    _("The place lies in another district: that office has to be asked."),
                    field="village",
                ),
            ),
            models.CheckConstraint(name="request_services", condition=Q(services__len__gt=0)),
            contact_whole("request_contact"),
            models.CheckConstraint(
                name="request_kind",
                condition=Q(kind="home", resident__isnull=False, people=1, place="")
                | (Q(kind="institution", resident__isnull=True, people__gt=0) & ~Q(place="")),
            ),
            models.CheckConstraint(
                name="request_state",
                condition=Q(
                    state="open", event__isnull=True, ended_at__isnull=True, ended_because=""
                )
                | Q(state="planned", event__isnull=False, ended_at__isnull=True, ended_because="")
                | Q(state="done", event__isnull=False, ended_at__isnull=False, ended_because="")
                | (
                    Q(state="ended", event__isnull=True, ended_at__isnull=False)
                    & ~Q(ended_because="")
                ),
            ),
            models.CheckConstraint(
                name="request_served",
                condition=Q(state="done", served__gt=0)
                | (~Q(state="done") & Q(served__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state__in=["open", "planned"]),
                name="request_once",
                **says(
                    "already-asked",
                    _("A visit to this person is asked for already."),
                    field="resident",
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "state", "created_at"], name="request_office_state")
        ]
