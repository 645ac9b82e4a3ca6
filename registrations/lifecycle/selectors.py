"""Absentees: people whom an event expected and who got no service, there or elsewhere, whether they
came or not; and what is asked before an event is closed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, all_asked
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat
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
    #: Never got a place.
    waited: bool
    #: Was here, and was not served.
    came: bool
    name: str
    nik_masked: str
    village: str

    @property
    def why(self) -> str:
        if self.waited:
            return _("No place came free")
        state = AppointmentState.CAME_NOT_SERVED if self.came else AppointmentState.NO_SHOW
        return str(state.label)

    @property
    def labels(self) -> list[str]:
        return [str(Service(name).label) for name in Service.values if name in self.services]


_COLUMNS = (
    *("resident_id", "village_id", "group__name", "services", "priority"),
    *("resident__identity__name", "resident__identity__nik_masked", "village__name"),
)


def absentees(by: Actor, event: ServiceEvent) -> list[Absent]:
    """By group and name: five queries. Whoever was served meanwhile or is booked elsewhere is left
    out.
    """
    visits = Appointment.objects.visible_to(by).filter(event=event)
    missed = _missed(visits)
    waited = list(
        Waiting.objects.visible_to(by)
        .filter(event=event, state__in=WaitState.placeless())
        .values_list("state", *_COLUMNS)
    )
    people = {row[1] for row in (*missed, *waited)}
    cared_for = _cared_for(by, event, people)
    absent: dict[uuid.UUID, Absent] = {}
    for rows, waiting in ((missed, False), (waited, True)):
        for state, resident_id, village_id, group, services, priority, *names in rows:
            rest = frozenset(services) - cared_for.get(resident_id, set())
            if rest and resident_id not in absent:
                came = state in AppointmentState.came()
                absent[resident_id] = Absent(
                    resident_id, village_id, group or "", rest, priority, waiting, came, *names
                )
    return sorted(absent.values(), key=lambda absentee: (absentee.group, absentee.name))


def _missed(visits: QuerySet[Appointment]) -> list[tuple[Any, ...]]:
    """Who was not served; and of who was, the services whose place was given back: nothing was logged,
    or it was taken back.
    """
    seats = Seat.objects.filter(
        holder=OuterRef("appointment_id"), session=OuterRef("appointment__session_id")
    )
    given_back = AppointmentService.objects.filter(
        appointment=OuterRef("pk"), active=False
    ).exclude(Exists(seats.filter(service=OuterRef("service"))))
    unserved = Q(state__in=AppointmentState.unserved())
    rows = (
        visits.filter(unserved | Q(Exists(given_back), state=AppointmentState.SERVED))
        .annotate(left=ArraySubquery(given_back.values("service")))
        .values_list("state", *_COLUMNS, "left")
    )
    place = 1 + _COLUMNS.index("services")
    return [
        (*row[:place], left if row[0] == AppointmentState.SERVED else row[place], *row[place + 1 :])
        for *row, left in rows
    ]


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


# --- before closing -------------------------------------------------------------------------------

BEFORE_END = "before-end"
PEOPLE_WAITING = "people-waiting"


def ask_before_closing(event: ServiceEvent, confirm: Collection[str]) -> None:
    """Raises Asks with what stands against closing and is not confirmed."""
    questions = [_people_waiting(event), _before_end(event)]
    if asked := [one for one in questions if one and one.code not in confirm]:
        raise all_asked(asked)


def _before_end(event: ServiceEvent) -> Asks | None:
    now = timezone.now()
    last = event.sessions.order_by("-ends_at").first()
    if last is None or last.ends_at <= now:
        return None
    ends_at = last.ends_at.astimezone(ZoneInfo(event.village.timezone))
    words = [
        _("The last session ends on %(day)s at %(hour)s.")
        % {"day": date_format(ends_at, "l, j F Y"), "hour": f"{ends_at:%H.%M}"}
    ]
    if to_come := event.sessions.filter(starts_at__gt=now).count():
        text = ngettext(
            "%(n)s session is still to come.", "%(n)s sessions are still to come.", to_come
        )
        words.append(text % {"n": to_come})
    if booked := _visits(event, AppointmentState.BOOKED):
        text = ngettext(
            "%(n)s person is still expected, and is noted as not come.",
            "%(n)s people are still expected, and are noted as not come.",
            booked,
        )
        words.append(text % {"n": booked})
    return Asks(BEFORE_END, message=" ".join(words))


def _people_waiting(event: ServiceEvent) -> Asks | None:
    if not (here := _visits(event, AppointmentState.CHECKED_IN)):
        return None
    text = ngettext(
        "%(n)s person is here and waits, and is noted as come and not served.",
        "%(n)s people are here and wait, and are noted as come and not served.",
        here,
    )
    return Asks(PEOPLE_WAITING, message=text % {"n": here})


def _visits(event: ServiceEvent, state: AppointmentState) -> int:
    return Appointment.objects.filter(event=event, state=state).count()
