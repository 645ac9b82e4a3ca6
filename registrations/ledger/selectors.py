"""The ledger as pages read it: single records, what counts so far, records that were set aside."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, Exists, F, Func, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from dukcapil.accounts.asked import asked, together
from dukcapil.accounts.scoping import Actor
from dukcapil.core.errors import NotFound
from dukcapil.core.prepared import Step
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from registrations.booking.models.appointment import Appointment
from registrations.booking.selectors.desk import visits_of_one
from registrations.ledger.enums import (
    IKD_AGAIN,
    IKD_NEXT,
    Failure,
    IkdStep,
    Outcome,
    RowKind,
    SetAside,
)
from registrations.ledger.models import ServiceRecord
from registrations.people.enums import Stage
from registrations.people.selectors import masked_rows, person_read

#: Whoever lives elsewhere is no part of the serving office's target.
OUTSIDERS = ~Q(office=Left("domicile", 5))


@dataclass
class Funnel:
    """Activations of IKD from coming to active: what was tried, and why and where it stopped. Made of
    counts that others have (a day's, an event's), it counts nothing itself.
    """

    #: Who was there at all; None where nobody counts that.
    came: int | None = None
    active: int = 0
    active_outsiders: int = 0
    #: reason -> attempts; and those of them from elsewhere
    failed: Counter[str] = field(default_factory=Counter)
    failed_outsiders: Counter[str] = field(default_factory=Counter)
    #: step -> attempts; empty where it was not asked
    stopped: Counter[str] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        return self.active + self.in_vain

    @property
    def in_vain(self) -> int:
        return self.failed.total()

    @property
    def outsiders(self) -> int:
        return self.active_outsiders + self.failed_outsiders.total()

    @property
    def own(self) -> int:
        """Active, of people who live here: these alone are part of the target."""
        return self.active - self.active_outsiders

    def add(self, outcome: str, reason: str, n: int, outsiders: int) -> None:
        if outcome == Outcome.DONE:
            self.active += n
            self.active_outsiders += outsiders
        else:
            self.failed[reason] += n
            self.failed_outsiders[reason] += outsiders

    @property
    def lines(self) -> list[tuple[str, int, int | None]]:
        """(what, how often, of it from elsewhere), from the widest to the narrowest."""
        lines: list[tuple[str, int, int | None]] = []
        if self.came is not None:
            lines.append((_("Came, for any service"), self.came, None))
        lines.append((_("Tried to activate"), self.tried, self.outsiders))
        lines += [
            (
                _("Failed: %(reason)s") % {"reason": choice.label},
                self.failed[choice],
                self.failed_outsiders[choice],
            )
            for choice in Failure
            if self.failed[choice]
        ]
        lines.append((_("Failed in all"), self.in_vain, self.failed_outsiders.total()))
        lines.append((_("Active"), self.active, self.active_outsiders))
        return lines

    @property
    def stops(self) -> list[tuple[str, int]]:
        """(step, how often an attempt stopped there), in the order in which a clerk goes."""
        named = [(str(step.label), self.stopped[step]) for step in IkdStep if self.stopped[step]]
        left = self.stopped[""]
        return [*named, (_("not said"), left)] if left else named


def funnel_of(counted: Iterable[dict[str, Any]], came: int | None = None) -> Funnel:
    """`counted`: rows with service, outcome, reason, n, outsiders."""
    funnel = Funnel(came)
    for row in counted:
        if row["service"] == Service.IKD_ACTIVATION:
            funnel.add(row["outcome"], row["reason"], row["n"], row["outsiders"] or 0)
    return funnel


def ikd_in_vain(resident: str) -> tuple[Q, QuerySet[ServiceRecord, Any]]:
    """Of whoever this column names: an activation failed and none counts; and the reasons, the newest
    first. Voids are taken off.
    """
    tries = ServiceRecord.objects.filter(
        resident=OuterRef(resident), service=Service.IKD_ACTIVATION
    ).order_by()
    failed, active = (
        tries.filter(outcome=outcome).values("outcome").annotate(n=Sum("weight")).filter(n__gt=0)
        for outcome in (Outcome.FAILED, Outcome.DONE)
    )
    reasons: Any = (
        tries.filter(outcome=Outcome.FAILED)
        .values("reason")
        .annotate(n=Sum("weight"), newest=Max("occurred_at"))
        .filter(n__gt=0)
        .order_by("-newest")
        .values("reason")
    )
    return Exists(failed) & ~Exists(active), reasons


def ikd_next(reason: str) -> str:
    """What somebody does whose activation failed, before it is tried again."""
    return str(IKD_NEXT.get(Failure(reason), IKD_AGAIN))


def standing(service: Service, resident: str) -> QuerySet[ServiceRecord, Any]:
    """Beside a row about the person of this column: done records of a service that nobody took back, whether
    they count or wait for a decision.
    """
    voids = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    rows = ServiceRecord.objects.filter(
        resident=OuterRef(resident),
        service=service,
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
    )
    return rows.exclude(Exists(voids)).order_by()


def handovers_of(by: Actor, resident_id: uuid.UUID) -> list[ServiceRecord]:
    """Every hand-over of a card to this person that nobody took back, with who took it, the newest first."""
    voids = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    rows = ServiceRecord.objects.visible_to(by).filter(
        resident=resident_id,
        service=Service.CARD_HANDOVER,
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
    )
    return list(
        rows.exclude(Exists(voids)).select_related("receiver").order_by("-occurred_at", "-seq")
    )


def get_record_or_404(by: Actor, record_id: uuid.UUID) -> ServiceRecord:
    record = ServiceRecord.objects.visible_to(by).filter(pk=record_id).first()
    if record is None:
        raise NotFound
    return record


def served_in(by: Actor, event: ServiceEvent) -> list[dict[str, Any]]:
    """service, outcome, reason, n and how many of them from elsewhere: what the ledger says of an event,
    voids taken off.
    """
    counted: Any = (
        ServiceRecord.objects.visible_to(by)
        .filter(event=event)
        .values("service", "outcome", "reason")
        .annotate(n=Sum("weight"), outsiders=Sum("weight", filter=OUTSIDERS))
        .order_by("service", "outcome", "reason")
    )
    return [row for row in counted if row["n"]]


def outcomes_in(by: Actor, session_id: uuid.UUID) -> QuerySet[ServiceRecord, dict[str, Any]]:
    """outcome and n: what the ledger says of a session so far, voids taken off."""
    rows = ServiceRecord.objects.visible_to(by).filter(session_id=session_id)
    counted: Any = rows.values("outcome").annotate(n=Sum("weight")).order_by("outcome")
    return cast("QuerySet[ServiceRecord, dict[str, Any]]", counted)


class AtDesk(NamedTuple):
    """Somebody who comes to a desk, and what is known of them there."""

    person: dict[str, Any]
    #: When they were recorded, at any office: for `told_at_desk`, which logs who is told of it.
    anywhere: date | None
    #: What they were given, as far as the actor may see it; voids taken off.
    done: set[str]
    visit: Appointment | None


def _recorded(function: str) -> Func:
    template = f"(SELECT recorded_on FROM {function}(ARRAY[%(expressions)s]))"
    return Func(F("pk"), template=template, output_field=DateField())


def _at_desk(by: Actor, resident: uuid.UUID) -> QuerySet[Any, Any]:
    given = ServiceRecord.objects.visible_to(by).filter(
        resident_id=OuterRef("pk"), outcome=Outcome.DONE
    )
    counted = given.values("service").annotate(n=Sum("weight")).filter(n__gt=0).order_by()
    return person_read(by, resident).annotate(
        recorded_here=_recorded("recorded_here"),
        recorded_anywhere=_recorded("recorded_dates"),
        done=ArraySubquery(counted.values("service")),
    )


_SERVED = asked("at_desk", _at_desk, resident=uuid.UUID)
_VISITING = together(
    "at_desk_of_session",
    lambda by, resident, _session: _at_desk(by, resident),
    lambda by, resident, session: visits_of_one(by, session, resident),
    resident=uuid.UUID,
    session=uuid.UUID,
)


def at_desk(
    by: Actor, resident_id: uuid.UUID, session_id: uuid.UUID | None, after: Sequence[Step] = ()
) -> AtDesk:
    """Whoever stands at a desk, with their visit to a session (`booking.selectors.desk.visit_of`): one
    statement, in one message with what is written `after` which they are read. Raises NotFound.
    """
    if session_id is None:
        found = [_SERVED.one(by, resident_id, after=after), None]
    else:
        found = _VISITING.one_row(by, resident_id, session_id, after=after) or [None, None]
    row, visit = found
    if row is None:
        raise NotFound
    [person] = masked_rows([row])
    person["called_again"] = row["called_again"]
    return AtDesk(person, row["recorded_anywhere"], set(row["done"]), visit)


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
