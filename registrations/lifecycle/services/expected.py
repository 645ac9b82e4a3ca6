"""People who are expected at a draft: in their groups, on its waiting list, until it is approved."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.scoping import Actor
from events.planning.models.session import ServiceSession
from registrations.booking.enums import WaitState
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.requests.services.steps import take_along


@dataclass(frozen=True)
class Expected:
    """`group`: a class, a village; empty: without one."""

    resident_id: uuid.UUID
    village_id: str
    group: str
    services: tuple[str, ...]
    priority: bool = False


def capacity_for(people: Iterable[Expected]) -> dict[str, int]:
    """Service -> a place for each who needs it."""
    capacity: dict[str, int] = {}
    for person in people:
        for name in person.services:
            capacity[name] = capacity.get(name, 0) + 1
    return dict(sorted(capacity.items()))


def expect(by: Actor, session: ServiceSession, people: Iterable[Expected]) -> None:
    """They get their places when the event is approved; whoever was recorded by then gets none. Their open
    requests are planned with it. In the caller's transaction.
    """
    event = session.event
    expected = list(people)
    services = sorted({name for person in expected for name in person.services})
    groups: dict[str, VisitGroup] = {}
    for person in expected:
        name = _group_name(person)
        if name not in groups:
            groups[name] = VisitGroup.objects.create(
                session=session,
                event=event,
                office_id=event.office_id,
                name=name,
                services=services,
                created_by_id=by.user_id,
            )
        groups[name].rows += 1
    Waiting.objects.bulk_create(
        Waiting(
            session=session,
            event=event,
            office_id=event.office_id,
            resident_id=person.resident_id,
            village_id=person.village_id,
            services=sorted(person.services),
            group=groups[_group_name(person)],
            priority=person.priority,
            state=WaitState.WAITING,
            created_by_id=by.user_id,
        )
        for person in expected
    )
    VisitGroup.objects.bulk_update(groups.values(), ["rows"])
    take_along([person.resident_id for person in expected], event)


def _group_name(person: Expected) -> str:
    return person.group or str(_("Without a group"))
