"""Incidents, tasks, calls and commitments of the offices that somebody answers for."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Left
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import Level, bounds, zone_of
from dukcapil.regions.models import inside
from dukcapil.regions.validators import ancestor
from events.incidents.enums import IncidentKind, IncidentState
from events.incidents.models import (
    Call,
    Commitment,
    Incident,
    IncidentNote,
    IncidentOffice,
    Outage,
    Task,
)
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession


def incidents(by: Actor, code: str | None = None, state: str = "") -> QuerySet[Incident]:
    """Of the offices within `code` (and of those that the actor covers), newest first, with offices and
    notes. Who answers for one of its offices sees an incident whole: it is one and the same for all.
    """
    mine = IncidentOffice.objects.filter(inside("office_id", by.region), incident=OuterRef("pk"))
    if code is not None:
        mine = mine.filter(inside("office_id", code))
    found = Incident.objects.filter(Exists(mine))
    is_open = Exists(IncidentOffice.objects.filter(incident=OuterRef("pk"), until=None))
    if state:
        found = found.filter(is_open if state == IncidentState.OPEN else ~is_open)
    return whole(found).order_by("-since", "-pk")


def whole(found: QuerySet[Incident]) -> QuerySet[Incident]:
    """With all that `shown_incident` reads: two queries more for any number of them."""
    offices = IncidentOffice.objects.select_related("office").order_by("office_id")
    notes = IncidentNote.objects.select_related("by").order_by("pk")
    return found.prefetch_related(Prefetch("offices", offices), Prefetch("notes", notes))


def get_incident_or_404(by: Actor, incident_id: uuid.UUID) -> Incident:
    incident = incidents(by).filter(pk=incident_id).first()
    if incident is None:
        raise NotFound
    return incident


def state_of(incident: Incident) -> str:
    is_open = any(one.until is None for one in incident.offices.all())
    return str(IncidentState.OPEN if is_open else IncidentState.CLOSED)


def shown_incident(incident: Incident) -> dict[str, Any]:
    """An incident as pages and programs show it."""
    return {
        "id": incident.pk,
        "version": incident.version,
        "state": state_of(incident),
        "kind": incident.kind,
        "offices": [
            {"office": one.office_id, "until": one.until} for one in incident.offices.all()
        ],
        "opening": incident.opening_id,
        "event": incident.event_id,
        "since": incident.since,
        "due": incident.due,
        "owner": incident.owner,
        "notes": [
            {"at": note.at, "office": note.office_id, "state": note.state, "text": note.text}
            for note in incident.notes.all()
        ],
    }


class Hindered:
    """How many incidents an office has open, of which kinds, and whether one is past its hour."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.overdue = False

    @property
    def count(self) -> int:
        return self.kinds.total()

    @property
    def network(self) -> bool:
        return self.kinds[IncidentKind.NETWORK] > 0


def hindered(code: str, moment: datetime, first: datetime, last: datetime) -> dict[str, Hindered]:
    """office within `code` -> what was open there at the end of [first, last), or is open now; nobody
    where that has not begun. One query.
    """
    found: dict[str, Hindered] = {}
    if moment < first:
        return found
    until = min(moment, last)
    rows = IncidentOffice.objects.filter(
        Q(until=None) | Q(until__gt=until),
        inside("office_id", code),
        incident__since__lt=last,
    ).values_list("office_id", "incident__kind", "incident__due")
    for office, kind, due in rows:
        one = found.setdefault(office, Hindered())
        one.kinds[kind] += 1
        one.overdue = one.overdue or (due is not None and due < until)
    return found


def incidents_of_day(code: str, day: date) -> list[Incident]:
    """Incidents that were open at some time of a day in an office within `code`, in order; none of a day
    that has not begun.
    """
    first, last = bounds(day, zone_of(code))
    if timezone.now() < first:
        return []
    mine = IncidentOffice.objects.filter(
        Q(until=None) | Q(until__gte=first), inside("office_id", code), incident=OuterRef("pk")
    )
    found = Incident.objects.filter(Exists(mine), since__lt=last)
    return list(whole(found).order_by("since", "pk"))


# --- outages ----------------------------------------------------------------------------------------


def outages(by: Actor, code: str | None = None, state: str = "") -> QuerySet[Outage]:
    """Of the offices within `code` that the actor covers, the newest first. `closed`: with an end that
    is over.
    """
    found = Outage.objects.filter(inside("office_id", by.region))
    if code is not None:
        found = found.filter(inside("office_id", code))
    over = Q(until__lte=timezone.now())
    if state:
        found = found.filter(~over if state == IncidentState.OPEN else over)
    return _with_places(found).order_by("-since", "-pk")


def _with_places(found: QuerySet[Outage]) -> QuerySet[Outage]:
    return found.select_related("office", "point", "event")


def get_outage_or_404(by: Actor, outage_id: uuid.UUID) -> Outage:
    outage = outages(by).filter(pk=outage_id).first()
    if outage is None:
        raise NotFound
    return outage


def lasting(first: datetime, last: datetime) -> Q:
    """At some time of [first, last)."""
    return Q(Q(until=None) | Q(until__gt=first), since__lt=last)


def outages_of_day(code: str, day: date) -> list[Outage]:
    """What was out at some time of a day in an office within `code`, in order; none of a day that has
    not begun.
    """
    first, last = bounds(day, zone_of(code))
    last = min(last, timezone.now())
    if last <= first:
        return []
    found = Outage.objects.filter(lasting(first, last), inside("office_id", code))
    return list(_with_places(found).order_by("office_id", "since", "pk"))


def outages_counted() -> dict[str, Any]:
    """An annotation of an event: how many outages touched its sessions, as `outages_of_event` lists them."""
    hours = ServiceSession.everything.filter(
        event=OuterRef(OuterRef("pk")), ends_at__gt=OuterRef("since")
    )
    touched = Exists(hours.filter(Q(starts_at__lt=OuterRef("until")))) | (
        Q(Exists(hours), until=None)
    )
    # Without sessions its hours are its days, by the clock of its venue.
    days = Q(
        ~Exists(ServiceSession.everything.filter(event=OuterRef(OuterRef("pk")))),
        Q(until=None) | Q(until__gt=_midnight("starts_on", 0)),
        since__lt=_midnight("ends_on", 1),
    )
    at = (
        Q(event=OuterRef("pk"))
        | Q(event=None, point=None)
        | Q(point__district=Left(OuterRef("village_id"), Level.DISTRICT.code_length))
    )
    counted = (
        Outage.objects.filter(at, touched | days, office=OuterRef("office_id"))
        .order_by()
        .values("office")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return {"outages_n": Coalesce(Subquery(counted, output_field=IntegerField()), 0)}


def _midnight(day: str, later: int) -> Func:
    """With which a day of the event around the query begins, or the day after it."""
    return Func(
        OuterRef("village__timezone"),
        OuterRef(day),
        template=f"timezone(%(expressions)s + interval '{later} day')",
        output_field=DateTimeField(),
    )


def outages_of_event(event: ServiceEvent) -> list[Outage]:
    """What touched its hours, or will: its own, those of its whole office, and those of a point in its
    district. Without sessions its hours are its days.
    """
    hours = list(event.sessions.values_list("starts_at", "ends_at"))
    if not hours:
        zone = event.village.timezone
        hours = [(bounds(event.starts_on, zone)[0], bounds(event.ends_on, zone)[1])]
    touched = Q(pk__in=[])
    for first, last in hours:
        touched |= lasting(first, last)
    at = (
        Q(event=event)
        | Q(event=None, point=None)
        | Q(point__district=ancestor(event.village_id, Level.DISTRICT))
    )
    found = Outage.objects.filter(touched, at, office=event.office_id)
    return list(_with_places(found).order_by("since", "pk"))


@dataclass(frozen=True)
class OutageRow:
    """An outage of a list, and where it is in words."""

    outage: Outage
    place: str


def rows_of(by: Actor, found: Iterable[Outage]) -> list[OutageRow]:
    """As pages list them: who sees no event is not told its title."""
    named = by.may(Permission.EVENTS_VIEW)
    return [OutageRow(one, place_of(one, named=named)) for one in found]


def place_of(outage: Outage, *, named: bool = True) -> str:
    """In words. `named`: for somebody who may know of every event."""
    if outage.point:
        return outage.point.name
    if outage.event:
        return outage.event.title if named else _("an event")
    return _("the whole office")


def shown_outage(outage: Outage) -> dict[str, Any]:
    """An outage as programs are shown it."""
    return {
        "id": outage.pk,
        "office": outage.office_id,
        "point": outage.point_id,
        "event": outage.event_id,
        "kind": outage.kind,
        "from": outage.since,
        "until": outage.until,
        "note": outage.note,
        "version": outage.version,
    }


def tasks(by: Actor, code: str) -> QuerySet[Task]:
    """Open ones first, by the day on which they are due."""
    found = Task.objects.filter(inside("office_id", by.region), inside("office_id", code))
    return found.select_related("office").order_by("done_at", "due", "pk")


def commitments(by: Actor, code: str) -> QuerySet[Commitment]:
    found = Commitment.objects.filter(inside("office_id", by.region), inside("office_id", code))
    return found.select_related("office").order_by("office_id", "due", "pk")


def calls_by_kind(code: str, day: date) -> dict[str, Counter[str]]:
    """office within `code` -> kind -> calls that were answered on a local day."""
    found: dict[str, Counter[str]] = {}
    for office, kind, n in _calls(code, day):
        found.setdefault(office, Counter())[kind] += n
    return found


def _calls(code: str, day: date) -> Iterable[tuple[str, str, int]]:
    first, last = bounds(day, zone_of(code))
    found = Call.objects.filter(inside("office_id", code), at__gte=first, at__lt=last)
    return found.values_list("office_id", "kind").annotate(n=Count("pk")).order_by("office_id")
