"""First halves of verbs: what happens to the plan alone. The second half gives free seats to people
on the waiting list, so only the verbs of `registrations.lifecycle` may call these steps (a contract
in pyproject.toml and tests/core/test_rules.py check that).
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Max, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.regions.enums import day_of, today_in
from events.planning.enums import EventState, Neutrality
from events.planning.errors import no_seats, session_booked, session_times
from events.planning.models.event import ServiceEvent
from events.planning.models.session import Seat, ServiceSession
from events.planning.selectors.events import require_own
from events.planning.selectors.signing import what_stands
from events.planning.services.own import lock_event
from events.planning.services.seats import add_seats, check_capacity
from events.planning.services.signing import require_ahead, sign
from events.planning.validators import in_the_past, is_signed


@service
def sign_neutrality(
    *,
    by: Actor,
    event: ServiceEvent,
    neutrality_signed: bool,
    items: list[str] | None,
    version: str | None,
) -> ServiceEvent:
    """The head signs the checklist (SKB 5 K/L 2/2022) and the plan, and the event is approved.

    Signing an approved event again changes nothing and keeps the first signature. Raises Conflict
    when `version` is not what stands.
    """
    require(by, Permission.EVENTS_APPROVE)
    event = lock_event(by, event.pk)
    standing = what_stands(event)
    standing.require(version)
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
    sign(by, event, standing.content)
    return event


@service
def set_seats(*, by: Actor, session: ServiceSession, capacity: dict[str, int]) -> ServiceSession:
    """Raise or lower the number of seats. Lowering deletes free seats only; raises Conflict when
    there are not enough free ones.
    """
    require(by, Permission.EVENTS_PLAN)
    require_own(by, session.event)
    check_capacity(session.event, capacity)
    # `no_key`: a booking that runs now locks a free seat and then the session's key. If we held the
    # key and waited for the seat, each would wait for the other.
    ServiceSession.everything.select_for_update(no_key=True).get(pk=session.pk)
    for name, number in capacity.items():
        seats = Seat.objects.filter(session=session, service=name)
        present = seats.aggregate(n=Count("pk"), last=Max("number"))
        if number > present["n"]:
            add_seats(session, name, (present["last"] or 0) + 1, number - present["n"])
        elif number < present["n"]:
            _remove_seats(session, name, present["n"] - number)
    if not any(capacity.values()) and not Seat.objects.filter(session=session).exists():
        raise no_seats()
    return session


@service
def set_hours(
    *, by: Actor, session: ServiceSession, starts_at: datetime, ends_at: datetime
) -> ServiceSession:
    """Other hours for a session. Raises Invalid for hours that are over, for a day that is over or is
    none of the event's, and when it would end before it starts.
    """
    require(by, Permission.EVENTS_PLAN)
    event = lock_event(by, session.event_id)
    require_ahead(event)
    if ends_at <= starts_at:
        raise session_times()
    if ends_at <= timezone.now():
        raise in_the_past("ends_at")
    if starts_at != session.starts_at and day_of(starts_at, event.village_id) < today_in(
        event.village_id
    ):
        raise in_the_past("starts_at")
    session.starts_at, session.ends_at = starts_at, ends_at
    session.save(update_fields=["starts_at", "ends_at"])
    return session


@service
def remove_session(*, by: Actor, session: ServiceSession) -> None:
    """A session with its free seats. Raises Conflict once something stands on it."""
    require(by, Permission.EVENTS_PLAN)
    require_ahead(lock_event(by, session.event_id))
    try:
        with transaction.atomic():
            Seat.objects.filter(session=session).delete()
            session.delete()
            connection.check_constraints()
    except (ProtectedError, IntegrityError):
        raise session_booked() from None


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
