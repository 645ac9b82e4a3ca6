"""The card ledger through HTTP: who moves and counts what, and what is refused with which words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dukcapil.accounts.scoping import scoped
from dukcapil.core.ids import uuid7
from dukcapil.regions.models import Region
from events.points.services import add_point
from events.stock.models import Movement, StockAccount
from events.stock.selectors import bag_of, balances, statement, use_by_day
from events.stock.services import prints as prints_of_stock
from events.stock.services.accounts import hold_places
from events.stock.services.prints import PrintedCard, book_prints, reprint, take_back_print
from registrations.lifecycle.services.events import cancel_event
from tests.stock import MINUTES, TEAM, WITNESSES, Cards, keepers, later
from tests.world import World, make_caller, make_event, today


@pytest.fixture
def books(made: World) -> World:
    """13.75 began with 5,000 cards, 13.06 with none, the province with 20,000."""
    keepers(made)
    assert Cards(made["keeper"]).count("office:13.75", 5_000).status == 201
    assert Cards(made["neighbour"]).count("office:13.06", 0).status == 201
    assert Cards(made["province_keeper"]).count("province:13", 20_000).status == 201
    return made


def test_before_the_first_count_nothing_is_known_and_nothing_moves(made: World) -> None:
    keepers(made)
    mine = Cards(made["keeper"])
    row = mine.stock("13.75")
    assert set(row["balance"].values()) == {None}
    assert (row["days_of_cover"], row["need"], row["threshold"]) == (None, None, 1_000)
    for source, target in (("centre", "office:13.75"), ("office:13.75", "spoiled:13.75:print")):
        answer = mine.move(source, target, 5)
        assert (answer.status, answer.json["type"].rsplit("/")[-1]) == (409, "stock-not-open")
    first = mine.count("office:13.75", 800)
    assert first.status == 201
    assert (first.json["system"], first.json["physical"], first.json["difference"]) == (
        None,
        800,
        None,
    )
    assert mine.balance("13.75") == {
        **dict.fromkeys(
            ("event", "in_transit", "printed", "spoiled", "handed_in", "destroyed", "difference"), 0
        ),
        "office": 800,
    }
    # The store of a point opens by a count of its own.
    point = _point(made)
    assert mine.move("office:13.75", f"office:13.75/{point}", 5).status == 409
    assert mine.count(f"office:13.75/{point}", 20).status == 201
    assert mine.move("office:13.75", f"office:13.75/{point}", 5).status == 201
    assert mine.balance("13.75")["office"] == 820


def _point(made: World) -> str:
    by = made["operator"].actor
    office, district = Region.objects.get(pk="13.75"), Region.objects.get(pk="13.75.01")
    with scoped(by.scope):
        return str(add_point(by=by, office=office, name="UPT", district=district).pk)


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    # who, what, status, code
    ("keeper", {"quantity": 0}, 422, "invalid"),
    ("keeper", {"quantity": -4}, 422, "invalid"),
    ("keeper", {"quantity": 5_001}, 409, "stock-short"),
    ("keeper", {"target": "printed:13.75"}, 422, "stock-way"),
    ("keeper", {"target": "opening:13.75"}, 422, "stock-way"),
    ("keeper", {"target": "office:13.75"}, 422, "stock-way"),
    ("keeper", {"target": "office:13.06"}, 422, "stock-way"),
    ("keeper", {"target": "in_transit:13.75"}, 422, "stock-way"),
    ("keeper", {"target": "office:13.7x"}, 422, "region-code"),
    ("keeper", {"target": "kantor:13.75"}, 422, "stock-account"),
    ("keeper", {"target": "spoiled:13.75"}, 422, "stock-account"),
    ("keeper", {"target": "spoiled:13.75:moved"}, 422, "stock-account"),
    ("keeper", {"target": f"event:{uuid7()}"}, 404, "not-found"),
    ("keeper", {"target": f"event:{uuid7()}/0"}, 422, "stock-account"),
    ("keeper", {"target": f"office:13.75/{uuid7()}"}, 404, "not-found"),
    ("keeper", {"target": "in_transit:13.99"}, 422, "region-unknown"),
    ("keeper", {"target": "in_transit:13.05"}, 409, "stock-not-open"),
    ("keeper", {"target": "difference:13.75"}, 422, "reason"),
    ("keeper", {"target": "centre"}, 422, "reason"),
    ("keeper", {"document": ""}, 422, "invalid"),
    ("keeper", {"item": "ribbon"}, 422, "stock-item"),
    ("keeper", {"item": "child_card"}, 409, "stock-not-open"),
    ("keeper", {"occurred_at": timezone.now() + timedelta(hours=1)}, 422, "time-future"),
    ("keeper", {"occurred_at": timezone.now() - timedelta(days=9)}, 409, "stock-counted"),
    ("keeper", {"target": "destroyed:13.75"}, 422, "minutes"),
    ("keeper", {"target": "destroyed:13.75", "minutes": MINUTES}, 422, "witnesses"),
    (
        "keeper",
        {"target": "destroyed:13.75", "minutes": MINUTES, "witnesses": WITNESSES[:1]},
        422,
        "witnesses",
    ),
    (
        "keeper",
        {"target": "destroyed:13.75", "minutes": MINUTES, "witnesses": WITNESSES[:1] * 2},
        422,
        "witnesses",
    ),
    # Whose they are.
    ("neighbour", {}, 404, "not-found"),
    ("far_keeper", {}, 404, "not-found"),
    ("province_keeper", {}, 403, "forbidden"),
    ("province_officer", {}, 403, "forbidden"),
    ("nation_viewer", {}, 403, "forbidden"),
    ("api_client", {}, 403, "forbidden"),
    ("keeper", {"source": "province:13", "target": "in_transit:13.75"}, 404, "not-found"),
    ("operator", {"source": "in_transit:13.06", "target": "office:13.06"}, 404, "not-found"),
    ("province_keeper", {"source": "province:13", "target": "office:13.75"}, 422, "stock-way"),
]


def test_what_is_refused_and_nothing_of_it_stays(books: World) -> None:
    before = Movement.objects.count()
    wrong = []
    for who, said, status, code in REFUSED:
        body = Cards(books["keeper"]).move_body("office:13.75", "spoiled:13.75:physical", 10)
        answer = books[who].post("stock/movements/", {**body, **said})
        found = (answer.status, answer.json["type"].rsplit("/")[-1])
        if found != (status, code):
            wrong.append((who, said, found))
    assert wrong == []
    assert Movement.objects.count() == before


def test_a_transfer_is_seen_from_both_ends_and_arrives_once(books: World) -> None:
    """Kaltara's way: the province hands out, each office says what arrived."""
    province, mine = Cards(books["province_keeper"]), Cards(books["keeper"])
    sent = province.move("province:13", "in_transit:13.75", 4_000)
    assert sent.status == 201
    receipt = mine.move_body("in_transit:13.75", "office:13.75", 3_990)
    for status in (201, 200):
        answer = books["keeper"].post("stock/movements/", receipt)
        assert answer.status == status
    assert answer.json["by"] == books["keeper"].actor.user_id
    for changed in ({"quantity": 3_991}, {"document": "lain"}, {"occurred_at": later()}):
        again = books["keeper"].post("stock/movements/", {**receipt, **changed})
        assert (again.status, again.json["type"].rsplit("/")[-1]) == (409, "movement-differs")
    # Ten are missing: what never came is explained, by who waits for it.
    assert mine.move("in_transit:13.75", "office:13.75", 4_000).status == 409
    lost = mine.move("in_transit:13.75", "difference:13.75", 10, reason="Karton basah")
    assert lost.status == 201
    assert mine.balance("13.75") == {
        **dict.fromkeys(("event", "printed", "spoiled", "handed_in", "destroyed"), 0),
        "office": 8_990,
        "in_transit": 0,
        "difference": 10,
    }
    assert province.balance("13")["office"] == 16_000
    # Seen from either end, and by nobody else.
    seen = {
        who: sent.json["id"]
        in {row["id"] for row in books[who].get(f"stock/movements/?region={code}").json["results"]}
        for who, code in (
            *(("keeper", "13.75"), ("province_keeper", "13"), ("neighbour", "13.06")),
            *(("nation_viewer", "00"), ("far_keeper", "18")),
        )
    }
    assert seen == {
        "keeper": True,
        "province_keeper": True,
        "nation_viewer": True,
        "neighbour": False,
        "far_keeper": False,
    }
    for path in ("stock/", "stock/movements/", "stock/requests/"):
        for who, code in (("keeper", "13.06"), ("neighbour", "13"), ("far_keeper", "13.75")):
            assert books[who].get(f"{path}?region={code}").status == 404


def test_an_opname_that_does_not_add_up_is_explained(books: World) -> None:
    mine = Cards(books["keeper"])
    moved_at, counted_at = later(), later()
    after = later()
    mine.move("centre", "office:13.75", 100, occurred_at=moved_at, supplier="Ditjen", funds="APBN")
    mine.move("office:13.75", "spoiled:13.75:no_chip", 30, occurred_at=after)
    body = mine.count_body("office:13.75", 5_097, counted_at=counted_at)
    said = books["keeper"].post("stock/counts/", body)
    assert said.status == 422
    assert said.json["type"].rsplit("/")[-1] == "count-reason"
    assert (said.json["system"], said.json["difference"]) == (5_100, -3)
    assert said.json["errors"][0]["pointer"] == "/reason"
    body["reason"] = "Tiga keping rusak tidak dicatat"
    answers = [books["keeper"].post("stock/counts/", body) for _once in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert answers[0].json["system"] == 5_100
    assert answers[0].json["difference"] == -3
    assert mine.balance("13.75")["office"] == 5_067
    assert mine.balance("13.75")["difference"] == 3
    # Somebody else counted at the same time, and is second with an older hour.
    older = mine.count("office:13.75", 5_100, counted_at=moved_at)
    assert (older.status, older.json["type"].rsplit("/")[-1]) == (409, "count-older")
    assert older.json["errors"][0]["pointer"] == "/counted_at"
    # What happened before it was counted already.
    assert mine.move("centre", "office:13.75", 5, occurred_at=moved_at).status == 409
    assert mine.move("centre", "office:13.75", 5, occurred_at=after).status == 201
    # Fewer than went out since.
    short = mine.count("office:13.75", 20, counted_at=counted_at, reason="Salah hitung")
    assert (short.status, short.json["type"].rsplit("/")[-1]) == (409, "count-short")
    for changed, code in (
        ({"physical": -1}, "invalid"),
        ({"team": []}, "team"),
        ({"team": TEAM * 2}, "team"),
        ({"account": "printed:13.75"}, "not-counted-here"),
        ({"account": "in_transit:13.75"}, "not-counted-here"),
        ({"item": "ribbon", "account": "spoiled:13.75:print"}, "not-counted-here"),
        ({"counted_at": timezone.now() + timedelta(hours=1)}, "time-future"),
    ):
        bad = books["keeper"].post(
            "stock/counts/", {**mine.count_body("office:13.75", 5_000), **changed}
        )
        assert (bad.status, bad.json["type"].rsplit("/")[-1]) == (422, code), changed
    assert Cards(books["neighbour"]).count("office:13.75", 1).status == 404
    assert Cards(books["province_keeper"]).count("office:13.75", 1).status == 403
    # What is only counted has no books.
    ribbons = Cards(books["operator"], "ribbon")
    for left in (7, 5):
        counted = ribbons.count("office:13.75", left)
        assert (counted.status, counted.json["system"]) == (201, None)
        assert ribbons.balance("13.75")["office"] == left
    assert ribbons.move("centre", "office:13.75", 5).status == 422


def test_old_cards_are_handed_in_and_destroyed_with_two_witnesses(books: World) -> None:
    mine = Cards(books["head"])
    assert mine.move("public:13.75", "handed_in:13.75:data_changed", 40).status == 201
    assert mine.move("public:13.75", "handed_in:13.75:moved", 11).status == 201
    paper = {"minutes": MINUTES, "witnesses": WITNESSES}
    done = mine.move("handed_in:13.75:data_changed", "destroyed:13.75", 40, **paper)
    assert (done.status, done.json["minutes"], done.json["witnesses"]) == (
        201,
        MINUTES,
        WITNESSES,
    )
    assert mine.move("handed_in:13.75:data_changed", "destroyed:13.75", 1, **paper).status == 409
    assert mine.balance("13.75")["handed_in"] == 11
    assert mine.balance("13.75")["destroyed"] == 40
    assert StockAccount.objects.get(key="public:13.75").balance == -51
    # Names of witnesses are for who keeps cards.
    rows = books["nation_viewer"].get("stock/movements/?region=13.75").json["results"]
    assert all(row["witnesses"] == [] for row in rows)


def test_requests_are_decided_once_by_the_province(books: World) -> None:
    asked = {"office": "13.75", "item": "card", "asked": 8_000, "reason": "Pemula"}
    ours = books["keeper"].post("stock/requests/", asked)
    assert ours.status == 201
    assert books["keeper"].post("stock/requests/", {**asked, "asked": 0}).status == 422
    assert books["neighbour"].post("stock/requests/", asked).status == 404
    path = f"stock/requests/{ours.json['id']}/decide/"
    said = {"granted": 9_000, "note": "Termasuk cadangan"}
    for who, status in (
        *(("keeper", 403), ("head", 403), ("far_keeper", 404), ("nation_viewer", 403)),
        ("province_keeper", 200),
        ("province_officer", 409),
    ):
        assert books[who].post(path, said).status == status, who
    second = books["keeper"].post("stock/requests/", asked).json["id"]
    nothing = books["province_officer"].post(f"stock/requests/{second}/decide/", {"granted": 0})
    assert (nothing.status, nothing.json["errors"][0]["pointer"]) == (422, "/note")
    rows = books["operator"].get("stock/requests/?region=13.75").json["results"]
    assert {(row["asked"], row["granted"]) for row in rows} == {(8_000, 9_000), (8_000, None)}


def test_a_bag_goes_out_and_comes_back(books: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """PPU's event: 4,000 taken, 200 printed, 3,800 handed back. Two failed, one was not in the books. The
    many are booked in statements of 50.
    """
    monkeypatch.setattr(prints_of_stock, "CHUNK", 50)
    event = make_event(books)
    mine = Cards(books["keeper"])
    bag = f"event:{event.pk}"
    for wrong in (
        mine.move("office:13.75", f"{bag}/0", 1),
        mine.count(f"{bag}/0", 1),
        mine.count(f"{bag}/00", 1),
    ):
        assert (wrong.status, wrong.json["type"].rsplit("/")[-1]) == (422, "stock-account")
    out = mine.move("office:13.75", bag, 4_000)
    assert (out.status, out.json["event"]) == (201, str(event.pk))
    start = timezone.now() - timedelta(minutes=20)
    prints = [_card(event.pk, start + timedelta(seconds=n)) for n in range(200)]
    spoiled = [_card(event.pk, start, used=f"spoiled:{why}") for why in ("encode", "print")]
    with scoped(books["operator"].actor.scope), CaptureQueriesContext(connection) as asked:
        assert book_prints(books["operator"].actor, [*prints, *spoiled]) == set()
    assert sum("INSERT INTO events_movement" in one["sql"] for one in asked) == 5
    found = bag_of(event.pk)
    assert (found.taken, found.printed, found.spoiled, found.left) == (4_000, 200, 2, 3_798)
    assert mine.move(bag, "office:13.75", 3_798, occurred_at=timezone.now()).status == 201
    # The bag is empty by the books, and a card was in it all the same.
    extra = _card(event.pk, timezone.now())
    by = books["operator"].actor
    assert book_prints(by, [extra]) == {extra.record}
    found = bag_of(event.pk)
    assert found.taken + found.difference == (
        found.printed + found.spoiled + found.returned + found.left
    )
    assert (found.printed, found.returned, found.difference, found.left) == (201, 3_798, 1, 0)
    assert dict(found.by_class) == {"encode": 1, "print": 1}
    assert mine.balance("13.75")["office"] == 4_798
    # Taken back, never used: what was not in the books never came, another goes where it came from.
    take_back_print(by, extra.record, "never_used")
    found = bag_of(event.pk)
    assert (found.printed, found.difference, found.left) == (200, 0, 0)
    take_back_print(by, prints[1].record, "never_used")
    assert (bag_of(event.pk).printed, bag_of(event.pk).left) == (199, 1)
    take_back_print(by, prints[0].record, "spoiled:physical")
    assert (bag_of(event.pk).printed, bag_of(event.pk).spoiled) == (198, 3)
    with scoped(books["head"].actor.scope):
        cancel_event(by=books["head"].actor, event=event, reason="Banjir")
    over = mine.move("office:13.75", bag, 1)
    assert (over.status, over.json["type"].rsplit("/")[-1]) == (409, "event-over")
    assert mine.move(bag, "office:13.75", 1, occurred_at=timezone.now()).status == 201
    used = use_by_day(["13.75"], "card", today() - timedelta(days=3))
    assert sum(used["13.75"].values()) == 201
    lines = statement(StockAccount.objects.get(key="office:13.75"), limit=2)
    assert [line.change for line in lines] == [1, 3_798]
    assert lines[0].balance == balances(["13.75"], "card")["13.75"].office


def _card(event: Any, when: Any, **more: Any) -> PrintedCard:
    values: dict[str, Any] = {"office": "13.75", "event": event, "clerk": 1, "item": "card"}
    return PrintedCard(record=uuid7(), occurred_at=when, **{**values, **more})


def test_a_print_of_before_a_count_is_part_of_its_difference(books: World) -> None:
    mine, by = Cards(books["keeper"]), books["operator"].actor
    printed_at = later()
    early = _card(None, timezone.now() - timedelta(days=2))
    counted = mine.count("office:13.75", 4_999, counted_at=timezone.now(), reason="Satu hilang")
    assert counted.status == 201
    late = _card(None, printed_at)
    assert book_prints(by, [early, late]) == set()
    # Before the opening nothing moves; the late one is the card that was missing.
    assert mine.balance("13.75") == {
        **dict.fromkeys(("event", "in_transit", "spoiled", "handed_in", "destroyed"), 0),
        "office": 4_999,
        "printed": 1,
        "difference": 0,
    }
    take_back_print(by, early.record, "never_used")
    # Written anew by a correction, then void: the count found the card in the store already.
    again = uuid7()
    reprint(by, late.record, again)
    take_back_print(by, again, "never_used")
    assert mine.balance("13.75")["difference"] == 1
    assert mine.balance("13.75")["office"] == 4_999
    assert mine.balance("13.75")["printed"] == 0


def test_the_database_keeps_its_own_books(books: World) -> None:
    store = StockAccount.objects.get(key="office:13.75", item="card")
    for attack in (
        "UPDATE events_stockaccount SET balance = 9 WHERE id = %s",
        "UPDATE events_stockaccount SET counted_at = NULL WHERE id = %s",
        "DELETE FROM events_stockaccount WHERE id = %s",
        "UPDATE events_movement SET quantity = 9 WHERE target_id = %s",
        "UPDATE events_stockcount SET physical = 9 WHERE account_id = %s",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(attack, [store.pk])
    store.refresh_from_db()
    assert (store.balance, store.moves) == (5_000, 1)


def _printed(made: World, cards: int, office: str = "13.75") -> None:
    """As a batch: in one transaction each hour."""
    by = made["operator"].actor
    start = timezone.now() - timedelta(minutes=30)
    for begin in range(0, cards, 400):
        hour = [
            _card(None, start + timedelta(milliseconds=n), office=office)
            for n in range(begin, min(cards, begin + 400))
        ]
        with transaction.atomic():
            hold_places([office])
            assert book_prints(by, hour) == set()


def _closes(made: World, region: str, received: list[int], used: int, left: int) -> None:
    keeper = Cards(made["keeper" if region == "13.75" else "neighbour"])
    for cards in received:
        assert keeper.move("centre", f"office:{region}", cards).status == 201
    _printed(made, used, region)
    assert keeper.balance(region)["office"] == left
    assert keeper.balance(region)["printed"] == used


def test_published_flows_close(made: World) -> None:
    """PPU, December 2020: 800 cards, 4,000 asked, 5,000 granted. Kaltara's hand-out: 24,000 to five
    offices, then 3,500 to four. Of Blora the last 84 cards; the whole, and Jepara, with LONG=yes.
    """
    keepers(made)
    mine, province = Cards(made["keeper"]), Cards(made["province_keeper"])
    mine.count("office:13.75", 800)
    asked = mine.caller.post(
        "stock/requests/", {"office": "13.75", "item": "card", "asked": 4_000, "reason": "PRR"}
    ).json["id"]
    decided = province.caller.post(f"stock/requests/{asked}/decide/", {"granted": 5_000})
    assert (decided.json["asked"], decided.json["granted"]) == (4_000, 5_000)
    province.count("province:13", 27_500)
    province.move("centre", "province:13", 5_000)
    province.move("province:13", "in_transit:13.75", 5_000)
    mine.move("in_transit:13.75", "office:13.75", 5_000)
    assert mine.balance("13.75")["office"] == 5_800
    _closes(made, "13.75", [], 84, 5_716)
    # Kaltara's five are five offices of this province here: all are sent, nobody has to take at once.
    first = {"13.01": 4_000, "13.02": 4_000, "13.03": 8_000, "13.04": 2_000, "13.05": 6_000}
    more = {"13.01": 1_000, "13.02": 1_000, "13.04": 500, "13.05": 1_000}
    for office in first:
        keeper = make_caller(f"keeper.{office}", "stock_keeper", office, today())
        assert Cards(keeper).count(f"office:{office}", 0).status == 201
    for phase in (first, more):
        for office, cards in phase.items():
            assert province.move("province:13", f"in_transit:{office}", cards).status == 201
    rows = province.caller.get("stock/?region=13&item=card").json["results"]
    on_the_way = {row["region"]: row["balance"]["in_transit"] for row in rows}
    assert {office: on_the_way[office] for office in first} == {
        office: cards + more.get(office, 0) for office, cards in first.items()
    }
    assert sum(on_the_way[office] for office in first) == 27_500
    assert province.balance("13")["office"] == 0
    assert sum(StockAccount.objects.values_list("balance", flat=True)) == 0


@pytest.mark.long
def test_the_whole_of_blora_and_jepara(kept: World) -> None:
    """Blora, 1 January to 14 February 2020: 22,000 received, 19,084 used. Jepara, April to August 2017:
    10,000, 12,000 and 4,000, every card used.
    """
    keepers(kept)
    for name, region in (("keeper", "13.75"), ("neighbour", "13.06")):
        assert Cards(kept[name]).count(f"office:{region}", 0).status == 201
    _closes(kept, "13.75", [22_000], 19_084, 2_916)
    _closes(kept, "13.06", [10_000, 12_000, 4_000], 26_000, 0)
