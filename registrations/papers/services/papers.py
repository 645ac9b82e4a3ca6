"""Verbs of a paper: issuing it with its record, for a record that waits for it, taking it back."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound, Refused
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import get_record_or_404
from registrations.ledger.services.corrections import accept_record, void_record
from registrations.ledger.services.entries import Entry, Lookup, placed
from registrations.ledger.services.ledger import DeskNote, log_service
from registrations.papers.enums import PaperKind, PaperState
from registrations.papers.errors import already_issued, not_counted, outside_rule
from registrations.papers.models import Paper
from registrations.papers.selectors import WAITS, get_paper_or_404, window_on
from registrations.people.models import Resident
from registrations.people.selectors import get_resident_or_404

LONGEST_REASON = 300
#: 100 bits, five a letter.
_LETTERS = 20


def _code() -> str:
    drawn = secrets.randbits(100) << 4
    return base64.b32encode(drawn.to_bytes(13, "big")).decode().lower()[:_LETTERS]


def initials_of(name: str) -> str:
    return " ".join(f"{word[0].upper()}." for word in name.split()[:6])[:20]


def issue(
    *,
    by: Actor,
    kind: str,
    resident: uuid.UUID,
    id: uuid.UUID | None = None,  # noqa: A002 - the contract's word
    session: uuid.UUID | None = None,
    reason: str = "",
    occurred_at: datetime | None = None,
    note: str = "",
    desk_note: DeskNote | None = None,
) -> tuple[Paper, bool]:
    """Write a paper and its record. Returns it and whether it is new: the same id and body again is
    harmless. `reason`: outside every rule (the head's alone), or why a valid paper is replaced.

    Raises Invalid `outside-rule`, `too-young`, `not-recorded-yet`, `card-printed`,
    `status-old`; Conflict `already-issued`, `paper-not-counted`, `record-differs`.
    """
    require(by, Permission.PAPERS_ISSUE)
    paper_id, tidy = id or uuid7(), _reason(reason)
    try:
        said = (kind, resident, session, tidy)
        return _issue(by, paper_id, *said, occurred_at, note, desk_note)
    except Conflict:
        # A copy of this request was faster.
        if (stored := _stored(by, paper_id, kind, resident, session, tidy)) is not None:
            return stored, False
        raise


@service
def _issue(
    by: Actor,
    paper_id: uuid.UUID,
    kind: str,
    resident_id: uuid.UUID,
    session: uuid.UUID | None,
    reason: str,
    occurred_at: datetime | None,
    note: str,
    desk_note: DeskNote | None,
) -> tuple[Paper, bool]:
    if (stored := _stored(by, paper_id, kind, resident_id, session, reason)) is not None:
        return stored, False
    if kind not in PaperKind.values:
        raise Invalid("kind", _("Choose the kind of paper."), field="kind")
    person = get_resident_or_404(by, resident_id)
    entry = Entry(
        id=paper_id,
        service=kind,
        outcome=Outcome.DONE,
        resident=resident_id,
        session=session,
        occurred_at=occurred_at or timezone.now(),
        note=note,
    )
    place = placed(Lookup.of(by, [entry]), entry)
    _own(by, place.office, person)
    # In the order of `ledger.log_service`: ledger, counter, person, end of the chain.
    hold(Lock.LEDGER, place.office, shared=True)
    paper = _write(by, person, kind, paper_id, place.day, reason)
    record, _new = log_service(by=by, entry=entry, desk_note=desk_note)
    if record.weight != 1:
        raise not_counted()
    return paper, True


def issue_at_desk(
    *,
    by: Actor,
    kind: str,
    resident: uuid.UUID,
    paper_id: uuid.UUID,
    session: uuid.UUID | None = None,
    reason: str = "",
    occurred_at: datetime | None = None,
    note: str = "",
    desk_note: DeskNote | None = None,
) -> Paper:
    """The form of a desk, which a clerk may send twice. What it says anew, or after its paper was taken
    back, becomes a paper of its own.
    """
    stored = Paper.objects.visible_to(by).filter(pk=paper_id).first()
    if stored is not None and stored.state == PaperState.VOID:
        paper_id = uuid7()
    return issue(
        by=by,
        kind=kind,
        resident=resident,
        id=paper_id,
        session=session,
        reason=reason,
        occurred_at=occurred_at,
        note=note,
        desk_note=desk_note,
    )[0]


def _own(by: Actor, office: str, person: Resident) -> None:
    if by.office != office or person.office_id != office:
        raise Refused("forbidden", _("An office issues papers to its own people."))


def _stored(
    by: Actor,
    paper_id: uuid.UUID,
    kind: str,
    resident: uuid.UUID,
    session: uuid.UUID | None,
    reason: str,
) -> Paper | None:
    """Raises Conflict where something else has this id."""
    stored = Paper.objects.visible_to(by).select_related("record").filter(pk=paper_id).first()
    if stored is None:
        return None
    said = (stored.kind, stored.resident_id, stored.reason)
    same_session = session is None or stored.record.session_id == session
    if said != (kind, resident, reason) or not same_session:
        raise Conflict(
            "record-differs", _("A paper with this id and another content exists."), field="id"
        )
    return stored


def _reason(text: str) -> str:
    tidy = " ".join(text.split())
    refuse_number(tidy, field="reason")
    if len(tidy) > LONGEST_REASON:
        raise Invalid(
            "reason-long",
            _("At most %(most)s characters.") % {"most": LONGEST_REASON},
            field="reason",
        )
    return tidy


def _write(
    by: Actor, person: Resident, kind: str, record: uuid.UUID, day: date, reason: str
) -> Paper:
    """The row, before its record. What the database refuses it refuses here, with its words."""
    window = window_on(person.office_id, kind, day)
    if window is None and not (reason and by.may(Permission.PAPERS_SET)):
        raise outside_rule()
    standing = Paper.objects.filter(resident=person, kind=kind, state=PaperState.VALID).first()
    if standing is not None and not reason and not standing.is_expired(day):
        raise already_issued()
    paper = Paper.objects.create(
        id=record,
        record_id=record,
        office_id=person.office_id,
        resident=person,
        kind=kind,
        issued_on=day,
        code=_code(),
        rule=window.rule if window else None,
        reason=reason,
        extends=standing,
        initials=initials_of(person.identity.name),
        birth_year=person.birth_date.year,
        # As `paper_issue` writes it.
        valid_until=None if kind == PaperKind.BIODATA else date.max,
        issued_by_id=by.user_id,
    )
    paper.refresh_from_db()
    return paper


@service
def issue_for(*, by: Actor, record_id: uuid.UUID, reason: str) -> Paper:
    """The paper of a record that was logged without one and set aside; a second person decides, and the
    record counts from then on. The day is the record's.
    """
    require(by, Permission.PAPERS_ISSUE)
    record = get_record_or_404(by, record_id)
    if record.service not in PaperKind.values or record.set_aside_code not in WAITS:
        raise NotFound
    person = get_resident_or_404(by, record.resident_id)
    _own(by, record.office_id, person)
    tidy = _reason(reason)
    if not tidy:
        raise Invalid("reason", _("Give a reason."), field="reason")
    hold(Lock.LEDGER, record.office_id, shared=True)
    if Paper.objects.filter(record=record).exists():
        raise Conflict("already-issued", _("Its paper was issued already."))
    paper = _write(by, person, record.service, record.pk, record.service_date, tidy)
    accept_record(by=by, record=record, reason=tidy)
    return paper


def void_paper(*, by: Actor, paper_id: uuid.UUID, reason: str) -> Paper:
    """Take a paper back by voiding its record. Raises Conflict `already-voided`."""
    require(by, Permission.PAPERS_ISSUE)
    paper = get_paper_or_404(by, paper_id)
    record = ServiceRecord.objects.visible_to(by).filter(pk=paper.record_id).first()
    if record is None:
        raise NotFound
    _row, is_new = void_record(by=by, record=record, reason=reason)
    if not is_new:
        raise Conflict("already-voided", _("This paper is void already."))
    paper.refresh_from_db()
    return paper
