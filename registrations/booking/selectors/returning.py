"""Who was called again: why, and from when on they may be recorded."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django.db.models import QuerySet

from dukcapil.accounts.asked import asked
from dukcapil.accounts.scoping import Actor
from registrations.people.models import RecordingReopened


def _called(by: Actor, **who: Any) -> QuerySet[Any, Any]:
    called: Any = RecordingReopened.objects.visible_to(by).filter(**who).order_by("at", "pk")
    return cast("QuerySet[Any, Any]", called.values_list("resident_id", "may_return_on"))


_OF_ONE = asked("returns_on", lambda by, person: _called(by, resident_id=person), person=uuid.UUID)


def returns_on(by: Actor, people: Iterable[uuid.UUID]) -> dict[uuid.UUID, date]:
    """From when on each who was called again may be recorded, as it was said last; of people whom the own
    office called again. Whether they were recorded since is for the caller to ask.
    """
    asked_for = list(people)
    if len(asked_for) == 1:
        return dict(_OF_ONE.rows(by, asked_for[0]))
    return dict(_called(by, resident__in=asked_for))


def called_again(by: Actor, resident_id: uuid.UUID) -> list[RecordingReopened]:
    """Each time, the newest first."""
    called = RecordingReopened.objects.visible_to(by).filter(resident_id=resident_id)
    return list(called.select_related("by", "office").order_by("-at", "-pk")[:20])
