"""What somebody says happened, looked up and checked: first what needs no person, then the person."""

from __future__ import annotations

import uuid
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.crypto import keyed_bytes, keyed_hash
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.core.prepared import Step
from dukcapil.regions.enums import zone_of
from events.elections.selectors import previous_election
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.models.appointment import Appointment
from registrations.ledger.enums import Outcome, PrintReason
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.moments import check_time
from registrations.ledger.services.named import Person, people_named, sessions_named, stored
from registrations.ledger.validators import (
    NAMED_ONCE,
    check_card_used,
    check_receiver,
    is_named_once,
    refusal_of,
    unfit,
)
from registrations.people.enums import Category
from registrations.people.models import Resident
from registrations.people.selectors import print_days
from registrations.people.services.lookups import look_up, too_many_misses
from registrations.people.validators import category_of

#: Clocks of field laptops may be this much ahead; a later time is a mistake.
AHEAD = timedelta(minutes=2)
_PRINT_REASONS = frozenset(PrintReason.values)


def canonical(value: dict[str, Any]) -> str:
    """One text for one content: sorted keys, times in UTC."""
    return _canonical(value).decode()


def _canonical(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True)
class Entry:
    """What somebody says happened. Exactly one of resident, nik, ticket names the person."""

    id: uuid.UUID
    service: str
    outcome: str
    occurred_at: datetime
    reason: str = ""
    resident: uuid.UUID | None = None
    nik: str | None = None
    ticket: str | None = None
    session: uuid.UUID | None = None
    event: uuid.UUID | None = None
    device: str = ""
    note: str = ""
    card_used: str = ""
    #: Who took a card, by what that was known, and the name where it was somebody else.
    receiver: str = ""
    receiver_name: str = ""
    proof: str = ""

    @classmethod
    def of(cls, said: dict[str, Any]) -> Entry:
        """As `Entry(**said)` of somebody who says all that has no default. That of a frozen class asks Python for
        each of its eighteen values, and takes as long as to read the row.
        """
        entry = cls.__new__(cls)
        entry.__dict__.update(_UNSAID)
        entry.__dict__.update(said)
        return entry

    def payload_hash(self) -> bytes:
        """Keyed, because the content may hold a NIK; the device's clock is no part of it, nor a word that
        nobody said: what was logged before there was such a word is sent again as it was.
        """
        content = {**self.__dict__, "occurred_at": self.occurred_at.astimezone(UTC)}
        for word in ("card_used", "receiver", "receiver_name", "proof"):
            if not content[word]:
                del content[word]
        return keyed_bytes(_canonical(content))


_UNSAID = {one.name: one.default for one in fields(Entry) if one.default is not MISSING}


class Spot(NamedTuple):
    """Where what an entry names lies, whenever that was."""

    session: ServiceSession | None
    event: ServiceEvent | None
    office: str
    served_in: str
    zone: str
    clock: ZoneInfo


class Place(NamedTuple):
    """Where and when an entry happened, as its slip, session or event says; else at the office."""

    session: ServiceSession | None
    event: ServiceEvent | None
    office: str
    served_in: str
    zone: str
    day: date


@dataclass(frozen=True)
class Draft:
    """An entry with everything looked up, ready to be written."""

    entry: Entry
    resident: Person
    place: Place
    category: str
    payload: bytes


@dataclass(frozen=True)
class AtDesk:
    """What a desk has looked up, as its actor may see it: no record has this id, and the session."""

    session: ServiceSession | None


@dataclass
class Lookup:
    """What the entries of one request refer to, fetched in a fixed number of queries."""

    by: Actor
    residents: dict[uuid.UUID, Person] = field(default_factory=dict)
    by_nik: dict[str, Person] = field(default_factory=dict)
    #: Numbers of which nothing is said: too many were missed.
    refused: set[str] = field(default_factory=set)
    tickets: dict[str, Appointment] = field(default_factory=dict)
    sessions: dict[uuid.UUID, ServiceSession] = field(default_factory=dict)
    events: dict[uuid.UUID, ServiceEvent] = field(default_factory=dict)
    stored: dict[uuid.UUID, ServiceRecord] = field(default_factory=dict)
    elections: dict[tuple[str, date], date | None] = field(default_factory=dict)
    #: By session, event and ticket: most rows of a batch are of one.
    spots: dict[tuple[Any, ...], Spot] = field(default_factory=dict)
    #: No clock is ahead of it.
    latest: datetime = field(default_factory=lambda: timezone.now() + AHEAD)

    @classmethod
    def of(cls, by: Actor, entries: list[Entry], desk: AtDesk | None = None) -> Lookup:
        lookup = cls(by)
        ids = [entry.id for entry in entries]
        if desk is None and (repeated := stored(by, ids)):
            # Rare, so the whole row is fetched only then.
            lookup.stored = ServiceRecord.objects.visible_to(by).in_bulk(repeated)
        if codes := [entry.ticket for entry in entries if entry.ticket]:
            booked = Appointment.objects.visible_to(by).filter(ticket__in=codes)
            lookup.tickets = {row.ticket: row for row in booked}
        sessions = {entry.session for entry in entries if entry.session}
        sessions |= {appointment.session_id for appointment in lookup.tickets.values()}
        if desk and desk.session:
            sessions.discard(desk.session.pk)
            lookup.know(desk.session)
        if sessions:
            for session in sessions_named(by, sessions):
                lookup.know(session)
        events = {entry.event for entry in entries if entry.event} - lookup.events.keys()
        if events:
            visible_events = ServiceEvent.objects.visible_to(by)
            lookup.events |= {event.pk: event for event in visible_events.filter(pk__in=events)}
        return lookup

    def know(self, session: ServiceSession) -> None:
        self.sessions[session.pk] = session
        self.events[session.event_id] = session.event

    def find_people(self, placed: list[tuple[Entry, Place]], *after: Step) -> None:
        """The people of entries that stand up to every check that needs no person. `after`: what holds the ledgers.
        A correction of one of them is over then, or waits until the record stands (`rewriting.hold_ledger`). Else
        it would stand in a village of yesterday.
        """
        ids = [named for entry, _place in placed if (named := self._named(entry))]
        self.residents = {person.pk: person for person in people_named(self.by, ids, after)}
        self._find_numbers(placed)

    def _named(self, entry: Entry) -> uuid.UUID | None:
        if not entry.ticket:
            return entry.resident
        ticket = self.tickets.get(entry.ticket)
        return ticket.resident_id if ticket else entry.resident

    def _find_numbers(self, placed: list[tuple[Entry, Place]]) -> None:
        """Each leaves a row. Only who may see people, and only those of the own office: never while
        lent.
        """
        numbers = {
            entry.nik for entry, place in placed if entry.nik and self._may_find(place.office)
        }
        if not numbers:
            return
        own = Resident.objects.visible_to(replace(self.by, lent_events=()))
        hashes = {keyed_hash(number): number for number in sorted(numbers)}
        # The actor's own office holds its copy; a province may see several: the first.
        rows = own.filter(nik_hash__in=list(hashes)).order_by("-id")
        for row in map(Person._make, rows.values_list(*Person._fields)):
            self.by_nik[hashes[bytes(row.nik_hash)]] = row
        held = {number: self.by_nik.get(number) for number in hashes.values()}
        self.refused = look_up(
            by=self.by,
            numbers={number: row.pk if row else None for number, row in held.items()},
        )

    def compare_number(self, number: str, stored: ServiceRecord, *, same: bool) -> None:
        """A number that is compared with the one of a stored record is looked up, too."""
        if not self._may_find(stored.office_id):
            raise not_by_number()
        held = stored.resident_id if same else None
        if look_up(by=self.by, numbers={number: held}):
            raise too_many_misses()

    def _may_find(self, office: str) -> bool:
        """Only in the own office: never while lent."""
        return self.by.may(Permission.RESIDENTS_VIEW) and self.by.covers(office)

    def resident(self, entry: Entry, place: Place) -> Person:
        if entry.nik:
            resident = self._by_number(entry.nik, place)
        else:
            named = self._named(entry)
            resident = self.residents.get(named) if named else None
        if resident is None:
            raise NotFound
        return resident

    def _by_number(self, number: str, place: Place) -> Person | None:
        if not self._may_find(place.office):
            raise not_by_number()
        if number in self.refused:
            raise too_many_misses()
        return self.by_nik.get(number)

    def session(self, entry: Entry) -> ServiceSession | None:
        session_id = entry.session
        if session_id is None and entry.ticket in self.tickets:
            session_id = self.tickets[entry.ticket].session_id
        if session_id is None:
            return None
        if session_id not in self.sessions:
            raise NotFound
        return self.sessions[session_id]

    def event(self, entry: Entry, session: ServiceSession | None) -> ServiceEvent | None:
        if session is not None:
            if entry.event and entry.event != session.event_id:
                raise Invalid("event", _("The session belongs to another event."), field="event")
            return session.event
        if entry.event is None:
            return None
        if entry.event not in self.events:
            raise NotFound
        return self.events[entry.event]

    def category(self, resident: Person, day: date) -> str:
        born, key = resident.birth_date, (resident.village_id, day)
        if key not in self.elections:
            if (certain := category_of(born, day, None)) == Category.PEMULA:
                return certain  # by age alone, whatever was held where
            election = previous_election(*key)
            self.elections[key] = election.held_on if election else None
        return category_of(born, day, self.elections[key])


def not_by_number() -> Refused:
    return Refused("nik-not-yours", _("You may name people by slip or id, not by number."))


def placed(lookup: Lookup, entry: Entry) -> Place:
    """Where and when: every check that needs no person, so that none of its refusals tells whether
    a number is held. Raises a DomainError naming the field.
    """
    if not is_named_once(resident=entry.resident, nik=entry.nik, ticket=entry.ticket):
        raise Invalid("person", NAMED_ONCE, field="resident")
    _check_reason(entry)
    check_card_used(entry.service, entry.outcome, entry.reason, entry.card_used)
    said = (entry.receiver, entry.receiver_name, entry.proof)
    check_receiver(entry.service, entry.outcome, *said)
    if entry.occurred_at > lookup.latest:
        raise Invalid("in-the-future", _("This time has not come yet."), field="occurred_at")
    spot = lookup.spots.get(named := (entry.session, entry.event, entry.ticket))
    if spot is None:
        spot = lookup.spots[named] = _spot(lookup, entry)
    session, event, office, served_in, zone, clock = spot
    day = entry.occurred_at.astimezone(clock).date()
    check_time(event, entry.occurred_at, day)
    return Place(session, event, office, served_in, zone, day)


def _spot(lookup: Lookup, entry: Entry) -> Spot:
    session = lookup.session(entry)
    event = lookup.event(entry, session)
    office = event.office_id if event else lookup.by.office
    if office is None:
        raise Invalid(
            "office", _("Name a session or an event: your posting has no office."), field="session"
        )
    if event and event.state not in EventState.held():
        raise Conflict("event-state", _("The event is not approved."), field="event")
    served_in = event.village_id if event else office
    zone = zone_of(served_in)
    return Spot(session, event, office, served_in, zone, ZoneInfo(zone))


def prepare(lookup: Lookup, entry: Entry, place: Place, *, asks: bool) -> Draft:
    """Check the person of one entry. Raises a DomainError naming the field.

    `asks`: somebody asks before the act, and is refused what may not be done at this age.
    """
    resident = lookup.resident(entry, place)
    if resident.office_id != place.office:
        raise Invalid(
            "other-office-person",
            _("This person is held by your own office. The office of the event adds them first."),
            field="resident",
        )
    if place.day < resident.birth_date:
        raise Invalid("before-birth", _("This is before the birth date."), field="occurred_at")
    if asks:
        _refuse_age(entry, resident, place)
    session = place.session.pk if place.session else None
    event = place.event.pk if place.event else None
    if (session, event) == (entry.session, entry.event):
        stands = entry  # most rows of a batch: to copy one takes as long as to check it
    else:
        stands = replace(entry, session=session, event=event)
    return Draft(
        entry=stands,
        resident=resident,
        place=place,
        category=lookup.category(resident, place.day),
        payload=entry.payload_hash(),
    )


def _check_reason(entry: Entry) -> None:
    if entry.outcome == Outcome.DONE and entry.reason in _PRINT_REASONS:
        if entry.service != Service.CARD_PRINT:
            raise Invalid("print-reason", _("Only a printed card has this reason."), field="reason")
    elif (entry.outcome == Outcome.FAILED) != bool(entry.reason):
        raise Invalid(
            "failure-reason",
            _("A failed service has a reason, a done one has none (but a printed card)."),
            field="reason",
        )
    elif entry.reason in _PRINT_REASONS:
        raise Invalid("failure-reason", _("This is no reason for a failure."), field="reason")


def _refuse_age(entry: Entry, resident: Person, place: Place) -> None:
    """Whether somebody is recorded is for the ledger to say: not every office may read that."""
    days_early = print_days(place.office, place.day, [entry.service])
    code = unfit(
        entry.service,
        entry.outcome,
        entry.reason,
        day=place.day,
        born=resident.birth_date,
        marital_status=resident.marital_status,
        recorded=True,
        days_early=days_early,
    )
    if code:
        raise refusal_of(code, entry.service, born=resident.birth_date, days_early=days_early)


def replayed(lookup: Lookup, entry: Entry) -> ServiceRecord | None:
    """The stored row of this entry; None when the id is new, Conflict when the content differs."""
    if not lookup.stored or (stored := lookup.stored.get(entry.id)) is None:
        return None
    same = bytes(stored.payload_hash) == entry.payload_hash()
    if entry.nik:
        lookup.compare_number(entry.nik, stored, same=same)
    if not same:
        raise Conflict(
            "record-differs", _("A record with this id and another content exists."), field="id"
        )
    return stored
