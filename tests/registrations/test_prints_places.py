"""Where the card of a print lay: a store opened later, a team's bag, a point; and what a void gives back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone, translation

from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.points.services import add_point
from events.resources.services import make_team
from events.stock.models import StockAccount
from events.stock.selectors import bag_of
from events.stock.services.counting import count
from events.stock.services.moving import move
from registrations.corrections.services.correcting import correct
from registrations.ledger.services.corrections import void_record
from registrations.lifecycle.selectors import _cards_left
from reports.closing.selectors.closing import closing
from reports.closing.selectors.recap import recap
from tests.registrations.test_prints import TEAM, moved, opened, printed, sound, stock
from tests.world import World, make_event, make_resident, record, today


def _ago(minutes: int) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


def _void(made: World, row: Any, card: str) -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        void_record(by=by, record=row, reason="Salah orang", card=card)


def _counted(made: World, account: str, physical: int, ago: int = 0, item: str = "card") -> None:
    by = made["operator"].actor
    with scoped(by.scope):
        count(
            by=by,
            count_id=uuid7(),
            account=account,
            item=item,
            physical=physical,
            counted_at=_ago(ago),
            team=TEAM,
            reason="Dihitung",
        )


def _balances() -> dict[str, int]:
    """key -> cards there, of stores and bags."""
    with scoped(EVERYBODY):
        held = StockAccount.objects.filter(kind__in=["office", "event"], item="card")
        return dict(held.values_list("key", "balance"))


def test_what_was_printed_since_the_hour_of_a_first_count_is_booked_with_it(kept: World) -> None:
    """The count was at one o'clock, people were served, and it is keyed at two."""
    person = make_resident(kept, birth_date=date(1990, 5, 17))
    record(kept, person, occurred_at=_ago(100))
    printed(kept, person, occurred_at=_ago(90))
    printed(kept, person, occurred_at=_ago(50))
    _void(kept, printed(kept, person, occurred_at=_ago(40)), "never_used")
    _void(kept, printed(kept, person, occurred_at=_ago(35)), "spoiled:print")
    printed(
        kept,
        person,
        occurred_at=_ago(30),
        outcome="failed",
        reason="device",
        card_used="spoiled:encode",
    )
    record(kept, person, "child_card", occurred_at=_ago(30))
    opened(kept, 10)
    printed(kept, person, occurred_at=_ago(20))
    # Keyed after the opening, of before its hour: no card of these.
    printed(kept, person, occurred_at=_ago(80))
    before = {"office": 6, "printed": 2, "spoiled:encode": 1, "spoiled:print": 1}
    assert (stock(), sound()) == (before, [])
    head = kept["head"].actor
    village = person.village_id[:-1] + ("2" if person.village_id[-1] == "1" else "1")
    with scoped(head.scope):
        correct(
            by=head,
            resident=person,
            changes={"village": village},
            reason="Akta dilihat",
            confirm=["moves-figures", "look-alike"],
        )
    assert (stock(), sound()) == (before, [])
    opened(kept, 3, item="child_card")
    assert (stock("child_card"), sound()) == ({"office": 2, "printed": 1}, [])
    # A later count of the same store books nothing anew.
    _counted(kept, "office:13.75", 6)
    assert (stock(), sound()) == (before, [])


def _teams(made: World, *names: str) -> list[int]:
    """The first with the operator, the others with nobody who prints."""
    office, found = Region.objects.get(pk="13.75"), []
    head = made["head"].actor
    with scoped(head.scope):
        for name in names:
            who = made["operator"] if not found else made["head"]
            clerk = User.objects.get(pk=who.actor.user_id)
            team = make_team(by=head, office=office, name=name, clerks=[clerk])
            found.append(team.pk)
    return found


def _print_at(made: World, event: ServiceEvent, person: Any) -> Any:
    return printed(made, person, event=event.pk)


def test_a_print_at_an_event_comes_out_of_its_bags(kept: World) -> None:
    opened(kept, 100)
    person = make_resident(kept)
    events = [make_event(kept, services=["card_print"]) for _n in range(3)]
    ours, others, more = _teams(kept, "Tim A", "Tim B", "Tim C")

    def fill(event: ServiceEvent, team: int | None, cards: int) -> str:
        key = f"event:{event.pk}" + (f"/{team}" if team else "")
        moved(kept, "office:13.75", key, cards, ago=30)
        return key

    # The clerk's own team, which nobody assigned to this event.
    own = fill(events[0], ours, 5)
    fill(events[0], others, 9)
    fill(events[0], None, 9)
    _print_at(kept, events[0], person)
    assert _balances()[own] == 4
    # No member of any team with a bag: the event's own.
    fill(events[1], others, 9)
    plain = fill(events[1], None, 3)
    _print_at(kept, events[1], person)
    assert _balances()[plain] == 2
    # It has none: the fullest of its teams'.
    fill(events[2], others, 4)
    fullest = fill(events[2], more, 6)
    _print_at(kept, events[2], person)
    assert _balances()[fullest] == 5
    # No bag at all: the store.
    before = _balances()["office:13.75"]
    bare = make_event(kept, services=["card_print"])
    _print_at(kept, bare, person)
    assert _balances()["office:13.75"] == before - 1
    assert sound() == []


def test_a_void_of_a_stores_card_is_none_of_the_bags(kept: World) -> None:
    """Printed before the event had a bag, taken back after it."""
    opened(kept, 100)
    event = make_event(kept, services=["card_print"])
    early = [_print_at(kept, event, make_resident(kept)) for _n in range(2)]
    moved(kept, "office:13.75", f"event:{event.pk}", 10)
    _void(kept, early[0], "spoiled:print")
    _void(kept, early[1], "never_used")
    bag = bag_of(event.pk)
    assert (bag.printed, bag.spoiled, bag.left, bag.difference) == (0, 0, 10, 0)
    late = printed(kept, event=event.pk, occurred_at=timezone.now())
    assert bag_of(event.pk).printed == 1
    _void(kept, late, "spoiled:print")
    assert (bag_of(event.pk).printed, bag_of(event.pk).spoiled) == (0, 1)
    assert sound() == []


def test_a_spoiled_card_that_was_counted_already_is_counted_once(kept: World) -> None:
    opened(kept, 10)
    row, other = printed(kept, occurred_at=_ago(30)), printed(kept, occurred_at=_ago(30))
    # Both lie among the spoiled ones; only then are their records taken back.
    _counted(kept, "spoiled:13.75:print", 1, ago=5)
    _void(kept, row, "spoiled:print")
    _void(kept, other, "spoiled:physical")
    assert stock() == {
        "office": 8,
        "printed": 0,
        "difference": 0,
        "spoiled:print": 1,
        "spoiled:physical": 1,
    }
    assert sound() == []


def test_a_card_that_was_not_in_the_books_never_came(kept: World) -> None:
    opened(kept, 0)
    row = printed(kept)
    assert stock() == {"office": 0, "printed": 1, "difference": -1}
    _void(kept, row, "never_used")
    assert stock() == {"office": 0, "printed": 0, "difference": 0}
    assert sound() == []


def test_an_empty_store_prints_what_its_points_have(kept: World) -> None:
    opened(kept, 0)
    by = kept["operator"].actor
    office, district = Region.objects.get(pk="13.75"), Region.objects.get(pk="13.75.01")
    with scoped(by.scope):
        stores = [
            f"office:13.75/{add_point(by=by, office=office, name=name, district=district).pk}"
            for name in ("UPT Utara", "UPT Selatan")
        ]
    for store, cards in zip(stores, (1, 2), strict=True):
        _counted(kept, store, cards, ago=20)
    row = printed(kept)
    assert [_balances()[store] for store in stores] == [1, 1]
    printed(kept)
    printed(kept)
    assert [_balances()[store] for store in stores] == [0, 0]
    assert "difference" not in stock()
    printed(kept)
    assert (_balances()["office:13.75"], stock()["difference"]) == (0, -1)
    _void(kept, row, "never_used")
    assert _balances()[stores[1]] == 1
    assert sound() == []


def test_child_cards_and_what_was_missing_stand_in_the_reports(kept: World) -> None:
    opened(kept, 10)
    opened(kept, 10, item="child_card")
    event, by = make_event(kept, services=["card_print"]), kept["operator"].actor
    bag = f"event:{event.pk}"
    moved(kept, "office:13.75", bag, 1, ago=30)
    with scoped(by.scope):
        move(
            by=by,
            movement_id=uuid7(),
            item="child_card",
            source="office:13.75",
            target=bag,
            quantity=4,
            document="BAST 2",
            occurred_at=_ago(30),
        )
    person = make_resident(kept)
    _print_at(kept, event, person)
    _print_at(kept, event, person)
    with scoped(by.scope), translation.override("en"):
        asked = _cards_left(event)
        sections = {
            section.title: dict(section.rows)
            for section in closing(by, event).sections
            if "lank cards" in section.title
        }
        figures = dict(recap(by, today() - timedelta(days=1), today()).figures)
    assert asked is not None
    assert "4 blank cards" in str(asked.message)
    assert sections["Blank cards"]["Unexplained difference"] == 1
    assert sections["KIA blank cards"]["Not brought back"] == 4
    names = ("taken along", "printed", "spoiled", "brought back", "not brought back")
    taken, *gone = [figures[f"Blank cards {name}"] for name in names]
    assert taken + figures["Blank cards, unexplained difference"] == sum(gone) == 2
