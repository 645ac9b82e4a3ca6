"""What was told, is told or waits to be told; never to which address."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When

from dukcapil.accounts.scoping import Actor
from registrations.booking.enums import MessageKind, MessageState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.group import VisitGroup
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting


def messages_of(
    by: Actor,
    *,
    appointment: uuid.UUID | None = None,
    event: uuid.UUID | None = None,
    session: uuid.UUID | None = None,
) -> QuerySet[Any]:
    """Of a booking, an event, a session, or all that the actor sees; `sent_at` beside each."""
    messages = Message.objects.visible_to(by).annotate(
        sent_at=Case(When(state=MessageState.SENT, then=F("finished_at")))
    )
    if appointment:
        messages = messages.filter(appointment_id=appointment)
    if event:
        messages = messages.filter(event_id=event)
    if session:
        messages = messages.filter(
            Q(appointment__session=session)
            | Q(group__session=session)
            | Q(waiting__session=session)
        )
    return messages.order_by("pk")


def told(by: Actor, owner: Appointment | VisitGroup) -> list[Any]:
    """The newest first, for the page of a booking or a group."""
    whose = Q(appointment=owner.pk) if isinstance(owner, Appointment) else Q(group=owner.pk)
    return list(messages_of(by, event=owner.event_id).filter(whose).order_by("-pk")[:MOST_TOLD])


#: Nobody is told more often of one visit; the rest is in the API.
MOST_TOLD = 20


def moved_up_told(by: Actor, entries: QuerySet[Waiting]) -> QuerySet[Any]:
    """Beside each entry what became of the news that a place came free: `told`, a state or None."""
    news = Message.objects.visible_to(by).filter(
        Q(appointment=OuterRef("appointment")) | Q(group=OuterRef("group")),
        kind=MessageKind.MOVED_UP,
    )
    return entries.annotate(told=Subquery(news.order_by("-pk").values("state")[:1]))
