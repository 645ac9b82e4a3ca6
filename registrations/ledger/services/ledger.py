"""Writing the ledger. Pages, API and offline queues all come through `prepare` and `append`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import rows, service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.regions.enums import zone_of
from events.calendar.validators import FIRST_DAY
from events.elections.selectors import previous_election
from events.planning.enums import EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.booking.models.appointment import Appointment
from registrations.booking.services.visits import mark_served
from registrations.ledger.enums import Outcome, PrintReason, RowKind
from registrations.ledger.models import RecordNote, ServiceRecord
from registrations.ledger.validators import NAMED_ONCE, is_named_once
from registrations.people.models import Resident
from registrations.people.validators import category_of, recordable_from

#: Clocks of field laptops may be this much ahead; a later time is a mistake.
AHEAD = timedelta(minutes=2)
WILDEST_SKEW = 366 * 86_400


def canonical(value: dict[str, Any]) -> str:
    """One text for one content: sorted keys, times in UTC."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()


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

    def payload_hash(self) -> bytes:
        """Keyed, because the content may hold a NIK; the device's clock is no part of it."""
        moment = self.occurred_at.astimezone(UTC)
        return keyed_hash(canonical({**self.__dict__, "occurred_at": moment}))


@dataclass
class Draft:
    """An entry with everything looked up, ready to be written."""

    entry: Entry
    resident: Resident
    office: str
    served_in: str
    zone: str
    category: str
    payload: bytes


@dataclass
class Lookup:
    """What the entries of one request refer to, fetched in a fixed number of queries."""

    by: Actor
    residents: dict[uuid.UUID, Resident] = field(default_factory=dict)
    by_nik: dict[bytes, Resident] = field(default_factory=dict)
    tickets: dict[str, Appointment] = field(default_factory=dict)
    sessions: dict[uuid.UUID, ServiceSession] = field(default_factory=dict)
    events: dict[uuid.UUID, ServiceEvent] = field(default_factory=dict)
    stored: dict[uuid.UUID, ServiceRecord] = field(default_factory=dict)
    elections: dict[tuple[str, date], date | None] = field(default_factory=dict)

    @classmethod
    def of(cls, by: Actor, entries: list[Entry]) -> Lookup:
        lookup = cls(by)
        ids = [entry.id for entry in entries]
        stored_ids = (
            ServiceRecord.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True)
        )
        if repeated := list(stored_ids):
            # Rare, so the whole row is fetched only then.
            lookup.stored = ServiceRecord.objects.visible_to(by).in_bulk(repeated)
        lookup._people(entries)
        sessions = {entry.session for entry in entries if entry.session}
        sessions |= {appointment.session_id for appointment in lookup.tickets.values()}
        if sessions:
            for session in (
                ServiceSession.objects.visible_to(by)
                .select_related("event")
                .filter(pk__in=sessions)
            ):
                lookup.sessions[session.pk] = session
                lookup.events[session.event_id] = session.event
        events = {entry.event for entry in entries if entry.event} - lookup.events.keys()
        if events:
            visible_events = ServiceEvent.objects.visible_to(by)
            lookup.events |= {event.pk: event for event in visible_events.filter(pk__in=events)}
        return lookup

    def _people(self, entries: list[Entry]) -> None:
        visible = Resident.objects.visible_to(self.by)
        if ids := [entry.resident for entry in entries if entry.resident]:
            self.residents = {row.pk: row for row in visible.filter(pk__in=ids)}
        if hashes := [keyed_hash(entry.nik) for entry in entries if entry.nik]:
            # The actor's own office holds its copy; a province may see several: the first.
            for row in visible.filter(nik_hash__in=hashes).order_by("-id"):
                self.by_nik[bytes(row.nik_hash)] = row
        if codes := [entry.ticket for entry in entries if entry.ticket]:
            booked = Appointment.objects.visible_to(self.by).select_related("resident")
            self.tickets = {row.ticket: row for row in booked.filter(ticket__in=codes)}

    def resident(self, entry: Entry) -> Resident:
        if entry.resident:
            resident = self.residents.get(entry.resident)
        elif entry.nik:
            resident = self.by_nik.get(keyed_hash(entry.nik))
        else:
            ticket = self.tickets.get(entry.ticket or "")
            resident = ticket.resident if ticket else None
        if resident is None:
            raise NotFound
        return resident

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

    def category(self, resident: Resident, day: date) -> str:
        key = (resident.village_id, day)
        if key not in self.elections:
            election = previous_election(*key)
            self.elections[key] = election.held_on if election else None
        return category_of(resident.birth_date, day, self.elections[key])


def prepare(lookup: Lookup, entry: Entry) -> Draft:
    """Check one entry against everything it refers to. Raises a DomainError naming the field."""
    if not is_named_once(resident=entry.resident, nik=entry.nik, ticket=entry.ticket):
        raise Invalid("person", NAMED_ONCE, field="resident")
    resident = lookup.resident(entry)
    session = lookup.session(entry)
    event = lookup.event(entry, session)
    office = event.office_id if event else lookup.by.office
    if office is None:
        raise Invalid(
            "office", _("Name a session or an event: your posting has no office."), field="session"
        )
    if event and resident.office_id != office:
        raise Invalid(
            "other-office-person",
            _("This person is held by your own office. The office of the event adds them first."),
            field="resident",
        )
    served_in = event.village_id if event else resident.office_id
    zone = zone_of(served_in)
    if event and event.state not in EventState.held():
        raise Conflict("event-state", _("The event is not approved."), field="event")
    if entry.occurred_at > timezone.now() + AHEAD:
        raise Invalid("in-the-future", _("This time has not come yet."), field="occurred_at")
    day = entry.occurred_at.astimezone(ZoneInfo(zone)).date()
    _check_time(event, day)
    _check_age(entry, resident, day)
    _check_reason(entry)
    return Draft(
        entry=entry,
        resident=resident,
        office=office,
        served_in=served_in,
        zone=zone,
        category=lookup.category(resident, day),
        payload=entry.payload_hash(),
    )


def _check_reason(entry: Entry) -> None:
    if entry.outcome == Outcome.DONE and entry.reason in PrintReason.values:
        if entry.service != Service.CARD_PRINT:
            raise Invalid("print-reason", _("Only a printed card has this reason."), field="reason")
    elif (entry.outcome == Outcome.FAILED) != bool(entry.reason):
        raise Invalid(
            "failure-reason",
            _("A failed service has a reason, a done one has none (but a printed card)."),
            field="reason",
        )
    elif entry.reason in PrintReason.values:
        raise Invalid("failure-reason", _("This is no reason for a failure."), field="reason")


def _check_time(event: ServiceEvent | None, day: date) -> None:
    if event and not event.starts_on <= day <= event.ends_on:
        raise Invalid(
            "outside-event",
            _("The time lies outside the event's days (%(first)s to %(last)s).")
            % {"first": event.starts_on, "last": event.ends_on},
            field="occurred_at",
        )
    if day < FIRST_DAY:
        raise Invalid(
            "too-early",
            _("Nothing was logged before %(day)s.") % {"day": FIRST_DAY},
            field="occurred_at",
        )


def _check_age(entry: Entry, resident: Resident, day: date) -> None:
    if day < resident.birth_date:
        raise Invalid("before-birth", _("This is before the birth date."), field="occurred_at")
    first = recordable_from(resident.birth_date, resident.marital_status)
    if entry.service == Service.RECORDING and day < first:
        raise Invalid(
            "too-young",
            _("Recording is possible from 16, or when married or ever married."),
            field="occurred_at",
        )


_INSERT = """
INSERT INTO registrations_servicerecord (
    id, office_id, seq, row_kind, ref_id, service, outcome, reason, category, resident_id,
    domicile_id, place_id, event_id, session_id, device, author_id, note, occurred_at, timezone,
    received_at, clock_skew, payload_hash, weight, previous_hash, hash
) VALUES {values} RETURNING {columns}
"""
_ROW = "(%s,%s,0,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,now(),%s,%s,0,'\\x'::bytea,'\\x'::bytea)"


def append(by: Actor, drafts: list[Draft], skew: int | None = None) -> list[ServiceRecord]:
    """Write prepared rows in one statement. The trigger sets their numbers, weights and hashes."""
    by_session: dict[uuid.UUID, set[tuple[uuid.UUID, str]]] = {}
    params: list[Any] = []
    for draft in drafts:
        entry, resident = draft.entry, draft.resident
        if entry.session:
            by_session.setdefault(entry.session, set()).add((resident.pk, entry.service))
        params += [
            *(entry.id, draft.office, RowKind.RECORD, None, entry.service, entry.outcome),
            *(entry.reason, draft.category, resident.pk, resident.village_id, draft.served_in),
            *(entry.event, entry.session, entry.device, by.user_id, entry.note),
            *(entry.occurred_at, draft.zone, skew, draft.payload),
        ]
    for session_id, pairs in by_session.items():
        mark_served(session_id, pairs)
    return insert(len(drafts), params)


def insert(count: int, params: list[Any]) -> list[ServiceRecord]:
    """Write rows and read back what the trigger made of them, in one statement."""
    names = [field.attname for field in ServiceRecord._meta.concrete_fields]
    statement = _INSERT.format(values=",".join([_ROW] * count), columns=", ".join(names))
    return [ServiceRecord.from_db(None, names, row) for row in rows(statement, params)]


def resolved(lookup: Lookup, entry: Entry) -> Entry:
    """The entry with its session and event filled in, from its slip or its session."""
    session = lookup.session(entry)
    event = lookup.event(entry, session)
    return Entry(
        **{
            **entry.__dict__,
            "session": session.pk if session else None,
            "event": event.pk if event else None,
        }
    )


def replayed(lookup: Lookup, entry: Entry) -> ServiceRecord | None:
    """The stored row of this entry; None when the id is new, Conflict when the content differs."""
    stored = lookup.stored.get(entry.id)
    if stored is None:
        return None
    if bytes(stored.payload_hash) != entry.payload_hash():
        raise Conflict(
            "record-differs", _("A record with this id and another content exists."), field="id"
        )
    return stored


#: Conflicts of an entry whose copy was committed at the same moment.
OVERTAKEN = {"already-recorded", "already-activated", "record-id-taken"}


@dataclass(frozen=True)
class DeskNote:
    """What a desk notes with a record; nothing medical, and nothing of it is counted."""

    exception: bool = False
    helped: bool = False
    step: str = ""


def log_service(
    *,
    by: Actor,
    entry: Entry,
    device_now: datetime | None = None,
    desk_note: DeskNote | None = None,
) -> tuple[ServiceRecord, bool]:
    """Log one service. Returns the row and whether it is new: the same entry again is harmless.

    A recording that counts at another office already is set aside with weight 0.
    """
    require(by, Permission.RECORDS_LOG)
    try:
        return _log(by=by, entry=entry, device_now=device_now, desk_note=desk_note)
    except Conflict as error:
        if error.code in OVERTAKEN and (copy := first_copy(by, entry)) is not None:
            return copy, False
        raise


@service
def _log(
    *, by: Actor, entry: Entry, device_now: datetime | None, desk_note: DeskNote | None
) -> tuple[ServiceRecord, bool]:
    lookup = Lookup.of(by, [entry])
    if (stored := replayed(lookup, entry)) is not None:
        return stored, False
    draft = prepare(lookup, entry)
    draft.entry = resolved(lookup, entry)
    record = append(by, [draft], skew_of(device_now))[0]
    if desk_note and desk_note != DeskNote():
        RecordNote.objects.create(
            record=record,
            office_id=record.office_id,
            village_id=record.domicile_id,
            event_id=record.event_id,
            **desk_note.__dict__,
        )
    return record, True


def first_copy(by: Actor, entry: Entry, payload: bytes | None = None) -> ServiceRecord | None:
    """The row that a copy of this entry wrote while we waited for it."""
    record = ServiceRecord.objects.visible_to(by).filter(pk=entry.id).first()
    if record is None or bytes(record.payload_hash) != (payload or entry.payload_hash()):
        return None
    return record


def skew_of(device_now: datetime | None) -> int | None:
    """Seconds that the device's clock is ahead of ours; more than a year is stored as a year."""
    if device_now is None:
        return None
    seconds = round((device_now - timezone.now()).total_seconds())
    return max(-WILDEST_SKEW, min(WILDEST_SKEW, seconds))
