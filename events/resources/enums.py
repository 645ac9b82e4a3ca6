"""How far a loan between offices has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LoanState(models.TextChoices):
    ASKED = "asked", _("Asked")
    GIVEN = "given", _("Given")
    REFUSED = "refused", _("Refused")
