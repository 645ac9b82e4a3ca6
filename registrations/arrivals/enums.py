"""What one office hands over to another, and what became of it there."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArrivalKind(models.TextChoices):
    RESIDENT = "resident", _("Somebody of a list of residents")
    BURIAL = "burial", _("A burial")


class ArrivalState(models.TextChoices):
    WAITING = "waiting", _("Not decided")
    TAKEN = "taken", _("Taken into the roll")
    HELD = "held", _("Was held already")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Taken back by the other office")
    GONE = "gone", _("Removed: nobody decided in time")


class RefusedBecause(models.TextChoices):
    """Never free words: they would tell of somebody whom this office does not hold."""

    NOT_HERE = "not_here", _("Does not live here")
    UNKNOWN = "unknown", _("Nobody here knows this person")
    WRONG = "wrong", _("The data cannot be right")
