"""Kinds and states of a list that is taken out as a file."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportKind(models.TextChoices):
    """Lists that may leave the system as a file, with masked numbers."""

    RESIDENTS = "residents", _("Residents of the office")
    QUEUE = "queue", _("Bookings of a session")
    WAITING = "waiting", _("Waiting list of a session")
    MISSING = "missing", _("Who is missing after an event")
    MEND = "mend", _("Rows of an import to mend")


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Being made")
    READY = "ready", _("Ready")
    STOPPED = "stopped", _("Stopped: the right to it had ended")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")
