"""How long cards last, what is still needed, and how outers are shared out."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from reports.cover.renderers.curves import Drawn
from reports.cover.selectors.cover import Cover, per_day
from reports.cover.selectors.curve import curve
from reports.cover.selectors.need import Need
from reports.cover.selectors.sharing import Move, Plan, Store, share_out

OUTER = 2000
DAY = date(2026, 11, 26)


def store(code: str, cards: int, per_day: int | None, need: int | None = 0) -> Store:
    return Store(code, cards, None if per_day is None else Decimal(per_day), need)


def test_the_store_of_the_province_goes_to_whoever_runs_out_first() -> None:
    offices = [store("13.06", 1000, 100), store("13.75", 600, 120), store("13.01", 9000, 90, None)]
    plan = share_out("13", 5000, offices)
    assert plan.moves == [Move("13", "13.75", 1), Move("13", "13.06", 1)]
    assert (plan.before, plan.after) == (Fraction(5), Fraction(2600, 120))


def test_a_full_office_gives_what_lies_above_its_need() -> None:
    poor, rich = store("13.75", 500, 100), store("13.06", 20_000, 100, 15_000)
    assert share_out("13", 0, [poor, rich]).moves == [Move("13.06", "13.75", 2)]
    # What its need leaves, not what would be fair.
    assert share_out("13", 0, [poor, store("13.06", 20_000, 100, 19_000)]).moves == []
    assert share_out("13", 0, [poor, store("13.06", 20_000, 100, None)]).moves == []


def test_all_are_short_so_all_share() -> None:
    poor = store("13.75", 500, 100, 9000)
    assert share_out("13", 0, [poor, store("13.06", 10_000, 100, 30_000)]).moves == [
        Move("13.06", "13.75", 2)
    ]
    # One that is not short keeps the others from giving theirs away.
    plan = share_out(
        "13", 0, [poor, store("13.06", 10_000, 100, 30_000), store("13.01", 900, 1, 800)]
    )
    assert plan.moves == []


def test_nobody_knows_how_long_it_lasts() -> None:
    assert share_out("13", 9000, []) == Plan([], None, None)
    assert share_out("13", 9000, [store("13.75", 10, None)]) == Plan([], None, None)
    known = store("13.75", 10, 10)
    plan = share_out("13", 2000, [known, store("13.06", 90_000, None)])
    assert plan.moves == [Move("13", "13.75", 1)]


def _best(in_store: int, offices: list[Store]) -> tuple[Fraction, int]:
    """Every way to move outers, tried: the longest shortest cover, and how few outers that takes."""
    all_short = all(one.cards < one.need for one in offices if one.need is not None)
    ranges = []
    for one in offices:
        floor = one.cards if one.need is None else 0 if all_short else one.need
        most = max(0, one.cards - floor) // OUTER
        ranges.append(range(-most, 7))
    found = []
    for change in itertools.product(*ranges):
        if 0 <= sum(change) <= in_store // OUTER:
            shortest = min(one.days(n) for one, n in zip(offices, change, strict=True))
            found.append((-shortest, sum(n for n in change if n > 0)))
    shortest, moved = min(found)
    return -shortest, moved


@pytest.mark.parametrize("seed", range(40))
def test_no_other_way_is_better(seed: int) -> None:
    by = random.Random(seed)
    offices = [
        store(f"13.0{n}", by.randrange(0, 7000, 250), by.choice([40, 75, 130]), need)
        for n, need in enumerate(by.choices([0, 3000, 5000, 9000, None], k=3))
    ]
    in_store = by.choice([0, 1999, 2000, 6500])
    plan = share_out("13", in_store, offices)
    shortest, moved = _best(in_store, offices)
    assert plan.after == shortest
    assert sum(move.outers for move in plan.moves) == moved
    assert plan == share_out("13", in_store, offices[::-1])
    change = dict.fromkeys([one.code for one in offices], 0) | {"13": 0}
    for move in plan.moves:
        assert move.outers > 0
        change[move.source] -= move.outers
        change[move.target] += move.outers
    assert min(one.days(change[one.code]) for one in offices) == shortest
    assert all(one.cards + OUTER * change[one.code] >= 0 for one in offices)
    assert 0 <= -change["13"] <= in_store // OUTER


def test_a_mean_is_that_of_ten_finished_days_with_use() -> None:
    used = {DAY - timedelta(days=n): 10 * n for n in range(1, 15)}
    used |= {DAY: 5000, DAY - timedelta(days=3): 0, DAY - timedelta(days=4): -2}
    assert per_day(used, DAY) == Decimal(10 * sum([1, 2, 5, 6, 7, 8, 9, 10, 11, 12])) / 10
    two = {DAY - timedelta(days=1): 5, DAY - timedelta(days=9): 7, DAY: 3}
    assert per_day(two, DAY) is None
    assert per_day(two, DAY + timedelta(days=1)) == 5


def test_what_ends_first_says_how_long_cards_last() -> None:
    assert Cover(3800, None, Decimal(120)).text == "31.7"
    assert Cover(3800, 4, Decimal(120)).text == "16.7"
    assert Cover(3800, 4, Decimal(120)).ribbons_end_first
    assert not Cover(3800, 8, Decimal(120)).ribbons_end_first
    assert Cover(0, None, Decimal(120)).text == "0.0"
    assert Cover(None, 4, Decimal(120)).text is None
    assert Cover(3800, 4, None).text is None


def test_need_is_unknown_where_a_part_is() -> None:
    known: Any = {"recorded": 90, "printed": 70, "unrecorded": 15}

    def cards(**other: int | None) -> int | None:
        return Need.of(known | other).cards

    assert cards() == 35
    assert cards(printed=95) == 15
    assert cards(unrecorded=-3) == 20
    for name in known:
        assert cards(**{name: None}) is None


def test_a_curve_goes_back_by_what_moved_and_on_by_the_mean() -> None:
    net = {DAY: -40, DAY - timedelta(days=1): 2000}
    worked = {DAY + timedelta(days=n) for n in (1, 2, 4)}
    held_on = DAY + timedelta(days=5)
    found = curve(1000, net, Decimal(400), DAY, worked, held_on)
    by_day = {point.day: point.cards for point in found.points}
    assert by_day[DAY] == 1000
    assert by_day[DAY - timedelta(days=1)] == 1040
    assert by_day[DAY - timedelta(days=2)] == -960
    assert [by_day[DAY + timedelta(days=n)] for n in (1, 2, 3, 4, 5)] == [600, 200, 200, 0, 0]
    assert (found.empty_on, found.left) == (DAY + timedelta(days=4), -200)
    drawn = Drawn.of(found, 500)
    # 500 of 2,000, on a plot that is 120 high.
    assert (drawn.most, drawn.threshold) == (2000, 90)
    quiet = curve(1000, {}, None, DAY, set(), None)
    assert (quiet.empty_on, quiet.left, quiet.is_election) == (None, None, False)
    assert Drawn.of(quiet, 5000).reckoned == ""


def test_nobody_sends_on_what_is_still_on_its_way() -> None:
    poor, rich = store("13.75", 500, 100), store("13.06", 20_000, 100, 1000)
    assert share_out("13", 0, [poor, rich]).moves == [Move("13.06", "13.75", 5)]
    coming = replace(rich, in_stores=3000)
    assert share_out("13", 0, [poor, coming]).moves == [Move("13.06", "13.75", 1)]
