"""What a letter to a school or another venue says: when the office comes, and who is expected."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import Conflict, Invalid, NotFound
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.selectors.events import get_event_or_404, require_own
from events.venues.models import Venue
from events.venues.selectors import require_own_venue, venue_of_event
from registrations.booking.enums import AppointmentState, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.rosters.enums import PupilState
from registrations.rosters.selectors.rosters import get_roster_or_404, present, standing_of
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
    if event.ends_on < by.today:
        raise Conflict("event-over", _("The day of this visit is over: no letter announces it."))
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
    """Whoever is to do on the newest list. Whose age no list says is named, too."""
    roster = get_roster_or_404(by, roster_id)
    require_own_venue(by, roster.venue)
    states = standing_of(by, roster).states
    people = [
        Named(entry.told.get("name", ""), entry.class_name)
        for entry in present(by, roster)
        if states.get(entry.pk) in PupilState.to_do()
    ]
    return Letter(roster.venue, _in_order(people))


def _in_order(people: list[Named]) -> list[Named]:
    return sorted(people, key=lambda one: (one.group, one.name))
