"""What an event does to the requests that it serves: steps of the verbs of
`registrations.lifecycle`, which alone may use them (a contract in pyproject.toml and
tests/core/test_rules.py see to that).
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from events.planning.models.event import ServiceEvent
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.contacted import Contacted
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.contacts import put
from registrations.booking.services.messages import contact_of
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.people.models import Resident
from registrations.requests.enums import RequestState
from registrations.requests.models import VisitRequest
from registrations.requests.services.persons import follow


def settle(by: Actor, event: ServiceEvent, *, held: bool) -> None:
    """When an event ends: requests that it served are done, the others are open again.

    A person was served when the ledger has a service of them; an institution when it has a service
    of somebody without a request of their own. `held`: the visit took place, so a request that had
    a place and was not served counts one more try.
    """
    planned = list(
        VisitRequest.objects.select_for_update().filter(event=event, state=RequestState.PLANNED)
    )
    if not planned:
        return
    served = _served_at(event)
    visits = Appointment.objects.filter(event=event)
    had_place = set(visits.values_list("resident_id", flat=True)) if held else set()
    # Also of those who were done by a closing that was taken back.
    own = VisitRequest.objects.filter(event=event, resident__in=served)
    others = served - set(own.values_list("resident_id", flat=True))
    now = timezone.now()
    for request in planned:
        people = int(request.resident_id in served) if request.resident_id else len(others)
        if people:
            request.state, request.served = RequestState.DONE, people
            request.ended_by_id, request.ended_at = by.user_id, now
        else:
            _take_newest_contact(request)
            request.state, request.event = RequestState.OPEN, None
            if held and (request.resident_id is None or request.resident_id in had_place):
                request.tries += 1
                request.counted_by = event.pk
    changed = ["state", "served", "event", "tries", "counted_by", "ended_by", "ended_at"]
    VisitRequest.objects.bulk_update(planned, [*changed, "channel", "contact"])
    opened = {
        one.resident_id: one
        for one in planned
        if one.resident_id and one.state == RequestState.OPEN
    }
    # Whoever moved while the visit was planned is waited for where they live now.
    for person in Resident.objects.filter(pk__in=opened):
        if person.village_id != opened[person.pk].village_id:
            follow(by, person)


def _served_at(event: ServiceEvent) -> set[uuid.UUID]:
    """Of whom the ledger has a service there that stands."""
    counted = (
        ServiceRecord.objects.filter(event=event, outcome=Outcome.DONE)
        .values_list("resident_id")
        .annotate(n=Sum("weight"))
        .filter(n__gt=0)
    )
    return {resident_id for resident_id, _n in counted.order_by()}


def _take_newest_contact(request: VisitRequest) -> None:
    """It may have been mended on the booking, the waiting list or the group since the visit was planned:
    the next plan tells the newest. What was taken away there is gone from the request already
    (`contacts.change_contact`): then only somebody's newest row brings another. A newer row without a
    contact, which nobody was asked for at the desk, takes none away.
    """
    at: dict[str, Any] = {"event": request.event_id}
    if request.resident_id is None:
        groups = VisitGroup.objects.filter(**at, name=request.place[:80])
        left: list[Contacted] = [*groups.order_by("-created_at", "-pk")]
    else:
        at["resident"] = request.resident_id
        left = [
            *Appointment.objects.filter(**at).order_by("-created_at", "-pk"),
            *Waiting.objects.filter(**at).order_by("-created_at", "-pk"),
        ]
    if not request.channel:
        left = left[:1]
    if newest := next(filter(None, map(contact_of, left)), None):
        put(request, newest)


def count_no_more(event: ServiceEvent) -> None:
    """The closing is taken back: so are the tries that it counted, and institutions are planned with
    the event again. People are in `take_along`, if they have their place again. What was done is planned
    again where its service was taken back since, unless somebody asked anew meanwhile; an institution is
    settled anew by the next closing.
    """
    done = VisitRequest.objects.filter(event=event, state=RequestState.DONE)
    at_home = done.exclude(resident=None).exclude(resident__in=_served_at(event))
    asks_anew = VisitRequest.objects.filter(
        resident=OuterRef("resident"), state__in=RequestState.pending()
    )
    # A person asks once: of two that were done here the newest.
    newest = at_home.exclude(Exists(asks_anew)).order_by("resident", "-created_at", "-pk")
    again = Q(resident=None) | Q(
        pk__in=list(newest.distinct("resident").values_list("pk", flat=True))
    )
    done.filter(again).update(state=RequestState.PLANNED, served=None, ended_by=None, ended_at=None)
    counted = VisitRequest.objects.filter(counted_by=event.pk)
    counted.filter(resident=None, state=RequestState.OPEN).update(
        state=RequestState.PLANNED, event=event
    )
    counted.update(tries=F("tries") - 1, counted_by=None)


def take_along(residents: list[uuid.UUID], event: ServiceEvent) -> None:
    """Open requests of people who are on the list of this event by now are planned with it."""
    requests = VisitRequest.objects.filter(resident__in=residents, state=RequestState.OPEN)
    requests.update(state=RequestState.PLANNED, event=event)
