"""Cards in any order, and by many at once: the books say what lies there, and what the ledger printed."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY, rows
from dukcapil.core.errors import Conflict, DomainError
from dukcapil.core.ids import uuid7
from events.stock.models import StockAccount
from events.stock.services.counting import count
from events.stock.services.moving import move
from registrations.corrections.services.correcting import correct
from registrations.ledger.models import ServiceRecord
from registrations.ledger.services.corrections import void_record
from registrations.ledger.services.ledger import log_service
from registrations.people.models import Resident
from reports.invariants.stock import STOCK
from tests.roles import acting_as
from tests.rules import broken_of
from tests.threads import at_once
from tests.world import World, entry, make_event, make_resident

TEAM = [{"name": "Siti Rahma", "function": "Pengurus barang"}]
HOME, AWAY = "office:13.75", "office:13.06"
WASTE = "spoiled:13.75:physical"
ROUTES = (
    ("centre", HOME),
    (HOME, "bag"),
    ("bag", HOME),
    (HOME, "in_transit:13.06"),
    ("in_transit:13.06", AWAY),
    (HOME, WASTE),
)

#: What happens, how many cards or which print, and whether it is written down only later.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("move", "move", "print", "print", "print", "spoil", "phantom"),
                *("void", "count", "correct"),
            ]
        ),
        st.integers(0, 5),
        st.integers(1, 4),
        st.booleans(),
    ),
    max_size=16,
)

#: Around the first count: what happened, whether after its hour, and whether it is written down only when
#: the count is.
FIRST = st.lists(
    st.tuples(st.sampled_from(["print", "spoil", "phantom"]), st.booleans(), st.booleans()),
    max_size=5,
)


@dataclass
class Reality:
    """Cards as somebody would find them who looks, whatever the books say. Shares no code with them."""

    bag: str
    cards: dict[str, int]
    now: datetime
    #: (record, where the card came from, whether there was a card)
    prints: list[tuple[Any, str, bool]] = field(default_factory=list)
    waiting: list[tuple[Any, str, bool]] = field(default_factory=list)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=20)
        return self.now


def _seen(
    made: World,
    real: Reality,
    place: str,
    *,
    reason: str = "Dihitung ulang",
    before: tuple[int, datetime] | None = None,
) -> None:
    """`before`: how many were counted, and when, if that is keyed only now."""
    physical, counted_at = before or (real.cards[place], real.tick())
    by = made["neighbour" if place == AWAY else "operator"].actor
    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account=place,
            item="card",
            physical=physical,
            counted_at=counted_at,
            team=TEAM,
            reason=reason,
        )


def _step(made: World, real: Reality, person: Resident, step: tuple[str, int, int, bool]) -> None:
    what, which, many, _late = step
    by = made["operator"].actor
    if what == "count":
        _seen(made, real, (HOME, AWAY, real.bag)[which % 3])
    elif what == "move":
        _move(made, real, which, many)
    elif what == "void" and real.prints:
        record, _place, used = real.prints.pop(which % len(real.prints))
        with scoped(by.scope):
            void_record(
                by=by,
                record=record,
                reason="Salah orang",
                card="spoiled:physical" if used else "never_used",
            )
        if used:
            real.cards[WASTE] = real.cards.get(WASTE, 0) + 1
    elif what == "correct":
        _correct(made, real, person)
    elif what in ("print", "spoil", "phantom"):
        _print(made, real, person, step)


def _correct(made: World, real: Reality, person: Resident) -> None:
    """Another village from the start: every record is written anew, and no card moves."""
    head = made["head"].actor
    with scoped(head.scope):
        held = Resident.objects.get(pk=person.pk)
        village = held.village_id[:-1] + ("2" if held.village_id[-1] == "1" else "1")
        correct(
            by=head,
            resident=held,
            changes={"village": village},
            reason="Akta dilihat",
            confirm=["moves-figures", "look-alike"],
        )
        void = ServiceRecord.objects.filter(row_kind="void").values("ref")
        rows = ServiceRecord.objects.filter(row_kind="record").exclude(pk__in=void)
        now = {row.occurred_at: row for row in rows}
    # Each happened at a time of its own.
    real.prints = [(now[row.occurred_at], place, used) for row, place, used in real.prints]


def _first_count(
    made: World, real: Reality, person: Resident, opening: int, first: list[tuple[str, bool, bool]]
) -> None:
    """Counted at its hour, and keyed when people were served before it and after it."""
    late = []
    for what, _after, waits in [one for one in first if not one[1]]:
        # The count saw what these had left.
        said = _said(real, what)
        if waits:
            late.append(said)
        else:
            _log(made, real, person, (said, HOME, True), counts=False)
    hour = real.tick()
    for what, _after, waits in [one for one in first if one[1]]:
        used = what != "phantom"
        if used and real.cards[HOME] < 1:
            continue
        real.cards[HOME] -= used
        one = (_said(real, what), HOME, used)
        if waits:
            real.waiting.append(one)
        else:
            _log(made, real, person, one)
    _seen(made, real, HOME, reason="", before=(opening, hour))
    for said in late:
        _log(made, real, person, (said, HOME, True), counts=False)


def _move(made: World, real: Reality, which: int, many: int) -> None:
    source, target = (real.bag if end == "bag" else end for end in ROUTES[which % len(ROUTES)])
    if source != "centre" and real.cards[source] < many:
        return
    by = made["neighbour" if source.startswith("in_transit") else "operator"].actor
    try:
        with scoped(by.scope):
            move(
                by=by,
                movement_id=uuid7(),
                item="card",
                source=source,
                target=target,
                quantity=many,
                document="1",
                occurred_at=real.tick(),
            )
    except Conflict as error:
        # The books know of fewer than there are: nobody could give them out.
        if error.code != "stock-short":
            raise
        return
    if source != "centre":
        real.cards[source] -= many
    real.cards[target] = real.cards.get(target, 0) + many


def _print(made: World, real: Reality, person: Resident, step: tuple[str, int, int, bool]) -> None:
    """A phantom is a record of a print that never was: its card was never used."""
    what, which, _many, late = step
    place = (HOME, real.bag)[which % 2]
    used = what != "phantom"
    if used and real.cards[place] < 1:
        return
    real.cards[place] -= used
    said = _said(real, what)
    if place == real.bag:
        said["event"] = uuid.UUID(real.bag.partition(":")[2])
    if late:
        real.waiting.append((said, place, used))
    else:
        _log(made, real, person, (said, place, used))


def _said(real: Reality, what: str) -> dict[str, Any]:
    said: dict[str, Any] = {"occurred_at": real.tick()}
    if what == "spoil":
        said |= {"outcome": "failed", "reason": "device", "card_used": "spoiled:print"}
    return said


def _log(
    made: World,
    real: Reality,
    person: Resident,
    one: tuple[Any, str, bool],
    *,
    counts: bool = True,
) -> None:
    said, place, used = one
    by = made["operator"].actor
    with scoped(by.scope):
        record = log_service(by=by, entry=entry(person, "card_print", **said))[0]
    if counts and "outcome" not in said:
        real.prints.append((record, place, used))


def _balances() -> dict[str, int]:
    return dict(StockAccount.objects.filter(item="card").values_list("key", "balance"))


def _sound() -> None:
    with scoped(EVERYBODY):
        assert broken_of(STOCK) == []


def test_books_and_reality_agree_after_any_order_of_work(made: World) -> None:
    person = make_resident(made)
    event = make_event(made)
    bag = f"event:{event.pk}"

    @settings(max_examples=12, deadline=None, phases=[Phase.reuse, Phase.generate])
    @given(opening=st.integers(0, 9), hidden=st.integers(0, 3), first=FIRST, steps=STEPS)
    def any_order(
        opening: int,
        hidden: int,
        first: list[tuple[str, bool, bool]],
        steps: list[tuple[str, int, int, bool]],
    ) -> None:
        with transaction.atomic():
            # Somebody overlooked a few in the first count.
            cards = {HOME: opening + hidden, AWAY: 2, bag: 0, "in_transit:13.06": 0}
            real = Reality(bag, cards, timezone.now() - timedelta(hours=2))
            _first_count(made, real, person, opening, first)
            _seen(made, real, AWAY, reason="")
            for step in steps:
                _step(made, real, person, step)
                if real.waiting and step[3] and step[1] == 0:
                    _log(made, real, person, real.waiting.pop())
            for place in (HOME, AWAY, bag):
                _seen(made, real, place)
            # What is keyed after the last count was part of it.
            while real.waiting:
                _log(made, real, person, real.waiting.pop())
            found = _balances()
            assert {place: found[place] for place in real.cards if place in found} == {
                place: cards for place, cards in real.cards.items() if place in found
            }
            assert found.get("printed:13.75", 0) == len(real.prints)
            assert sum(found.values()) == 0
            _sound()
            transaction.set_rollback(True)

    any_order()


def test_sixteen_writers_at_once_meet_no_deadlock(kept: World) -> None:
    people = {"13.75": make_resident(kept), "13.06": make_resident(kept, "13.06")}
    bag = f"event:{make_event(kept).pk}"
    real = Reality(bag, {HOME: 60, AWAY: 60}, timezone.now() - timedelta(hours=2))
    for place in (HOME, AWAY):
        _seen(kept, real, place)
    before = _deadlocks()

    def work(number: int) -> int:
        """Of both offices, in an order of its own."""
        dice = random.Random(number)
        done = 0
        for _turn in range(6):
            mine, other = dice.sample(["13.75", "13.06"], 2)
            by = kept["operator" if mine == "13.75" else "neighbour"].actor
            try:
                with scoped(by.scope):
                    done += _one(by, dice, mine, other, bag, people[mine])
            except DomainError as error:
                if error.code not in {"stock-short", "count-older", "stock-counted"}:
                    raise
        return done

    results = at_once(*(lambda number=number: work(number) for number in range(16)))
    assert [one for one in results if not isinstance(one, int)] == []
    assert sum(results) > 40
    assert _deadlocks() == before
    with acting_as("owner"):
        _sound()


def _one(by: Any, dice: random.Random, mine: str, other: str, bag: str, person: Resident) -> int:
    store, now = f"office:{mine}", timezone.now()
    match dice.choice(["print", "print", "void", "send", "take", "bag", "count"]):
        case "print":
            log_service(by=by, entry=entry(person, "card_print", occurred_at=now))
        case "void":
            record = log_service(by=by, entry=entry(person, "card_print", occurred_at=now))[0]
            void_record(by=by, record=record, reason="Uji", card="never_used")
        case "count":
            with transaction.atomic():
                count(
                    by=by,
                    count_id=uuid7(),
                    account=store,
                    item="card",
                    physical=dice.randint(40, 80),
                    counted_at=now,
                    team=TEAM,
                    reason="Uji",
                )
        case way:
            ends = {
                "send": (store, f"in_transit:{other}"),
                "take": (f"in_transit:{mine}", store),
                "bag": (store, bag if mine == "13.75" else f"spoiled:{mine}:print"),
            }[way]
            move(
                by=by,
                movement_id=uuid7(),
                item="card",
                source=ends[0],
                target=ends[1],
                quantity=dice.randint(1, 9),
                document="1",
                occurred_at=timezone.now(),
            )
    return 1


def _deadlocks() -> int:
    return int(
        rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0]
    )
