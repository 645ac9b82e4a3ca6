"""What a row of the ledger moves in the stock of cards. A card moves when it changes hands: once with the
record of a print, once more when that print is taken back and somebody says what became of it.

Steps of the ledger, after its rows are written (that holds the end of the office's chain). Whether a
record counts does not matter here: a set-aside print used a card all the same. None asks for a right.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from dukcapil.accounts.scoping import Actor
from events.stock.services.prints import (
    PRINTED,
    PrintedCard,
    book_prints,
    reprint,
    take_back_print,
)
from registrations.ledger.enums import CardUsed, Outcome, RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.validators import CARD_ITEMS, asks_of_card


def used_by(record: ServiceRecord) -> str:
    """`printed`, how the card was spoiled, or `none`."""
    if record.row_kind != RowKind.RECORD or record.service not in CARD_ITEMS:
        return CardUsed.NONE.value
    if record.outcome == Outcome.DONE:
        return PRINTED
    return record.card_used or CardUsed.NONE.value


def book_cards(by: Actor, written: Iterable[ServiceRecord]) -> set[uuid.UUID]:
    """Rows that were just written, whose cards are taken in one statement. Returns the records for which
    the bag or the store held no card by the ledger: they are served, and whoever logs is told.
    """
    prints = [
        PrintedCard(
            record=record.pk,
            office=record.office_id,
            event=record.event_id,
            clerk=record.author_id,
            item=CARD_ITEMS[record.service],
            occurred_at=record.occurred_at,
            used=used,
        )
        for record in written
        if (used := used_by(record)) != CardUsed.NONE
    ]
    return book_prints(by, prints) if prints else set()


def take_back_card(by: Actor, record: ServiceRecord, card: str) -> None:
    """`card`: what became of it, of a print that was done. What a failed one spoiled stays waste."""
    if record.row_kind == RowKind.RECORD and asks_of_card(record.service, record.outcome):
        take_back_print(by, record.pk, card)


def carry_card(by: Actor, old: ServiceRecord, again: ServiceRecord) -> None:
    """A correction wrote a print anew: its card stays where it is, and belongs to the new row."""
    if used_by(old) != CardUsed.NONE:
        reprint(by, old.pk, again.pk)
