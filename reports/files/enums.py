"""Kinds of files that a job makes, and how far one is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FileKind(models.TextChoices):
    """Files that a job makes; the others are written while somebody waits."""

    PDF = "pdf", _("PDF with letterhead and signature")
    ZIP = "zip", _("Data package (ZIP)")


class FileState(models.TextChoices):
    WAITING = "waiting", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")
    GONE = "gone", _("Removed")
