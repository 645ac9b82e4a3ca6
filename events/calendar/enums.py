"""What a region can decide about a day."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    OPEN = "open", _("Open although a holiday")
    CLOSED = "closed", _("Closed")
    USUAL = "usual", _("As in the calendar")


#: What readers are told as the source of a day that an opening wrote itself. What says so is the
#: column `by_opening`: people may type this word too.
BY_OPENING = "opening"
