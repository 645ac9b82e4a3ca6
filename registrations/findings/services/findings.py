"""Verbs of a finding: proposing, deciding, having seen that a recording contradicts it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require, require_two_persons
from dukcapil.accounts.validators import refuse_number
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.regions.enums import today_in, zone_of
from registrations.booking.services.persons import not_coming
from registrations.findings.enums import EvidenceKind, FindingState, Refusal
from registrations.findings.errors import called_again_after, overtaken, recorded_meanwhile
from registrations.findings.models import Finding
from registrations.findings.services.sealing import seal
from registrations.ledger.services.rewriting import hold_ledger
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.selectors import called_again_since
from registrations.people.services.checks import refuse
from registrations.people.services.lookups import recorded_elsewhere
from registrations.people.services.proposals import own_office
from registrations.people.services.residents import judge_held
from registrations.requests.enums import RequestEnd
from registrations.requests.services import persons as requests

LONGEST_NOTE = 300
LONGEST_NUMBER = 100
LONGEST_ISSUER = 150


@dataclass(frozen=True)
class Evidence:
    """A paper that somebody held in their hands; no picture of it is kept. Of somebody who is recorded
    already: `issuer` says by whom, `date` on which day.
    """

    kind: str = ""
    number: str = ""
    issuer: str = ""
    date: date | None = None


_NOTHING = Evidence()


@service
def propose(
    *,
    by: Actor,
    resident: Resident,
    outcome: str,
    of: Resident | None = None,
    evidence: Evidence = _NOTHING,
    note: str = "",
) -> Finding:
    """What somebody found out about a person of the own office. Whoever found something else before
    takes that back by it, while nobody has decided. That somebody was not met is said once a day: again
    it is the same finding, with the newer note.

    Raises Conflict `already-recorded`, `already-found` while what another person found waits, and
    `duplicate-itself`; Invalid where the paper or the other row is missing.
    """
    require(by, Permission.FINDINGS_PROPOSE)
    own_office(by, resident)
    person = _held(by, resident)
    finding = _drafted(by, person, outcome, of, evidence, note)
    _check_call(finding)
    _check_other_row(finding)
    _require_unrecorded(by, person)
    if outcome not in FindingOutcome.notes():
        _take_back(by, person)
    elif (said := _said_today(by, finding)) is not None:
        if tidy := _note(note):
            said.note = seal(said.pk, "note", tidy)
            said.save(update_fields=["note"])
            _log(by, said, "finding proposed")
        return said
    finding.save(force_insert=True)
    _log(by, finding, "finding proposed")
    return finding


def _require_unrecorded(by: Actor, person: Resident) -> None:
    """At whatever office, as lists and rules of the house see it; who learns it leaves a row. Whoever
    records this number elsewhere at this moment waits, and finds what is said here.
    """
    hold(Lock.FOUND_OUT, bytes(person.nik_hash).hex())
    if recorded_elsewhere(by=by, people=[person.pk], refuses=True):
        raise recorded_meanwhile()


def _said_today(by: Actor, finding: Finding) -> Finding | None:
    """What the same person said in the same words on this day: a second tap is no second finding."""
    zone = ZoneInfo(zone_of(finding.village_id))
    begins = datetime.combine(today_in(finding.village_id), time(), zone)
    same = Finding.objects.filter(
        resident=finding.resident_id,
        outcome=finding.outcome,
        found_by_id=by.user_id,
        state=FindingState.PROPOSED,
        found_at__gte=begins,
    )
    return same.order_by("pk").first()


def _held(by: Actor, resident: Resident) -> Resident:
    """Locked, and the office's ledger before, as everywhere: of a finding and a recording the second one
    knows the first.
    """
    hold_ledger(resident.office_id)
    visible = Resident.objects.visible_to(by).select_for_update(of=("self",))
    person = visible.filter(pk=resident.pk).first()
    if person is None:
        raise NotFound
    return person


def _drafted(
    by: Actor,
    person: Resident,
    outcome: str,
    of: Resident | None,
    evidence: Evidence,
    note: str,
) -> Finding:
    if outcome not in FindingOutcome.values:
        raise Invalid("outcome", _("Choose what was found out."), field="outcome")
    if of is not None and (of.office_id != person.office_id or of.pk == person.pk):
        raise Invalid("duplicate-of", _("Choose another person of the same list."), field="of")
    if of is None and outcome == FindingOutcome.DUPLICATE:
        raise Invalid("duplicate-of", _("Say which other person of the list it is."), field="of")
    paper = _checked(person, outcome, evidence)
    finding = Finding(
        resident=person,
        office_id=person.office_id,
        village_id=person.village_id,
        outcome=outcome,
        of=of,
        evidence_kind=paper.kind,
        evidence_issuer=paper.issuer,
        evidence_on=paper.date,
        found_by_id=by.user_id,
    )
    finding.evidence_number = seal(finding.pk, "number", paper.number)
    finding.note = seal(finding.pk, "note", _note(note))
    return finding


def _note(text: str) -> str:
    tidy = " ".join(text.split())
    refuse_number(tidy, field="note")
    if len(tidy) > LONGEST_NOTE:
        raise Invalid(
            "note-long", _("At most %(most)s characters.") % {"most": LONGEST_NOTE}, field="note"
        )
    return tidy


def _checked(person: Resident, outcome: str, evidence: Evidence) -> Evidence:
    """Spaces tidied. Raises Invalid where the paper says too little, or a day that cannot be."""
    paper = Evidence(
        evidence.kind,
        " ".join(evidence.number.split()),
        " ".join(evidence.issuer.split()),
        evidence.date,
    )
    refuse_number(paper.issuer, field="evidence")
    if paper.kind and paper.kind not in EvidenceKind.values:
        raise Invalid("evidence-kind", _("Choose the kind of paper."), field="evidence")
    if len(paper.number) > LONGEST_NUMBER or len(paper.issuer) > LONGEST_ISSUER:
        raise Invalid(
            "evidence-long", _("Number or issuer of the paper is too long."), field="evidence"
        )
    whole = paper.kind and paper.number and paper.issuer and paper.date
    if outcome == FindingOutcome.DECEASED and not whole:
        raise Invalid(
            "paper-needed",
            _("That somebody died is said by a paper: give its kind, number, issuer and date."),
            field="evidence",
        )
    if outcome == FindingOutcome.RECORDED_ALREADY and not (paper.issuer and paper.date):
        raise Invalid(
            "source-needed",
            _("Say who recorded the person, and on which day."),
            field="evidence",
        )
    if paper.date and not person.birth_date <= paper.date <= today_in(person.village_id):
        raise Invalid(
            "evidence-date",
            _("The day of the paper lies between the birth of the person and today."),
            field="evidence",
        )
    if outcome == FindingOutcome.RECORDED_ALREADY and paper.date:
        _check_known(person, paper.date)
    return paper


def _check_known(person: Resident, day: date) -> None:
    """As a known date is judged at every other door."""
    remarks = judge_held(person, changes={"known_recorded_on": day})
    refuse(
        replace(remark, field="evidence")
        for remark in remarks
        if remark.field == "known_recorded_on"
    )


def _take_back(by: Actor, person: Resident) -> None:
    """What the same person found before, and nobody decided about."""
    before = Finding.objects.filter(
        resident=person, state=FindingState.PROPOSED, found_by_id=by.user_id
    )
    before.exclude(outcome__in=FindingOutcome.notes()).update(
        state=FindingState.REFUSED,
        why=Refusal.REPLACED,
        decided_by_id=by.user_id,
        decided_at=timezone.now(),
    )


@service
def decide(
    *, by: Actor, finding: Finding | uuid.UUID, accept: bool, why: str = "", note: str = ""
) -> Finding:
    """Accept what was found, or refuse it and say why. By two people: not by who found it, nor by who
    made, posted or reset that account lately; then the province decides.

    Raises Conflict `already-decided`, `already-recorded` when the person was recorded meanwhile, and
    `duplicate-itself`. Who is accepted as recorded elsewhere has that day from then on.
    """
    require(by, Permission.FINDINGS_ACCEPT)
    found = _open(by, finding if isinstance(finding, uuid.UUID) else finding.pk)
    require_two_persons(by, found.found_by_id)
    if accept:
        if why:
            raise Invalid("why", _("Say why only where it is refused."), field="why")
        _accept(by, found)
    elif (why or Refusal.OTHER) not in Refusal.decided():
        raise Invalid("why", _("Choose why it is refused."), field="why")
    else:
        found.state, found.why = FindingState.REFUSED, why or Refusal.OTHER
    found.decided_by_id, found.decided_at = by.user_id, timezone.now()
    found.decided_note = seal(found.pk, "decided", _note(note))
    found.save(update_fields=["state", "why", "decided_by", "decided_at", "decided_note"])
    if accept and found.outcome == FindingOutcome.RECORDED_ALREADY:
        _known(found)
    if accept and found.outcome == FindingOutcome.DECEASED:
        # First what is asked for: a visit that is being planned puts the person on its list.
        requests.end_all(by, found.resident, RequestEnd.DECEASED)
        not_coming(by, found.resident)
    _log(by, found, "finding accepted" if accept else "finding refused")
    return found


def _open(by: Actor, finding_id: uuid.UUID) -> Finding:
    """Locked after ledger and person."""
    seen = Finding.objects.visible_to(by).filter(pk=finding_id).first()
    if seen is None or not by.covers(seen.office_id):
        raise NotFound
    hold_ledger(seen.office_id)
    held = Resident.objects.visible_to(by).select_for_update(of=("self",))
    if held.filter(pk=seen.resident_id).first() is None:
        raise NotFound
    found = Finding.objects.visible_to(by).select_for_update(of=("self",)).get(pk=finding_id)
    if found.state == FindingState.CONTRADICTED:
        _require_unrecorded(by, found.resident)
        raise overtaken()
    if found.why == Refusal.REPLACED:
        raise overtaken()
    if found.state != FindingState.PROPOSED:
        raise Conflict("already-decided", _("Somebody decided about this already."))
    return found


def _check_call(finding: Finding) -> None:
    """Who was called again is missing, whatever was recorded until then."""
    if finding.outcome != FindingOutcome.RECORDED_ALREADY:
        return
    since = called_again_since(finding.resident_id, finding.evidence_on)
    if since is not None:
        raise called_again_after(since)


def _check_other_row(finding: Finding) -> None:
    """Of two rows one stays: else each would explain the other, and the person would be looked for nowhere."""
    if finding.of_id is None:
        return
    twice = Finding.objects.filter(
        resident=finding.of_id, outcome=FindingOutcome.DUPLICATE, state=FindingState.ACCEPTED
    )
    if twice.exists():
        raise Conflict(
            "duplicate-itself",
            _("That row stands on the list twice itself: name the row that stays."),
            field="of",
        )


def _accept(by: Actor, found: Finding) -> None:
    _require_unrecorded(by, found.resident)
    _check_call(found)
    _check_other_row(found)
    if found.outcome not in FindingOutcome.notes():
        # What was accepted before gives way: somebody who refused has died since.
        now = timezone.now()
        before = Finding.objects.filter(resident=found.resident_id, state=FindingState.ACCEPTED)
        before.exclude(outcome__in=FindingOutcome.notes()).update(
            state=FindingState.CONTRADICTED,
            contradicted_at=now,
            seen_by_id=by.user_id,
            seen_at=now,
        )
    found.state = FindingState.ACCEPTED


def _known(found: Finding) -> None:
    person = Resident.objects.select_related("identity").get(pk=found.resident_id)
    if found.evidence_on is not None:
        _check_known(person, found.evidence_on)
    person.known_recorded_on = found.evidence_on
    person.save(update_fields=["known_recorded_on"])


@service
def mark_seen(*, by: Actor, finding_id: uuid.UUID) -> Finding:
    """Who decides has looked at what a recording contradicts; again it changes nothing."""
    require(by, Permission.FINDINGS_ACCEPT)
    found = Finding.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=finding_id)
    finding = found.first()
    if finding is None or not by.covers(finding.office_id):
        raise NotFound
    if finding.state != FindingState.CONTRADICTED:
        raise Conflict("not-contradicted", _("Nothing contradicts this finding."))
    if finding.seen_at is None:
        finding.seen_by_id, finding.seen_at = by.user_id, timezone.now()
        finding.save(update_fields=["seen_by", "seen_at"])
        _log(by, finding, "finding seen")
    return finding


def _log(by: Actor, finding: Finding, kind: str) -> None:
    log_access(
        by=by,
        action=Access.CHANGE,
        kind=kind,
        subject=str(finding.resident_id),
        case=str(finding.pk),
        # Of a province's decision the office reads a row of its own.
        office="" if by.office == finding.office_id else finding.office_id,
    )
