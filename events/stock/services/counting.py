"""What somebody counts (opname), and what it says of the books."""

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
from dukcapil.core.errors import Conflict, Invalid
from dukcapil.core.ids import uuid7
from dukcapil.core.versions import CHANGED
from events.stock.enums import AccountKind, Act, Item
from events.stock.models import Movement, StockAccount, StockCount
from events.stock.selectors import balance_at
from events.stock.services.accounts import accounts, hold_places, make, named, require_own
from events.stock.services.prints import book_standing
from events.stock.validators import (
    MOST,
    AccountName,
    check_moment,
    of_place,
    payload,
    people,
    refusal,
)

_K = AccountKind
MEMBER = ("name", "function")


@service
def count(
    *,
    by: Actor,
    count_id: uuid.UUID,
    account: str,
    item: str,
    physical: int,
    counted_at: datetime,
    team: Sequence[Mapping[str, str]],
    reason: str = "",
    seen: int | None = None,
) -> tuple[StockCount, bool]:
    """Count what lies in an account. Returns the count and whether it is new: the same again is
    harmless.

    The first count opens a store, with what its office printed since. Of a later one the
    difference to the books as of `counted_at` becomes a movement, with its reason. `seen`: what a
    page said that the books had then; what moved since is no matter. Raises Conflict when a later
    count stands, when fewer were counted than have gone out since, and when something was booked
    as of before it.
    """
    require(by, Permission.STOCK_COUNT)
    name = named(by, account, field="account")
    require_own(by, name.place)
    row = StockCount(
        pk=count_id,
        physical=physical,
        counted_at=counted_at,
        team=people(team, MEMBER, field="team"),
        reason=reason.strip(),
        by_id=by.user_id,
    )
    _check(row, name, item)
    row.payload_hash = payload(
        {
            "account": name.key,
            "item": item,
            "physical": physical,
            "counted_at": counted_at,
            "team": row.team,
            "reason": row.reason,
        }
    )
    hold_places([name.place])
    if stored := StockCount.objects.select_related("account").filter(pk=count_id).first():
        if bytes(stored.payload_hash) != row.payload_hash:
            raise Conflict(
                "count-differs", _("A count with this id and another content exists."), field="id"
            )
        return stored, False
    if name.kind in _K.stores():
        make(item, [name])
    row.account = accounts(item, [name])[name.key]
    _compare(row, seen)
    row.save(force_insert=True)
    row.refresh_from_db()
    _book(by, row)
    if row.system is None and item in Item.moved() and name.kind == _K.OFFICE and not name.point:
        book_standing(by, name.office, item, row.counted_at)
    log_access(by=by, action=Access.CHANGE, kind="stock count", subject=str(row.pk))
    return row, True


def _check(row: StockCount, name: AccountName, item: str) -> None:
    if not 0 <= row.physical <= MOST:
        raise refusal(StockCount, "stockcount_physical")
    check_moment(row.counted_at, field="counted_at")
    if not row.team:
        raise refusal(StockCount, "stockcount_team")
    kinds = _K.counted() if item in Item.moved() else _K.stores()
    if name.kind not in kinds:
        raise Invalid(
            "not-counted-here",
            _("Counted are stores, bags, spoiled cards and cards handed in."),
            field="account",
        )


def _compare(row: StockCount, seen: int | None) -> None:
    """With the books of that moment: a difference is told with its numbers."""
    account: StockAccount = row.account
    if account.opened_at is None or account.item not in Item.moved():
        return
    if account.counted_at and row.counted_at < account.counted_at:
        return  # The database refuses it, with its own words.
    system = balance_at(account, row.counted_at)
    if seen is not None and seen != system:
        text = _("Something moved here after you opened the page: look again. Nothing was saved.")
        raise Conflict(CHANGED, text, current=system)
    difference = row.physical - system
    words = {"system": system, "physical": row.physical, "difference": f"{difference:+}"}
    if difference and not row.reason:
        raise Invalid(
            "count-reason",
            _(
                "The books say %(system)s, counted were %(physical)s (%(difference)s). Say why they differ."
            )
            % words,
            field="reason",
            system=system,
            difference=difference,
        )
    if account.balance + difference < 0:
        raise Conflict(
            "count-short",
            _(
                "More cards have gone out since than were counted: look at the hour, or count again."
            ),
            field="physical",
        )


def _book(by: Actor, row: StockCount) -> None:
    """Its movement, where it says something new."""
    account = row.account
    if account.item not in Item.moved():
        return
    first = row.system is None
    change = row.physical if first or row.difference is None else row.difference
    if not change:
        return
    other = of_place(_K.OPENING if first else _K.DIFFERENCE, account.place)
    beside = accounts(account.item, [other])[other.key]
    Movement.objects.create(
        id=uuid7(),
        item=account.item,
        act=Act.OPENING if first else Act.COUNT,
        source=beside if change > 0 else account,
        target=account if change > 0 else beside,
        quantity=abs(change),
        occurred_at=row.counted_at,
        by_id=by.user_id,
        event_id=account.event_id,
        count=row,
        reason=row.reason,
    )
