"""Absentees: people whom an event expected and who got no service, there or elsewhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Sum

from dukcapil.accounts.scoping import Actor
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord


@dataclass(frozen=True)
class Absent:
    resident_id: uuid.UUID
    village_id: str
    group: str
    services: frozenset[str]
    priority: bool
    #: True: never got a place. False: was booked and did not come.
    waited: bool
    name: str
    nik_masked: str
    village: str

    @property
    def labels(self) -> list[str]:
        return [str(Service(name).label) for name in Service.values if name in self.services]


_COLUMNS = (
    *("resident_id", "village_id", "group__name", "services", "priority"),
    *("resident__identity__name", "resident__identity__nik_masked", "village__name"),
)


def absentees(by: Actor, event: ServiceEvent) -> list[Absent]:
    """By group and name: four queries. Whoever was served meanwhile or is booked elsewhere is left
    out.
    """
    missed = list(
        Appointment.objects.visible_to(by)
        .filter(event=event, state=AppointmentState.NO_SHOW)
        .values_list(*_COLUMNS)
    )
    waited = list(
        Waiting.objects.visible_to(by)
        .filter(event=event, state__in=WaitState.placeless())
        .values_list(*_COLUMNS)
    )
    people = {row[0] for row in (*missed, *waited)}
    cared_for = _cared_for(by, event, people)
    absent: dict[uuid.UUID, Absent] = {}
    for rows, waiting in ((missed, False), (waited, True)):
        for resident_id, village_id, group, services, priority, *names in rows:
            rest = frozenset(services) - cared_for.get(resident_id, set())
            if rest and resident_id not in absent:
                absent[resident_id] = Absent(
                    resident_id, village_id, group or "", rest, priority, waiting, *names
                )
    return sorted(absent.values(), key=lambda absentee: (absentee.group, absentee.name))


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
    services: dict[uuid.UUID, set[str]] = {}
    for resident_id, name, _n in done:
        services.setdefault(resident_id, set()).add(name)
    for resident_id, name in booked.values_list("resident_id", "service"):
        services.setdefault(resident_id, set()).add(name)
    return services


def by_group(missing: list[Absent]) -> list[tuple[str, list[Absent]]]:
    """(group, people) in the order in which `absentees` gives them."""
    groups: dict[str, list[Absent]] = {}
    for absentee in missing:
        groups.setdefault(absentee.group, []).append(absentee)
    return list(groups.items())
