"""A plan against what came: for each visit that an office went by, the expected beside the recorded."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat
from registrations.ledger.enums import Outcome
from registrations.ledger.models import ServiceRecord
from reports.planner.enums import SiteKind
from reports.planner.models.inputs import TurnoutRule
from reports.planner.models.plans import PlanStop
from reports.planner.selectors.stops import kind_of, name_of, stops_gone_by, visits_before

#: From so many visits on a turnout is measured; below it is chance.
FEWEST_VISITS = 3
#: A turnout is measured from the visits of so many days.
MEASURED_DAYS = 120


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
    return Actual(_rows(stops, today_in(office)))


def actual_of_everybody(office: str, first: date, last: date) -> Actual:
    """The same for a job, which sees all."""
    stops = list(stops_gone_by(PlanStop.everything.all(), office, first, last))
    return Actual(_rows(stops, today_in(office)))


def _rows(stops: list[PlanStop], today: date) -> list[StopActual]:
    events = [stop.event_id for stop in stops if stop.event_id is not None]
    recorded, places = recorded_in(events), places_in(events)
    before = visits_before(stop for stop in stops if _was_held(stop))
    return [
        StopActual(
            stop,
            kind_of(stop),
            before.get(stop.pk, 0) + 1,
            recorded.get(stop.event_id, 0) if _was_held(stop) else None,
            places.get(stop.event_id) if stop.event_id else None,
            stop.duty.day < today,
        )
        for stop in stops
    ]


def _was_held(stop: PlanStop) -> bool:
    return stop.event is not None and stop.event.is_held


def recorded_in(events: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Event -> people recorded there, voids taken off. Counts alone."""
    found = (
        ServiceRecord.everything.filter(
            event__in=events, service=Service.RECORDING, outcome=Outcome.DONE
        )
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


# --- turnouts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turnout:
    """Of a thousand who were missing, how many came to the nth visit of a place of this kind."""

    kind: SiteKind
    visit: int
    visits: int
    #: Missing before these visits, and recorded at them.
    missing: int
    came: int
    #: Visits at which all places were used: more might have come.
    full: int
    #: What plans reckon with now; None: no rule yet.
    assumed: TurnoutRule | None = None

    @property
    def per_thousand(self) -> int | None:
        """None from too few visits."""
        if self.visits < FEWEST_VISITS or not self.missing:
            return None
        share = Decimal(1000 * self.came) / self.missing
        return min(1000, int(share.quantize(Decimal(1), ROUND_HALF_UP)))


_GAPS = """
SELECT plan.id, plan.cut, site ->> 'id' AS site,
       (SELECT sum(n::int) FROM jsonb_each_text(site -> 'gap') AS groups (name, n))::int AS gap
  FROM reports_plan plan CROSS JOIN LATERAL jsonb_array_elements(plan.instance -> 'sites') AS site
 WHERE plan.id = ANY (%(plans)s) AND site ->> 'id' = ANY (%(sites)s)
"""


def turnouts(rows: Iterable[StopActual], rules: Iterable[TurnoutRule]) -> list[Turnout]:
    """What visits that are over say beside what is assumed. `rules`: those in force.

    Who was missing before a visit: the count of its plan, less who was recorded at visits of the place
    between the plan's cut and it.
    """
    over = [one for one in rows if one.is_over and one.recorded is not None]
    assumed = {(rule.kind, rule.visit): rule for rule in rules}
    gaps = _gaps(over)
    sums: dict[tuple[SiteKind, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    since: dict[tuple[uuid.UUID, str], int] = defaultdict(int)
    for one in sorted(over, key=lambda row: (row.stop.duty.day, row.stop.number)):
        plan = one.stop.duty.plan_id
        missing = max(0, gaps.get((plan, one.stop.site), 0) - since[plan, one.stop.site])
        recorded = one.recorded or 0
        since[plan, one.stop.site] += recorded
        if not missing:
            continue
        full = bool(one.places) and recorded >= (one.places or 0)
        some = (1, missing, min(recorded, missing), int(full))
        key = (one.kind, one.visit)
        sums[key] = [a + b for a, b in zip(sums[key], some, strict=True)]
    keys = sorted(sums.keys() | {(SiteKind(kind), visit) for kind, visit in assumed})
    return [
        Turnout(kind, visit, *sums[kind, visit], assumed=assumed.get((kind, visit)))
        if (kind, visit) in sums
        else Turnout(kind, visit, 0, 0, 0, 0, assumed[kind, visit])
        for kind, visit in keys
    ]


def _gaps(rows: list[StopActual]) -> dict[tuple[uuid.UUID, str], int]:
    params = {
        "plans": list({one.stop.duty.plan_id for one in rows}),
        "sites": list({one.stop.site for one in rows}),
    }
    if not rows:
        return {}
    return {(row["id"], row["site"]): row["gap"] or 0 for row in dicts(_GAPS, params)}
