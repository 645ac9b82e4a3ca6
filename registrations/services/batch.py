"""Many entries at once: an answer for every row, never a refusal of the whole."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import DomainError, from_database
from registrations.models import ServiceRecord
from registrations.services.ledger import (
    Draft,
    Entry,
    Lookup,
    append,
    prepare,
    replayed,
    resolved,
    skew_of,
)

CHUNK = 100


@dataclass
class Answer:
    """`created`, `already`, `set-aside` or `rejected` with its error."""

    id: uuid.UUID
    status: str
    error: DomainError | None = None


def log_batch(
    *, by: Actor, entries: list[Entry], device_now: datetime | None = None
) -> list[Answer]:
    """Log entries in chunks sorted by person, so that two batches never wait in a circle."""
    require(by, Permission.RECORDS_LOG)
    answers: dict[uuid.UUID, Answer] = {}
    drafts: list[Draft] = []
    lookup = Lookup.of(by, entries)
    for entry in entries:
        try:
            if entry.id in answers:
                continue  # the same id twice in one batch: one row, one answer
            if replayed(lookup, entry) is not None:
                answers[entry.id] = Answer(entry.id, "already")
                continue
            draft = prepare(lookup, entry)
            draft.entry = resolved(lookup, entry)
            drafts.append(draft)
            answers[entry.id] = Answer(entry.id, "created")
        except DomainError as error:
            answers[entry.id] = Answer(entry.id, "rejected", error)
    drafts.sort(key=lambda draft: (bytes(draft.resident.nik_hash), draft.entry.occurred_at))
    for start in range(0, len(drafts), CHUNK):
        _write(by, drafts[start : start + CHUNK], answers, skew_of(device_now))
    _mark_set_aside(answers)
    return [answers[entry.id] for entry in entries]


def _write(
    by: Actor, drafts: list[Draft], answers: dict[uuid.UUID, Answer], skew: int | None
) -> None:
    """A chunk in one statement; when a row breaks a rule, row by row."""
    try:
        _append_chunk(by=by, drafts=drafts, skew=skew)
    except (DomainError, DatabaseError) as whole:
        if len(drafts) == 1:
            answers[drafts[0].entry.id] = _rejected(drafts[0], whole)
            return
        for draft in drafts:
            _write(by, [draft], answers, skew)


@service
def _append_chunk(*, by: Actor, drafts: list[Draft], skew: int | None) -> None:
    append(by, drafts, skew)


def _rejected(draft: Draft, error: DomainError | DatabaseError) -> Answer:
    known = error if isinstance(error, DomainError) else from_database(error)
    if known is None:
        raise error
    return Answer(draft.entry.id, "rejected", known)


def _mark_set_aside(answers: dict[uuid.UUID, Answer]) -> None:
    created = [answer.id for answer in answers.values() if answer.status == "created"]
    aside = ServiceRecord.objects.filter(pk__in=created, weight=0).values_list("pk", flat=True)
    for record_id in aside:
        answers[record_id].status = "set-aside"
