"""Reads of findings, as far as the actor sees their people. Looks are logged by the caller's edge."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import inside
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding
from registrations.people.enums import FindingOutcome
from registrations.people.models import Resident


def findings_of(
    by: Actor,
    *,
    resident: uuid.UUID | None = None,
    region: str | None = None,
    state: str | None = None,
) -> QuerySet[Finding]:
    """The newest first; of people who are held."""
    found = Finding.objects.visible_to(by).filter(
        resident__merged_into__isnull=True, resident__erased_at__isnull=True
    )
    if resident is not None:
        found = found.filter(resident=resident)
    if region is not None:
        found = found.filter(inside("village_id", region))
    if state:
        found = found.filter(state=state)
    return found.order_by("-found_at", "-pk")


def waiting(by: Actor) -> QuerySet[Finding]:
    """What an office decides about, the oldest first: that somebody was not met needs no decision."""
    found = findings_of(by, state=FindingState.PROPOSED)
    return found.exclude(outcome__in=FindingOutcome.notes()).order_by("found_at", "pk")


def contradicted(by: Actor) -> QuerySet[Finding]:
    """What a recording contradicts, and nobody who decides has looked at."""
    return findings_of(by, state=FindingState.CONTRADICTED).filter(seen_at=None)


def get_finding_or_404(by: Actor, finding_id: uuid.UUID) -> Finding:
    found = findings_of(by).filter(pk=finding_id).first()
    if found is None:
        raise NotFound
    return found


def others_about(by: Actor, findings: Iterable[Finding]) -> dict[uuid.UUID, list[Finding]]:
    """Finding -> what else was found about its person, the newest first. One query."""
    shown = list(findings)
    about: dict[uuid.UUID, list[Finding]] = defaultdict(list)
    people = {one.resident_id for one in shown}
    if people:
        rows = (
            findings_of(by).filter(resident__in=people).select_related("found_by", "of__identity")
        )
        for one in rows:
            about[one.resident_id].append(one)
    return {
        one.pk: [other for other in about[one.resident_id] if other.pk != one.pk] for one in shown
    }


def outcomes(by: Actor, findings: QuerySet[Finding]) -> dict[str, int]:
    """Outcome -> how many, in the order of the vocabulary; those that are none are left out."""
    counted: dict[str, int] = defaultdict(int)
    rows: Any = findings.order_by().values_list("outcome", flat=True)
    for outcome in rows:
        counted[outcome] += 1
    return {name: counted[name] for name in FindingOutcome.values if counted[name]}


def alike(by: Actor, person: Resident) -> QuerySet[Resident]:
    """Others of the office who have the birth date or the name of this person: at most ten."""
    others = Resident.objects.visible_to(by).filter(
        Q(birth_date=person.birth_date) | Q(identity__name_key=person.identity.name_key),
        office_id=person.office_id,
    )
    return others.exclude(pk=person.pk).select_related("identity").order_by("pk")[:10]
