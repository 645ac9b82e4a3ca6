"""Signing an event's plan, and changes that wait for it. Half verbs: what is signed may move bookings
and is told to people, so `registrations.lifecycle` takes these steps (tests/core/test_rules.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.versions import version_of
from events.planning.enums import ChangeState, EventState
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat
from events.planning.models.signing import EventChange, EventSignature
from events.planning.selectors.signing import (
    Standing,
    as_json,
    facts_of,
    parts_of,
    what_stands,
)
from events.planning.services.own import lock_event
from events.planning.validators import check_plan, lies_within

#: Facts that are dates; JSON has them as text.
_DATES = ("starts_on", "ends_on")


def sign(by: Actor, event: ServiceEvent, content: dict[str, Any]) -> None:
    """Keep this as signed by this head: what was read for the look, not what is there by now."""
    EventSignature.objects.create(
        event=event,
        version=version_of(parts_of(content)),
        content=content,
        signed_by_id=by.user_id,
    )


def sign_again(by: Actor, event: ServiceEvent, standing: Standing, *, moved: bool) -> None:
    """A head's change of an approved event signs its facts at once, with the neutrality of it. Of
    sessions, places and costs it signs no more than was signed: `note_seen` does.
    """
    event.neutrality_signed_by_id = by.user_id
    event.neutrality_signed_at = timezone.now()
    event.save(update_fields=["neutrality_signed_by", "neutrality_signed_at"])
    content = dict(standing.signed or standing.content)
    if moved:
        now = what_stands(event).content["sessions"]
        content["sessions"] = {
            key: {**now[key], "places": session["places"]}
            for key, session in content["sessions"].items()
            if key in now
        }
    sign(by, event, content | {"facts": facts_of(event)})


def signs(by: Actor, event: ServiceEvent) -> bool:
    """Whether what this person changes is in force at once: a draft, or a head's own event."""
    return event.state == EventState.DRAFT or by.may(Permission.EVENTS_APPROVE)


def require_ahead(event: ServiceEvent) -> None:
    if event.state not in EventState.ahead():
        raise Conflict("event-over", _("The event is closed or cancelled."))


def from_json(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a proposal as the columns have them."""
    return {
        name: date.fromisoformat(value) if name in _DATES else value
        for name, value in values.items()
    }


def apply_values(event: ServiceEvent, values: dict[str, Any]) -> None:
    """Column -> value. Raises Invalid for the rules of a plan."""
    if "services" in values:
        _keep_services_with_seats(event, values["services"])
    for name, value in values.items():
        setattr(event, name, value)
    check_plan(starts_on=event.starts_on, ends_on=event.ends_on, kits=event.kits)
    event.save(update_fields=list(values))


def _keep_services_with_seats(event: ServiceEvent, services: list[str]) -> None:
    left_out = set(event.services) - set(services)
    if Seat.objects.filter(session__event=event, service__in=left_out).exists():
        raise Invalid(
            "service-has-places",
            _("Sessions have places for a service that you left out. Set them to 0 first."),
            field="services",
        )


def leaves_sessions(event: ServiceEvent, first: date, last: date) -> bool:
    """Whether a session lies outside these days."""
    zone = ZoneInfo(event.village.timezone)
    return not all(
        lies_within(hours, first, last, zone)
        for hours in event.sessions.values_list("starts_at", "ends_at")
    )


def propose(by: Actor, event: ServiceEvent, values: dict[str, Any], *, moves: bool) -> None:
    """Keep a change for the head, instead of the one that waits. No values: nothing waits any more."""
    against = what_stands(event).version
    withdraw_open(by, event)
    if not values:
        return
    EventChange.objects.create(
        event=event,
        values={name: as_json(value) for name, value in values.items()},
        moves=moves,
        against=against,
        proposed_by_id=by.user_id,
    )


def withdraw_open(by: Actor, event: ServiceEvent) -> int:
    """Nothing waits for the head any more; how many did."""
    return _decide(by, event, ChangeState.WITHDRAWN)


def accept_open(by: Actor, event: ServiceEvent) -> int:
    return _decide(by, event, ChangeState.ACCEPTED)


def _decide(by: Actor, event: ServiceEvent, state: ChangeState) -> int:
    waiting = EventChange.objects.filter(event=event, state=ChangeState.PENDING)
    return waiting.update(state=state, decided_by_id=by.user_id, decided_at=timezone.now())


def no_change() -> Conflict:
    return Conflict("no-change", _("No change of this event waits for a signature."))


def would_do(verb: Callable[[], Any]) -> None:
    """Try a change and undo it: what the head could not sign is refused to whoever proposes it."""
    with transaction.atomic():
        verb()
        transaction.set_rollback(True)


@service
def withdraw_change(*, by: Actor, event: ServiceEvent) -> ServiceEvent:
    """Whoever plans for the office takes the proposal back; the head refuses it in the same way."""
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, event.pk)
    if not withdraw_open(by, event):
        raise no_change()
    return event


@service
def note_seen(*, by: Actor, event: ServiceEvent, version: str | None = None) -> ServiceEvent:
    """The head has seen what was added after the signature: it counts as signed.

    Raises Conflict when the event is not approved, or is no longer what the head saw.
    """
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    if event.state != EventState.APPROVED:
        raise Conflict("event-state", _("The event's state does not allow this."))
    standing = what_stands(event)
    standing.require(version)
    sign(by, event, standing.content)
    return event
