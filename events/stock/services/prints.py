"""Steps of the service ledger: the cards that its records use. None of them asks for a right.

Called in the record's transaction, after its row was written: its office's chain, or its whole ledger, is
held from then on, so nobody else reads or writes these accounts.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts, rows
from dukcapil.core.ids import uuid7
from events.resources.models import TeamMember
from events.stock.enums import AccountKind, Act
from events.stock.models import CardOfRecord, Movement, StockAccount
from events.stock.services.accounts import make
from events.stock.validators import AccountName, of_place, spoiled_class

_K = AccountKind
PRINTED = "printed"
NONE = "none"
NEVER_USED = "never_used"
#: Cards in one statement. A first count may book all that an office printed in weeks, and each card reads
#: all versions of its accounts' rows in this transaction: a statement of thousands would be cut off.
CHUNK = 1_000


@dataclass(frozen=True)
class PrintedCard:
    """What a record says of its card. `used`: ``printed``, ``spoiled:<class>`` or ``none``."""

    record: uuid.UUID
    office: str
    event: uuid.UUID | None
    clerk: int
    item: str
    occurred_at: datetime
    used: str = PRINTED


@dataclass
class _Books:
    """Accounts as they stand while many records are booked, one after another."""

    accounts: dict[tuple[str, str], StockAccount] = field(default_factory=dict)
    #: (event, item) -> bags that were ever filled; clerk -> teams with a bag of these events.
    bags: dict[tuple[uuid.UUID, str], list[StockAccount]] = field(default_factory=dict)
    teams: dict[int, set[int]] = field(default_factory=dict)
    #: (office, item) -> stores of its points that have cards.
    points: dict[tuple[str, str], list[StockAccount]] = field(default_factory=dict)

    def store(self, card: PrintedCard) -> StockAccount | None:
        """The store that is open since before this card was printed."""
        store = self.accounts.get((card.item, of_place(_K.OFFICE, card.office).key))
        if store is None or store.opened_at is None or card.occurred_at < store.opened_at:
            return None
        return store

    def place(self, card: PrintedCard, store: StockAccount) -> StockAccount:
        """Where the clerk takes a card from: the team's bag, else the event's, else the fullest of its
        other teams. The store only where no bag was ever filled.
        """
        if card.event is None:
            return store
        bags = self.bags.get((card.event, card.item), [])
        mine = self.teams.get(card.clerk, set())
        of_team = [bag for bag in bags if bag.team_id in mine]
        if of_team:
            return max(of_team, key=lambda bag: (bag.balance > 0, -bag.pk))
        of_event = next((bag for bag in bags if bag.team_id is None), None)
        return of_event or max(bags, key=_fullest, default=store)

    def point(self, card: PrintedCard) -> StockAccount | None:
        """Of an office whose own store is empty: the point that has most. A point that was counted since
        knows that its cards were there.
        """
        there = [
            one
            for one in self.points.get((card.office, card.item), [])
            if one.balance > 0 and one.counted_at and one.counted_at <= card.occurred_at
        ]
        return max(there, key=_fullest, default=None)


def _fullest(account: StockAccount) -> tuple[int, int]:
    return account.balance, -account.pk


def book_prints(by: Actor, records: Iterable[PrintedCard]) -> set[uuid.UUID]:
    """Take the cards of these records out of bag or store, many in one statement. Returns the records whose
    card was not in the books: served, booked from `difference`, and to be told to whoever logs.

    Before the office's opening nothing moves. A card printed before the last count of its place is
    part of that count's difference.
    """
    cards = sorted(
        (card for card in records if card.used != NONE), key=lambda card: card.occurred_at
    )
    if not cards:
        return set()
    books = _read(cards)
    steps: list[_Step] = []
    missing: set[uuid.UUID] = set()
    for card in cards:
        if (store := books.store(card)) is not None:
            place = books.place(card, store)
            if _book(books, card, place, steps):
                missing.add(card.record)
    _write(by, books, steps)
    return missing


@dataclass(frozen=True)
class _Step:
    card: PrintedCard
    act: Act
    source: str
    target: str


def _book(books: _Books, card: PrintedCard, place: StockAccount, steps: list[_Step]) -> bool:
    """Whether the place was empty."""
    difference = of_place(_K.DIFFERENCE, card.office).key
    target = _target(card).key
    goal = books.accounts.get((card.item, target))
    if goal is not None and goal.counted_at and card.occurred_at < goal.counted_at:
        # Spoiled cards were counted since: this one among them.
        target = difference
    if place.counted_at and card.occurred_at < place.counted_at:
        if target != difference:
            steps.append(_Step(card, Act.RECORD, difference, target))
        return False
    if place.balance < 1 and place.kind == _K.OFFICE:
        place = books.point(card) or place
    empty = place.balance < 1
    if empty:
        steps.append(_Step(card, Act.FOUND, difference, place.key))
        place.balance += 1
    steps.append(_Step(card, Act.RECORD, place.key, target))
    place.balance -= 1
    return empty


def _target(card: PrintedCard) -> AccountName:
    if card.used == PRINTED:
        return of_place(_K.PRINTED, card.office)
    card_class = spoiled_class(card.used)
    if card_class is None:
        raise ValueError(f"not a fate of a card: {card.used}")
    return of_place(_K.SPOILED, card.office, card_class)


def _read(cards: list[PrintedCard]) -> _Books:
    books = _Books()
    keys = {of_place(_K.OFFICE, card.office).key for card in cards}
    keys |= {_target(card).key for card in cards if card.used != PRINTED}
    events = {card.event for card in cards if card.event}
    found = StockAccount.objects.filter(item__in={card.item for card in cards})
    wanted = found.filter(key__in=keys)
    if events:
        wanted = wanted | found.filter(event_id__in=events, moves__gt=0)
    wanted = wanted | found.filter(
        kind=_K.OFFICE,
        office_id__in={card.office for card in cards},
        point__isnull=False,
        balance__gt=0,
    )
    for account in wanted:
        books.accounts[account.item, account.key] = account
        if account.event_id:
            books.bags.setdefault((account.event_id, account.item), []).append(account)
        elif account.point_id:
            books.points.setdefault((str(account.office_id), account.item), []).append(account)
    with_bags = {bag.team_id for bags in books.bags.values() for bag in bags if bag.team_id}
    if with_bags:
        members = TeamMember.objects.filter(
            team_id__in=with_bags, clerk_id__in={card.clerk for card in cards}
        )
        for clerk, team in members.values_list("clerk_id", "team_id"):
            books.teams.setdefault(clerk, set()).add(team)
    return books


_INSERT = """
INSERT INTO events_movement (
    id, item, act, source_id, target_id, quantity, document, occurred_at, received_at, by_id, event_id,
    record, reason, supplier, funds, minutes_number, witnesses, source_kind, target_kind,
    source_balance, target_balance, source_number, target_number
) SELECT row.id, row.item, row.act, source.id, target.id, 1, '', row.occurred_at, now(), row.by_id,
         row.event_id, row.record, '', '', '', '', '[]', '', '', 0, 0, 0, 0
    FROM (VALUES {values}) AS row (number, id, item, act, source, target, occurred_at, by_id, event_id,
                                   record)
    JOIN events_stockaccount source ON source.key = row.source AND source.item = row.item
    JOIN events_stockaccount target ON target.key = row.target AND target.item = row.item
   ORDER BY row.number RETURNING id
"""
_ROW = "(%s,%s::uuid,%s,%s,%s,%s,%s::timestamptz,%s::bigint,%s::uuid,%s::uuid)"


def _write(by: Actor, books: _Books, steps: list[_Step]) -> None:
    if steps:
        _make_missing(books, steps)
    for start in range(0, len(steps), CHUNK):
        _insert(by, steps[start : start + CHUNK])


def _insert(by: Actor, steps: list[_Step]) -> None:
    params: list[Any] = []
    for number, step in enumerate(steps):
        card = step.card
        params += [
            *(number, uuid7(), card.item, step.act, step.source, step.target),
            *(card.occurred_at, by.user_id, card.event, card.record),
        ]
    statement = _INSERT.format(values=",".join([_ROW] * len(steps)))
    if len(rows(statement, params)) != len(steps):
        raise RuntimeError("a card was booked on an account that there is not")


def _make_missing(books: _Books, steps: list[_Step]) -> None:
    """Of an office's first print; what is printed and what is missing has no count of its own."""
    wanted = {
        (step.card.item, name.key): name
        for step in steps
        for name in (
            of_place(_K.DIFFERENCE, step.card.office),
            _target(step.card),
        )
        if name.key in (step.source, step.target)
    }
    unknown = {one: name for one, name in wanted.items() if one not in books.accounts}
    there = set(
        StockAccount.objects.filter(key__in={key for _item, key in unknown}).values_list(
            "item", "key"
        )
    )
    for item, key in sorted(unknown.keys() - there):
        make(item, [unknown[item, key]])


def book_standing(by: Actor, office: str, item: str, since: datetime) -> None:
    """A store opens with a count of `since`: what its office printed from then on was keyed before there
    were books. The office's ledger is held alone.
    """
    found = dicts("SELECT * FROM standing_prints(%s, %s, %s)", [office, item, since])
    book_prints(
        by,
        [
            PrintedCard(
                record=row["record"],
                office=office,
                event=row["event"],
                clerk=row["clerk"],
                item=item,
                occurred_at=row["occurred_at"],
                used=row["used"],
            )
            for row in found
        ],
    )
    for row in found:
        if row["void_as"]:
            take_back_print(by, row["record"], row["void_as"])


def take_back_print(by: Actor, record: uuid.UUID, card: str | None) -> None:
    """The record is void: its card goes back where it came from (``never_used``), or is spoiled. Where
    that place was counted since, the count found it there already. A card that was not in the books
    goes back to `difference`: it never came.

    Nothing moves for a record that moved nothing, nor without a word about the card.
    """
    booked = _movement_of(record)
    if booked is None or card is None or booked.target_kind != _K.PRINTED:
        return
    office = str(booked.target.office_id)
    card_class = spoiled_class(card)
    if card_class is not None:
        name = of_place(_K.SPOILED, office, card_class)
        counted = StockAccount.objects.filter(
            item=booked.item, key=name.key, counted_at__gt=booked.occurred_at
        )
        if counted.exists():
            # Spoiled cards were counted since: this one among them.
            name = of_place(_K.DIFFERENCE, office)
    elif card == NEVER_USED:
        source = booked.source
        found = Movement.objects.filter(record=booked.record, act=Act.FOUND).first()
        if found is not None:
            _return(by, booked, found.source, booked.occurred_at)
            return
        if source.counted_at is None or source.counted_at <= booked.occurred_at:
            # It never left: as of the print, so that a count that is keyed later knows it.
            _return(by, booked, source, booked.occurred_at)
            return
        name = of_place(_K.DIFFERENCE, office)
    else:
        raise ValueError(f"not a fate of a card: {card}")
    make(booked.item, [name])
    target = StockAccount.objects.get(item=booked.item, key=name.key)
    _return(by, booked, target, timezone.now())


def _return(by: Actor, booked: Movement, target: StockAccount, at: datetime) -> None:
    Movement.objects.create(
        id=uuid7(),
        item=booked.item,
        act=Act.VOID,
        source=booked.target,
        target=target,
        quantity=1,
        occurred_at=at,
        by_id=by.user_id,
        event_id=booked.event_id,
        record=booked.record,
    )


def reprint(by: Actor, old_record: uuid.UUID, new_record: uuid.UUID) -> None:
    """A correction wrote the record anew: the card that was printed is that of the new one."""
    booked = _movement_of(old_record)
    if booked is not None:
        CardOfRecord.objects.create(record=new_record, movement=booked)


def _movement_of(record: uuid.UUID) -> Movement | None:
    """What took the card of a record, also of one that was written anew."""
    moved = Movement.objects.select_related("source", "target")
    booked = moved.filter(record=record, act=Act.RECORD).first()
    if booked is None:
        booked = moved.filter(later_records__record=record).first()
    return booked
