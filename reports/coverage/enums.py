"""Views and concepts of coverage, and families of figures that are hidden together."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class View(models.TextChoices):
    DOMICILE = "domicile", _("by domicile")
    SERVICE = "service", _("by place of service")


class Family(StrEnum):
    """Counts of the ledger that a publication leaves out where they are too small."""

    RECORDING = "recording"
    RECORDING_TODAY = "recording_today"
    IKD = "ikd"
    IKD_TODAY = "ikd_today"


class Concept(models.TextChoices):
    """In the order in which figures are described."""

    RECORDING = "recording", _("Coverage of KTP-el recording")
    IKD = "ikd", _("Digital identity (IKD)")
    DENOMINATOR = "denominator", _("Denominator")
