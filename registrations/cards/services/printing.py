"""Cards of the queue: printed together, handed over one by one or to a whole class."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Permission
from dukcapil.accounts.scoping import Actor
from dukcapil.accounts.services import require
from dukcapil.core.db import service
from dukcapil.core.errors import Conflict, DomainError, Invalid, NotFound
from dukcapil.core.ids import uuid7
from dukcapil.core.locks import Lock, hold
from dukcapil.core.versions import require_seen, version_of
from dukcapil.regions.enums import today_in
from events.planning.enums import Service
from registrations.booking.models.group import VisitGroup
from registrations.cards.models import RecordStatus
from registrations.cards.selectors.handing import CardState, cards_of, of_class
from registrations.cards.selectors.lists import to_print
from registrations.ledger.enums import Outcome, PrintReason
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.entries import Entry
from registrations.ledger.services.ledger import log_service
from registrations.people.models import Resident

#: Cards that one act prints at most.
MOST_CARDS = 100


class CardsRefused(Conflict):
    """Nothing at all was written. `rows`: the person, or row of the queue -> why."""

    def __init__(self, rows: Mapping[uuid.UUID, Any]) -> None:
        text = _("Nothing was written. Beside each row that is refused stands why: leave it out.")
        super().__init__("cards-refused", text)
        self.rows = dict(rows)


@service
def print_cards(*, by: Actor, chosen: Mapping[uuid.UUID, str]) -> list[ServiceRecord]:
    """`chosen`: rows of the queue -> why their cards are printed. All of them, or none: raises
    CardsRefused. Who was printed meanwhile stands in the queue no more.
    """
    _hold_own(by, chosen)
    waiting = {one.pk: one for one in to_print(by).filter(pk__in=chosen, office=by.office)}
    gone = Conflict(
        "not-in-queue", _("Not in the queue any more: printed meanwhile, or too young.")
    )

    def one(key: uuid.UUID) -> ServiceRecord:
        if key not in waiting:
            raise gone
        if chosen[key] not in PrintReason.values:
            raise Invalid("print-reason", _("Say why the card is printed."))
        return _print(by, waiting[key].resident_id, chosen[key])

    known = RecordStatus.objects.visible_to(by).filter(pk__in=chosen).count()
    if known < len(chosen):
        raise NotFound
    return _all_or_none(chosen, one)


@service
def hand_over_card(
    *, by: Actor, resident: Resident, receiver: str, receiver_name: str, proof: str
) -> ServiceRecord:
    """To whom it belongs, or who fetches it for them. Raises what the ledger refuses, and
    `already-handed-over`.
    """
    require(by, Permission.RECORDS_LOG)
    return _hand(by, resident.pk, _Taken(receiver, receiver_name, proof))


@service
def hand_over_class(
    *,
    by: Actor,
    group: VisitGroup,
    people: Iterable[uuid.UUID],
    receiver: str,
    receiver_name: str,
    proof: str,
    version: str,
) -> list[ServiceRecord]:
    """The printed cards of these people of a class. All of them, or none: raises CardsRefused, and
    `changed-meanwhile` where the list is not the one that was shown.
    """
    chosen = list(dict.fromkeys(people))
    _hold_own(by, chosen)
    states = cards_of(by, of_class(by, group))
    require_seen(version, _seen(states), {"cards": _("Cards of the class")})
    event = group.event
    here = event.is_held and event.starts_on <= today_in(event.village_id) <= event.ends_on
    taken = _Taken(receiver, receiver_name, proof, event.pk if here else None)

    def one(key: uuid.UUID) -> ServiceRecord:
        if key not in states:
            raise NotFound
        if why := states[key].refused:
            raise Conflict("card-refused", why)
        return _hand(by, key, taken)

    return _all_or_none(chosen, one)


def class_version(states: Mapping[uuid.UUID, CardState]) -> str:
    return version_of(_seen(states))


def _seen(states: Mapping[uuid.UUID, CardState]) -> dict[str, Any]:
    cards = [
        [str(key), str(one.card and one.card.pk), str(one.handed and one.handed.pk)]
        for key, one in states.items()
    ]
    return {"cards": sorted(cards)}


@dataclass(frozen=True)
class _Taken:
    """Who took a card, and where."""

    receiver: str
    name: str
    proof: str
    event: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if not self.receiver or not self.proof:
            text = _("Say who took it, and what was shown.")
            raise Invalid("receiver", text, field="receiver")


def _hold_own(by: Actor, chosen: Iterable[Any]) -> None:
    """The office's ledger, until all of it is written: of two who send the same list the second one finds
    what the first wrote.
    """
    require(by, Permission.RECORDS_LOG)
    if by.office is None:
        raise NotFound
    n = len(list(chosen))
    if not n:
        raise Invalid("choice", _("Choose a row of the list first."))
    if n > MOST_CARDS:
        raise Invalid("choice", _("At most 100 cards at once."))
    hold(Lock.LEDGER, by.office)


def _print(by: Actor, resident: uuid.UUID, reason: str) -> ServiceRecord:
    entry = Entry(
        id=uuid7(),
        service=Service.CARD_PRINT,
        outcome=Outcome.DONE,
        reason=reason,
        occurred_at=timezone.now(),
        resident=resident,
    )
    return log_service(by=by, entry=entry)[0]


def _hand(by: Actor, resident: uuid.UUID, taken: _Taken) -> ServiceRecord:
    entry = Entry(
        id=uuid7(),
        service=Service.CARD_HANDOVER,
        outcome=Outcome.DONE,
        occurred_at=timezone.now(),
        resident=resident,
        event=taken.event,
        receiver=taken.receiver,
        receiver_name=taken.name,
        proof=taken.proof,
    )
    return log_service(by=by, entry=entry)[0]


def _all_or_none(
    chosen: Iterable[uuid.UUID], one: Callable[[uuid.UUID], ServiceRecord]
) -> list[ServiceRecord]:
    written, refused = [], {}
    for key in chosen:
        try:
            written.append(one(key))
        except NotFound:
            raise
        except DomainError as error:
            refused[key] = error.message
    if refused:
        raise CardsRefused(refused)
    return written
