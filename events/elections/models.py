"""Election days: public facts, written once."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dukcapil.core.rules import clocked
from dukcapil.regions.models import Region
from events.elections.enums import ElectionKind


class Election(models.Model):
    """An election day and the area it is held in. Elections are public facts: no scope."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=ElectionKind.choices)
    region = models.ForeignKey(Region, models.PROTECT)
    held_on = models.DateField()
    #: When people vote, by the local clock: shifts leave the staff time to vote too.
    voting_from = models.TimeField(default=time(7))
    voting_until = models.TimeField(default=time(13))
    #: A release counts only the elections that were known when it was made.
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("election")
        triggers = [clocked("created_at")]
        constraints = [
            models.UniqueConstraint(fields=["region", "kind", "held_on"], name="election_once"),
            models.CheckConstraint(
                name="election_voting", condition=Q(voting_until__gt=F("voting_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.held_on}"
