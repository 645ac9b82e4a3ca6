"""Booking people whom somebody chose on a page: they are held already, so no list is read."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Invalid, NotFound
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.booking.enums import RowPerson
from registrations.booking.readers import Line
from registrations.booking.selectors.returning import returns_on
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.groups import (
    Booked,
    GroupPlan,
    carry_out,
    fewest,
    lock_free_seats,
    plan_of,
    tried,
)
from registrations.booking.services.judging import allot, check_people, local_day, returns
from registrations.booking.services.matching import ListLook
from registrations.booking.services.visits import open_session_of
from registrations.people.models import Resident

#: A page chooses so many people at once.
MOST_CHOSEN = 1_000


def book_chosen(
    *,
    by: Actor,
    session: ServiceSession,
    name: str,
    residents: Collection[uuid.UUID],
    services: list[str],
    waiting_list: bool = True,
) -> Booked:
    """Book these people for one session as a group of this name, as far as places reach; the rest goes
    to the waiting list if wanted. What stands against somebody refuses nobody else. Raises NotFound for
    people of another office, Conflict as `book`.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    plan = plan_of(name, services, waiting_list=waiting_list)
    if not_offered := set(plan.services) - set(session.event.services):
        raise Invalid(
            "services", _("The event does not offer this service."), field=min(not_offered)
        )
    return tried(lambda: _book_chosen(by=by, session=session, plan=plan, residents=residents))


@service
def _book_chosen(
    *, by: Actor, session: ServiceSession, plan: GroupPlan, residents: Collection[uuid.UUID]
) -> Booked:
    open_session_of(session)
    look = ListLook(by, session.event.office_id)
    answers = answers_of(by, session.event.office_id, residents)
    check_people(look, session, plan.services, answers)
    leave_out_later(by, session, plan.services, answers)
    free = lock_free_seats(session, plan.services)
    allot(answers, fewest(free), waiting_list=plan.waiting_list)
    return carry_out(look, session, plan, answers, free)


def answers_of(by: Actor, office: str, residents: Collection[uuid.UUID]) -> list[RowAnswer]:
    """A row for each, in the order of their names. Raises Invalid for none or too many."""
    wanted = set(residents)
    if not wanted:
        raise Invalid("people", _("Choose at least one person of the list."), field="people")
    if len(wanted) > MOST_CHOSEN:
        text = _("Choose at most %(most)s people at once.") % {"most": number_format(MOST_CHOSEN)}
        raise Invalid("people", text, field="people")
    held = Resident.objects.visible_to(by).filter(pk__in=wanted, office_id=office)
    people = list(held.select_related("identity", "village").order_by("identity__name_key", "pk"))
    if len(people) != len(wanted):
        raise NotFound
    return [
        RowAnswer(Line(row=number, text=""), who=RowPerson.HELD, resident=person)
        for number, person in enumerate(people, 1)
    ]


def leave_out_later(
    by: Actor, session: ServiceSession, services: Collection[str], answers: list[RowAnswer]
) -> None:
    """Of those who could come, who was called again and may not be recorded on the day of this session yet:
    of many who are chosen at once nobody is asked about one.
    """
    if Service.RECORDING not in services:
        return
    day, later = local_day(session), returns_on(by, [one.person.pk for one in answers])
    for answer in answers:
        if answer.stands and day < later.get(answer.person.pk, day):
            answer.message = returns(later[answer.person.pk])
