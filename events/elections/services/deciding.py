"""Entering an election, and deciding on one: planned, moved, cancelled. What hangs on its day follows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import rows, service
from dukcapil.core.errors import Asks, Conflict, Invalid, NotFound
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.validators import within
from events.elections.enums import ElectionKind, ElectionState
from events.elections.models import Election, ElectionDecision, Opening
from events.elections.selectors import shown_of
from events.elections.services.days import (
    end,
    open_day,
    require_day,
    require_region,
    require_source,
    shut_day,
    why_not,
)
from events.planning.triggers import BOOKED_KINDS


@service
def enter_election(
    *,
    by: Actor,
    name: str,
    kind: str,
    region: Region,
    held_on: date,
    source: str,
    listed_from: date | None = None,
    offices: Collection[Region] = (),
) -> Election:
    require_region(by, region)
    source = _named(source)
    if not name.strip():
        raise Invalid("name", _("Give a name."), field="name")
    require_day(held_on, "held_on")
    if listed_from and listed_from > held_on:
        raise Invalid(
            "listed-late",
            _("Lists begin on the day of the election or before it."),
            field="listed_from",
        )
    hold(Lock.CALENDAR)
    _require_alone(region.pk, kind, held_on)
    election = Election.objects.create(
        name=name.strip(),
        kind=kind,
        region=region,
        offices=_offices(kind, region, offices),
        listed_from=listed_from,
        held_on=held_on,
        source=source,
        by_id=by.user_id,
    )
    log_access(
        by=by, action=Access.CHANGE, kind="election", subject=str(election.pk), reason=source
    )
    return election


def _require_alone(region: str, kind: str, held_on: date, but: Election | None = None) -> None:
    """One election of a kind in a region on a day. Another one (`but`) may be moved onto the day of one
    that was cancelled; entered anew that one is not, or its history would end with the cancelling.
    """
    same = Election.objects.filter(region_id=region, kind=kind, held_on=held_on)
    if but is not None:
        same = same.exclude(pk=but.pk).exclude(state=ElectionState.CANCELLED)
    states = set(same.values_list("state", flat=True))
    if states == {ElectionState.CANCELLED}:
        raise Conflict(
            "election-exists",
            _(
                "This election was entered and cancelled: decide on that one that it is held, instead"
                " of entering it anew."
            ),
            field="held_on",
        )
    if states:
        raise Conflict(
            "election-exists",
            _("This election was entered already; decide on that one."),
            field="held_on",
        )


def _named(source: str) -> str:
    return require_source(source, _("Name the decree or letter that says so."))


def _offices(kind: str, region: Region, offices: Collection[Region]) -> list[str]:
    named = sorted({office.pk for office in offices})
    if kind == ElectionKind.EXAMPLE:
        if region.level != Level.REGENCY:
            raise Invalid(
                "example-office",
                _("An example is for practice in one office: name a regency or city."),
                field="region",
            )
        if named not in ([], [region.pk]):
            raise Invalid(
                "example-office", _("An example bears on its own office alone."), field="offices"
            )
        return [region.pk]
    if any(not within(office, region.pk) for office in named):
        raise Invalid(
            "office-outside", _("An office lies outside the election's region."), field="offices"
        )
    return named


@dataclass(frozen=True)
class Followed:
    """An election after a decision, and the openings that went with it."""

    election: Election
    moved: list[Opening] = field(default_factory=list)
    ended: list[Opening] = field(default_factory=list)


@service
def decide(
    *,
    by: Actor,
    election: Election,
    source: str,
    held_on: date | None = None,
    state: str | None = None,
    version: str | None = None,
    confirm: Collection[str] = (),
) -> Followed:
    """A changed day makes it moved. Openings of the election move by as many days, or end where nothing
    opens on the new day. Asks where the election was held already. `version`: of what was shown
    (`shown_of`); Conflict where something was decided since.
    """
    require_region(by, election.region)
    source = _named(source)
    hold(Lock.CALENDAR)
    current = Election.objects.get(pk=election.pk)
    require_seen(version, shown_of(current), {"decisions": _("Decisions")})
    day = held_on or current.held_on
    require_day(day, "held_on")
    new_state = _state(current, day, state)
    is_back = current.state == ElectionState.CANCELLED != new_state
    if is_back or day != current.held_on:
        _require_alone(current.region_id, current.kind, day, current)
    today = today_in(current.region_id)
    is_over = current.held_on < today and current.state != ElectionState.CANCELLED
    changes = day != current.held_on or new_state == ElectionState.CANCELLED
    if is_over and changes and "election-held" not in confirm:
        raise Asks(
            "election-held",
            message=_("This election was held on %(day)s. Was it not?")
            % {"day": date_format(current.held_on, "j F Y")},
            field="held_on",
        )
    ElectionDecision.objects.create(
        election=current, held_on=day, state=new_state, source=source, by_id=by.user_id
    )
    decided = Election.objects.select_related("region").get(pk=current.pk)
    log_access(by=by, action=Access.CHANGE, kind="election", subject=str(current.pk), reason=source)
    followed = Followed(decided)
    if changes:
        _follow(by, followed, day - current.held_on)
    return followed


def _state(current: Election, day: date, state: str | None) -> str:
    is_moved = day != current.held_on
    if state == ElectionState.CANCELLED:
        if is_moved:
            raise Invalid(
                "cancelled-day", _("A cancelled election has no new day."), field="held_on"
            )
        return ElectionState.CANCELLED
    if is_moved:
        return ElectionState.MOVED
    if state == ElectionState.MOVED and current.state != ElectionState.MOVED:
        raise Invalid("moved-where", _("Name the day that it was moved to."), field="held_on")
    if state:
        return state
    is_back = current.state == ElectionState.CANCELLED
    return ElectionState.PLANNED if is_back else current.state


def _follow(by: Actor, followed: Followed, by_days: timedelta) -> None:
    """Openings from today on; the last day first where days grow, so that none meets another."""
    election = followed.election
    _hold_offices(election)
    openings = list(
        Opening.everything.filter(election_id=election.pk, ended_at=None)
        .select_for_update(of=("self",))
        .select_related("office")
        .order_by("-day" if by_days > timedelta() else "day", "pk")
    )
    for opening in openings:
        before = opening.day
        if before < today_in(opening.office_id):
            continue
        if election.state == ElectionState.CANCELLED:
            end(opening, by, _("The election was cancelled."))
            followed.ended.append(opening)
            continue
        opening.day = before + by_days
        if refused := why_not(opening, election) or _taken(opening):
            opening.day = before
            end(opening, by, _("The election was moved. %(why)s") % {"why": refused.message})
            followed.ended.append(opening)
            continue
        opening.save(update_fields=["day"])
        open_day(opening, by, opening.reason or election.name)
        shut_day(opening.office_id, before, by, _("The election was moved."))
        followed.moved.append(opening)


#: SQL: the events of these offices at which people are booked when an office opens.
_THEIR_EVENTS = f"""
SELECT 1 FROM events_serviceevent
 WHERE office_id = ANY (%s) AND kind IN ({BOOKED_KINDS}) AND state <> 'cancelled'
 ORDER BY id FOR KEY SHARE
"""


def _hold_offices(election: Election) -> None:
    """Before the rows of its openings: whoever changes an event locks the event, then the office, and last
    the openings that name it. None comes to it meanwhile, for the calendar is held.
    """
    standing = Opening.everything.filter(election_id=election.pk, ended_at=None)
    offices = sorted(set(standing.values_list("office_id", flat=True)))
    rows(_THEIR_EVENTS, [offices])
    for office in offices:
        hold(Lock.OPENINGS, office)


def _taken(opening: Opening) -> Conflict | None:
    others = Opening.everything.filter(
        office_id=opening.office_id, point=opening.point, day=opening.day, ended_at=None
    ).exclude(pk=opening.pk)
    if others.exists():
        return Conflict("opening-exists", _("This opening is planned already."), field="day")
    return None


def get_election_or_404(by: Actor, election_id: int) -> Election:
    """An election that this actor may decide on."""
    require(by, Permission.ELECTIONS_SET)
    election = Election.objects.select_related("region").filter(pk=election_id).first()
    if election is None or not by.covers(election.region_id):
        raise NotFound
    return election
