"""Whom to tell of a booking, an entry of a waiting list, a group or a request: one form of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from registrations.booking.enums import Channel


class Contacted(models.Model):
    """The contact that somebody left. It stands with what it was left for, goes along when that moves
    up, moves or is planned; `booking.services.messages` alone reads it, `contacts` changes it.
    """

    channel = models.CharField(
        max_length=8, choices=Channel.choices, blank=True, default="", db_default=""
    )
    #: Sealed for this row.
    contact = models.BinaryField(null=True)

    class Meta:
        abstract = True


def contact_whole(name: str) -> models.CheckConstraint:
    """Both columns or none."""
    condition: Any = Q(channel="", contact__isnull=True)
    return models.CheckConstraint(
        name=name, condition=condition | (~Q(channel="") & Q(contact__isnull=False))
    )
