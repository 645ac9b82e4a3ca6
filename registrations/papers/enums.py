"""Codes of papers: kinds and states."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.planning.enums import Service


class PaperKind(models.TextChoices):
    """The service of the ledger that is done by handing over the paper."""

    BIODATA = Service.BIODATA.value, _("Biodata sheet")
    SUKET = Service.SUKET.value, _("Recording certificate (suket)")


class PaperState(models.TextChoices):
    """As kept. That a paper expired follows from its last day."""

    VALID = "valid", _("Valid")
    VOID = "void", _("Void")
    REPLACED = "replaced", _("Replaced by a newer one")
    EXCHANGED = "exchanged", _("Exchanged for a card")
