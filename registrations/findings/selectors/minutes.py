"""Minutes of villages, and what the next ones would say."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import Region
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding, FindingMinutes, FindingTask
from registrations.people.enums import FindingOutcome


@dataclass(frozen=True)
class Draft:
    """What would be signed now: `version` is the hash of every finding behind the counts."""

    village: Region
    version: str
    counts: dict[str, int]
    people: int


def unsigned(by: Actor, village: Region) -> QuerySet[Finding]:
    """Said, not taken back, and in no minutes yet."""
    found = Finding.objects.visible_to(by).filter(
        village=village, office_id=by.office, minutes=None, state__in=FindingState.standing()
    )
    return found.order_by("found_at", "pk")


def draft_of(village: Region, findings: Iterable[Finding]) -> Draft:
    rows = list(findings)
    counted = Counter(row.outcome for row in rows)
    return Draft(
        village=village,
        version=content_of(rows),
        counts={name: counted[name] for name in FindingOutcome.values if counted[name]},
        people=len({row.resident_id for row in rows}),
    )


def content_of(findings: Iterable[Finding]) -> str:
    """The hash of what a village signs: each finding with its outcome. It stays the same whatever the
    office decides afterwards.
    """
    lines = sorted(f"{finding.pk} {finding.outcome}" for finding in findings)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def minutes_of(by: Actor, village: str | None = None) -> QuerySet[FindingMinutes]:
    """The newest first."""
    found = FindingMinutes.objects.visible_to(by).select_related("village", "office")
    if village is not None:
        found = found.filter(village_id=village)
    return found.order_by("-signed_at", "-pk")


def get_minutes_or_404(by: Actor, minutes_id: uuid.UUID) -> FindingMinutes:
    found = minutes_of(by).filter(pk=minutes_id).first()
    if found is None:
        raise NotFound
    return found


def task_of(by: Actor, village: str) -> FindingTask | None:
    """By when the office asked this village to look at its people, last."""
    tasks = FindingTask.objects.visible_to(by).filter(village_id=village)
    return tasks.order_by("-pk").first()
