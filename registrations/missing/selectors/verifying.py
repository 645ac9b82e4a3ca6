"""Whom a village still has to look at: who is open on the list of the missing, and not found out about."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from registrations.findings.enums import FindingState
from registrations.findings.models import Finding, FindingTask
from registrations.missing.enums import EntryState, Purpose
from registrations.missing.models import RollCount, RollEntry, RollList
from registrations.missing.selectors.lists import list_of
from registrations.people.enums import FindingOutcome

#: That nobody was met is tried again after so long, or when the office asks anew.
NOTES_HOLD = timedelta(days=30)


def open_people(by: Actor, village: str) -> QuerySet[RollEntry]:
    """In the order of the list. It is brought up to date each minute."""
    roll = RollList.objects.filter(purpose=Purpose.MISSING, office_id=village[:5])
    found = RollEntry.objects.visible_to(by).filter(list_id=Subquery(roll.values("id")[:1]))
    return found.filter(village_id=village, state=EntryState.OPEN).order_by("id")


def to_verify(by: Actor, village: str, task: FindingTask | None) -> QuerySet[RollEntry]:
    """Those of whom nothing is said that stands; what was found out is known at once."""
    return open_people(by, village).exclude(_said(by, task))


def _said(by: Actor, task: FindingTask | None) -> Exists:
    since = timezone.now() - NOTES_HOLD
    if task is not None:
        since = max(since, task.asked_at)
    said = Finding.objects.visible_to(by).filter(
        Q(found_at__gte=since) | ~Q(outcome__in=FindingOutcome.notes()),
        resident=OuterRef("resident_id"),
        state__in=FindingState.standing(),
    )
    return Exists(said)


@dataclass(frozen=True)
class Cards:
    """Who of a village is to be looked at, masked, a page at a time; `open`: of how many. Two queries."""

    rows: QuerySet[RollEntry, Any]
    left: int
    open: int

    def __len__(self) -> int:
        return self.left

    def __getitem__(self, part: slice) -> list[Any]:
        return list(self.rows[part])


def cards(by: Actor, village: str, task: FindingTask | None) -> Cards:
    """The caller logs the look. Nobody who is open is recorded, merged or erased."""
    counts = open_people(by, village).aggregate(
        open=Count("pk"), left=Count("pk", filter=~_said(by, task))
    )
    rows = to_verify(by, village, task).values(
        "owner_id",
        "resident_id",
        name=F("resident__identity__name"),
        nik_masked=F("resident__identity__nik_masked"),
        birth_date=F("resident__birth_date"),
        address=F("resident__identity__address"),
        rt=F("resident__identity__rt"),
        rw=F("resident__identity__rw"),
    )
    return Cards(rows, counts["left"], counts["open"])


def next_to_verify(
    by: Actor, village: str, task: FindingTask | None, after: uuid.UUID
) -> uuid.UUID | None:
    """Who comes after this person, from the top again at the end; None when nobody else is left."""
    here = open_people(by, village).filter(resident=after).values("id")[:1]
    waiting = to_verify(by, village, task).exclude(resident=after)
    follows = Case(When(id__gt=Subquery(here), then=Value(0)), default=Value(1))
    return waiting.order_by(follows, "id").values_list("resident_id", flat=True).first()


@dataclass(frozen=True)
class VillageWork:
    """How many of a village are open, and until when the office asks to look at them."""

    code: str
    name: str
    open: int
    task: FindingTask | None


def villages_to_verify(by: Actor) -> list[VillageWork]:
    """Of those that the actor reaches, with somebody on the list of the missing: most first."""
    roll = list_of(Purpose.MISSING, by.office or "")
    if roll is None:
        return []
    counts = RollCount.objects.filter(list=roll, open__gt=0).select_related("village")
    asked = FindingTask.objects.visible_to(by).filter(office=by.office)
    newest = asked.order_by("village_id", "-pk").distinct("village_id")
    tasks = {task.village_id: task for task in newest}
    return [
        VillageWork(one.village_id, one.village.name, one.open, tasks.get(one.village_id))
        for one in counts.order_by("-open", "village_id")
        if by.covers(one.village_id)
    ]
