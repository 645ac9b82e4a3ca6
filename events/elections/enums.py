"""Kinds of elections."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ElectionKind(models.TextChoices):
    PILKADA = "pilkada", _("Regional election (Pilkada)")
    PEMILU = "pemilu", _("General election (Pemilu)")
    PILKADES = "pilkades", _("Village election (Pilkades)")
    EXAMPLE = "example", _("Example for practice")
