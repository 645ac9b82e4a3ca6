"""Who was missed: people that an event expected and who got nothing, there or elsewhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from dukcapil.accounts.scoping import Actor
from events.enums import Service
from events.models import ServiceEvent
from registrations.enums import AppointmentState, Outcome, WaitState
from registrations.models import (
    Appointment,
    AppointmentService,
    Resident,
    ServiceRecord,
    Waiting,
)
from registrations.selectors.people import COLUMNS, masked_rows


@dataclass(frozen=True)
class Absent:
    resident_id: uuid.UUID
    village_id: str
    group: str
    services: frozenset[str]
    priority: bool
    #: Booked and not come, or never given a place.
    waited: bool


def absentees(by: Actor, event: ServiceEvent) -> list[Absent]:
    """By group, in the order of booking: four queries. Who was served meanwhile, or is booked
    elsewhere, is not missing.
    """
    columns = ("resident_id", "village_id", "group__name", "services", "priority")
    missed = list(
        Appointment.objects.visible_to(by)
        .filter(event=event, state=AppointmentState.NO_SHOW)
        .order_by("id")
        .values_list(*columns)
    )
    waited = list(
        Waiting.objects.visible_to(by)
        .filter(event=event, state__in=(WaitState.WAITING, WaitState.ENDED))
        .order_by("id")
        .values_list(*columns)
    )
    people = {row[0] for row in (*missed, *waited)}
    cared_for = _cared_for(by, event, people)
    found: dict[uuid.UUID, Absent] = {}
    for rows, waiting in ((missed, False), (waited, True)):
        for resident_id, village_id, group, services, priority in rows:
            rest = frozenset(services) - cared_for.get(resident_id, set())
            if rest and resident_id not in found:
                found[resident_id] = Absent(
                    resident_id, village_id, group or "", rest, priority, waiting
                )
    return sorted(found.values(), key=lambda one: one.group)


def _cared_for(by: Actor, event: ServiceEvent, people: set[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """resident -> services given since the event began, or booked again."""
    done = (
        ServiceRecord.objects.visible_to(by)
        .filter(resident_id__in=people, outcome=Outcome.DONE, service_date__gte=event.starts_on)
        .values_list("resident_id", "service")
        .annotate(n=Sum("weight"))
        .filter(n__gt=0)
        .order_by()
    )
    booked = AppointmentService.objects.visible_to(by).filter(resident_id__in=people, active=True)
    found: dict[uuid.UUID, set[str]] = {}
    for resident_id, name, _n in done:
        found.setdefault(resident_id, set()).add(name)
    for resident_id, name in booked.values_list("resident_id", "service"):
        found.setdefault(resident_id, set()).add(name)
    return found


def absent_people(by: Actor, missing: list[Absent]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(group, people) with masked rows for the page, names within a group in order: two queries."""
    found = Resident.objects.visible_to(by).filter(pk__in=[one.resident_id for one in missing])
    people = {row["id"]: row for row in masked_rows(found.values(*COLUMNS))}
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in missing:
        if one.resident_id in people:
            row = people[one.resident_id]
            labels = [Service(name).label for name in Service.values if name in one.services]
            row |= {"services": labels, "waited": one.waited}
            groups.setdefault(one.group, []).append(row)
    return [(name, sorted(rows, key=lambda row: row["name"])) for name, rows in groups.items()]
