"""What would become of each row of a list: the preview, and the first half of booking."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, DomainError, Invalid
from dukcapil.regions.enums import day_of, today_in
from events.elections.selectors import next_election
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState, RowStatus, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.groups import age_notes
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.matching import ListLook, match_rows
from registrations.people.models import Resident
from registrations.people.selectors import recorded_dates
from registrations.people.services.lookups import recorded_elsewhere, recorded_to_whoever_books
from registrations.people.validators import recordable_from


def judge_rows(
    look: ListLook, session: ServiceSession, services: list[str], answers: list[RowAnswer]
) -> None:
    """Set whom each row means and what stands against booking them; places are not looked at."""
    match_rows(look, answers)
    check_people(look, session, services, [answer for answer in answers if answer.stands])


def local_day(session: ServiceSession) -> date:
    """The day that a session belongs to: it begins on it, and may end after midnight."""
    return day_of(session.starts_at, session.event.village_id)


def is_today(session: ServiceSession) -> bool:
    """Whether it begins today, where its event takes place, or is under way since yesterday."""
    under_way = session.starts_at <= timezone.now() < session.ends_at
    return under_way or local_day(session) == today_in(session.event.village_id)


def refuse_unfit(
    by: Actor, session: ServiceSession, resident: Resident, services: Collection[str]
) -> None:
    """Raises what stands against recording this person on the day of the session: Invalid `too-young`,
    Conflict `already-recorded` with the date. As a class list says it of a row.
    """
    if Service.RECORDING not in services:
        return
    recorded = recorded_to_whoever_books(by=by, person=resident.pk)
    refusal = not_recordable(
        resident.birth_date, resident.marital_status, services, local_day(session), recorded
    )
    if refusal is not None:
        raise refusal


def check_people(
    look: ListLook, session: ServiceSession, services: list[str], answers: list[RowAnswer]
) -> None:
    """May they come, and are they booked already?"""
    day = local_day(session)
    people = [answer.resident for answer in answers if answer.resident]
    recorded = _recorded(look, answers)
    booked = _open_bookings(people, services)
    waiting = set(
        Waiting.objects.filter(
            session=session, resident__in=people, state=WaitState.WAITING
        ).values_list("resident_id", flat=True)
    )
    election = next_election(session.event.village_id, day)
    seen: dict[uuid.UUID, int] = {}
    for answer in answers:
        resident = answer.resident
        if resident is None:
            _check_new(answer, services, day)
        elif resident.pk in seen:
            answer.message = _("The same person as in row %(row)s.") % {"row": seen[resident.pk]}
        elif resident.pk in waiting:
            answer.say(RowStatus.HERE, _("Is on the waiting list already."))
        elif booking := booked.get(resident.pk):
            _say_booked(answer, booking, session)
        else:
            answer.message = why_not_recordable(
                resident.birth_date,
                resident.marital_status,
                services,
                day,
                recorded.get(resident.pk),
            )
        if resident is not None:
            seen.setdefault(resident.pk, answer.line.row)
        born = resident.birth_date if resident else answer.data and answer.data.birth_date
        if born:
            answer.notes += age_notes(born, day, election.held_on if election else None)


def _check_new(answer: RowAnswer, services: list[str], day: date) -> None:
    person = answer.data
    if person is None or person.birth_date is None:
        return
    answer.message = why_not_recordable(
        person.birth_date, person.marital_status, services, day, person.known_recorded_on
    )


def _say_booked(answer: RowAnswer, booking: Appointment, session: ServiceSession) -> None:
    if booking.session_id == session.pk:
        answer.say(RowStatus.HERE, _("Is booked for this session already."))
    else:
        answer.message = _("Is booked for another session: cancel or move that booking first.")


def _recorded(look: ListLook, answers: list[RowAnswer]) -> dict[uuid.UUID, date]:
    """When each was recorded, at any office; logged where it is told for the first time."""
    fresh = [answer.person.pk for answer in answers if answer.resident and look.logs(answer)]
    seen = [answer.person.pk for answer in answers if answer.resident and not look.logs(answer)]
    dates = recorded_elsewhere(by=look.by, people=fresh) if fresh else {}
    return dates | (recorded_dates(seen) if seen else {})


def _open_bookings(people: Iterable[Resident], services: list[str]) -> dict[uuid.UUID, Appointment]:
    """Those of sessions that are over hinder nobody: booking ends them."""
    booked_services = AppointmentService.objects.filter(
        resident__in=people,
        service__in=services,
        active=True,
        appointment__state__in=AppointmentState.active(),
        appointment__session__ends_at__gt=timezone.now(),
    ).select_related("appointment")
    return {
        booked_service.resident_id: booked_service.appointment for booked_service in booked_services
    }


def why_not_recordable(
    born: date, marital_status: str, services: list[str], day: date, recorded: date | None
) -> str:
    """In words; empty when nothing stands against it."""
    refusal = not_recordable(born, marital_status, services, day, recorded)
    return str(refusal.message) if refusal else ""


def not_recordable(
    born: date, marital_status: str, services: Collection[str], day: date, recorded: date | None
) -> DomainError | None:
    """The one rule of single bookings, walk-ins, moves, waiting and class lists."""
    if Service.RECORDING not in services:
        return None
    if recorded:
        text = _("Was recorded on %(day)s already.") % {"day": f"{recorded:%d-%m-%Y}"}
        return Conflict("already-recorded", text, field="resident", recorded_on=str(recorded))
    first = recordable_from(born, marital_status)
    if day < first:
        text = _("Too young: may be recorded from %(day)s on.") % {"day": f"{first:%d-%m-%Y}"}
        return Invalid("too-young", text, field="resident")
    return None


def allot(answers: list[RowAnswer], free: int, *, waiting_list: bool) -> None:
    """The first rows get the free places, the rest waits or is told."""
    for number, answer in enumerate(answer for answer in answers if answer.stands):
        if number < free:
            answer.status = RowStatus.BOOKED
        elif waiting_list:
            answer.status = RowStatus.WAITING
        else:
            answer.say(RowStatus.FULL, _("No place is left."))
