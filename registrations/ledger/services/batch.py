"""Many entries at once: an answer for every row, never a refusal of the whole."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import RETRIED, service
from dukcapil.core.errors import Conflict, DomainError, from_database, of_rule
from dukcapil.core.locks import Lock, hold
from registrations.ledger.enums import RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.cards import book_cards
from registrations.ledger.services.entries import (
    Draft,
    Entry,
    Lookup,
    Place,
    placed,
    prepare,
    replayed,
)
from registrations.ledger.services.ledger import (
    OVERTAKEN,
    accept_what_waited,
    first_copy,
    said_of,
    skew_of,
    use_up_bookings,
    write_records,
)
from registrations.ledger.services.receivers import write_receivers

#: Bookings that are used up in one statement.
CHUNK = 100


@dataclass
class EntryAnswer:
    """`created`, `already`, `set-aside` with its code, or `rejected` with its error."""

    id: uuid.UUID
    status: str
    error: DomainError | None = None
    set_aside_code: str = ""
    #: Bag or store held no card for it by the stock ledger.
    card_missing: bool = False


@service
def log_batch(
    *, by: Actor, entries: list[Entry], device_now: datetime | None = None
) -> list[EntryAnswer]:
    """Log entries sorted by person, so that two batches never wait in a circle.

    One answer an entry, in order. Single records of the same offices wait until the commit, from
    before people are read; else the two would end in deadlocks (ADR 0012).
    """
    require(by, Permission.RECORDS_LOG)
    lookup = Lookup.of(by, entries)
    answers = [EntryAnswer(entry.id, "created") for entry in entries]
    placed_entries: list[tuple[Entry, Place, EntryAnswer]] = []
    seen: dict[uuid.UUID, tuple[Entry, EntryAnswer]] = {}
    for entry, answer in zip(entries, answers, strict=True):
        try:
            own = (entry, answer)
            if (before := seen.setdefault(entry.id, own)) is not own:
                _answer_repeated(entry, *before, answer)
                continue
            if replayed(lookup, entry) is not None:
                answer.status = "already"
                continue
            placed_entries.append((entry, placed(lookup, entry), answer))
        except DomainError as error:
            answer.status, answer.error = "rejected", error
    _lock_chains({place.office for _entry, place, _answer in placed_entries})
    drafts = _drafts(lookup, placed_entries)
    drafts.sort(key=lambda pair: (bytes(pair[0].resident.nik_hash), pair[0].entry.occurred_at))
    written = _write(by, drafts, skew_of(device_now))
    missing = book_cards(by, written)
    accept_what_waited(by, written)
    _mark_set_aside(answers, written)
    for answer in answers if missing else ():
        answer.card_missing = answer.id in missing
    for entry, answer in zip(entries, answers, strict=True) if len(seen) < len(entries) else ():
        first = seen[entry.id][1]
        if answer is not first and answer.status == "created":
            answer.status, answer.error = first.status, first.error
    return answers


def _drafts(
    lookup: Lookup, placed_entries: list[tuple[Entry, Place, EntryAnswer]]
) -> list[tuple[Draft, EntryAnswer]]:
    """Those that are to be written; the others are answered. A batch tells what has happened: what no
    rule allows is set aside by the ledger.
    """
    lookup.find_people([(entry, place) for entry, place, _answer in placed_entries])
    drafts = []
    for entry, place, answer in placed_entries:
        try:
            drafts.append((prepare(lookup, entry, place, asks=False), answer))
        except DomainError as error:
            answer.status, answer.error = "rejected", error
    return drafts


def _lock_chains(offices: set[str]) -> None:
    """Hold these chains for this transaction; the function `ledger_write` holds them shared."""
    for office in sorted(offices):
        hold(Lock.LEDGER, office)


def _answer_repeated(
    entry: Entry, first: Entry, first_answer: EntryAnswer, answer: EntryAnswer
) -> None:
    """The same id twice in one batch: one row and the same answer, or a clear refusal."""
    if entry.payload_hash() != first.payload_hash():
        raise Conflict(
            "record-differs", _("A record with this id and another content exists."), field="id"
        )
    answer.status, answer.error = first_answer.status, first_answer.error


def _write(
    by: Actor, pairs: list[tuple[Draft, EntryAnswer]], skew: int | None
) -> list[ServiceRecord]:
    """All in one call of the ledger's writer, which answers for each row that breaks a rule of its own. What
    breaks another one (an id that is taken, a person who is gone) undoes the call: then half of them, and so on.
    """
    if not pairs:
        return []
    try:
        with transaction.atomic():
            return _write_all(by, pairs, skew)
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) in RETRIED:
            raise
        refusal = from_database(error)
        if refusal is None:
            raise
        if half := len(pairs) // 2:
            return [*_write(by, pairs[:half], skew), *_write(by, pairs[half:], skew)]
        _refuse(by, *pairs[0], refusal)
        return []


def _write_all(
    by: Actor, pairs: list[tuple[Draft, EntryAnswer]], skew: int | None
) -> list[ServiceRecord]:
    written, refused = write_records([said_of(by, draft, skew) for draft, _answer in pairs])
    drafts = [draft for draft, _answer in pairs if not refused or draft.entry.id not in refused]
    seated = [draft for draft in drafts if draft.entry.session]
    for start in range(0, len(seated), CHUNK):
        use_up_bookings(seated[start : start + CHUNK])
    write_receivers(drafts, written)
    for draft, answer in pairs if refused else ():
        if code := refused.get(draft.entry.id):
            _refuse(by, draft, answer, of_rule(code))
    return written


def _refuse(by: Actor, draft: Draft, answer: EntryAnswer, refusal: DomainError) -> None:
    if refusal.code in OVERTAKEN and first_copy(by, draft.entry, draft.payload) is not None:
        answer.status = "already"
    else:
        answer.status, answer.error = "rejected", refusal


def _mark_set_aside(answers: list[EntryAnswer], written: list[ServiceRecord]) -> None:
    codes = {record.pk: record.set_aside_code for record in written if record.weight == 0}
    if not codes:
        return
    # Some were accepted at once (`accept_what_waited`).
    accepted = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.ACCEPT)
    waiting = ServiceRecord.objects.filter(pk__in=codes).exclude(Exists(accepted))
    codes = dict(waiting.values_list("pk", "set_aside_code"))
    for answer in answers:
        if answer.status == "created" and answer.id in codes:
            answer.status, answer.set_aside_code = "set-aside", codes[answer.id]
