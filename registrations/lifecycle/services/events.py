"""Verbs of an event that also change its bookings and requests; `events` must not know of these."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import DateTimeTZRange

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict
from dukcapil.regions.enums import today_in
from dukcapil.regions.models import Region
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import ServiceSession
from events.planning.selectors.signing import Standing, what_stands
from events.planning.services.own import lock_event
from events.planning.services.signing import (
    accept_open,
    apply_values,
    from_json,
    leaves_sessions,
    no_change,
    propose,
    require_ahead,
    sign_again,
    signs,
    withdraw_open,
    would_do,
)
from events.planning.services.steps import sign_neutrality
from events.planning.validators import check_cancel_reason, check_day, in_the_past
from registrations.booking.enums import AppointmentState, MessageKind, WaitState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.waiting import Waiting
from registrations.booking.services import messages
from registrations.booking.services.closing import remember_open
from registrations.booking.services.visits import end_all_of
from registrations.booking.services.waiting import promote
from registrations.lifecycle.selectors import ask_before_closing
from registrations.lifecycle.services.hours import anybody_came, invite_anew, refuse_too_young
from registrations.requests.services.steps import settle


@service
def open_to_booking(
    *,
    by: Actor,
    event: ServiceEvent,
    neutrality_signed: bool,
    items: list[str] | None = None,
    version: str | None = None,
) -> ServiceEvent:
    """The head signs the neutrality checklist; the waiting lists get their places at once.

    `items`: the lines that were confirmed; None, as from a program, means all of them. `version`: of
    what was shown; None signs what stands. Approving an approved event changes nothing and keeps the
    first signature.
    """
    event = sign_neutrality(
        by=by, event=event, neutrality_signed=neutrality_signed, items=items, version=version
    )
    for session in event.sessions.select_related("event__village").order_by("starts_at", "pk"):
        promote(by, session)
    return event


@service
def close_event(*, by: Actor, event: ServiceEvent, confirm: Collection[str] = ()) -> ServiceEvent:
    """Who is still booked did not come, who is here and waits came and was not served; late records
    are still taken. Again: changes nothing. Asks `before-end`, `people-waiting`,
    `cards-left`.
    """
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    if event.state == EventState.CLOSED:
        return event
    if event.state != EventState.APPROVED:
        raise Conflict("event-state", _("Only an approved event can be closed."))
    ask_before_closing(event, confirm)
    remember_open(event.pk)
    end_all_of(event.pk, AppointmentState.NO_SHOW)
    settle(by, event, held=True)
    withdraw_open(by, event)
    event.state = EventState.CLOSED
    event.save(update_fields=["state"])
    return event


@service
def cancel_event(*, by: Actor, event: ServiceEvent, reason: str = "") -> ServiceEvent:
    """Everybody booked may book elsewhere, and is told if they left a contact. An approved event is
    cancelled with a reason: somebody counts on it.

    Cancelling again changes nothing. Nothing ever cancels an event because its day is a holiday.
    """
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    if event.state == EventState.CANCELLED:
        return event
    if event.state == EventState.CLOSED:
        raise Conflict("event-state", _("A closed event cannot be cancelled."))
    reason = " ".join(reason.split())
    check_cancel_reason(reason, approved=event.state == EventState.APPROVED)
    messages.drop_all_of(event.pk)
    messages.tell(MessageKind.CANCELLED, messages.with_contact(event=event))
    end_all_of(event.pk, AppointmentState.CANCELLED)
    settle(by, event, held=False)
    withdraw_open(by, event)
    event.state = EventState.CANCELLED
    event.cancel_reason = reason
    event.save(update_fields=["state", "cancel_reason"])
    return event


#: What everybody who left a contact is told of, when it changes after the approval.
_TOLD = {"title", "kind", "village_id", "place", "target_group", "starts_on", "ends_on"}


@service
def change_event(
    *,
    by: Actor,
    event: ServiceEvent,
    version: str | None = None,
    title: str | None = None,
    kind: str | None = None,
    village: Region | None = None,
    place: str | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    services: list[str] | None = None,
    place_kind: str | None = None,
    target_group: str | None = None,
    programme: str | None = None,
    holiday_reason: str | None = None,
    kits: int | None = None,
    walk_in_percent: int | None = None,
    priority_percent: int | None = None,
    by_invitation: bool | None = None,
) -> ServiceEvent:
    """Change a draft, or as head an approved event, which signs it again; who left a contact is told.
    Of an approved event anybody else's change waits for the head, beside what was signed.

    A field that is None stays as it is. `version`: of what the person looked at. Raises Conflict
    `changed-meanwhile`, `event-over`; Invalid when a service with seats is left out.
    """
    fields = {
        "title": title,
        "kind": kind,
        "village_id": village and village.pk,
        "place": place,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "services": services and list(dict.fromkeys(services)),
        "place_kind": place_kind,
        "target_group": target_group,
        "programme": programme,
        "holiday_reason": holiday_reason,
        "kits": kits,
        "walk_in_percent": walk_in_percent,
        "priority_percent": priority_percent,
        "by_invitation": by_invitation,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return _change(by, event, version, given)


@service
def move_event(
    *, by: Actor, event: ServiceEvent, starts_on: date, version: str | None = None
) -> ServiceEvent:
    """The whole event on another day, with sessions, bookings, waiting lists, team and devices; of an
    approved event only a head's move is in force at once, anybody else's waits for the head.

    Everybody who left a contact is told. Raises Invalid for a day that is over, Conflict once
    somebody has come, and when a team, a device or a clerk is elsewhere on the new day.
    """
    check_day(starts_on)
    return _change(by, event, version, {"starts_on": starts_on}, moves=True)


@service
def propose_move(*, by: Actor, event: ServiceEvent, starts_on: date) -> ServiceEvent:
    """As `move_event`, and nothing moves before a head has signed it, whoever asks and however far the event
    is: somebody counts on the day.
    """
    check_day(starts_on)
    return _change(by, event, None, {"starts_on": starts_on}, moves=True, apart=True)


def _change(
    by: Actor,
    event: ServiceEvent,
    seen: str | None,
    given: dict[str, Any],
    *,
    moves: bool = False,
    apart: bool = False,
) -> ServiceEvent:
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    require_ahead(event)
    standing = what_stands(event)
    standing.require(seen)
    if moves:
        given |= {"ends_on": event.ends_on + (given["starts_on"] - event.starts_on)}
    at_once = signs(by, event) and not apart
    if standing.proposal and not at_once:
        # What waits already is changed further, not lost.
        given = from_json(standing.proposal.values) | given
        moves = moves or standing.proposal.moves
    values = {name: value for name, value in given.items() if value != getattr(event, name)}
    moves = moves and "starts_on" in values
    if at_once:
        _carry_out(by, event, standing, values, moves=moves)
        return event
    would_do(lambda: _put(lock_event(by, event.pk), values, moves=moves))
    propose(by, event, values, moves=moves)
    return event


@service
def sign_change(*, by: Actor, event: ServiceEvent, version: str | None = None) -> ServiceEvent:
    """The head signs the change that waits: it is in force, and who left a contact is told.

    Raises Conflict when nothing waits, or when the event or the change is not what the head saw.
    """
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    require_ahead(event)
    standing = what_stands(event)
    standing.require(version)
    if standing.proposal is None:
        raise no_change()
    accept_open(by, event)
    proposal = standing.proposal
    _carry_out(by, event, standing, from_json(proposal.values), moves=proposal.moves)
    return event


def _carry_out(
    by: Actor, event: ServiceEvent, standing: Standing, values: dict[str, Any], *, moves: bool
) -> None:
    moved = _put(event, values, moves=moves)
    if event.state == EventState.APPROVED:
        sign_again(by, event, standing, moved=moved)
    if moved:
        _tell_moved(event)
    elif event.state == EventState.APPROVED and values.keys() & _TOLD:
        messages.tell(MessageKind.CHANGED, messages.with_contact(event=event))


def _put(event: ServiceEvent, values: dict[str, Any], *, moves: bool) -> bool:
    """Whether the sessions went along: asked for, or because an event that keeps its length would
    leave them behind.
    """
    first, last = (values.get(name, getattr(event, name)) for name in ("starts_on", "ends_on"))
    shift = first - event.starts_on
    same_length = bool(shift) and last - event.ends_on == shift
    # The days of a draft that are over may be put right: services are recorded afterwards.
    today, ended_on = today_in(event.village_id), event.ends_on
    put_right = event.state == EventState.DRAFT and ended_on < today and not moves
    if not put_right:
        _refuse_past(event, first, last, same_length=same_length)
    moved = same_length and (moves or leaves_sessions(event, first, last))
    if moved:
        _shift(event, shift)
        refuse_too_young(event.sessions.all(), shift, field="starts_on")
        if not put_right:
            _refuse_over(event)
    rest = {name: value for name, value in values.items() if value != getattr(event, name)}
    if rest:
        apply_values(event, rest)
    # Nor does it go there one day after the other. What sessions say against it comes first.
    if last < today <= ended_on:
        raise in_the_past("ends_on")
    return moved


def _refuse_past(event: ServiceEvent, first: date, last: date, *, same_length: bool) -> None:
    """An event is not moved to days that are over: nobody could come. It may have begun earlier."""
    today = today_in(event.village_id)
    if first != event.starts_on and (last < today or (same_length and first < today)):
        raise in_the_past("starts_on")


def _refuse_over(event: ServiceEvent) -> None:
    """On the new days of its sessions: nobody is left in one whose hours are over by now."""
    over = event.sessions.filter(ends_at__lte=timezone.now())
    visits = Appointment.objects.filter(session__in=over, state__in=AppointmentState.active())
    entries = Waiting.objects.filter(session__in=over, state=WaitState.WAITING)
    if visits.exists() or entries.exists():
        raise in_the_past("starts_on")


def _shift(event: ServiceEvent, shift: timedelta) -> None:
    if anybody_came(event=event):
        raise Conflict("event-begun", _("People came already: copy the event instead."))
    first, last = event.starts_on, event.ends_on
    # An event's sessions must lie within its days at every moment: widen the days, move the
    # sessions, then narrow the days.
    event.starts_on, event.ends_on = min(first, first + shift), max(last, last + shift)
    event.save(update_fields=["starts_on", "ends_on"])
    ServiceSession.objects.filter(event=event).update(
        starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift
    )
    for session in event.sessions.all():
        invite_anew(session)
    # Going forward, the last period first: periods of one person or device must not overlap.
    for assignment in event.assignments.order_by("-period" if shift > timedelta() else "period"):
        assignment.period = DateTimeTZRange(
            assignment.period.lower + shift, assignment.period.upper + shift
        )
        assignment.save(update_fields=["period"])
    event.starts_on, event.ends_on = first + shift, last + shift
    event.save(update_fields=["starts_on", "ends_on"])


def _tell_moved(event: ServiceEvent) -> None:
    messages.drop_all_of(event.pk)
    messages.tell_moved(messages.with_contact(event=event))
