"""A list that somebody looks at before anybody is booked from it.

Personal data: `source` (the file or text as brought) and `content` (its rows and what was said of each);
both sealed, and gone with the row after a day.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.models import Posting, User
from dukcapil.accounts.scoping import Scope, ScopedModel
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.enums import DraftState
from registrations.booking.models.group import VisitGroup


class ListDraft(ScopedModel):
    """Its author's alone. Each change makes a new version; an older page changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(ServiceSession, models.PROTECT, related_name="+")
    event = models.ForeignKey(ServiceEvent, models.PROTECT, related_name="+")
    office = models.ForeignKey(Region, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=DraftState.choices)
    version = models.PositiveIntegerField(default=1)
    source = models.BinaryField(null=True)
    content = models.BinaryField(null=True)
    #: The group that was booked from it.
    group = models.ForeignKey(VisitGroup, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    scope = Scope(event="event_id")

    class Meta(ScopedModel.Meta):
        verbose_name = _("preview of a list")
        constraints = [
            models.CheckConstraint(
                name="list_draft_booked", condition=~Q(state="done") | Q(group__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="list_draft_expires")]
