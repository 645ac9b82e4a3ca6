"""Cards that people move: received, handed out, sent, taken to an event and back, destroyed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from dukcapil.accounts.enums import Access
from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import log_access, require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, Invalid, NotFound
from events.planning.models.event import ServiceEvent
from events.stock.enums import WAYS, WAYS_WITH_REASON, AccountKind, Act, Item, way
from events.stock.models import Movement
from events.stock.services.accounts import accounts, hold_places, named, not_open, require_own
from events.stock.validators import (
    MOST,
    AccountName,
    Minutes,
    check_moment,
    payload,
    people,
    refusal,
)

_K = AccountKind
WITNESS = ("name", "function", "office")


@service
def move(
    *,
    by: Actor,
    movement_id: uuid.UUID,
    item: str,
    source: str,
    target: str,
    quantity: int,
    document: str,
    occurred_at: datetime,
    event: uuid.UUID | None = None,
    reason: str = "",
    supplier: str = "",
    funds: str = "",
    minutes: Minutes | None = None,
    witnesses: Sequence[Mapping[str, str]] = (),
) -> tuple[Movement, bool]:
    """Move cards from one account to another, both in their text form. Returns the movement and whether it
    is new: the same again is harmless.

    Whose cards they are gives them out; what lies on the way is taken by who receives it. Raises
    Conflict when there are not so many, before the last count, and when the id has another content.
    """
    require(by, Permission.STOCK_MOVE)
    row = Movement(
        pk=movement_id,
        item=item,
        quantity=quantity,
        document=document.strip(),
        occurred_at=occurred_at,
        by_id=by.user_id,
        reason=reason.strip(),
        supplier=supplier.strip(),
        funds=funds.strip(),
        minutes_number=minutes.number.strip() if minutes else "",
        minutes_on=minutes.on if minutes else None,
        witnesses=people(witnesses, WITNESS, field="witnesses"),
    )
    given, taken = named(by, source, field="source"), named(by, target, field="target")
    # What comes from outside is received by whose it becomes.
    require_own(by, given.place or taken.place)
    row.event_id = _event(by, given, taken, event)
    _check(row, given, taken)
    row.payload_hash = _payload(row, given, taken)
    hold_places([given.place, taken.place])
    if stored := Movement.objects.filter(pk=movement_id).first():
        if bytes(stored.payload_hash) != row.payload_hash:
            raise Conflict(
                "movement-differs",
                _("A movement with this id and another content exists."),
                field="id",
            )
        return stored, False
    found = accounts(item, [given, taken])
    row.source, row.target = found[given.key], found[taken.key]
    if any(one.kind != _K.CENTRE and one.opened_at is None for one in found.values()):
        raise not_open()
    row.save(force_insert=True)
    # Numbers, balances and the time are the database's.
    row.refresh_from_db()
    log_access(by=by, action=Access.CHANGE, kind="stock movement", subject=str(row.pk))
    return row, True


def _event(
    by: Actor, given: AccountName, taken: AccountName, event: uuid.UUID | None
) -> uuid.UUID | None:
    """The event that a movement belongs to: that of its bag, else the one that is named."""
    bags = {name.event for name in (given, taken) if name.event}
    if event is not None and event not in bags:
        if bags:
            raise Invalid("stock-event", _("The bag is of another event."), field="event")
        if not ServiceEvent.objects.visible_to(by).filter(pk=event).exists():
            raise NotFound
    if event is None and len(bags) == 1:
        return bags.pop()
    return event


def _check(row: Movement, given: AccountName, taken: AccountName) -> None:
    """What is wrong whatever lies where; the database asks the same again."""
    if row.item not in Item.moved():
        raise refusal(Movement, "movement_item")
    if not 1 <= row.quantity <= MOST:
        raise refusal(Movement, "movement_quantity")
    check_moment(row.occurred_at, field="occurred_at")
    if given.key == taken.key:
        raise refusal(Movement, "movement_elsewhere")
    if taken.kind not in WAYS.get(given.kind, ()):
        raise refusal(Movement, "movement_way")
    if not row.document:
        raise refusal(Movement, "movement_document")
    if not row.reason and way(given.kind, taken.kind) in WAYS_WITH_REASON:
        raise refusal(Movement, "movement_reason")
    if taken.kind == _K.DESTROYED:
        if not row.minutes_number or row.minutes_on is None:
            raise refusal(Movement, "movement_minutes")
        if len(row.witnesses) < 2:
            raise refusal(Movement, "movement_witnesses")


def _payload(row: Movement, given: AccountName, taken: AccountName) -> bytes:
    return payload(
        {
            "act": Act.MOVE,
            "item": row.item,
            "source": given.key,
            "target": taken.key,
            "quantity": row.quantity,
            "document": row.document,
            "occurred_at": row.occurred_at,
            "event": row.event_id,
            "reason": row.reason,
            "supplier": row.supplier,
            "funds": row.funds,
            "minutes": [row.minutes_number, row.minutes_on],
            "witnesses": row.witnesses,
        }
    )
