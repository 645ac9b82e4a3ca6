"""The ledger as pages read it: single records, what counts so far, records that were set aside."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from registrations.ledger.enums import Outcome, RowKind, SetAside
from registrations.ledger.models import ServiceRecord
from registrations.people.enums import Stage


def get_record_or_404(by: Actor, record_id: uuid.UUID) -> ServiceRecord:
    record = ServiceRecord.objects.visible_to(by).filter(pk=record_id).first()
    if record is None:
        raise NotFound
    return record


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


def suggested_service(
    person: dict[str, Any],
    *,
    offered: Sequence[str],
    done: set[str],
    booked: Sequence[str] = (),
) -> str:
    """What this person most likely came for: the booked service, else the next step to a KTP-el.

    `booked`: what is open of the visit. Empty when nothing of it is offered here.
    """
    choices = [name for name in booked if name in offered] if booked else offered
    if not choices:
        return ""
    if Stage(person["stage"]).waits_for_card:
        today = today_in(person["village"])
        first = {
            Service.CARD_PRINT: person["print_from"],
            Service.CARD_HANDOVER: person["handover_from"],
        }
        choices = [name for name in choices if first.get(Service(name), today) <= today] or choices
    step = Service.IKD_ACTIVATION if person["recorded_on"] else Service.RECORDING
    if step in choices and step not in done:
        return step
    return next((name for name in choices if name not in done | {Service.RECORDING}), choices[0])


def counting_instead(by: Actor, records: Iterable[ServiceRecord]) -> dict[uuid.UUID, ServiceRecord]:
    """set-aside record's id -> the other office's record that counts, where the actor sees it."""
    set_aside_ids = {
        (bytes(record.resident.nik_hash), record.service): record.pk
        for record in records
        if record.set_aside_code not in SetAside.of_one_office()
    }
    voids = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    counting = (
        ServiceRecord.objects.visible_to(by)
        .filter(
            resident__nik_hash__in=[person for person, _service in set_aside_ids],
            row_kind=RowKind.RECORD,
            outcome=Outcome.DONE,
            weight=1,
        )
        .exclude(Exists(voids))
        .select_related("office", "resident")
    )
    by_person = {(bytes(record.resident.nik_hash), record.service): record for record in counting}
    return {set_aside_ids[key]: record for key, record in by_person.items() if key in set_aside_ids}


def records_of(by: Actor, resident_id: uuid.UUID) -> list[tuple[ServiceRecord, bool, bool]]:
    """(row, may be voided, was voided) for each ledger row of a person that the actor may see,
    the newest first.
    """
    rows = list(
        ServiceRecord.objects.visible_to(by)
        .select_related("place", "event", "office")
        .filter(resident_id=resident_id)
        .order_by("-occurred_at", "-received_at")[:200]
    )
    voided = {row.ref_id for row in rows if row.row_kind == RowKind.VOID}
    return [
        (row, row.row_kind == RowKind.RECORD and row.pk not in voided, row.pk in voided)
        for row in rows
    ]


def set_aside(by: Actor) -> QuerySet[ServiceRecord]:
    """Records that weigh nothing until this actor decides, the oldest first.

    Who works for one office decides on what concerns no other (`accept_record`).
    """
    decided = ServiceRecord.objects.filter(ref_id=OuterRef("pk"))
    records = ServiceRecord.objects.visible_to(replace(by, lent_events=()))
    if by.office is not None:
        records = records.filter(set_aside_code__in=SetAside.of_one_office())
    return (
        records.filter(row_kind=RowKind.RECORD, weight=0)
        .exclude(Exists(decided))
        .select_related("office", "place", "resident__identity", "resident__village")
        .order_by("received_at", "pk")
    )
