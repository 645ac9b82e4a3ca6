"""Steps of a correction: findings go to another row of the same person, or end."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from registrations.findings.enums import FindingState, Refusal
from registrations.findings.models import Finding
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident
from registrations.people.services.lookups import recorded_elsewhere

_Findings = QuerySet[Finding, Any]


def hand_over(by: Actor, gone: Resident, stays: Resident) -> None:
    """What was found about `gone` goes to `stays`. That one is the duplicate of the other is carried out
    by this; what stands against what is known of `stays` ends with its row.
    """
    claims = Finding.objects.exclude(outcome__in=FindingOutcome.notes())
    _end(by, claims.filter(resident=stays, of=gone))
    _end(by, claims.filter(resident=gone, of=stays, state=FindingState.PROPOSED))
    recorded = bool(recorded_elsewhere(by=by, people=[stays.pk]))
    for state in FindingState.standing():
        if recorded or claims.filter(resident=stays, state=state).exists():
            _end(by, claims.filter(resident=gone, state=state).exclude(of=stays))
    Finding.objects.filter(of=gone).exclude(resident=stays).update(of=stays)
    moving = Finding.objects.filter(resident=gone, state__in=FindingState.standing())
    moving.exclude(of=stays).update(resident=stays, village_id=stays.village_id)


def missing_again(by: Actor, person: Resident) -> None:
    """Who was said to be recorded is called again: whoever verifies the village asks anew."""
    _end(
        by,
        Finding.objects.filter(
            resident=person,
            outcome=FindingOutcome.RECORDED_ALREADY,
            state=FindingState.ACCEPTED,
        ),
    )


def end_all(by: Actor, person: Resident) -> None:
    """Before erasing: nobody decides about it any more."""
    _end(by, Finding.objects.filter(resident=person))


def _end(by: Actor, findings: _Findings) -> None:
    now = timezone.now()
    accepted = findings.filter(state=FindingState.ACCEPTED)
    accepted.update(
        state=FindingState.CONTRADICTED, contradicted_at=now, seen_by_id=by.user_id, seen_at=now
    )
    findings.filter(state=FindingState.PROPOSED).update(
        state=FindingState.REFUSED, why=Refusal.GONE, decided_by_id=by.user_id, decided_at=now
    )


def withdraw(by: Actor, finding_id: uuid.UUID) -> None:
    """What a burial said that is void now. Of what was accepted who decides is told."""
    said = Finding.objects.filter(pk=finding_id)
    now = timezone.now()
    said.filter(state=FindingState.ACCEPTED).update(
        state=FindingState.CONTRADICTED, contradicted_at=now
    )
    said.filter(state=FindingState.PROPOSED).update(
        state=FindingState.REFUSED,
        why=Refusal.REPLACED,
        decided_by_id=by.user_id,
        decided_at=now,
    )
