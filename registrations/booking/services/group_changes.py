"""Verbs of a whole group: all present, moved to another session, cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState, MessageKind, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.contacts import carry, give_group
from registrations.booking.services.groups import fewest, lock_free_seats, take_seats
from registrations.booking.services.judging import (
    ask_returns,
    early_at,
    is_today,
    local_day,
    why_not_recordable,
)
from registrations.booking.services.visits import end, open_session_of
from registrations.booking.services.waiting import give_back, hold_lists, promote
from registrations.people.selectors import recorded_by_status
from registrations.people.services.lookups import recorded_elsewhere

_ARRIVE = """
UPDATE registrations_appointment visit
   SET state = 'checked_in', checked_in_at = %(now)s, queue_number = last.number + here.n
  FROM (SELECT coalesce(max(queue_number), 0) AS number
          FROM registrations_appointment WHERE session_id = %(session)s) last,
       unnest(%(visits)s::uuid[]) WITH ORDINALITY here (id, n)
 WHERE visit.id = here.id
"""


@service
def check_in_group(*, by: Actor, group: VisitGroup) -> int:
    """Everybody of the group who is booked is here, with the next numbers of the queue by their hours,
    then as in the list.

    Returns how many; whoever is here already keeps the number. Raises Conflict `not-today` on any
    other day than the session's own: one click would take a whole class as served early.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    if not is_today(group.session):
        raise Conflict(
            "not-today",
            _("A whole group is checked in on the day of its session, %(day)s.")
            % {"day": date_format(local_day(group.session), "j F Y")},
        )
    booked = _booked(by, group)
    visits = [visit.pk for visit in booked]
    if visits:
        hold(Lock.QUEUE_NUMBERS, group.session_id)
        now = timezone.now()
        # Whose arrival was taken back kept the number.
        numbered = [visit.pk for visit in booked if visit.queue_number is not None]
        Appointment.objects.filter(pk__in=numbered).update(
            state=AppointmentState.CHECKED_IN, checked_in_at=now
        )
        with connection.cursor() as cursor:
            cursor.execute(
                _ARRIVE,
                {
                    "now": now,
                    "session": group.session_id,
                    "visits": [str(visit) for visit in visits if visit not in numbered],
                },
            )
        messages.drop(visits)
    return len(visits)


@dataclass(frozen=True)
class Moved:
    """`left`: how many keep their places in the old group, for they cannot be recorded there."""

    group: VisitGroup
    booked: int
    waiting: int
    left: int = 0


@service
def move_group(
    *, by: Actor, group: VisitGroup, session: ServiceSession, confirm: Collection[str] = ()
) -> Moved:
    """Everybody who is booked and not here yet gets a place of another session, all of them or none;
    who waits goes with them. Who cannot be recorded on that day is left. Contacts go along and are told.

    Raises Conflict as `book`, `group-places` when there are not enough, and `group-there` when the
    session has another group of this name. Asks `returns-later` as `book`, once for all.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    if session.pk == group.session_id:
        raise Conflict("same-session", _("The group is booked for this session already."))
    if session.event.office_id != group.office_id:
        raise Invalid("other-office", _("A group moves within its office."), field="session")
    open_session_of(session)
    hold_lists([group.session, session])
    visits, entries = _booked(by, group), _waiting(by, group)
    if not visits and not entries:
        raise Conflict("group-empty", _("Nobody of this group is booked any more."))
    going = _recordable_there(by, session, [*visits, *entries])
    left = len(visits) + len(entries) - len(going)
    visits = [visit for visit in visits if visit.pk in going]
    entries = [entry for entry in entries if entry.pk in going]
    if not going:
        raise Conflict(
            "not-recordable",
            _("Nobody of this group can be recorded on the day of that session."),
            field="session",
        )
    _ask_returns(by, session, [*visits, *entries], confirm)
    target = _group_at(by, group, session)
    if not left:
        messages.drop_of_group(group)
    old_session = group.session
    new = _rebook(by, session, target, visits)
    _wait_there(by, session, target, entries)
    # A contact of a class that was there already has nothing to do with a group that left none.
    messages.tell_moved([*([target] if group.channel else []), *new])
    # Only now: nobody of the group moves up for what they have again.
    promote(by, old_session)
    promote(by, session)
    return Moved(target, booked=len(visits), waiting=len(entries), left=left)


def _recordable_there(
    by: Actor, session: ServiceSession, places: list[Appointment | Waiting]
) -> set[Any]:
    """Keys of those against whom nothing stands on that day."""
    day = local_day(session)
    asked = [place.resident_id for place in places if Service.RECORDING in place.services]
    recorded = recorded_elsewhere(by=by, people=asked, refuses=True) if asked else {}
    by_status = recorded_by_status(set(asked) - set(recorded))
    days_early = early_at(session, {name for place in places for name in place.services})
    return {
        place.pk
        for place in places
        if place.resident_id not in by_status
        and not why_not_recordable(
            place.resident.birth_date,
            place.resident.marital_status,
            place.services,
            day,
            recorded.get(place.resident_id),
            days_early,
        )
    }


def _ask_returns(
    by: Actor,
    session: ServiceSession,
    places: list[Appointment | Waiting],
    confirm: Collection[str],
) -> None:
    people = [place.resident_id for place in places if Service.RECORDING in place.services]
    ask_returns(by, session, people, confirm)


def _booked(by: Actor, group: VisitGroup) -> list[Appointment]:
    return list(
        Appointment.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("resident")
        .filter(group=group, state=AppointmentState.BOOKED)
        # Where the hours are the same, as the list has them: keys of one moment are in no order.
        .order_by("expected_at", "created_at", "pk")
    )


def _waiting(by: Actor, group: VisitGroup) -> list[Waiting]:
    return list(
        Waiting.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("resident")
        .filter(group=group, state=WaitState.WAITING)
        .order_by("pk")
    )


def _group_at(by: Actor, group: VisitGroup, session: ServiceSession) -> VisitGroup:
    """The group of the same name there, with the contact sealed anew.

    Another class of that name is joined only where nobody's contact is lost by it.
    """
    target, new = VisitGroup.objects.get_or_create(
        session=session,
        name=group.name,
        defaults={
            "event_id": session.event_id,
            "office_id": group.office_id,
            "services": group.services,
            "rows": group.rows,
            "created_by_id": by.user_id,
        },
    )
    target.session = session
    contact = messages.contact_of(group)
    if not new:
        _refuse_other_group(target, contact)
    if contact and not (target.channel and _has_people(target)):
        give_group(target, contact)
    return target


def _refuse_other_group(target: VisitGroup, contact: messages.Contact | None) -> None:
    if target.cancelled_at:
        raise Conflict(
            "group-there",
            _("A group of this name was cancelled for that session. Choose another session, or bring"
              " the list there again."),
            field="session",
        )  # fmt: skip
    theirs = messages.contact_of(target)
    if contact and theirs and contact != theirs and _has_people(target):
        raise Conflict(
            "group-there",
            _(
                "That session has a group of this name with another contact. Choose another session."
            ),
            field="session",
        )


def _has_people(group: VisitGroup) -> bool:
    """Somebody who is booked or waits, and of whom its contact is told."""
    booked = Appointment.objects.filter(group=group, state=AppointmentState.BOOKED)
    return booked.exists() or Waiting.objects.filter(group=group, state=WaitState.WAITING).exists()


def _rebook(
    by: Actor, session: ServiceSession, target: VisitGroup, visits: list[Appointment]
) -> list[Appointment]:
    """The new visits of those who left a contact of their own."""
    open_services = _open_services(visits)
    # Before a visit ends: a desk that holds a place there may wait for it.
    lock_free_seats(session, sorted({name for names in open_services.values() for name in names}))
    end([visit.pk for visit in visits], AppointmentState.MOVED)
    by_services: dict[tuple[str, ...], list[Appointment]] = {}
    for visit in visits:
        by_services.setdefault(open_services[visit.pk], []).append(visit)
    told: dict[uuid.UUID, messages.Contact] = {}
    for services, those in by_services.items():
        free = lock_free_seats(session, list(services))
        if fewest(free) < len(those):
            raise Conflict(
                "group-places",
                _("%(free)s places are free there, and %(count)s are needed.")
                % {"free": number_format(fewest(free)), "count": number_format(len(those))},
                field="session",
            )
        residents = [visit.resident for visit in those]
        given = take_seats(by, session, target, list(services), residents, free)
        for visit, new in zip(those, given, strict=True):
            if contact := messages.contact_of(visit):
                told[new.pk] = contact
    found = Appointment.objects.select_related("session__event__village").filter(pk__in=told)
    return carry((new, told[new.pk]) for new in found)


def _open_services(visits: list[Appointment]) -> dict[uuid.UUID, tuple[str, ...]]:
    """Services that were given already are not booked again."""
    places = AppointmentService.objects.filter(appointment__in=visits, active=True)
    found: dict[uuid.UUID, list[str]] = {}
    for visit_id, name in places.order_by("service").values_list("appointment_id", "service"):
        found.setdefault(visit_id, []).append(name)
    return {visit_id: tuple(names) for visit_id, names in found.items()}


def _wait_there(
    by: Actor, session: ServiceSession, target: VisitGroup, entries: list[Waiting]
) -> None:
    _leave(entries)
    there = Waiting.objects.bulk_create(
        Waiting(
            session=session,
            event_id=session.event_id,
            office_id=entry.office_id,
            resident_id=entry.resident_id,
            village_id=entry.village_id,
            services=entry.services,
            priority=entry.priority,
            group=target,
            created_by_id=by.user_id,
        )
        for entry in entries
    )
    left = (messages.contact_of(entry) for entry in entries)
    messages.tell(MessageKind.MOVED, carry(zip(there, left, strict=True)))


def _leave(entries: list[Waiting]) -> None:
    keys = [entry.pk for entry in entries]
    Waiting.objects.filter(pk__in=keys).update(state=WaitState.WITHDRAWN)
    messages.drop_entries(keys)


@service
def cancel_group(*, by: Actor, group: VisitGroup, reason: str) -> int:
    """Give all their places back; who left a contact is told. Returns how many were booked.

    Who is here already, or was served, stays as they are.
    """
    require(by, Permission.APPOINTMENTS_BOOK)
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Invalid("reason", _("Give a reason."), field="reason")
    hold_lists([group.session])
    locked = VisitGroup.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=group.pk)
    if not locked.exists():
        raise NotFound
    entries, visits = _waiting(by, group), _booked(by, group)
    if not visits and not entries:
        raise Conflict("group-empty", _("Nobody of this group is booked any more."))
    _leave(entries)
    locked.update(cancelled_at=timezone.now(), cancelled_because=reason)
    messages.drop_of_group(group)
    messages.tell(MessageKind.CANCELLED, [group, *visits, *entries])
    give_back(by, group.session, [visit.pk for visit in visits], AppointmentState.CANCELLED)
    return len(visits)
