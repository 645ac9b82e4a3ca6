"""How long things are kept: the dated rule, else what the house says."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from registrations.oversight.enums import KEEP_DAYS, Kept
from registrations.oversight.models import RetentionRule


def keep_for(what: Kept) -> timedelta:
    """By the rule of today."""
    rules = RetentionRule.objects.filter(what=what, since__lte=timezone.localdate())
    days = rules.order_by("-since", "-pk").values_list("keep_days", flat=True).first()
    return timedelta(days=days or KEEP_DAYS[what][0])


def kept() -> list[tuple[Kept, int, int]]:
    """What, for how many days today, and the most."""
    return [(what, keep_for(what).days, KEEP_DAYS[what][1]) for what in Kept]


def retention_rules() -> list[RetentionRule]:
    """The newest first."""
    return list(RetentionRule.objects.select_related("decided_by").order_by("-since", "-pk")[:100])
