"""Documents as pages read them, how long they take, and what was counted without persons."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from statistics import median_low
from typing import Any

from django.db.models import Count, QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts, rows
from dukcapil.core.errors import NotFound
from dukcapil.core.versions import version_of as parts_version
from dukcapil.regions.enums import day_of
from dukcapil.regions.validators import inside_sql, span
from events.calendar.selectors import days_worked
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from registrations.documents.enums import DocumentState, ForWhom
from registrations.documents.models import DocumentRequest
from registrations.people.models import Resident
from registrations.people.selectors import COLUMNS, masked_rows

#: Name in an answer -> attribute.
_TOLD = {
    **{name: name for name in ("id", "service", "for_whom", "state", "asked_papers", "lacks")},
    **{name: f"{name}_id" for name in ("resident", "office", "village", "event", "record")},
    **{name: name for name in ("refused_because", "relation", "proof")},
    **{name: name for name in ("taken_at", "ready_at", "handed_at")},
}
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


def documents_where(by: Actor, **wanted: Any) -> QuerySet[DocumentRequest]:
    """For programs: in whatever state, of these columns."""
    return DocumentRequest.objects.visible_to(by).filter(**wanted)


def with_people(by: Actor, documents: Iterable[DocumentRequest]) -> list[dict[str, Any]]:
    """Documents as programs read them, with who asked as pages show one, masked. The caller logs the
    look. Who was erased, or merged, has no name; who took a document is never told.
    """
    found = list(documents)
    people = Resident.objects.visible_to(by).filter(pk__in={one.resident_id for one in found})
    shown = {row["id"]: row for row in masked_rows(people.values(*COLUMNS))}
    return [
        {
            **{name: getattr(one, column) for name, column in _TOLD.items()},
            "name": shown.get(one.resident_id, {}).get("name", ""),
            "nik_masked": shown.get(one.resident_id, {}).get("nik_masked", ""),
            "version": document_version(one),
        }
        for one in found
    ]


def seen_of(request: DocumentRequest) -> dict[str, Any]:
    """What somebody looked at before a step: the parts of `document_version`."""
    return {"state": request.state, "papers": sorted(request.lacks)}


def document_version(request: DocumentRequest) -> str:
    """Of the step and of the papers that are missing."""
    return parts_version(seen_of(request))


def found_dead(resident: uuid.UUID) -> bool:
    """Whether it was accepted that this person has died. What is found out stands above documents, which
    are asked for at the desk: so its table is asked here by name.
    """
    sql = """SELECT EXISTS (SELECT FROM registrations_finding
                             WHERE resident_id = %(person)s AND outcome = 'deceased' AND state = 'accepted')"""
    return bool(rows(sql, {"person": resident})[0][0])


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
    states = DocumentRequest.objects.visible_to(by).values_list("state")
    if event:
        states = states.filter(event_id=event)
    return dict(states.annotate(n=Count("pk")).order_by())


def days_taken(asked: date, handed: date, worked: Collection[date]) -> int:
    """Working days after that of asking, up to that of the hand-over: the same day is 0."""
    return sum(asked < day <= handed for day in worked)


def median_days(by: Actor) -> tuple[int, int] | None:
    """Working days by the offices' calendars from asking to the hand-over: (median, of how many), of the
    newest hand-overs. The lower of two middles. None where nothing was handed over.
    """
    newest = (
        DocumentRequest.objects.visible_to(by)
        .filter(state=DocumentState.HANDED_OVER)
        .order_by("-handed_at")
        .values_list("office_id", "taken_at", "handed_at")[:LOOKED_AT]
    )
    spans = [
        (office, day_of(taken, office), day_of(handed, office))
        for office, taken, handed in newest
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


# --- what was asked for, counted ------------------------------------------------------------------

#: A request counts on the local day on which it was taken in, by what stands of it now.
_ASKED = """
SELECT doc.event_id, doc.service, doc.for_whom, doc.state, count(*) AS n
  FROM registrations_documentrequest doc JOIN regions_region office ON office.code = doc.office_id
 WHERE {condition}
 GROUP BY 1, 2, 3, 4
"""


def asked_part(region: str, first: date, last: date) -> tuple[str, dict[str, Any]]:
    """event_id (none at the office), service, for_whom, state, n: of the requests that offices of a region
    took in on these days (`core.db.at_once`).
    """
    condition = f"""{inside_sql("doc.office_id")}
   AND doc.taken_at >= %(first)s::date - 1 AND doc.taken_at < %(last)s::date + 2
   AND timezone(office.timezone, doc.taken_at)::date BETWEEN %(first)s AND %(last)s"""
    return _ASKED.format(condition=condition), {**span(region), "first": first, "last": last}


def asked_within(region: str, first: date, last: date) -> list[dict[str, Any]]:
    return dicts(*asked_part(region, first, last))


def asked_at(event: uuid.UUID) -> list[dict[str, Any]]:
    """As `asked_part`, of an event on whatever day."""
    return dicts(_ASKED.format(condition="doc.event_id = %(event)s"), {"event": event})


def totals_within(region: str, first: date, last: date) -> dict[str, list[dict[str, Any]]]:
    """`asked`: at (event or office), service, for_whom, state, n; `counted` without persons: at, what, n."""
    return _totals(asked_within(region, first, last), counted_within(region, first, last))


def totals_at(event: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """As `totals_within`, of an event on whatever day."""
    said = dicts(_NEWEST.format(condition="event_id = %(event)s"), {"event": event})
    return _totals(asked_at(event), said)


def _totals(asked: list[dict[str, Any]], counted: list[dict[str, Any]]) -> dict[str, Any]:
    by_kind: dict[tuple[str, ...], int] = defaultdict(int)
    for row in asked:
        by_kind[_at(row), row["service"], row["for_whom"], row["state"]] += row["n"]
    by_what: dict[tuple[str, str], int] = defaultdict(int)
    for row in counted:
        by_what[_at(row), row["what"]] += row["quantity"]
    return {
        "asked": [
            {"at": at, "service": service, "for_whom": for_whom, "state": state, "n": n}
            for (at, service, for_whom, state), n in sorted(by_kind.items())
        ],
        "counted": [{"at": at, "what": what, "n": n} for (at, what), n in sorted(by_what.items())],
    }


def _at(row: dict[str, Any]) -> str:
    return "event" if row["event_id"] else "office"


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
    return summed_by_kind(dicts(_NEWEST.format(condition="event_id = %(event)s"), {"event": event}))


def counted_on(office: str, day: date, event: uuid.UUID | None) -> dict[str, int]:
    said = counted_within(office, day, day)
    return summed_by_kind(row for row in said if row["event_id"] == event)


def summed_by_kind(counts: Iterable[dict[str, Any]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in counts:
        found[row["what"]] += row["quantity"]
    return dict(found)


def version_of(office: str, day: date, event: uuid.UUID | None) -> str:
    """Of what was said so far of a day: a form that was opened before something else was said is refused."""
    found = counted_on(office, day, event)
    return ";".join(f"{what}={found[what]}" for what in sorted(found))
