"""What a new plan changes of the one before it, shown before somebody adopts it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from dukcapil.accounts.scoping import Actor
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from registrations.booking.models.group import VisitGroup
from reports.planner.enums import ChangeKind, EventStep
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.selectors.stops import name_of, stops_gone_by, stops_of

Pair = tuple[PlanStop | None, PlanStop | None]


@dataclass(frozen=True)
class Change:
    """A place before and after. `step`: what adopting does with the event that was made of it."""

    kind: ChangeKind
    step: EventStep
    before: PlanStop | None
    after: PlanStop | None

    @property
    def stop(self) -> PlanStop:
        stop = self.after or self.before
        if stop is None:
            raise ValueError("a change is of a visit")
        return stop

    @property
    def name(self) -> str:
        return name_of(self.stop)

    @property
    def event(self) -> ServiceEvent | None:
        """That of the visit before: it goes over to the visit after."""
        return self.before.event if self.before else None


@dataclass(frozen=True)
class Changes:
    #: All visits of both, those that stay as they are among them.
    pairs: list[Change]

    @property
    def rows(self) -> list[Change]:
        return [one for one in self.pairs if one.kind != ChangeKind.KEPT]

    @property
    def kept(self) -> int:
        return len(self.pairs) - len(self.rows)

    def of(self, step: EventStep) -> list[Change]:
        return [one for one in self.pairs if one.step == step]


def changes(by: Actor, plan: Plan) -> Changes:
    """Beside what the office goes by on its days, or went by before it adopted this one. Without such a plan
    all visits are new.
    """
    stops = PlanStop.objects.visible_to(by)
    days = (plan.from_day, plan.until_day)
    old = list(stops_gone_by(stops, plan.office_id, *days, without=plan))
    counted = counted_on(by, (one.event for one in old if one.event is not None))
    pairs = [_change(one, other, counted) for one, other in paired(old, stops_of(by, plan))]
    return Changes(sorted(pairs, key=_order))


def paired(old: Iterable[PlanStop], new: Iterable[PlanStop]) -> list[Pair]:
    """Visits of a place: those of one day are the same; the others follow each other."""
    sites: dict[str, tuple[dict[date, PlanStop], dict[date, PlanStop]]] = defaultdict(
        lambda: ({}, {})
    )
    for stop in old:
        sites[stop.site][0][stop.duty.day] = stop
    for stop in new:
        sites[stop.site][1][stop.duty.day] = stop
    pairs: list[Pair] = []
    for _site, (before, after) in sorted(sites.items()):
        same = sorted(before.keys() & after.keys())
        pairs += [(before[day], after[day]) for day in same]
        gone = [before[day] for day in sorted(before.keys() - after.keys())]
        added = [after[day] for day in sorted(after.keys() - before.keys())]
        pairs += zip_longest(gone, added)
    return pairs


def counted_on(by: Actor, events: Iterable[ServiceEvent]) -> set[uuid.UUID]:
    """Events that somebody counts on: signed by a head, or with people who are expected there."""
    found = list(events)
    groups = VisitGroup.objects.visible_to(by).filter(event__in=[one.pk for one in found])
    listed = set(groups.values_list("event_id", flat=True))
    return {one.pk for one in found if one.state == EventState.APPROVED or one.pk in listed}


def _change(before: PlanStop | None, after: PlanStop | None, counted: set[uuid.UUID]) -> Change:
    kind = _kind(before, after)
    event = before.event if before else None
    return Change(kind, _step(kind, event, counted), before, after)


def _kind(before: PlanStop | None, after: PlanStop | None) -> ChangeKind:
    if before is None:
        return ChangeKind.NEW
    if after is None:
        return ChangeKind.DROPPED
    if before.duty.day != after.duty.day:
        return ChangeKind.MOVED
    return ChangeKind.KEPT if _how(before) == _how(after) else ChangeKind.OTHERWISE


def _how(stop: PlanStop) -> tuple[object, ...]:
    return (stop.duty.team, sorted(stop.duty.kits), stop.begin, stop.minutes)


def _step(kind: ChangeKind, event: ServiceEvent | None, counted: set[uuid.UUID]) -> EventStep:
    if event is None or not event.is_ahead or kind in (ChangeKind.NEW, ChangeKind.KEPT):
        return EventStep.NONE
    if event.pk not in counted:
        return EventStep.CANCELLED if kind == ChangeKind.DROPPED else EventStep.MOVES
    return EventStep.PROPOSED if kind == ChangeKind.MOVED else EventStep.STAYS


def _order(one: Change) -> tuple[date, str, str]:
    return (one.stop.duty.day, one.stop.duty.team, one.stop.site)
