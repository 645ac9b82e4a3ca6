"""Who was called again: why, and from when on they may be recorded."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from dukcapil.accounts.scoping import Actor
from registrations.people.models import RecordingReopened


def returns_on(by: Actor, people: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """From when on each who was called again may be recorded, as it was said last; of people whom the own
    office called again. Whether they were recorded since is for the caller to ask.
    """
    called = RecordingReopened.objects.visible_to(by).filter(resident__in=list(people))
    return dict(called.order_by("at", "pk").values_list("resident_id", "may_return_on"))


def called_again(by: Actor, resident_id: uuid.UUID) -> list[RecordingReopened]:
    """Each time, the newest first."""
    called = RecordingReopened.objects.visible_to(by).filter(resident_id=resident_id)
    return list(called.select_related("by", "office").order_by("-at", "-pk")[:20])
