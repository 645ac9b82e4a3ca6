"""Events follow a new plan: drafts on which nobody counts go along, everything else is proposed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, DomainError
from events.planning.models.event import ServiceEvent
from events.resources.models import TeamMember
from events.resources.services import FAULTY
from registrations.lifecycle.services.devices import end_assignment
from registrations.lifecycle.services.events import (
    cancel_event,
    change_event,
    move_event,
    propose_move,
)
from registrations.lifecycle.services.sessions import change_session
from reports.planner.enums import EventStep
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.selectors.changes import Change, Changes, changes
from reports.planner.selectors.stops import end_of, moment, shares, sites_of, stops_of
from reports.planner.services.into_events import Crews, places_of, send_crew


@dataclass
class Taken:
    """What became of the events. `by_hand`: what could not even be proposed, and why."""

    moved: int = 0
    cancelled: int = 0
    proposed: int = 0
    by_hand: list[tuple[Change, str]] = field(default_factory=list)


@service
def take_over_events(*, by: Actor, plan: Plan) -> Taken:
    """For whoever adopts `plan`, in the same transaction: the events of the visits before belong to those of
    the new plan. An approved event, and one with people on its list, is never moved by it: a change waits
    for the head. Raises what stands against moving a draft, but for its crew.
    """
    require(by, Permission.EVENTS_PLAN)
    found = changes(by, plan)
    _hand_over(found)
    taken = Taken()
    for one in found.of(EventStep.CANCELLED):
        if one.event is not None:
            cancel_event(by=by, event=one.event, reason=str(_("Not in the new plan")))
            taken.cancelled += 1
    _move(by, plan, found.of(EventStep.MOVES), taken)
    for one in found.of(EventStep.PROPOSED):
        _propose(by, one, taken)
    for one in found.of(EventStep.STAYS):
        taken.by_hand.append((one, str(EventStep.STAYS.label)))
    return taken


def _hand_over(found: Changes) -> None:
    """The event of a visit belongs to the same visit of the new plan."""
    for one in found.pairs:
        if one.before is None or one.after is None or one.event is None or not one.event.is_ahead:
            continue
        PlanStop.objects.filter(pk=one.before.pk).update(event=None)
        PlanStop.objects.filter(pk=one.after.pk).update(event=one.event)


def _move(by: Actor, plan: Plan, rows: list[Change], taken: Taken) -> None:
    """All crews are taken off first: two drafts may have changed their days. Whoever and whatever somebody
    added by hand goes along. A draft whose crew is kept by an event that stays goes without one: somebody
    sends it by hand.
    """
    taken.moved = len(rows)
    if not rows:
        return
    stops, sites = {stop.pk: stop for stop in stops_of(by, plan)}, sites_of(plan)
    parts, crews = shares(stops.values(), sites), Crews.of(plan.office_id)
    moving = [(one, stops[one.after.pk]) for one in rows if one.after is not None]
    for one in rows:
        if one.before is not None and one.event is not None:
            _take_off(by, one.event, one.before)
    for _one, stop in moving:
        _fit(by, stop, sites)
    for one, stop in moving:
        try:
            with transaction.atomic():
                send_crew(by, stop, parts[stop.pk], crews, confirm=[FAULTY])
        except Conflict as error:
            taken.by_hand.append((one, str(error.message)))


def _take_off(by: Actor, event: ServiceEvent, stop: PlanStop) -> None:
    """The crew that the plan before sent."""
    members = TeamMember.objects.filter(team__pk=int(stop.duty.team)).values("clerk")
    sent = event.assignments.filter(
        Q(team=int(stop.duty.team))
        | Q(device__in=[int(kit) for kit in stop.duty.kits])
        | Q(clerk__in=members)
    )
    for assignment in sent.select_related("event", "loan"):
        end_assignment(by=by, assignment=assignment)


def _fit(by: Actor, stop: PlanStop, sites: dict[str, dict[str, Any]]) -> None:
    """Day, hours, places and number of sets as the new plan has them."""
    event, site = stop.event, sites[stop.site]
    if event.starts_on != stop.duty.day:
        event = move_event(by=by, event=event, starts_on=stop.duty.day)
    if event.kits != len(stop.duty.kits):
        event = change_event(by=by, event=event, kits=len(stop.duty.kits))
    zone = event.village.timezone
    for session in event.sessions.select_related("event__village"):
        change_session(
            by=by,
            session=session,
            starts_at=moment(stop.duty.day, stop.begin, zone),
            ends_at=moment(stop.duty.day, end_of(stop, site), zone),
            capacity={name: places_of(stop, site) for name in event.services},
        )


def _propose(by: Actor, one: Change, taken: Taken) -> None:
    if one.after is None or one.event is None:
        return
    try:
        propose_move(by=by, event=one.event, starts_on=one.after.duty.day)
    except DomainError as error:
        taken.by_hand.append((one, str(error.message)))
    else:
        taken.proposed += 1
