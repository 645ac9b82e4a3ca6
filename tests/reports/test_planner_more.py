"""With the poorer plan as parent more money, teams or sets never give less: with nights, floors and pins too."""

from __future__ import annotations

import random

import pytest

from reports.planner.core.instance import Refused
from reports.planner.core.solve import Settings, solve
from tests.engines import LONG
from tests.reports.test_planner_core import Row, checked, made, richer

POORER = Settings(rounds=300 if LONG else 60, effort=0, bound=False)
#: Proven as far as a moment tells: the better the parent, the more there is to lose.
PROVEN = Settings(rounds=60 if LONG else 20, effort=0.5 if LONG else 0.15, bound=False, starts=1)
#: Nothing is found by looking longer.
RICHER = Settings(rounds=0, effort=0, bound=False, starts=1)
#: Kinds of journeys that the search itself cannot lay down: a place twice in one, and sets that are away on days.
HARD = (10, 22) if LONG else (22,)
#: Fixed visits, announced ones and least numbers, with nights.
PROMISED = (15,)

pytestmark = pytest.mark.filterwarnings("ignore:builtin type .* has no __module__")


def promised(seed: int) -> Row:
    """A small office whose teams may sleep away, with visits that are promised; sets are away on some days."""
    dice = random.Random(seed * 7 + 1)
    arguments = ["--size", "tiny", "--seed", str(seed)]
    for name, some in (
        ("regency", ["13.07", "13.06", "13.09", "13.01"]),
        ("budget-share", [".6", "1.6"]),
        ("teams", ["1", "2"]),
        ("kits", ["2", "3", "4"]),
        ("workdays", ["5", "6"]),
        ("nights", ["1", "2", "3"]),
        ("rest", ["1", "1", "2"]),
        ("pins", ["0", "1", "2"]),
        ("announced", ["0", "2"]),
    ):
        arguments += [f"--{name}", dice.choice(some)]
    if dice.random() < 0.5:
        arguments += ["--floors", "--districts", "3"]
    raw = made(*arguments)
    if dice.random() < 0.6:
        for kit in raw["kits"]:
            off = {day for day in raw["workdays"] if dice.random() < 0.3}
            kit["off"] = sorted(set(kit["off"]) | off)
        for site in raw["sites"]:
            site["lodging"] = dice.random() < 0.5 or site["lodging"]
    return raw


@pytest.mark.parametrize("seed", range(1, 61) if LONG else (*HARD, *PROMISED))
def test_more_never_gives_less_with_nights_floors_and_pins(seed: int) -> None:
    raw = promised(seed)
    try:
        poorer = solve(raw, PROVEN if seed in HARD or LONG else POORER)
    except Refused:
        # Nothing was promised that can be kept.
        assert seed not in (*HARD, *PROMISED)
        return
    checked(raw, poorer)
    for more in richer(raw):
        plan = solve(more, RICHER, parent=poorer)
        assert checked(more, plan)["objective"] >= poorer["objective"]


def test_what_is_drawn_has_nights_floors_and_pins() -> None:
    drawn = [promised(seed) for seed in (*HARD, *PROMISED)]
    assert all(raw["day"]["max_nights"] for raw in drawn)
    for name in ("floors", "pins", "announced"):
        assert any(raw[name] for raw in drawn)
    assert any(kit["off"] for raw in drawn for kit in raw["kits"])
