"""`ledger.log_service` on the short road: one service of one person who is named by id, at the office of the
actor or at one of its events, without a card.

What is looked up comes by prepared statements into the same `Lookup`; every rule about it is asked of the
same functions as on the long way, and the row is written by the same `append`. A repeated record, a row that
is set aside by a rule, and whatever waited for the recording go the long way (docs/adr/0078).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from django.db.models import QuerySet

from dukcapil.accounts.permissions import Permission, Role
from dukcapil.accounts.road import HELD, OFFICE, held
from dukcapil.accounts.scoping import Actor, declared
from dukcapil.accounts.services import require
from dukcapil.core.db import ENTERED, EVERYBODY
from dukcapil.core.errors import DomainError
from dukcapil.core.locks import TRY_SHARED, Lock
from dukcapil.core.road import LongWay, Query, Statement, Step, Transaction, with_marks
from dukcapil.regions.enums import today_in
from dukcapil.regions.validators import NATION, bounds, lineage
from events.elections.selectors import elections_before
from events.planning.enums import Service
from events.planning.models.session import Seat
from registrations.booking.models.appointment import Appointment, AppointmentService
from registrations.booking.models.message import Message
from registrations.ledger.enums import Outcome, SetAside
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.cards import book_cards
from registrations.ledger.services.entries import Entry, Lookup, placed, prepare
from registrations.ledger.services.ledger import append, skew_of, waiting_for_recording
from registrations.ledger.services.named import Person
from registrations.ledger.validators import CARD_ITEMS
from registrations.people.models import Resident

#: Nothing of a card is used or handed over by them.
SERVICES = frozenset(Service.values) - CARD_ITEMS.keys() - {Service.CARD_HANDOVER}

#: Stand in the queries until the values are known.
_SOMEBODY, _ANYWHERE = uuid.UUID(int=1), "99.99"
_ANYBODY = Actor(0, 0, Role.DISTRICT_OPERATOR, _ANYWHERE)
_OFFICE_MARKS = (_ANYWHERE, *bounds(_ANYWHERE))
_VILLAGE_MARKS = lineage("99.99.99.9999")
_DAY_MARK = date(1801, 1, 1)

_HOLD = Statement(
    "road_hold_ledger",
    f"SELECT {held(TRY_SHARED.replace('$2', OFFICE) + '::int')}",
    writes=(ServiceRecord, Seat, Appointment, AppointmentService, Message),
)


def _person() -> QuerySet[Any, Any]:
    visible = Resident.objects.visible_to(_ANYBODY).filter(pk=_SOMEBODY)
    return cast("QuerySet[Any, Any]", visible.values_list(*Person._fields))


def _waiting() -> QuerySet[Any, Any]:
    return waiting_for_recording(_ANYBODY, [_SOMEBODY]).values_list("pk")[:1]


def _elections() -> QuerySet[Any, Any]:
    before: Any = elections_before(_VILLAGE_MARKS, _DAY_MARK)
    return cast("QuerySet[Any, Any]", before.values_list("held_on")[:1])


#: As `bounds` of the office.
_OFFICE_IN_SQL = (OFFICE, f"({OFFICE} || '.')", f"({OFFICE} || '/')")
#: As `lineage` of the person's village.
_VILLAGE_IN_SQL = [
    f"'{NATION}'",
    *(f"left(person.village_id, {len(code)})" for code in _VILLAGE_MARKS[1:]),
]


@cache
def _facts() -> Statement:
    """The person, the day at the office, and the election before it in the person's village."""
    offices = dict(zip(_OFFICE_MARKS, _OFFICE_IN_SQL, strict=True))
    places = dict(zip(_VILLAGE_MARKS, _VILLAGE_IN_SQL, strict=True))
    # The queries are only put together: no scope is asked.
    with _declared(EVERYBODY):
        person = with_marks("road_person", _person(), {_SOMEBODY: "$1", **offices})
        election = with_marks("road_election", _elections(), {_DAY_MARK: "here.day", **places})
    return Statement(
        "road_record_facts",
        f"""
SELECT {ENTERED}, {HELD}, here.day, held.held_on, person.*
  FROM (SELECT) only_one
  LEFT JOIN LATERAL (SELECT ($2::timestamptz AT TIME ZONE timezone)::date AS day
                       FROM regions_region WHERE code = {OFFICE}) here ON true
  LEFT JOIN LATERAL ({person}) person ON true
  LEFT JOIN LATERAL ({election}) held ON true
""",
    )


_WAITING = Query("road_waiting_records", _waiting, [_SOMEBODY, *_OFFICE_MARKS])


def plain_entry(entry: Entry) -> Entry:
    if entry.service not in SERVICES or entry.resident is None:
        raise LongWay("service")
    return entry


def steps_of(entry: Entry) -> tuple[Step, Step]:
    """Holds the ledger of the actor's office, and reads what `log_plain` takes."""
    return (
        (_HOLD, (Lock.LEDGER.value,)),
        (_facts(), (str(entry.resident), entry.occurred_at)),
    )


def log_plain(
    by: Actor,
    transaction: Transaction,
    entry: Entry,
    row: tuple[Any, ...],
    device_now: datetime | None,
) -> ServiceRecord:
    """The row, in a transaction that has the actor's scope and did `steps_of`; `row`: of the second of them.
    The caller commits. Raises LongWay alone.
    """
    require(by, Permission.RECORDS_LOG)
    if by.whole_office is None:
        raise LongWay("posting")
    try:
        with _declared(by.scope):
            return _log(by, transaction, entry, row, device_now)
    except DomainError:
        # Put into words there.
        raise LongWay("refused") from None


def _log(
    by: Actor,
    transaction: Transaction,
    entry: Entry,
    row: tuple[Any, ...],
    device_now: datetime | None,
) -> ServiceRecord:
    lookup = Lookup.of(by, [entry]) if entry.session or entry.event else Lookup(by)
    place = placed(lookup, entry)
    if lookup.stored or place.office != by.office:
        raise LongWay("place")
    is_held, day, held_on, *person = row
    resident = Person._make(person)
    if resident.pk is None:
        raise LongWay("not-found")
    if not is_held:
        # A batch, or a correction of somebody: who waits for it, waits on the long way.
        raise LongWay("waits")
    lookup.residents = {resident.pk: resident}
    if len(lineage(resident.village_id)) == len(_VILLAGE_MARKS):
        lookup.elections[resident.village_id, day] = held_on
    asks = place.day >= today_in(place.served_in)
    draft = prepare(lookup, entry, place, asks=asks)
    record = append(by, [draft], skew_of(device_now))[0]
    if record.set_aside_code and (
        record.set_aside_code == SetAside.PAPER_NEEDED
        or (asks and record.set_aside_code in SetAside.by_rule())
    ):
        raise LongWay("set-aside")
    record.card_missing = bool(book_cards(by, [record]))
    if _is_recorded(record):
        office = (by.office, *bounds(by.office))
        if transaction.ask(_WAITING.of((str(resident.pk), *office))):
            raise LongWay("waited")
    return record


def _is_recorded(record: ServiceRecord) -> bool:
    """As `accept_what_waited` asks."""
    counts = record.weight == 1 and record.outcome == Outcome.DONE
    return counts and record.service == Service.RECORDING


@contextmanager
def _declared(scope: str) -> Iterator[None]:
    """The database has this scope already."""
    token = declared.set(scope)
    try:
        yield
    finally:
        declared.reset(token)
