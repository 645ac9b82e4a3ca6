from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class View(models.TextChoices):
    DOMICILE = "domicile", _("by domicile")
    SERVICE = "service", _("by place of service")
