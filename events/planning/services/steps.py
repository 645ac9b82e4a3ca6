"""Halves of verbs: what happens to the plan alone. Whoever waits for a place gets it in the other
half, so only the verbs of `registrations.lifecycle` take these steps (a contract in pyproject.toml
and tests/core/test_rules.py hold that).
"""

from __future__ import annotations

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from events.planning.enums import EventState, Neutrality
from events.planning.errors import no_places
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from events.planning.selectors.events import require_own
from events.planning.services.own import lock_event
from events.planning.services.places import add_seats, check_capacity
from events.planning.validators import is_signed


@service
def sign_neutrality(
    *, by: Actor, event: ServiceEvent, neutrality_signed: bool, items: list[str] | None
) -> ServiceEvent:
    """The head signs the checklist (SKB 5 K/L 2/2022), and the event is approved.

    Signing an approved event again changes nothing and keeps the first signature.
    """
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    if event.state == EventState.APPROVED:
        return event
    if not is_signed(signed=neutrality_signed, items=items):
        raise Invalid(
            "neutrality-unsigned",
            _("The neutrality checklist must be signed before approval."),
            field="neutrality_signed",
        )
    event.state = EventState.APPROVED
    event.neutrality_signed_by_id = by.user_id
    event.neutrality_signed_at = timezone.now()
    event.neutrality_items = items if items is not None else list(Neutrality.values)
    event.save(
        update_fields=[
            *("state", "neutrality_signed_by", "neutrality_signed_at", "neutrality_items"),
        ]
    )
    return event


@service
def set_places(*, by: Actor, session: ServiceSession, capacity: dict[str, int]) -> ServiceSession:
    """Raise or lower places. Lowering takes free places only; Conflict when fewer are free."""
    require(by, Permission.EVENTS_PLAN)
    require_own(by, session.event)
    check_capacity(session.event, capacity)
    # Not the key: a booking that refers to the session holds a free place that we may wait for.
    ServiceSession.everything.select_for_update(no_key=True).get(pk=session.pk)
    for name, wanted in capacity.items():
        seats = Seat.objects.filter(session=session, service=name)
        now = seats.aggregate(n=Count("pk"), last=Max("number"))
        if wanted > now["n"]:
            add_seats(session, name, (now["last"] or 0) + 1, wanted - now["n"])
        elif wanted < now["n"]:
            _remove_seats(session, name, now["n"] - wanted)
    if not any(capacity.values()) and not Seat.objects.filter(session=session).exists():
        raise no_places()
    return session


def _remove_seats(session: ServiceSession, name: str, count: int) -> None:
    free = (
        Seat.objects.select_for_update()
        .filter(session=session, service=name, holder__isnull=True)
        .order_by("-number")
        .values_list("pk", flat=True)[:count]
    )
    chosen = list(free)
    if len(chosen) < count:
        raise Conflict(
            "capacity-below-booked",
            _("The capacity cannot be lower than the places already booked."),
            field="capacity",
        )
    Seat.objects.filter(pk__in=chosen, holder__isnull=True).delete()
