"""Words of the workbench's filters."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tried(models.TextChoices):
    """Whether somebody was expected at a visit before and not served, and how long ago; or came, and an
    activation of IKD failed.
    """

    NEVER = "never", _("never expected anywhere")
    LATELY = "lately", _("in the last 30 days in vain")
    LONG_AGO = "long_ago", _("more than 30 days ago in vain")
    IKD = "ikd", _("IKD failed, and is not active yet")
