"""What goes wrong on a day, what is asked of a hotline, what was promised."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class IncidentKind(models.TextChoices):
    NETWORK = "network", _("Network")
    POWER = "power", _("Power")
    DEVICE = "device", _("Device")
    BLANKO = "blanko", _("Blank cards")
    CROWD = "crowd", _("Crowd")
    STAFF = "staff", _("Staff")
    SECURITY = "security", _("Security")
    DATA = "data", _("Data")
    OTHER = "other", _("Other")


class OutageKind(models.TextChoices):
    NETWORK = "network", _("Network")
    POWER = "power", _("Power")


class IncidentState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Ended")


class CallKind(models.TextChoices):
    WHERE = "where", _("Where and when to come")
    PAPERS = "papers", _("What to bring")
    STATUS = "status", _("Own card or data")
    VOTING = "voting", _("Voting without a card")
    COMPLAINT = "complaint", _("Complaint")
    OTHER = "other", _("Other")


class CommitmentState(models.TextChoices):
    OPEN = "open", _("Not begun")
    UNDER_WAY = "under_way", _("Under way")
    KEPT = "kept", _("Kept")
    DROPPED = "dropped", _("Dropped")
