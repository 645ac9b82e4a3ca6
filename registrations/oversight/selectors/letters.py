"""What a letter to a school or another venue says: when the office comes, and who is expected."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, Invalid, NotFound
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import get_event_or_404, require_own
from events.venues.models import Venue
from events.venues.selectors import require_own_venue, venue_of_event
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.judging import why_not_recordable
from registrations.findings.selectors.findings import accepted_about
from registrations.people.enums import FindingOutcome, MaritalStatus
from registrations.people.selectors import recorded_here
from registrations.rosters.models import Roster, RosterEntry
from registrations.rosters.selectors.rosters import get_roster_or_404, present
from registrations.rosters.validators import require_roster

#: Of a visit with date and names; of people who are to be recorded where they are.
VISIT, INVITATION = "surat", "undangan"
FORM = "bentuk"
FORMS = ("pdf", "docx")


@dataclass(frozen=True)
class LetterAsked:
    kind: str
    of: uuid.UUID
    form: str

    @property
    def text(self) -> str:
        return urlencode({self.kind: self.of, FORM: self.form})


def letter_asked(text: str) -> LetterAsked | None:
    """Of an address, or of what an export keeps; None when it asks for no letter."""
    asked = dict(parse_qsl(text))
    kind = next((name for name in (VISIT, INVITATION) if name in asked), None)
    if kind is None:
        return None
    form = asked.get(FORM, FORMS[0])
    try:
        of = uuid.UUID(asked[kind])
    except ValueError as error:
        raise NotFound from error
    if form not in FORMS:
        raise Invalid("format", _("This comes as %(formats)s.") % {"formats": ", ".join(FORMS)})
    return LetterAsked(kind, of, form)


@dataclass(frozen=True)
class Named:
    """`hour`: of the invitation, when a place is given."""

    name: str
    group: str
    hour: str = ""


@dataclass(frozen=True)
class Letter:
    venue: Venue
    people: list[Named]
    event: ServiceEvent | None = None
    #: Local beginning and end of each session.
    sessions: tuple[tuple[datetime, datetime], ...] = ()


def letter_of(by: Actor, asked: LetterAsked) -> Letter:
    """Raises NotFound, Conflict `event-state` for a visit that no head has signed yet."""
    return _visit(by, asked.of) if asked.kind == VISIT else _invitation(by, asked.of)


def venue_asked(by: Actor, asked: LetterAsked) -> Venue:
    """Whom the letter goes to, before anybody is named."""
    if asked.kind == INVITATION:
        roster = get_roster_or_404(by, asked.of)
        require_own_venue(by, roster.venue)
        return roster.venue
    event = get_event_or_404(by, asked.of)
    require_own(by, event)
    if (venue := venue_of_event(by, event.pk)) is None:
        raise NotFound
    require_roster(by, venue)
    if event.state != EventState.APPROVED:
        raise Conflict("event-state", _("A letter goes out once the head has approved the visit."))
    return venue


def _visit(by: Actor, event_id: uuid.UUID) -> Letter:
    venue = venue_asked(by, LetterAsked(VISIT, event_id, FORMS[0]))
    event = get_event_or_404(by, event_id)
    zone = ZoneInfo(event.village.timezone)
    sessions = tuple(
        (starts.astimezone(zone), ends.astimezone(zone))
        for starts, ends in event.sessions.order_by("starts_at").values_list("starts_at", "ends_at")
    )
    columns = ("resident__identity__name", "group__name")
    booked = Appointment.objects.visible_to(by).filter(
        event=event, state__in=AppointmentState.active()
    )
    waiting = Waiting.objects.visible_to(by).filter(event=event, state=WaitState.WAITING)
    people = [
        Named(name, group or "", f"{hour.astimezone(zone):%H.%M}" if hour else "")
        for name, group, hour in booked.values_list(*columns, "expected_at")
    ]
    people += [Named(name, group or "") for name, group in waiting.values_list(*columns)]
    return Letter(venue, _in_order(people), event, sessions)


def _invitation(by: Actor, roster_id: uuid.UUID) -> Letter:
    """Everybody of the newest list who may be recorded by now and is not, as far as the office knows; nobody
    who was found to have died or to stand here twice. Whose age no list says is named, too.
    """
    roster: Roster = get_roster_or_404(by, roster_id)
    require_own_venue(by, roster.venue)
    entries = list(present(by, roster).select_related("resident"))
    known = [entry.resident_id for entry in entries if entry.resident_id]
    left_out = {*recorded_here(known), *accepted_about(by, known, FindingOutcome.nobody())}
    people = [
        Named(entry.told.get("name", ""), entry.class_name)
        for entry in entries
        if entry.resident_id not in left_out and _may_be_recorded(entry, by.today)
    ]
    return Letter(roster.venue, _in_order(people))


def _may_be_recorded(entry: RosterEntry, day: date) -> bool:
    """By what the office holds, else by the list."""
    person = entry.resident
    born = person.birth_date if person else entry.born
    if born is None:
        return True
    if person is not None and person.off_roll_since is not None:
        return False
    status = person.marital_status if person else MaritalStatus.SINGLE
    return not why_not_recordable(born, status, [Service.RECORDING], day, None, 0)


def _in_order(people: list[Named]) -> list[Named]:
    return sorted(people, key=lambda one: (one.group, one.name))
