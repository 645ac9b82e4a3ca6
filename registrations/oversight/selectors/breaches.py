"""Breaches of data: of the own region, with what is late."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import inside
from registrations.oversight.models import Breach, BreachNote, BreachOffice

#: UU 27/2022, article 46: people and authority are told in writing.
TOLD_WITHIN = timedelta(hours=3 * 24)


def breaches(by: Actor) -> QuerySet[Breach]:
    """That the own region wrote down, or that are about people of its offices; the newest first."""
    if not by.may(Permission.BREACHES_WRITE):
        return Breach.objects.none()
    about = BreachOffice.objects.filter(inside("office_id", by.region), breach=OuterRef("pk"))
    seen = Breach.objects.filter(Q(inside("region_id", by.region)) | Q(Exists(about)))
    return seen.order_by("-noticed_at", "-pk")


def untold(by: Actor) -> QuerySet[Breach]:
    """Of which nobody was told yet."""
    told = BreachNote.objects.filter(breach=OuterRef("pk"), told_at__isnull=False)
    return breaches(by).exclude(Exists(told))


def get_breach_or_404(by: Actor, breach_id: uuid.UUID) -> Breach:
    if (breach := breaches(by).filter(pk=breach_id).first()) is None:
        raise NotFound
    return breach


@dataclass(frozen=True)
class Shown:
    breach: Breach
    notes: list[BreachNote]
    offices: list[BreachOffice]
    due: datetime
    told_at: datetime | None
    #: As known last; None while nobody knows.
    people: int | None

    @property
    def late(self) -> bool:
        return (self.told_at or timezone.now()) > self.due


def shown(listed: list[Breach]) -> list[Shown]:
    """With notes and offices: two queries."""
    notes: dict[uuid.UUID, list[BreachNote]] = {one.pk: [] for one in listed}
    for note in BreachNote.objects.filter(breach__in=listed).select_related("by").order_by("pk"):
        notes[note.breach_id].append(note)
    offices: dict[uuid.UUID, list[BreachOffice]] = {one.pk: [] for one in listed}
    about = BreachOffice.objects.filter(breach__in=listed).select_related("office")
    for office in about.order_by("office_id"):
        offices[office.breach_id].append(office)
    return [_shown(one, notes[one.pk], offices[one.pk]) for one in listed]


def _shown(breach: Breach, notes: list[BreachNote], offices: list[BreachOffice]) -> Shown:
    told = next((note.told_at for note in notes if note.told_at), None)
    counted = [note.people for note in notes if note.people is not None]
    due = breach.noticed_at + TOLD_WITHIN
    return Shown(breach, notes, offices, due, told, counted[-1] if counted else None)
