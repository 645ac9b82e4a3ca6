"""Messages to people: reminders, changes, places that came free.

Personal data: `address`, sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Personal, Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.core.rules import says
from dukcapil.core.work import Work
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from registrations.booking.enums import Channel, MessageKind, MessageState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting


def _newest(name: str, owner: str) -> models.UniqueConstraint:
    """Nobody is told of yesterday's hour after today's: one message of a kind waits for each."""
    return models.UniqueConstraint(
        fields=[owner, "kind"],
        condition=Q(state="waiting"),
        name=name,
        **says("told-meanwhile", _("Somebody else changes this at the moment: try again.")),
    )


class Message(ScopedModel, Work):
    """To one who is booked or waits for a place, or to the contact of a group. Its text is written when
    it is sent, so it tells what holds then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    group = models.ForeignKey(
        VisitGroup, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    #: Found by `message_newest_waiting`: entries are never deleted.
    waiting = models.ForeignKey(
        Waiting, models.PROTECT, null=True, blank=True, db_index=False, related_name="messages"
    )
    kind = models.CharField(max_length=10, choices=MessageKind.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    #: Sealed; blanked once it was sent.
    address = models.BinaryField(null=True)
    state = models.CharField(
        max_length=8, choices=MessageState.choices, default=MessageState.WAITING
    )
    created_at = models.DateTimeField(auto_now_add=True)

    scope = Scope(event="event_id")
    personal: ClassVar = Personal("appointment__resident", {"address": None})

    class Meta(ScopedModel.Meta):
        verbose_name = _("message")
        constraints = [
            models.CheckConstraint(
                name="message_to_one",
                condition=Q(appointment__isnull=False, group__isnull=True, waiting__isnull=True)
                | Q(appointment__isnull=True, group__isnull=False, waiting__isnull=True)
                | Q(appointment__isnull=True, group__isnull=True, waiting__isnull=False),
            ),
            _newest("message_newest_visit", "appointment"),
            _newest("message_newest_group", "group"),
            _newest("message_newest_waiting", "waiting"),
            models.CheckConstraint(
                name="message_address",
                condition=Q(state="waiting", address__isnull=False)
                | (~Q(state="waiting") & Q(address__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="message_due")
        ]
