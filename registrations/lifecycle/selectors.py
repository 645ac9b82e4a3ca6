"""Who was missed: people that an event expected and who got nothing, there or elsewhere."""

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
    #: Never given a place, or booked and not come.
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
    """By group and name: four queries. Who was served meanwhile, or is booked elsewhere, is not
    missing.
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
    found: dict[uuid.UUID, Absent] = {}
    for rows, waiting in ((missed, False), (waited, True)):
        for resident_id, village_id, group, services, priority, *who in rows:
            rest = frozenset(services) - cared_for.get(resident_id, set())
            if rest and resident_id not in found:
                found[resident_id] = Absent(
                    resident_id, village_id, group or "", rest, priority, waiting, *who
                )
    return sorted(found.values(), key=lambda one: (one.group, one.name))


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


def by_group(missing: list[Absent]) -> list[tuple[str, list[Absent]]]:
    """(group, people) in the order in which `absentees` gives them."""
    groups: dict[str, list[Absent]] = {}
    for one in missing:
        groups.setdefault(one.group, []).append(one)
    return list(groups.items())
