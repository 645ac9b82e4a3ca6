"""Stops of an adopted plan as draft events: people booked, team and sets assigned, the bag asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from dukcapil.core.templatetags.figures import people as number
from events.planning.enums import EventKind, EventState, Service
from events.planning.models.event import ServiceEvent
from events.planning.services.events import plan_event
from events.planning.services.sessions import open_session
from events.planning.validators import LARGEST_CAPACITY, in_the_past
from events.resources.models import Assignment, Device, Team
from events.stock.enums import Item
from events.stock.models import StockRequest
from events.stock.services.requests import ask_stock
from events.venues.models import Venue
from events.venues.services import goes_to
from registrations.booking.services.chosen import MOST_CHOSEN
from registrations.lifecycle.services.class_visits import plan_class_visit
from registrations.lifecycle.services.devices import assign, end_assignment
from registrations.lifecycle.services.village_visit import plan_village_visit
from registrations.missing.selectors.verifying import open_people
from registrations.missing.services.refreshing import refresh
from registrations.rosters.models import Roster
from registrations.rosters.validators import year_of
from reports.planner.enums import PlanStanding
from reports.planner.models.plans import Plan, PlanStop
from reports.planner.selectors.stops import end_of, moment, shares, sites_of, stands, stops_of

Sites = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class MadeEvent:
    """`new`: made now, not before. `placed`: people on its list; `left_out`: who could not be put there."""

    stop: PlanStop
    event: ServiceEvent
    new: bool
    placed: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Made:
    events: list[MadeEvent]
    #: Cards for the new ones; none where nobody is expected, or the actor asks for no cards.
    bag: StockRequest | None

    @property
    def new(self) -> list[MadeEvent]:
        return [one for one in self.events if one.new]


@dataclass(frozen=True)
class Crews:
    """Teams and sets of the office by their keys in an instance."""

    teams: dict[str, Team]
    kits: dict[str, Device]

    @classmethod
    def of(cls, office: str) -> Crews:
        teams = Team.objects.filter(office_id=office)
        kits = Device.objects.filter(office_id=office)
        return cls({str(one.pk): one for one in teams}, {str(one.pk): one for one in kits})


@service
def make_events(
    *, by: Actor, plan: Plan, stops: Collection[int], confirm: Collection[str] = ()
) -> Made:
    """A draft event for each of these stops that has none, or a cancelled one: done twice, made once. The list of the
    missing books the people of a village, its roster those of a venue, as far as places reach.

    Raises Conflict `plan-not-adopted`, `team-gone`, and what stands against a visit or an assignment
    there; then none is made. Asks `device-faulty` as `assign`.
    """
    require(by, Permission.EVENTS_PLAN)
    held = hold_adopted(by, plan)
    refresh(office=held.office_id)
    if not stops:
        raise Invalid("choice", _("Choose at least one visit of the plan."), field="stops")
    every = list(stops_of(by, held))
    wanted = set(stops)
    chosen = [stop for stop in every if stop.pk in wanted]
    if len(chosen) != len(wanted):
        raise NotFound
    sites, parts, crews = sites_of(held), shares(every, sites_of(held)), Crews.of(held.office_id)
    made = [
        MadeEvent(stop, stop.event, new=False)
        if stands(stop)
        else _make(by, stop, sites, parts[stop.pk], crews, confirm)
        for stop in chosen
    ]
    return Made(made, _ask_bag(by, held, [one.stop for one in made if one.new]))


def hold_adopted(by: Actor, plan: Plan) -> Plan:
    """The actor's own adopted plan, locked: of two who make events of it the second finds those of the first."""
    own = Plan.objects.visible_to(by).filter(pk=plan.pk, office=by.office)
    held = own.select_for_update(of=("self",)).first()
    if held is None:
        raise NotFound
    if held.standing != PlanStanding.ADOPTED:
        raise Conflict("plan-not-adopted", _("Only of the adopted plan visits become events."))
    return held


def _make(
    by: Actor,
    stop: PlanStop,
    sites: Sites,
    part: tuple[int, int],
    crews: Crews,
    confirm: Collection[str],
) -> MadeEvent:
    if stop.duty.day < by.today:
        raise in_the_past("stops")
    site = sites[stop.site]
    if stop.venue is not None:
        event, placed, left_out = _venue_visit(by, stop, stop.venue, site)
    else:
        event, placed, left_out = _village_visit(by, stop, sites)
    stop.event = event
    stop.save(update_fields=["event"])
    send_crew(by, stop, part, crews, confirm)
    return MadeEvent(stop, event, new=True, placed=placed, left_out=left_out)


def places_of(stop: PlanStop, site: dict[str, Any]) -> int:
    """How many people its sets serve in its minutes."""
    served = len(stop.duty.kits) * stop.minutes // int(site["minutes"])
    return max(1, min(served, LARGEST_CAPACITY))


def _clock(minute: int) -> time:
    return time(*divmod(min(minute, 24 * 60 - 1), 60))


def _hours(stop: PlanStop, site: dict[str, Any]) -> dict[str, Any]:
    return {
        "starts_on": stop.duty.day,
        "begins": _clock(stop.begin),
        "ends": _clock(end_of(stop, site)),
        "kits": len(stop.duty.kits),
        "places": places_of(stop, site),
    }


def _village_visit(by: Actor, stop: PlanStop, sites: Sites) -> tuple[ServiceEvent, int, int]:
    """Pupils of a school that is a place of the plan itself are expected there, not in their village."""
    village = stop.village
    if village is None:
        raise NotFound
    missing = open_people(by, village.pk).filter(resident__office=by.office)
    missing = missing.exclude(venue__in=_venues(sites))
    planned = plan_village_visit(
        by=by,
        village=village,
        people=list(missing.values_list("resident_id", flat=True)[:MOST_CHOSEN]),
        place=_("Village hall, %(village)s") % {"village": village.name},
        services=[Service.RECORDING],
        **_hours(stop, sites[stop.site]),
    )
    return planned.event, len(planned.placed), len(planned.left_out)


def _venues(sites: Sites) -> list[str]:
    return [key for key, site in sites.items() if site["kind"] != "village"]


def _venue_visit(
    by: Actor, stop: PlanStop, venue: Venue, site: dict[str, Any]
) -> tuple[ServiceEvent, int, int]:
    year = year_of(venue.kind, stop.duty.day)
    rosters = Roster.objects.visible_to(by).select_related("venue__village", "venue__office")
    roster = rosters.filter(venue=venue, year=year).first()
    hours = _hours(stop, site)
    if roster is not None:
        try:
            planned = plan_class_visit(by=by, roster=roster, **hours)
        except Conflict as error:
            if error.code != "nobody-to-visit":
                raise
        else:
            return planned.event, planned.expected, sum(planned.left.values())
    return _unlisted_visit(by, stop, venue, hours), 0, 0


def _unlisted_visit(by: Actor, stop: PlanStop, venue: Venue, hours: dict[str, Any]) -> ServiceEvent:
    """Nobody is on a list there: whoever comes is served."""
    event = plan_event(
        by=by,
        title=(_("Recording at %(venue)s") % {"venue": venue.name})[:200],
        kind=EventKind.JEMPUT_BOLA,
        office=venue.office,
        village=venue.village,
        place=venue.name,
        place_kind=venue.place_kind,
        starts_on=stop.duty.day,
        ends_on=stop.duty.day,
        services=[Service.RECORDING],
        kits=hours["kits"],
        by_invitation=True,
    )
    goes_to(by=by, event=event, venue=venue)
    zone = venue.village.timezone
    open_session(
        by=by,
        event=event,
        starts_at=moment(stop.duty.day, hours["begins"].hour * 60 + hours["begins"].minute, zone),
        ends_at=moment(stop.duty.day, hours["ends"].hour * 60 + hours["ends"].minute, zone),
        capacity={Service.RECORDING: hours["places"]},
    )
    return event


def send_crew(
    by: Actor, stop: PlanStop, part: tuple[int, int], crews: Crews, confirm: Collection[str] = ()
) -> None:
    """Team and sets of the duty at the stop's event, for its part of the day."""
    event = stop.event
    zone = event.village.timezone
    first, last = (moment(stop.duty.day, minute, zone) for minute in part)
    team = crews.teams.get(stop.duty.team)
    kits = [crews.kits.get(key) for key in stop.duty.kits]
    if team is None or None in kits:
        raise Conflict(
            "team-gone",
            _("The plan counts on a team or a recording set that the office no longer has."),
        )
    _release(by, team, stop, DateTimeTZRange(first, last))
    times: dict[str, Any] = {"starts_at": first, "ends_at": last, "confirm": confirm}
    assign(by=by, event=event, team=team, **times)
    for kit in kits:
        assign(by=by, event=event, device=kit, **times)


def _release(by: Actor, team: Team, stop: PlanStop, period: DateTimeTZRange) -> None:
    """From events that were cancelled: nobody goes there."""
    members = team.members.values("clerk")
    kits = [int(key) for key in stop.duty.kits]
    held = Assignment.objects.filter(
        Q(team=team) | Q(device__in=kits) | Q(clerk__in=members),
        event__office=by.office,
        event__state=EventState.CANCELLED,
        period__overlap=period,
    )
    for assignment in held.select_related("event", "loan"):
        end_assignment(by=by, assignment=assignment)


def _ask_bag(by: Actor, plan: Plan, stops: list[PlanStop]) -> StockRequest | None:
    """One request for the cards of all of them."""
    asked = sum(stop.expected for stop in stops)
    if not asked or not by.may(Permission.STOCK_MOVE):
        return None
    days = [stop.duty.day for stop in stops]
    text = ngettext(
        "Bag for %(n)s visit of the plan, %(first)s to %(last)s: %(cards)s people expected.",
        "Bags for %(n)s visits of the plan, %(first)s to %(last)s: %(cards)s people expected.",
        len(stops),
    )
    words = {
        "n": number(len(stops)),
        "first": f"{min(days):%d-%m-%Y}",
        "last": f"{max(days):%d-%m-%Y}",
        "cards": number(asked),
    }
    return ask_stock(by=by, office=plan.office, item=Item.CARD, asked=asked, reason=text % words)
