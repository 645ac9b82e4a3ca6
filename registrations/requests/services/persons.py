"""Steps of a correction: visits that a person asks for go to another row of the same person, or to another
village, or end.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.regions.validators import within
from registrations.people.models import Resident
from registrations.requests.enums import RequestEnd, RequestState
from registrations.requests.models import VisitRequest


def hand_over(by: Actor, resident: Resident, into: Resident) -> None:
    """Of two open requests that of `resident` ends as asked twice."""
    if _open(into).exists():
        _end(_open(resident), by, RequestEnd.TWICE)
    VisitRequest.objects.filter(resident=resident).update(resident=into)
    follow(by, into)


def follow(by: Actor, resident: Resident) -> None:
    """Wherever the person lives now. In another district that office has to be asked; a visit that is
    planned already is decided by its event.
    """
    asked = VisitRequest.objects.filter(resident=resident)
    if within(resident.village_id, resident.office_id):
        asked.exclude(village=resident.village_id).update(village=resident.village_id)
    else:
        _end(asked.filter(state=RequestState.OPEN), by, RequestEnd.MOVED)


def end_all(by: Actor, resident: Resident, because: RequestEnd = RequestEnd.REFUSES) -> None:
    _end(_open(resident), by, because)


def _open(resident: Resident) -> QuerySet[VisitRequest]:
    return VisitRequest.objects.filter(resident=resident, state__in=RequestState.pending())


def _end(requests: QuerySet[VisitRequest], by: Actor, because: RequestEnd) -> None:
    requests.update(
        state=RequestState.ENDED,
        event=None,
        ended_because=because,
        ended_by_id=by.user_id,
        ended_at=timezone.now(),
    )
