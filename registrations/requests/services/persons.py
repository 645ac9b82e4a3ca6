"""Steps of a correction: visits that a person asks for go to another row of the same person, or end."""

from __future__ import annotations

from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from registrations.people.models import Resident
from registrations.requests.enums import RequestEnd, RequestState
from registrations.requests.models import VisitRequest

_OPEN = (RequestState.OPEN, RequestState.PLANNED)


def hand_over(by: Actor, resident: Resident, into: Resident) -> None:
    """Of two open requests that of `resident` ends as asked twice."""
    if VisitRequest.objects.filter(resident=into, state__in=_OPEN).exists():
        _end(by, resident, RequestEnd.TWICE)
    VisitRequest.objects.filter(resident=resident).update(resident=into)


def end_all(by: Actor, resident: Resident, because: RequestEnd = RequestEnd.REFUSES) -> None:
    _end(by, resident, because)


def _end(by: Actor, resident: Resident, because: RequestEnd) -> None:
    VisitRequest.objects.filter(resident=resident, state__in=_OPEN).update(
        state=RequestState.ENDED,
        event=None,
        ended_because=because,
        ended_by_id=by.user_id,
        ended_at=timezone.now(),
    )
