from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.ledger.enums import Outcome, RowKind
from registrations.ledger.models import ServiceRecord


def get_record_or_404(by: Actor, record_id: uuid.UUID) -> ServiceRecord:
    found = ServiceRecord.objects.visible_to(by).filter(pk=record_id).first()
    if found is None:
        raise NotFound
    return found


def served_in(by: Actor, event: ServiceEvent) -> list[dict[str, Any]]:
    """service, outcome, n: what the ledger says of an event, voids taken off."""
    counted: Any = (
        ServiceRecord.objects.visible_to(by)
        .filter(event=event)
        .values("service", "outcome")
        .annotate(n=Sum("weight"))
        .order_by("service", "outcome")
    )
    return [row for row in counted if row["n"]]


def done_in(by: Actor, session: ServiceSession) -> dict[str, int]:
    """outcome -> n: what the ledger says of a session so far, voids taken off."""
    counted = (
        ServiceRecord.objects.visible_to(by)
        .filter(session=session)
        .values_list("outcome")
        .annotate(n=Sum("weight"))
        .order_by()
    )
    return {outcome: n for outcome, n in counted if n}


def done_services(by: Actor, resident_id: uuid.UUID) -> set[str]:
    """What this person was given, as far as the actor may see it; voids taken off."""
    counted = (
        ServiceRecord.objects.visible_to(by)
        .filter(resident_id=resident_id, outcome=Outcome.DONE)
        .values_list("service")
        .annotate(n=Sum("weight"))
    )
    return {service for service, n in counted.order_by() if n > 0}


def counting_beside(by: Actor, records: Iterable[ServiceRecord]) -> dict[uuid.UUID, ServiceRecord]:
    """set-aside record's id -> the other office's record that counts, where the actor sees it."""
    asked = {(bytes(r.resident.nik_hash), r.service): r.pk for r in records}
    undone = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    found = (
        ServiceRecord.objects.visible_to(by)
        .filter(
            resident__nik_hash__in=[person for person, _service in asked],
            row_kind=RowKind.RECORD,
            outcome=Outcome.DONE,
            weight=1,
        )
        .exclude(Exists(undone))
        .select_related("office", "resident")
    )
    beside = {(bytes(r.resident.nik_hash), r.service): r for r in found}
    return {asked[key]: record for key, record in beside.items() if key in asked}


def records_of(by: Actor, resident_id: uuid.UUID) -> list[ServiceRecord]:
    """A person's rows of the ledger that the actor may see, the newest first."""
    return list(
        ServiceRecord.objects.visible_to(by)
        .select_related("place", "event", "office")
        .filter(resident_id=resident_id)
        .order_by("-occurred_at", "-received_at")[:200]
    )


@dataclass(frozen=True)
class Row:
    """A row of the ledger as a person's page shows it."""

    record: ServiceRecord
    #: May be taken back still; was taken back.
    voidable: bool
    voided: bool


def with_voids(records: list[ServiceRecord]) -> list[Row]:
    """Of one person: a record is taken back once, and only a record is."""
    voided = {record.ref_id for record in records if record.row_kind == RowKind.VOID}
    return [
        Row(
            record,
            voidable=record.row_kind == RowKind.RECORD and record.pk not in voided,
            voided=record.pk in voided,
        )
        for record in records
    ]


def set_aside(by: Actor) -> QuerySet[ServiceRecord]:
    """Records of one person at a second office that nobody has decided on yet, the oldest first."""
    decided = ServiceRecord.objects.filter(ref_id=OuterRef("pk"))
    return (
        ServiceRecord.objects.visible_to(by)
        .filter(row_kind=RowKind.RECORD, outcome=Outcome.DONE, weight=0)
        .exclude(Exists(decided))
        .select_related("office", "place", "resident__identity", "resident__village")
        .order_by("received_at", "pk")
    )
