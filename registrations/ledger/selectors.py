from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Sum

from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession, Station
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
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


def first_service(
    person: dict[str, Any],
    *,
    offered: Sequence[str],
    done: set[str],
    visit: Appointment | None = None,
    station: Station | None = None,
) -> str:
    """What this person most likely came for: the booking, else the next step of a KTP-el.

    At a station, what is done there goes first. `visit` counts only while it holds.
    """
    booked = visit.services if visit and visit.state in AppointmentState.active() else []
    choices = booked or offered
    if station:
        choices = [name for name in choices if name in station.services] or choices
    step = Service.IKD_ACTIVATION if person["recorded_on"] else Service.RECORDING
    if step in choices and step not in done:
        return step
    return next((name for name in choices if name not in done | {Service.RECORDING}), choices[0])


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


def records_of(by: Actor, resident_id: uuid.UUID) -> list[tuple[ServiceRecord, bool, bool]]:
    """A person's rows of the ledger that the actor may see, the newest first; of each, whether it
    may be taken back, and whether it was.
    """
    rows = list(
        ServiceRecord.objects.visible_to(by)
        .select_related("place", "event", "office")
        .filter(resident_id=resident_id)
        .order_by("-occurred_at", "-received_at")[:200]
    )
    void = {row.ref_id for row in rows if row.row_kind == RowKind.VOID}
    return [
        (row, row.row_kind == RowKind.RECORD and row.pk not in void, row.pk in void) for row in rows
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
