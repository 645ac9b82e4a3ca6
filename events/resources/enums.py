"""Kinds and states of devices; how far a loan between offices has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LoanState(models.TextChoices):
    ASKED = "asked", _("Asked")
    GIVEN = "given", _("Given")
    REFUSED = "refused", _("Refused")


class DeviceKind(models.TextChoices):
    """Of recording sets alone depends how many people an event can record."""

    SET = "set", _("Recording set")
    PRINTER = "printer", _("Printer")
    LINK = "link", _("Link")
    OTHER = "other", _("Other device")


class DeviceState(models.TextChoices):
    """Follows from faults and loans, so it is no column."""

    WORKS = "works", _("works")
    FAULTY = "faulty", _("out of order")
    #: At another office's event at this moment.
    LENT = "lent", _("lent")
