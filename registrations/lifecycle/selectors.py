"""Absentees: people whom an event expected and who got no service, there or elsewhere, whether they
came or not, or for whom it failed; and what is asked before an event is closed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, all_asked
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat
from events.stock.selectors import bags_by_item
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding
from registrations.ledger.enums import Failure, Outcome
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import ikd_next
from registrations.people.enums import FindingOutcome


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
    #: Was served in part: what was left when the event closed, or was taken back since.
    in_part: bool
    name: str
    nik_masked: str
    village: str
    #: Why a service failed there, where one did; and why an activation of IKD did.
    failed: str = ""
    ikd_failed: str = ""

    @property
    def why(self) -> str:
        if self.failed:
            return _("Failed: %(reason)s") % {"reason": Failure(self.failed).label}
        if self.waited:
            return _("No place came free")
        if self.in_part:
            return _("Served in part")
        state = AppointmentState.CAME_NOT_SERVED if self.came else AppointmentState.NO_SHOW
        return str(state.label)

    @property
    def next_step(self) -> str:
        """What whoever is called to another activation of IKD does first."""
        if not self.ikd_failed or Service.IKD_ACTIVATION not in self.services:
            return ""
        return _("IKD: %(next)s") % {"next": ikd_next(self.ikd_failed)}

    @property
    def labels(self) -> list[str]:
        return [str(Service(name).label) for name in Service.values if name in self.services]


_COLUMNS = (
    *("resident_id", "village_id", "group__name", "services", "priority"),
    *("resident__identity__name", "resident__identity__nik_masked", "village__name"),
)


def absentees(by: Actor, event: ServiceEvent) -> list[Absent]:
    """By group and name: four queries. Whoever was served meanwhile or is booked elsewhere is left
    out, and who is held no more or is known not to come.
    """
    visits = Appointment.objects.visible_to(by).filter(_may_come(by), event=event)
    missed = _missed(visits)
    waited = list(
        Waiting.objects.visible_to(by)
        .filter(_may_come(by), event=event, state__in=WaitState.placeless())
        .values_list("state", *_COLUMNS)
    )
    failed = _failed(by, event)
    people = {row[1] for row in (*missed, *waited)} | failed.keys()
    cared_for = _cared_for(by, event, people)
    absent: dict[uuid.UUID, Absent] = {}
    for rows, waiting in ((missed, False), (waited, True)):
        for state, resident_id, village_id, group, services, priority, *names in rows:
            rest = frozenset(services) - cared_for.get(resident_id, set())
            if rest and resident_id not in absent:
                came = state in AppointmentState.came()
                in_part = state == AppointmentState.SERVED
                absent[resident_id] = Absent(
                    *(resident_id, village_id, group or "", rest, priority),
                    *(waiting, came, in_part, *names),
                )
    for resident_id, one in failed.items():
        if rest := one.services - cared_for.get(resident_id, set()):
            before = absent.get(resident_id, one)
            services = before.services | rest if resident_id in absent else rest
            absent[resident_id] = replace(
                before, services=services, failed=one.failed, ikd_failed=one.ikd_failed
            )
    return sorted(absent.values(), key=lambda absentee: (absentee.group, absentee.name))


def _may_come(by: Actor) -> Q:
    """Held as they are, and nothing accepted explains why they will not be recorded."""
    explained = Finding.objects.visible_to(by).filter(
        resident=OuterRef("resident_id"),
        state=FindingState.ACCEPTED,
        outcome__in=FindingOutcome.explaining(),
    )
    held = Q(resident__merged_into__isnull=True, resident__erased_at__isnull=True)
    return held & ~Q(Exists(explained))


#: Why nobody is called to another try: the person is recorded, under another number.
_NO_SECOND_TRY = (Failure.DUPLICATE,)


def _failed(by: Actor, event: ServiceEvent) -> dict[uuid.UUID, Absent]:
    """For whom a service of the event failed, with the group and lane that they came in."""
    visit = Appointment.objects.filter(event=event, resident=OuterRef("resident_id"))
    visit = visit.order_by("-created_at")
    rows = (
        ServiceRecord.objects.visible_to(by)
        .filter(_may_come(by), event=event, outcome=Outcome.FAILED, service__in=event.services)
        .exclude(reason__in=_NO_SECOND_TRY)
        .values_list(
            *("resident_id", "service", "reason", "resident__village_id"),
            *("resident__identity__name", "resident__identity__nik_masked"),
            "resident__village__name",
        )
        .annotate(
            n=Sum("weight"),
            group_name=Subquery(visit.values("group__name")[:1]),
            lane=Subquery(visit.values("priority")[:1]),
        )
        .filter(n__gt=0)
        .order_by("resident_id", "service", "reason")
    )
    failed: dict[uuid.UUID, Absent] = {}
    for resident_id, service, reason, village_id, *names, _n, group, priority in rows:
        services = frozenset({service})
        ikd_failed = reason if service == Service.IKD_ACTIVATION else ""
        if resident_id in failed:
            services |= failed[resident_id].services
            ikd_failed = ikd_failed or failed[resident_id].ikd_failed
        failed[resident_id] = Absent(
            *(resident_id, village_id, group or "", services, bool(priority)),
            *(False, True, False, *names, reason, ikd_failed),
        )
    return failed


def _missed(visits: QuerySet[Appointment]) -> list[tuple[Any, ...]]:
    """Who was not served; and of who was, the services whose place was given back by the closing or after
    it: nothing was logged, or it was taken back. Whoever cancelled the rest misses nothing.
    """
    seats = Seat.objects.filter(
        holder=OuterRef("appointment_id"), session=OuterRef("appointment__session_id")
    )
    given_back = AppointmentService.objects.filter(
        appointment=OuterRef("pk"), active=False, open_at_closing=True
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
    booked = (
        AppointmentService.objects.visible_to(by)
        .filter(resident_id__in=people, active=True)
        .values_list("resident_id", "service", Value(1))
    )
    services: dict[uuid.UUID, set[str]] = {}
    for resident_id, name, _n in done.union(booked, all=True):
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
CARDS_LEFT = "cards-left"


def ask_before_closing(event: ServiceEvent, confirm: Collection[str]) -> None:
    """Raises Asks with what stands against closing and is not confirmed."""
    questions = [_before_end(event), _people_waiting(event), _cards_left(event)]
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
        words.append(text % {"n": number_format(booked)})
    return Asks(BEFORE_END, message=" ".join(words))


def _people_waiting(event: ServiceEvent) -> Asks | None:
    if not (here := _visits(event, AppointmentState.CHECKED_IN)):
        return None
    text = ngettext(
        "%(n)s person is here and waits, and is noted as come and not served.",
        "%(n)s people are here and wait, and are noted as come and not served.",
        here,
    )
    return Asks(PEOPLE_WAITING, message=text % {"n": number_format(here)})


def _cards_left(event: ServiceEvent) -> Asks | None:
    """What is in the bag stays there by the books, whether somebody brings it back later or not."""
    if not (left := sum(bag.left for bag in bags_by_item(event.pk).values())):
        return None
    text = ngettext(
        "%(n)s blank card was not brought back, and stays in the event's bag until it is.",
        "%(n)s blank cards were not brought back, and stay in the event's bag until they are.",
        left,
    )
    return Asks(CARDS_LEFT, message=text % {"n": number_format(left)})


def _visits(event: ServiceEvent, state: AppointmentState) -> int:
    return Appointment.objects.filter(event=event, state=state).count()
