"""Kinds of releases, and how final the figures of a day are."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReleaseKind(models.TextChoices):
    WORKING = "working", _("working cut, for staff at once")
    PUBLICATION = "publication", _("for publication, by two people")


class Status(models.TextChoices):
    LIVE = "live", _("live")
    PROVISIONAL = "provisional", _("provisional")
    FINAL = "final", _("final")
