"""A plan against what came: for each visit that an office went by, the expected beside the recorded."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from dukcapil.accounts.scoping import Actor
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from reports.planner.enums import SiteKind
from reports.planner.models.plans import PlanStop
from reports.planner.selectors.sites import kind_of
from reports.planner.selectors.stops import name_of, stops_gone_by, visits_before


@dataclass(frozen=True)
class StopActual:
    """`recorded`: what the ledger has of its event, voids taken off; None while no event of it was held."""

    stop: PlanStop
    kind: SiteKind
    #: The how many-th visit of its place, among those that were held.
    visit: int
    recorded: int | None
    #: Places of its event.
    places: int | None
    is_over: bool

    @property
    def name(self) -> str:
        return name_of(self.stop)

    @property
    def event(self) -> ServiceEvent | None:
        return self.stop.event

    @property
    def difference(self) -> int | None:
        return None if self.recorded is None else self.recorded - self.stop.expected


@dataclass(frozen=True)
class Actual:
    """`expected` and `recorded`: of the visits that are over and were held. `expected_lost`: of those that are
    over, and were not.
    """

    rows: list[StopActual]

    @property
    def _held(self) -> list[StopActual]:
        return [one for one in self.rows if one.is_over and one.recorded is not None]

    @property
    def visits(self) -> int:
        return len(self._held)

    @property
    def expected(self) -> int:
        return sum(one.stop.expected for one in self._held)

    @property
    def recorded(self) -> int:
        return sum(one.recorded or 0 for one in self._held)

    @property
    def expected_lost(self) -> int:
        return sum(one.stop.expected for one in self.rows if one.is_over and one.recorded is None)

    @property
    def expected_ahead(self) -> int:
        return sum(one.stop.expected for one in self.rows if not one.is_over)


def actual(by: Actor, office: str, first: date, last: date) -> Actual:
    """Of the visits that the office went by on these days. The same few queries for any number of them."""
    stops = list(stops_gone_by(PlanStop.objects.visible_to(by), office, first, last))
    return Actual(_rows(stops, today_in(office), ServiceRecord.objects.visible_to(by)))


def actual_of_everybody(office: str, first: date, last: date) -> Actual:
    """The same for a job, which sees all."""
    stops = list(stops_gone_by(PlanStop.everything.all(), office, first, last))
    return Actual(_rows(stops, today_in(office), ServiceRecord.everything.all()))


def _rows(stops: list[PlanStop], today: date, records: Any) -> list[StopActual]:
    events = [stop.event_id for stop in stops if stop.event_id is not None]
    recorded, places = _recorded(records, events), places_in(events)
    before = visits_before(stop for stop in stops if _was_held(stop))
    return [
        StopActual(
            stop,
            kind_of(stop.venue),
            before.get(stop.pk, 0) + 1,
            recorded.get(stop.event_id, 0) if stop.event_id and _was_held(stop) else None,
            places.get(stop.event_id) if stop.event_id else None,
            stop.duty.day < today,
        )
        for stop in stops
    ]


def _was_held(stop: PlanStop) -> bool:
    return stop.event is not None and stop.event.is_held


def _recorded(records: Any, events: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Event -> people recorded there, voids taken off. Counts alone."""
    found = (
        records.filter(event__in=events, service=Service.RECORDING, outcome=Outcome.DONE)
        .order_by()
        .values_list("event_id")
        .annotate(n=Sum("weight"))
    )
    return dict(found)


def places_in(events: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    found: dict[uuid.UUID, int] = defaultdict(int)
    seats = Seat.objects.filter(session__event__in=events, service=Service.RECORDING)
    for event in seats.values_list("session__event_id", flat=True):
        found[event] += 1
    return found
