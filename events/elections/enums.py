"""Kinds and states of elections, and what an office says of its opening."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ElectionKind(models.TextChoices):
    PILKADA = "pilkada", _("Regional election (Pilkada)")
    PEMILU = "pemilu", _("General election (Pemilu)")
    PILKADES = "pilkades", _("Village election (Pilkades)")
    EXAMPLE = "example", _("Example for practice")


class ElectionState(models.TextChoices):
    """What was decided last. That an election was *held* follows from its day, and is never stored."""

    PLANNED = "planned", _("Planned")
    MOVED = "moved", _("Moved")
    CANCELLED = "cancelled", _("Cancelled")


#: What a reader is told once the day is over, unless the election was cancelled.
HELD = "held"


class Sign(models.TextChoices):
    """What an office says of itself while it is open on a day off."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed as planned")
    STOPPED = "stopped", _("Stopped")


class Colour(models.TextChoices):
    """How urgently somebody looks at an opening; the worst first."""

    RED = "red", _("Not open, or stopped")
    AMBER = "amber", _("About to open, or closed early")
    GREY = "grey", _("Silent")
    GREEN = "green", _("Open")
    NONE = "", _("Nothing to say yet")
