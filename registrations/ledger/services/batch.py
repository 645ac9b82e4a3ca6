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
from dukcapil.core.errors import Conflict, DomainError, from_database
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
    append,
    first_copy,
    skew_of,
)

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
    """Log entries in chunks sorted by person, so that two batches never wait in a circle.

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
            if entry.id in seen:
                _answer_repeated(entry, *seen[entry.id], answer)
                continue
            seen[entry.id] = (entry, answer)
            if replayed(lookup, entry) is not None:
                answer.status = "already"
                continue
            placed_entries.append((entry, placed(lookup, entry), answer))
        except DomainError as error:
            answer.status, answer.error = "rejected", error
    _lock_chains({place.office for _entry, place, _answer in placed_entries})
    drafts = _drafts(lookup, placed_entries)
    drafts.sort(key=lambda pair: (bytes(pair[0].resident.nik_hash), pair[0].entry.occurred_at))
    written: list[ServiceRecord] = []
    for start in range(0, len(drafts), CHUNK):
        written += _write(by, drafts[start : start + CHUNK], skew_of(device_now))
    missing = book_cards(by, written)
    accept_what_waited(by, written)
    _mark_set_aside(answers)
    for answer in answers:
        answer.card_missing = answer.id in missing
    for entry, answer in zip(entries, answers, strict=True):
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
    """A chunk in one statement; when a row breaks a rule, row by row."""
    try:
        with transaction.atomic():
            return append(by, [draft for draft, _answer in pairs], skew)
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) in RETRIED:
            raise
        refusal = from_database(error)
        if refusal is None:
            raise
        if len(pairs) > 1:
            return [row for pair in pairs for row in _write(by, [pair], skew)]
        draft, answer = pairs[0]
        if refusal.code in OVERTAKEN and first_copy(by, draft.entry, draft.payload) is not None:
            answer.status = "already"
        else:
            answer.status, answer.error = "rejected", refusal
        return []


def _mark_set_aside(answers: list[EntryAnswer]) -> None:
    created = [answer.id for answer in answers if answer.status == "created"]
    accepted = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.ACCEPT)
    waiting = ServiceRecord.objects.filter(pk__in=created, weight=0).exclude(Exists(accepted))
    codes = dict(waiting.values_list("pk", "set_aside_code"))
    for answer in answers:
        if answer.id in codes:
            answer.status, answer.set_aside_code = "set-aside", codes[answer.id]
