"""Verbs of a document: asking, ticking papers, working, ready, handing over, refusing.

`by` works at the desk of the person's own office. The ledger's record is written with the hand-over.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.crypto import decrypt, encrypt
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import today_in
from events.planning.models.event import ServiceEvent
from events.planning.selectors.requirements import papers_of
from registrations.documents.enums import (
    TAKEN_BY,
    TRANSITIONS,
    DocumentRefusal,
    DocumentState,
    ForWhom,
    Proof,
    Relation,
    Verb,
)
from registrations.documents.errors import elsewhere, other_content
from registrations.documents.models import DocumentRequest
from registrations.documents.selectors import found_dead, seen_of
from registrations.ledger.enums import Outcome
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.people.enums import MaritalStatus
from registrations.people.models import Resident
from registrations.people.validators import CARD_AGE, anniversary

LONGEST_NAME = 120
_State = DocumentState


def ask_once(
    *,
    by: Actor,
    document_id: uuid.UUID,
    resident: Resident,
    service: str,
    for_whom: str,
    here: list[str],
    event: ServiceEvent | None = None,
) -> tuple[DocumentRequest, bool]:
    """As `ask_document`, of a program that names its request: it, and whether it is new. The same id and
    content again is the same request, whatever became of it since; another content is Conflict
    `document-differs`.
    """
    require(by, Permission.RECORDS_LOG)
    asked = (resident, service, for_whom, here, event)
    if (before := _sent_before(by, document_id, *asked)) is not None:
        return before, False
    try:
        new = ask_document(
            by=by,
            document_id=document_id,
            resident=resident,
            service=service,
            for_whom=for_whom,
            here=here,
            event=event,
        )
    except Conflict:
        # A copy of this request was faster.
        if (before := _sent_before(by, document_id, *asked)) is not None:
            return before, False
        raise
    return new, True


def _sent_before(
    by: Actor,
    document_id: uuid.UUID,
    resident: Resident,
    service: str,
    for_whom: str,
    here: list[str],
    event: ServiceEvent | None,
) -> DocumentRequest | None:
    """What was ticked or worked on since is no other content."""
    before = DocumentRequest.objects.visible_to(by).filter(pk=document_id).first()
    if before is None:
        return None
    said = (before.resident_id, before.service, before.for_whom, before.event_id)
    same = said == (resident.pk, service, for_whom, event.pk if event else None)
    untouched = before.changed_at <= before.taken_at
    if not same or (untouched and set(before.lacks) != set(before.asked_papers) - set(here)):
        raise other_content()
    return before


@service
def ask_document(
    *,
    by: Actor,
    resident: Resident,
    service: str,
    for_whom: str,
    here: list[str],
    event: ServiceEvent | None = None,
    document_id: uuid.UUID | None = None,
) -> DocumentRequest:
    """`here`: which of the papers of today's rule were handed in. Without all of them it is incomplete.

    Raises Conflict `already-asked`, `found-dead`, Invalid for what is no document or does not fit whom it
    is for.
    """
    require(by, Permission.RECORDS_LOG)
    if by.office is None or resident.office_id != by.office:
        raise NotFound
    _check_event(by, event)
    _check_asker(by, resident, for_whom)
    papers = papers_of(by.office, [service], today_in(by.office))[service]
    lacks = _missing(papers, here)
    request = DocumentRequest.objects.create(
        id=document_id or uuid7(),
        office_id=by.office,
        village_id=resident.village_id,
        resident=resident,
        event=event,
        service=service,
        for_whom=for_whom,
        state=_State.INCOMPLETE if lacks else _State.ASKED,
        asked_papers=papers,
        lacks=lacks,
        taken_by_id=by.user_id,
        changed_by_id=by.user_id,
    )
    _written(by, request)
    return request


def _check_event(by: Actor, event: ServiceEvent | None) -> None:
    """Papers are handed in at an event while it runs."""
    if event is None:
        return
    if event.office_id != by.office:
        raise NotFound
    if not event.is_held:
        raise Conflict("event-state", _("The event is not approved."), field="event")
    if not event.starts_on <= today_in(event.village_id) <= event.ends_on:
        raise Invalid("outside-event", _("The event is not today."), field="event")


def _check_asker(by: Actor, resident: Resident, for_whom: str) -> None:
    """Nobody asks after death, and no child for a child: a parent or who cares for it does."""
    if found_dead(resident.pk):
        raise Conflict(
            "found-dead",
            _("This person has died, as was accepted: somebody of the family asks."),
            field="resident",
        )
    grown = by.today >= anniversary(resident.birth_date, CARD_AGE)
    if for_whom == ForWhom.CHILD and not grown and resident.marital_status == MaritalStatus.SINGLE:
        raise Invalid(
            "parent-needed",
            _("For a child a parent asks, or who cares for it: somebody of 17 years, or married."),
            field="for_whom",
        )


@service
def tick_papers(
    *, by: Actor, request: DocumentRequest, here: list[str], version: str | None = None
) -> DocumentRequest:
    """Which papers are here now. What is in work goes back when one of them turns out to be missing.

    `version`: `document_version` of what somebody looked at. Raises Conflict `changed-meanwhile`.
    """
    locked = _locked(by, request)
    _require_seen(locked, version)
    if locked.state not in (_State.ASKED, _State.INCOMPLETE, _State.IN_WORK):
        raise elsewhere()
    locked.lacks = _missing(locked.asked_papers, here)
    if locked.lacks:
        return _step(by, locked, _State.INCOMPLETE)
    if locked.state == _State.INCOMPLETE:
        return _step(by, locked, _State.ASKED)
    return locked


@service
def move_document(
    *, by: Actor, request: DocumentRequest, state: str, version: str | None = None
) -> DocumentRequest:
    """Into work, ready, or back from ready into work. Raises Conflict `document-state`, and
    `changed-meanwhile` for a page that shows another step than it is at.
    """
    locked = _locked(by, request)
    _require_seen(locked, version)
    if state not in (_State.IN_WORK, _State.READY):
        raise Invalid("state", _("This step has a form of its own."), field="state")
    if locked.state == _State.INCOMPLETE:
        raise Conflict(
            "papers-missing",
            _("Papers are missing: it goes into work when all of them are there."),
            field="papers",
        )
    if TAKEN_BY.get((_State(locked.state), _State(state))) != Verb.MOVE:
        raise elsewhere()
    locked.ready_at = timezone.now() if state == _State.READY else None
    return _step(by, locked, _State(state))


@service
def hand_over(
    *, by: Actor, request: DocumentRequest, relation: str, proof: str, name: str = ""
) -> DocumentRequest:
    """To whoever asked, or to somebody else by `name`. Once: raises Conflict `document-state` after that."""
    require(by, Permission.RECORDS_LOG)
    # As whoever voids or corrects: the ledger first, then the request.
    hold(Lock.LEDGER, request.office_id, shared=True)
    locked = _locked(by, request)
    if locked.state != _State.READY:
        raise elsewhere()
    if relation not in Relation.values or proof not in Proof.values:
        text = _("Say who took it, and by what the office knew who that was.")
        raise Invalid("handed-over", text, field="relation")
    name = " ".join(name.split())
    if relation == Relation.SELF:
        if found_dead(locked.resident_id):
            raise Conflict(
                "found-dead", _("Who asked has died: say who takes it."), field="relation"
            )
        name = ""
    elif not name or len(name) > LONGEST_NAME:
        raise Invalid("name", _("Give the name of who took it."), field="name")
    refuse_number(name, field="name")
    now = timezone.now()
    entry = Entry(
        id=uuid7(),
        service=locked.service,
        outcome=Outcome.DONE,
        occurred_at=now,
        resident=locked.resident_id,
        event=_event_of_today(locked),
    )
    locked.record, _new = log_service(by=by, entry=entry)
    locked.relation, locked.proof, locked.handed_at = relation, proof, now
    locked.handed_to = encrypt(name, context=f"document {locked.pk}") if name else None
    return _step(by, locked, _State.HANDED_OVER)


@service
def refuse_document(*, by: Actor, request: DocumentRequest, because: str) -> DocumentRequest:
    """With its reason; it counts nowhere. What was handed over is taken back by voiding its record."""
    locked = _locked(by, request)
    if because not in DocumentRefusal.values or because == DocumentRefusal.GONE:
        raise Invalid("reason", _("Say why it is refused."), field="because")
    if locked.state not in _State.open():
        raise elsewhere()
    locked.refused_because = because
    return _step(by, locked, _State.REFUSED)


def handed_to(request: DocumentRequest) -> str:
    """The name of who took it; empty for who asked, and once the person was erased."""
    if not request.handed_to:
        return ""
    return decrypt(bytes(request.handed_to), context=f"document {request.pk}")


def _require_seen(request: DocumentRequest, version: str | None) -> None:
    words = {"state": _("State"), "papers": _("Papers that are here")}
    require_seen(version, seen_of(request), words)


def _missing(papers: list[str], here: list[str]) -> list[str]:
    if unknown := set(here) - set(papers):
        text = _("This paper is not asked for: %(papers)s")
        raise Invalid("papers", text % {"papers": "; ".join(sorted(unknown))}, field="papers")
    return [paper for paper in papers if paper not in here]


def _locked(by: Actor, request: DocumentRequest) -> DocumentRequest:
    require(by, Permission.RECORDS_LOG)
    own = DocumentRequest.objects.visible_to(by).filter(office_id=by.office)
    locked = own.select_for_update(of=("self",)).filter(pk=request.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _event_of_today(request: DocumentRequest) -> Any:
    """A hand-over counts at the event where it was asked for, on the event's own days; else at the office."""
    event = request.event
    if event is None or not event.is_held:
        return None
    return event.pk if event.starts_on <= today_in(event.village_id) <= event.ends_on else None


def _step(by: Actor, request: DocumentRequest, state: DocumentState) -> DocumentRequest:
    if state != request.state and state not in TRANSITIONS[DocumentState(request.state)]:
        raise elsewhere()
    request.state = state
    request.changed_by_id, request.changed_at = by.user_id, timezone.now()
    request.save()
    _written(by, request)
    return request


def _written(by: Actor, request: DocumentRequest) -> None:
    log_access(
        by=by,
        action=Access.CHANGE,
        kind="document",
        subject=str(request.resident_id),
        case=f"{request.service} {request.state}",
    )
