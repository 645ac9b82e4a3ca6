"""Whoever left a contact is told that the card is ready: once for each card."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, OuterRef, Q, Subquery

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import NotFound
from dukcapil.core.locks import Lock, hold
from events.planning.enums import Service
from registrations.booking.enums import MessageKind, MessageState
from registrations.booking.models.appointment import Appointment
from registrations.booking.models.message import Message
from registrations.booking.models.waiting import Waiting
from registrations.booking.services.messages import Owner, tell_card_ready
from registrations.cards.selectors.handing import too_young_to_have, uncollected
from registrations.ledger.enums import RowKind
from registrations.ledger.models import ServiceRecord


class Told(NamedTuple):
    told: int
    #: Heard of this card already, and left no contact.
    before: int
    silent: int


@service
def tell_uncollected(*, by: Actor, age: str = "", village: str = "") -> Told:
    """Of the office's cards, or those of an age or a village; who is too young to have it is not called."""
    require(by, Permission.RECORDS_LOG)
    if by.office is None:
        raise NotFound
    # One at a time: of two who press the same button the second one finds what the first one told.
    hold(Lock.LEDGER, by.office)
    found = uncollected(by).filter(office=by.office).exclude(too_young_to_have(by))
    if age:
        found = found.filter(age=age)
    if village:
        found = found.filter(domicile=village)
    # A correction writes the row anew, and the card stays the same.
    same = ServiceRecord.objects.filter(
        resident=OuterRef("resident"),
        service=Service.CARD_PRINT,
        row_kind=RowKind.RECORD,
        occurred_at=OuterRef("occurred_at"),
    )
    first = Subquery(same.order_by("received_at").values("received_at")[:1])
    cards = dict(found.annotate(first=first).values_list("resident_id", "first"))
    heard = _heard(cards)
    owners = _contacts(by.office, cards.keys() - heard)
    told = tell_card_ready(owners)
    log_access(by=by, action=Access.CHANGE, kind="told of cards", found=told)
    return Told(told, len(heard), len(cards) - len(heard) - told)


def _heard(cards: dict[uuid.UUID, datetime]) -> set[uuid.UUID]:
    """Of the card that lies there now: what was sent of one before says nothing of it."""
    heard = set()
    for owner in ("appointment", "waiting"):
        whose = f"{owner}__resident"
        news = Message.objects.filter(
            Q(state__in=[MessageState.WAITING, MessageState.SENT]),
            **{f"{whose}__in": list(cards)},
            kind=MessageKind.CARD_READY,
        )
        for resident, last, state in (
            news.order_by().values_list(whose, "state").annotate(last=Max("created_at"))
        ).values_list(whose, "last", "state"):
            if state == MessageState.WAITING or last >= cards[resident]:
                heard.add(resident)
    return heard


def _contacts(office: str, residents: Collection[uuid.UUID]) -> list[Owner]:
    """The newest that each left with the office, for a visit or on a waiting list."""
    whose = {"office_id": office, "resident__in": residents}
    left: list[Waiting | Appointment] = [
        *Waiting.objects.filter(**whose).exclude(channel=""),
        *Appointment.objects.filter(**whose).exclude(channel=""),
    ]
    left.sort(key=lambda one: (one.created_at, one.pk))
    return list({one.resident_id: one for one in left}.values())
