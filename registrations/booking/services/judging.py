"""What would become of each row of a list: the preview, and the first half of booking."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Container, Iterable
from datetime import date

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Asks, Conflict, DomainError, Invalid
from dukcapil.regions.enums import day_of, today_in
from events.elections.selectors import next_election
from events.planning.enums import Service
from events.planning.models.session import ServiceSession
from registrations.booking.enums import AppointmentState, RowStatus, WaitState
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.waiting import Waiting
from registrations.booking.selectors.groups import age_notes
from registrations.booking.selectors.returning import returns_on, standing_of
from registrations.booking.services.answers import RowAnswer
from registrations.booking.services.matching import ListLook, match_rows
from registrations.people.enums import MaritalStatus
from registrations.people.models import Resident
from registrations.people.selectors import (
    Aged,
    print_days,
    recorded_by_status,
    recorded_dates,
    stages,
)
from registrations.people.services.lookups import (
    log_person,
    recorded_elsewhere,
    told_to_whoever_books,
)
from registrations.people.validators import CARD_AGE, anniversary, printable_from, recordable_from

#: The word of the question whether somebody who was called again is booked for a day before the one on
#: which they may return.
RETURNS_LATER = "returns-later"
#: A status of SIAK says so; no date is known.
RECORDED_AT_CENTRE = gettext_lazy(
    "SIAK has a recording of this person already; nobody knows of which day. Look at the status first."
)


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
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: Collection[str],
    confirm: Collection[str] = (),
) -> bool:
    """Raises what stands against serving this person on the day of the session: Invalid `too-young`
    or `card-too-early`, Conflict `already-recorded` with the date. As a class list says it of a row.
    Asks as `ask_return`. Whether bookings of theirs at sessions that are over are to be ended first.
    """
    found = standing_of(by, resident.pk)
    recorded = None
    if Service.RECORDING in services:
        recorded = told_to_whoever_books(by=by, person=resident.pk, recorded=found.recorded_on)
    day = local_day(session)
    refusal = not_recordable(
        *(resident.birth_date, resident.marital_status, services, day, recorded),
        early_at(session, services),
    )
    if refusal is not None:
        raise refusal
    if recorded is None and Service.RECORDING in services and found.by_status:
        log_person(by=by, person=resident.pk)
        raise Conflict("already-recorded", RECORDED_AT_CENTRE, field="resident", recorded_on=None)
    if Service.RECORDING in services:
        _ask_return(session, found.may_return_on, confirm)
    return found.missed


def ask_return(
    by: Actor,
    session: ServiceSession,
    resident: Resident,
    services: Collection[str],
    confirm: Collection[str],
) -> None:
    """Ask `returns-later` before somebody who was called again is recorded too early."""
    if Service.RECORDING not in services or RETURNS_LATER in confirm:
        return
    _ask_return(session, returns_on(by, [resident.pk]).get(resident.pk), confirm)


def _ask_return(session: ServiceSession, first: date | None, confirm: Collection[str]) -> None:
    if RETURNS_LATER in confirm:
        return
    if first is not None and local_day(session) < first:
        raise Asks(
            RETURNS_LATER, message=returns(first) + " " + _("Book all the same?"), field="session"
        )


def ask_returns(
    by: Actor, session: ServiceSession, people: Collection[uuid.UUID], confirm: Collection[str]
) -> None:
    """As `ask_return`, once for all of a group who are to be recorded."""
    if RETURNS_LATER in confirm:
        return
    day = local_day(session)
    later = [first for first in returns_on(by, people).values() if day < first]
    if not later:
        return
    text = ngettext(
        "%(n)s person of this group was called again, and may be recorded from %(day)s on. Move"
        " the group all the same?",
        "%(n)s people of this group were called again; the last of them may be recorded from"
        " %(day)s on. Move the group all the same?",
        len(later),
    )
    words = {"n": number_format(len(later)), "day": f"{max(later):%d-%m-%Y}"}
    raise Asks(RETURNS_LATER, message=text % words, field="session")


def returns(first: date) -> str:
    text = _("Was called again, and may be recorded from %(day)s on.")
    return text % {"day": f"{first:%d-%m-%Y}"}


def check_people(
    look: ListLook, session: ServiceSession, services: list[str], answers: list[RowAnswer]
) -> None:
    """May they come, and are they booked already?"""
    day, days_early = local_day(session), early_at(session, services)
    people = [answer.resident for answer in answers if answer.resident]
    recorded = _recorded(look, answers)
    by_status = _recorded_by_status(people, recorded) if _records(services) else set()
    booked = _open_bookings(people, services)
    waiting = set(
        Waiting.objects.filter(
            session=session, resident__in=people, state=WaitState.WAITING
        ).values_list("resident_id", flat=True)
    )
    election = next_election(session.event.village_id, day)
    later = returns_on(look.by, [one.pk for one in people]) if _records(services) else {}
    seen: dict[uuid.UUID, int] = {}
    for answer in answers:
        resident = answer.resident
        if resident is None:
            _check_new(answer, services, day, days_early)
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
                days_early,
            )
            if not answer.message and resident.pk in by_status:
                answer.message = str(RECORDED_AT_CENTRE)
        if resident is not None:
            seen.setdefault(resident.pk, answer.line.row)
        born = resident.birth_date if resident else answer.data and answer.data.birth_date
        if born:
            answer.notes += age_notes(born, day, election.held_on if election else None)
        if resident and not recorded.get(resident.pk) and day < later.get(resident.pk, day):
            answer.notes.append(returns(later[resident.pk]))
    _say_stages(answers)


def _records(services: Collection[str]) -> bool:
    return Service.RECORDING in services


def _say_stages(answers: list[RowAnswer]) -> None:
    known = [(answer, aged) for answer in answers if (aged := _aged(answer))]
    reached = stages(aged for _answer, aged in known)
    for (answer, _aged_of), stage in zip(known, reached, strict=True):
        answer.stage = stage


def _aged(answer: RowAnswer) -> Aged | None:
    if answer.resident:
        one = answer.resident
        return Aged(one.village_id, one.birth_date, one.marital_status)
    person = answer.data
    if person is None or person.birth_date is None or person.village is None:
        return None
    return Aged(person.village.pk, person.birth_date, person.marital_status)


def early_at(session: ServiceSession, services: Collection[str]) -> int:
    """How many days before the 17th birthday the office of a session prints cards on its day."""
    return print_days(session.event.office_id, local_day(session), services)


def _check_new(answer: RowAnswer, services: list[str], day: date, days_early: int) -> None:
    person = answer.data
    if person is None or person.birth_date is None:
        return
    answer.message = why_not_recordable(
        *(person.birth_date, person.marital_status, services, day, person.known_recorded_on),
        days_early,
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


def _recorded_by_status(
    people: Iterable[Resident], recorded: Container[uuid.UUID]
) -> set[uuid.UUID]:
    """Of whom no date is known."""
    return recorded_by_status(one.pk for one in people if one.pk not in recorded)


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
    born: date,
    marital_status: str,
    services: list[str],
    day: date,
    recorded: date | None,
    days_early: int,
) -> str:
    """In words; empty when nothing stands against it."""
    refusal = not_recordable(born, marital_status, services, day, recorded, days_early)
    return str(refusal.message) if refusal else ""


def not_recordable(
    born: date,
    marital_status: str,
    services: Collection[str],
    day: date,
    recorded: date | None,
    days_early: int,
) -> DomainError | None:
    """The one rule of single bookings, walk-ins, moves, waiting and class lists. `days_early`: of the
    office's rule for printing (`early_at`).
    """
    if marital_status == MaritalStatus.SINGLE and not Service.of_card().isdisjoint(services):
        first = _card_from(born, services, days_early)
        if day < first:
            text = _("The card is printed and handed over from %(day)s on.")
            if first < anniversary(born, CARD_AGE):
                text = _("By the rule of this office the card is printed from %(day)s on.")
            text %= {"day": f"{first:%d-%m-%Y}"}
            return Invalid("card-too-early", text, field="resident")
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


def _card_from(born: date, services: Collection[str], days_early: int) -> date:
    """By the rule of its office it is printed early, and handed over on the day."""
    if Service.CARD_HANDOVER in services:
        return anniversary(born, CARD_AGE)
    return printable_from(born, days_early)


def first_day(born: date, marital_status: str, services: Collection[str], days_early: int) -> date:
    """The first day on which nobody's age stands against any of these services."""
    first = recordable_from(born, marital_status) if Service.RECORDING in services else born
    if marital_status == MaritalStatus.SINGLE and not Service.of_card().isdisjoint(services):
        return max(first, _card_from(born, services, days_early))
    return first


def allot(answers: list[RowAnswer], free: int, *, waiting_list: bool) -> None:
    """The first rows get the free places, the rest waits or is told."""
    for number, answer in enumerate(answer for answer in answers if answer.stands):
        if number < free:
            answer.status = RowStatus.BOOKED
        elif waiting_list:
            answer.status = RowStatus.WAITING
        else:
            answer.say(RowStatus.FULL, _("No place is left."))
