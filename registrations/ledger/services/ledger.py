"""Writing the ledger. Pages, API and offline queues all come through `prepare` and `append`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.base import ModelState
from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.among import Among
from dukcapil.core.crypto import keyed_hash
from dukcapil.core.db import RETRIED, rows, service
from dukcapil.core.errors import Conflict, from_database
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, held
from dukcapil.core.prepared import as_array, hot
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from registrations.booking.services.visits import mark_served
from registrations.ledger.enums import Outcome, RowKind, SetAside
from registrations.ledger.models import RecordNote, ServiceRecord
from registrations.ledger.services.cards import book_cards
from registrations.ledger.services.entries import (
    AtDesk,
    Draft,
    Entry,
    Lookup,
    canonical,
    placed,
    prepare,
    replayed,
)
from registrations.ledger.services.receivers import write_receivers
from registrations.ledger.validators import refusal_of

WILDEST_SKEW = 366 * 86_400

#: What is said of a row, in the order of `insert` and `said_of`; everything else the function `ledger_write` makes.
SAID = (
    *(
        "id",
        "office_id",
        "row_kind",
        "ref_id",
        "service",
        "outcome",
        "reason",
        "category",
        "resident_id",
    ),
    *(
        "domicile_id",
        "place_id",
        "event_id",
        "session_id",
        "device",
        "author_id",
        "note",
        "occurred_at",
    ),
    *("timezone", "clock_skew", "payload_hash", "card_used"),
)
_COLUMNS = [field.attname for field in ServiceRecord._meta.concrete_fields]
#: Prepared: to plan it took a sixteenth of a record's time in PostgreSQL.
_WRITE = hot(
    "ledger_write",
    f"SELECT {', '.join(_COLUMNS)} FROM ledger_write($1::json, false)",
    generic=False,
)
#: Its plain word: an enum is asked for it each time.
_RECORD = RowKind.RECORD.value
_MADE = ("seq", "weight", "service_date", "set_aside_code")
_WRITE_MANY = f"SELECT id::text, {', '.join(_MADE)} FROM ledger_write(%s, true)"


def append(by: Actor, drafts: list[Draft], skew: int | None = None) -> list[ServiceRecord]:
    """Write prepared rows in one statement. The ledger sets their numbers, weights and hashes."""
    use_up_bookings(drafts)
    written = write([said_of(by, draft, skew) for draft in drafts])
    write_receivers(drafts, written)
    return written


def use_up_bookings(drafts: Iterable[Draft]) -> None:
    by_session: dict[uuid.UUID, set[tuple[uuid.UUID, str]]] = {}
    for draft in drafts:
        if draft.entry.session:
            named = (draft.resident.pk, draft.entry.service)
            by_session.setdefault(draft.entry.session, set()).add(named)
    for session_id, pairs in by_session.items():
        mark_served(session_id, pairs)


def said_of(by: Actor, draft: Draft, skew: int | None) -> dict[str, Any]:
    entry, resident, place = draft.entry, draft.resident, draft.place
    return {
        "id": entry.id,
        "office_id": place.office,
        "row_kind": _RECORD,
        "ref_id": None,
        "service": entry.service,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "category": draft.category,
        "resident_id": resident.pk,
        "domicile_id": resident.village_id,
        "place_id": place.served_in,
        "event_id": entry.event,
        "session_id": entry.session,
        "device": entry.device,
        "author_id": by.user_id,
        "note": entry.note,
        "occurred_at": entry.occurred_at,
        "timezone": place.zone,
        "clock_skew": skew,
        "payload_hash": draft.payload,
        "card_used": entry.card_used,
    }


def insert(count: int, params: list[Any]) -> list[ServiceRecord]:
    """Write rows and read back what the ledger made of them, in one call of its only writer."""
    width = len(SAID)
    said = (params[n * width : (n + 1) * width] for n in range(count))
    return write([dict(zip(SAID, row, strict=True)) for row in said])


def write(said: list[dict[str, Any]]) -> list[ServiceRecord]:
    """The rows of what is said (`SAID`), or the first refusal."""
    return [_made_of(dict(zip(_COLUMNS, row, strict=True))) for row in _WRITE.rows(_told(said))]


def write_records(
    said: list[dict[str, Any]],
) -> tuple[list[ServiceRecord], dict[uuid.UUID, str]]:
    """As `write`, for many records: those that are written, and of those that a rule refuses its SQLSTATE.
    Of a record the ledger changes nothing that is said, so little is read back.
    """
    made = {row[0]: row[1:] for row in rows(_WRITE_MANY, [_told(said)])}
    written, refused = [], {}
    # As PostgreSQL writes them, of all at once.
    keys = orjson.loads(orjson.dumps([row["id"] for row in said]))
    for key, row in zip(keys, said, strict=True):
        seq, weight, day, code = made[key]
        if seq:
            written.append(_record(row, seq, weight, day, code))
        else:
            refused[row["id"]] = code
    return written, refused


def _record(
    said: dict[str, Any], seq: int, weight: int, day: date, set_aside_code: str
) -> ServiceRecord:
    """The steps of a batch ask for nothing else of it."""
    made = {"seq": seq, "weight": weight, "service_date": day, "set_aside_code": set_aside_code}
    return _made_of(said | made)


def _made_of(values: dict[str, Any]) -> ServiceRecord:
    """As Django makes it of a row, without asking each field: that took longer than all the rest."""
    state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    record = ServiceRecord.__new__(ServiceRecord)
    record.__dict__.update(values, _state=state)
    return record


def _told(said: list[dict[str, Any]]) -> str:
    return orjson.dumps(said, default=_hex).decode()


def _hex(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    raise TypeError(type(value))


def decision(
    by: Actor, record: ServiceRecord, kind: RowKind, reason: str, card: str = ""
) -> list[Any]:
    """A row that voids a record or accepts it, for `insert`. `card`: what became of its card."""
    content = {"kind": kind, "ref": record.pk, "reason": reason} | ({"card": card} if card else {})
    return [
        *(uuid7(), record.office_id, kind, record.pk, record.service, record.outcome),
        *(record.reason, record.category, record.resident_id, record.domicile_id),
        *(record.place_id, record.event_id, record.session_id, record.device),
        *(by.user_id, reason, record.occurred_at, record.timezone, None),
        *(keyed_hash(canonical(content)), card),
    ]


def waiting_for_recording(by: Actor, people: Iterable[uuid.UUID]) -> QuerySet[ServiceRecord]:
    """What was told of these people before their recording, and nobody decided."""
    keys = list(people)
    # One is a mark of the short road's statement.
    who = Among("resident_id", keys) if len(keys) > 1 else Q(resident__in=keys)
    decided = ServiceRecord.objects.filter(ref_id=OuterRef("pk"))
    waiting = ServiceRecord.objects.visible_to(by).filter(
        who,
        row_kind=RowKind.RECORD,
        weight=0,
        set_aside_code=SetAside.NOT_RECORDED,
    )
    return waiting.exclude(Exists(decided))


#: Hardly ever: whether anything of theirs was set aside at all. Asked by people, not by what an office set aside.
_MAY_WAIT = hot(
    "may_wait_for_recording",
    f"""
WITH theirs AS MATERIALIZED (
    SELECT row_kind, weight, set_aside_code FROM registrations_servicerecord
     WHERE resident_id = ANY ($1::uuid[]))
SELECT 1 FROM theirs
 WHERE row_kind = '{RowKind.RECORD}' AND weight = 0 AND set_aside_code = '{SetAside.NOT_RECORDED}' LIMIT 1
""",
)


def accept_what_waited(by: Actor, written: Iterable[ServiceRecord]) -> None:
    """Rows that were just written: where one lets a recording count, what was told of that person before
    it and waits for nothing else counts, too. Two laptops may upload in the wrong order.

    Nobody judges anything here, so it asks for no right: the rule that kept it back is kept now. What
    happened on an earlier day than the recording still waits for the head; so does an activation
    beside one that counts.
    """
    days = {
        row.resident_id: row.service_date
        for row in written
        if row.weight == 1 and row.service == Service.RECORDING and row.outcome == Outcome.DONE
    }
    if not days:
        return
    accepted = 0
    if not _MAY_WAIT.rows(as_array(days)):
        return
    for record in waiting_for_recording(by, days).order_by("office_id", "seq"):
        if record.service_date >= days[record.resident_id]:
            accepted += _accept(by, record)
    if accepted:
        log_access(by=by, action=Access.CHANGE, kind="records accepted", found=accepted)


def _accept(by: Actor, record: ServiceRecord) -> bool:
    reason = _("The recording is there by now.")
    try:
        with transaction.atomic():
            insert(1, decision(by, record, RowKind.ACCEPT, reason))
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) in RETRIED or from_database(error) is None:
            raise
        return False
    return True


#: Conflicts of an entry whose copy was committed at the same moment.
OVERTAKEN = {"already-recorded", "already-activated", "record-id-taken", "waits-for-decision"}


@dataclass(frozen=True)
class DeskNote:
    """What a desk notes with a record; nothing medical. Of it only the step of an IKD is counted."""

    exception: bool = False
    helped: bool = False
    step: str = ""


def log_service(
    *,
    by: Actor,
    entry: Entry,
    device_now: datetime | None = None,
    desk_note: DeskNote | None = None,
    desk: AtDesk | None = None,
) -> tuple[ServiceRecord, bool]:
    """Log one service. Returns the row and whether it is new: the same entry again is harmless.

    A recording that counts at another office already is set aside with weight 0. What the table of
    rules about people forbids is refused; of an earlier day it has happened, and is set aside.
    """
    require(by, Permission.RECORDS_LOG)
    try:
        return _log(by=by, entry=entry, device_now=device_now, desk_note=desk_note, desk=desk)
    except Conflict as error:
        if error.code in OVERTAKEN and (copy := first_copy(by, entry)) is not None:
            return copy, False
        raise


@service
def _log(
    *,
    by: Actor,
    entry: Entry,
    device_now: datetime | None,
    desk_note: DeskNote | None,
    desk: AtDesk | None,
) -> tuple[ServiceRecord, bool]:
    lookup = Lookup.of(by, [entry], desk)
    if (stored := replayed(lookup, entry)) is not None:
        return stored, False
    place = placed(lookup, entry)
    # Beside others; a correction of the person waits, and this for one (`Lookup.find_people`).
    lookup.find_people([(entry, place)], held(Lock.LEDGER, place.office, shared=True))
    asks = place.day >= today_in(place.served_in)
    draft = prepare(lookup, entry, place, asks=asks)
    record = append(by, [draft], skew_of(device_now))[0]
    unpapered = record.set_aside_code == SetAside.PAPER_NEEDED
    if unpapered or (asks and record.set_aside_code in SetAside.by_rule()):
        # Only the ledger knows who is recorded. Its row goes with this transaction.
        raise refusal_of(SetAside(record.set_aside_code), entry.service)
    record.card_missing = bool(book_cards(by, [record]))
    accept_what_waited(by, [record])
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
