"""How urgently a desk looks at an office."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worst(models.TextChoices):
    """The worst first: the board is in this order."""

    RED = "red", _("Act now")
    AMBER = "amber", _("Keep an eye on it")
    GREY = "grey", _("Nothing known")
    GREEN = "green", _("In order")

    @property
    def rank(self) -> int:
        return list(Worst).index(self)


class ReportState(models.TextChoices):
    NONE = "none", _("Not confirmed")
    NIL = "nil", _("Nil, with its reason")
    CONFIRMED = "confirmed", _("Confirmed")
    LOCKED = "locked", _("Locked")


class Network(models.TextChoices):
    OK = "ok", _("Works")
    DOWN = "down", _("Down")
