"""Documents as pages read them, how long they take, and what was counted without persons."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from statistics import median_low
from typing import Any

from django.db.models import Count, QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import day_of
from dukcapil.regions.validators import inside_sql, span
from events.calendar.selectors import days_worked
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from registrations.documents.enums import DocumentState, ForWhom
from registrations.documents.models import DocumentRequest

#: Over how many hand-overs, the newest, the usual time is told.
LOOKED_AT = 200


def documents_of(
    by: Actor, *, state: str = "", event: uuid.UUID | None = None
) -> QuerySet[DocumentRequest]:
    """The oldest first. Without a state: everything that somebody still waits for."""
    found = DocumentRequest.objects.visible_to(by).select_related("resident__identity", "village")
    found = found.filter(state__in=[state] if state else DocumentState.open())
    if event:
        found = found.filter(event_id=event)
    return found.order_by("taken_at", "pk")


def documents_of_person(by: Actor, resident: uuid.UUID) -> list[DocumentRequest]:
    """The newest first, whatever became of them."""
    found = DocumentRequest.objects.visible_to(by).filter(resident=resident)
    return list(found.select_related("village").order_by("-taken_at", "-pk"))


def get_document_or_404(by: Actor, document_id: uuid.UUID) -> DocumentRequest:
    found = DocumentRequest.objects.visible_to(by).select_related("event", "office", "record")
    document = found.filter(pk=document_id).first()
    if document is None:
        raise NotFound
    return document


def events_of_today(by: Actor) -> list[ServiceEvent]:
    """At which of the own office's events papers may be handed in today."""
    today = by.today
    events = ServiceEvent.objects.visible_to(by).filter(
        office_id=by.office,
        state__in=EventState.held(),
        starts_on__lte=today,
        ends_on__gte=today,
    )
    return list(events.order_by("title", "pk"))


def fitting(service: str) -> list[ForWhom]:
    """For whom a document of this kind may be (`document_for_whom`)."""
    if service == Service.DEATH_CERTIFICATE:
        return [ForWhom.DECEASED]
    return [one for one in ForWhom if one != ForWhom.DECEASED]


def document_states(by: Actor, *, event: uuid.UUID | None = None) -> dict[str, int]:
    rows = DocumentRequest.objects.visible_to(by).values_list("state")
    if event:
        rows = rows.filter(event_id=event)
    return dict(rows.annotate(n=Count("pk")).order_by())


def days_taken(asked: date, handed: date, worked: Collection[date]) -> int:
    """Working days after that of asking, up to that of the hand-over: the same day is 0."""
    return sum(asked < day <= handed for day in worked)


def median_days(by: Actor) -> tuple[int, int] | None:
    """Working days by the offices' calendars from asking to the hand-over: (median, of how many), of the
    newest hand-overs. The lower of two middles. None where nothing was handed over.
    """
    rows = (
        DocumentRequest.objects.visible_to(by)
        .filter(state=DocumentState.HANDED_OVER)
        .order_by("-handed_at")
        .values_list("office_id", "taken_at", "handed_at")[:LOOKED_AT]
    )
    spans = [
        (office, day_of(taken, office), day_of(handed, office))
        for office, taken, handed in rows
        if handed
    ]
    if not spans:
        return None
    first = min(asked for _office, asked, _handed in spans)
    last = max(handed for _office, _asked, handed in spans)
    worked = days_worked({office for office, *_days in spans}, first, last)
    taken = [days_taken(asked, handed, worked[office]) for office, asked, handed in spans]
    return median_low(taken), len(taken)


def working_days_taken(document: DocumentRequest) -> int | None:
    if document.handed_at is None:
        return None
    office = document.office_id
    asked, handed = day_of(document.taken_at, office), day_of(document.handed_at, office)
    worked = days_worked([office], asked + timedelta(days=1), handed)[office]
    return days_taken(asked, handed, worked)


# --- counts without persons -----------------------------------------------------------------------

_NEWEST = """
SELECT DISTINCT ON (office_id, day, event_id, what) office_id AS office, day, event_id, what, quantity
  FROM registrations_officecount
 WHERE {condition}
 ORDER BY office_id, day, event_id, what, at DESC, id DESC
"""


def counted_within(region: str, first: date, last: date) -> list[dict[str, Any]]:
    """office, day, event_id, what, quantity: what offices of a region said last, of each day and event."""
    return dicts(*counted_part(region, first, last))


def counted_part(region: str, first: date, last: date) -> tuple[str, dict[str, Any]]:
    """As `counted_within`, for a page that asks for several things at once (`core.db.at_once`)."""
    condition = f"{inside_sql('office_id')} AND day BETWEEN %(first)s AND %(last)s"
    return _NEWEST.format(condition=condition), {**span(region), "first": first, "last": last}


def counted_at(event: uuid.UUID) -> dict[str, int]:
    """what -> how many, over all days of an event."""
    rows = dicts(_NEWEST.format(condition="event_id = %(event)s"), {"event": event})
    return summed_by_kind(rows)


def counted_on(office: str, day: date, event: uuid.UUID | None) -> dict[str, int]:
    rows = counted_within(office, day, day)
    return summed_by_kind(row for row in rows if row["event_id"] == event)


def summed_by_kind(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row["what"]] = found.get(row["what"], 0) + row["quantity"]
    return found


def version_of(office: str, day: date, event: uuid.UUID | None) -> str:
    """Of what was said so far of a day: a form that was opened before something else was said is refused."""
    found = counted_on(office, day, event)
    return ";".join(f"{what}={found[what]}" for what in sorted(found))
