"""Cards that were printed: handed over or not, and how long they lie there."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from registrations.booking.enums import AppointmentState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.cards.enums import Age, StatusCode
from registrations.cards.models import RecordStatus
from registrations.ledger.enums import Outcome, RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.selectors import standing
from registrations.people.enums import MaritalStatus
from registrations.people.models import Resident
from registrations.people.selectors import dates_for
from registrations.people.validators import CARD_AGE, last_birth_date_reaching


def uncollected(by: Actor) -> QuerySet[Any, Any]:
    """The newest card of everybody who has it not yet, as its record of printing: the oldest first. Each with
    its `age`. What SIAK says was handed over is not among them.
    """
    later = standing(Service.CARD_PRINT, "resident").filter(
        Q(occurred_at__gt=OuterRef("occurred_at"))
        | Q(occurred_at=OuterRef("occurred_at"), seq__gt=OuterRef("seq"))
    )
    taken = standing(Service.CARD_HANDOVER, "resident").filter(
        occurred_at__gte=OuterRef("occurred_at")
    )
    # By the day of the place: lists name days.
    day = Cast(Func(OuterRef("timezone"), F("at"), function="timezone"), models.DateField())
    issued = RecordStatus.objects.alias(day=day).filter(
        resident=OuterRef("resident"),
        newest=True,
        code=StatusCode.CARD_ISSUED,
        day__gte=OuterRef("service_date"),
    )
    void = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    cards = ServiceRecord.objects.visible_to(replace(by, lent_events=())).filter(
        service=Service.CARD_PRINT,
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
        resident__erased_at=None,
    )
    cards = cards.exclude(Exists(void)).filter(~Exists(later), ~Exists(taken), ~Exists(issued))
    bands = [
        When(service_date__lte=by.today - timedelta(days=age.first), then=Value(age.value))
        for age in reversed(Age)
        if age.first
    ]
    age = Case(*bands, default=Value(Age.NEW.value), output_field=models.CharField())
    return cards.annotate(age=age).order_by("occurred_at", "pk")


def too_young_to_have(by: Actor) -> Q:
    """Of a card: printed early by the office's rule, handed over from the 17th birthday on."""
    born = last_birth_date_reaching(CARD_AGE, by.today)
    return Q(resident__marital_status=MaritalStatus.SINGLE, resident__birth_date__gt=born)


def uncollected_stock(by: Actor) -> list[dict[str, Any]]:
    """office, name, village, village_name, a count for each age, total: the cards that lie there. One query."""
    rows: Any = (
        uncollected(by)
        .order_by()
        .values("office_id", "office__name", "domicile_id", "domicile__name", "age")
        .annotate(n=Count("pk"))
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(
            (row["office_id"], row["domicile_id"]),
            {
                "office": row["office_id"],
                "office_name": row["office__name"],
                "village": row["domicile_id"],
                "village_name": row["domicile__name"],
                "ages": dict.fromkeys(Age, 0),
                "total": 0,
            },
        )
        line["ages"][Age(row["age"])] += row["n"]
        line["total"] += row["n"]
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True)
class CardState:
    """Of one person: the newest card, whether it was handed over, and from when on it may be."""

    card: ServiceRecord | None
    handed: ServiceRecord | None
    handover_from: date

    @property
    def refused(self) -> str:
        """Why it cannot be handed over today; empty when it can."""
        day = today_in(self.card.office_id) if self.card else None
        if self.handed:
            words = _("Handed over on %(day)s.")
            return words % {"day": date_format(self.handed.service_date, "j F Y")}
        if self.card is None or day is None:
            return _("No card was printed yet.")
        if self.handover_from > day:
            return _("From %(day)s on.") % {"day": date_format(self.handover_from, "j F Y")}
        return ""


def cards_of(by: Actor, people: Iterable[Resident]) -> dict[uuid.UUID, CardState]:
    """Two queries, whoever they are. As of cards that lie there (`uncollected`): one whose hand-over waits for a
    decision is handed over.
    """
    listed = list(people)
    void = ServiceRecord.objects.filter(ref_id=OuterRef("pk"), row_kind=RowKind.VOID)
    rows = ServiceRecord.objects.visible_to(by).filter(
        resident__in=listed,
        service__in=Service.of_card(),
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
    )
    last: dict[tuple[uuid.UUID, str], ServiceRecord] = {}
    for row in rows.exclude(Exists(void)).order_by("occurred_at", "seq"):
        last[row.resident_id, row.service] = row
    states = {}
    for key, dates in dates_for(listed).items():
        card = last.get((key, Service.CARD_PRINT))
        handed = last.get((key, Service.CARD_HANDOVER))
        stands = handed and (card is None or handed.occurred_at >= card.occurred_at)
        states[key] = CardState(card, handed if stands else None, dates.handover_from)
    return states


def of_class(by: Actor, group: VisitGroup) -> list[Resident]:
    """Who came, or is to come, with this class; by name. One query."""
    visits = Appointment.objects.visible_to(by).filter(group=group)
    there = visits.exclude(state__in=AppointmentState.given_up()).values("resident")
    found = Resident.objects.visible_to(by).filter(pk__in=there).select_related("identity")
    return sorted(found, key=lambda one: (one.identity.name, one.pk))
