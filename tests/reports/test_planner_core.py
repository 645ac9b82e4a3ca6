"""The planner's core against the rules alone, as the format's checker has them."""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import os
import random
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise, permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings

from reports.planner.core import __main__ as core
from reports.planner.core import baselines as practice
from reports.planner.core import judge as judged
from reports.planner.core import left_out, lp, sets
from reports.planner.core.exact import small
from reports.planner.core.instance import Refused
from reports.planner.core.limits import MOST_DATES
from reports.planner.core.plans import worth
from reports.planner.core.pricing import Prices, Pricing
from reports.planner.core.reading import read
from reports.planner.core.routes import route
from reports.planner.core.solve import Settings, plan_of, solve, solved
from tests.engines import LONG
from tests.plans import small_instance

ROOT = Path(django_settings.BASE_DIR)
SHARED = ROOT.parent / "shared"
EXAMPLES = SHARED / "data" / "planner"
Row = dict[str, Any]
QUICK = Settings(rounds=60, effort=0, starts=1)
#: ortools brings modules of its own kind, which the import machinery warns of.
pytestmark = pytest.mark.filterwarnings("ignore:builtin type .* has no __module__")


@cache
def tool(name: str) -> dict[str, Any]:
    return runpy.run_path(str(SHARED / "tools" / f"{name}.py"))


#: What all regencies that are made here lie in.
PROVINCE = "13"


@cache
def generator() -> Callable[[list[str]], None]:
    """The borders and names of the province are read once, and no others."""
    run = tool("plan_instances")["main"]
    known = run.__globals__
    known["geometry"] = cache(known["geometry"])
    with gzip.open(known["DATA"] / "regions.csv.gz", "rt", encoding="utf-8") as file:
        head, *rows = file
    names = "".join([head, *(row for row in rows if row.startswith(PROVINCE))])
    known["gzip"] = SimpleNamespace(open=lambda *_args, **_more: io.StringIO(names))
    return run


def checked(raw: Row, plan: Row, **asked: bool) -> Row:
    """The figures that the judge computes; it found no fault."""
    *faults, figures = tool("plan_check")["check"](raw, plan, **asked)
    assert not faults
    return figures


def example(number: int) -> Row:
    return json.loads((EXAMPLES / f"example-{number}.json").read_text())


def made(*arguments: str) -> Row:
    """An instance of the generator."""
    return json.loads(_written(*arguments))


@cache
def _written(*arguments: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as written:
        generator()([*arguments])
    return written.getvalue()


def tiny(seed: int) -> Row:
    """One of many kinds of small offices."""
    dice = random.Random(seed)
    arguments = ["--size", "tiny", "--seed", str(seed)]
    for name, some in (
        ("regency", ["13.07", "13.06", "13.09", "13.01"]),
        ("budget-share", [".3", ".6", "1.6"]),
        ("teams", ["1", "1", "2"]),
        ("kits", ["1", "2", "3"]),
        ("workdays", ["3", "5", "6"]),
        ("nights", ["0", "0", "1", "2"]),
        ("rest", ["1", "3", "3"]),
        ("pins", ["0", "0", "1"]),
        ("announced", ["0", "2"]),
    ):
        arguments += [f"--{name}", dice.choice(some)]
    if dice.random() < 0.3:
        arguments += ["--floors", "--districts", "3"]
    return made(*arguments)


#: An office with too many places to be solved exactly.
LARGE = ("--size", "small", "--regency", "13.07", "--seed", "3", "--workdays", "8")
LARGE += () if LONG else ("--villages", "14", "--schools", "4")


# --- the examples and many others -----------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(("number", "optimum"), [(1, 406_192), (2, 545_708), (3, 119_636)])
def test_the_examples_reach_their_proven_optimum(number: int, optimum: int) -> None:
    """In every run the job does so with one of them (test_planner_jobs)."""
    raw = example(number)
    plan = solve(raw, Settings(rounds=100, effort=60))
    assert checked(raw, plan)["objective"] == plan["objective"] == optimum
    assert (plan["proven"], plan["bound"]) == (True, optimum)
    known = json.loads((EXAMPLES / f"example-{number}.plan.json").read_text())
    assert checked(raw, known)["objective"] <= plan["bound"]


#: Of each kind a run draws one. Two it always asks, whose bounds leave a plan the least room.
KINDS = {
    "money": (8,),
    "pins, floors and two teams": (14,),
    "nights": (1, 3, 12, 17, 19, 20),
    "two teams": (13, 15, 18),
    "one team": (5, 7, 9, 10, 11, 16),
    "refused": (2, 4, 6),
}


@pytest.mark.parametrize("kind", range(1, 201) if LONG else KINDS)
def test_small_offices_pass_the_judge_and_stay_below_their_bound(kind: int | str) -> None:
    raw = tiny(random.choice(KINDS[kind]) if isinstance(kind, str) else kind)
    refused: list[str] = []
    try:
        plan = solve(raw, Settings(rounds=40, effort=5 if LONG else 0, starts=4 if LONG else 1))
    except Refused as refusal:
        refused.append(refusal.code)
    if refused:
        assert refused[0] in {"PIN", "FLOOR", "CLASH"}
        assert raw["pins"] or raw["floors"]
        return
    figures = checked(raw, plan)
    assert figures["objective"] <= plan["bound"]
    assert plan["all_priced"]
    office = read(raw).offices[0]
    for filled in (False, True):
        usual = worth(office, practice.descending(office, filled=filled))
        assert usual.spent <= office.budget
        # One that leaves a pin or a floor out is no plan: it may be worth more than any that keeps them.
        assert usual.missing or usual.points <= plan["bound"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1001, 1501))
def test_the_bound_holds_for_every_plan_found(seed: int) -> None:
    raw = tiny(seed)
    raw["pins"], raw["floors"] = [], []
    plans = [solve(raw, Settings(seed=n, rounds=30, effort=2 * n, starts=1)) for n in (0, 1)]
    best = max(checked(raw, plan)["objective"] for plan in plans)
    assert all(plan["bound"] >= best for plan in plans)


def test_the_bound_holds_at_any_prices() -> None:
    """Weak duality by brute force: no prices from 0 give less than the best plan known."""
    raw = example(1)
    (office,) = read(raw).offices
    pricing = Pricing(office, sets.measured(office, sets.all_of(office)))
    n, days = len(office.sites), len(office.ordinals)
    dice = np.random.Generator(np.random.PCG64(3))
    for _turn in range(200):
        prices = Prices(
            person=pricing.weight * dice.uniform(0, 1.2, n),
            visit=dice.uniform(0, 20_000, n),
            rupiah=float(dice.uniform(0, 0.3)),
            team=dice.uniform(0, 50_000, days),
            kit=dice.uniform(0, 20_000, days),
            night=0.0,
        )
        assert pricing.price(prices).bound >= 406_192


def test_a_set_takes_no_less_than_is_said_of_it() -> None:
    """What the bound believes of a set holds for every order of its stops."""
    (office,) = read(example(2)).offices
    whole = sets.measured(office, sets.all_of(office))
    said = {
        tuple(int(s) for s in some if s >= 0): (int(minutes), int(cost))
        for some, minutes, cost in zip(whole.sites, whole.minutes, whole.cost, strict=True)
    }
    looked_at = 0
    for stops in permutations(range(len(office.sites)), 3):
        one = route(office, stops)
        both = np.logical_and.reduce([office.open[s] for s in stops]).any()
        if one is None or not both:
            continue
        minutes, cost = said[tuple(sorted(stops))]
        most = min(most for bits, most in one.limits if bits == 7)
        staff = min(team.staff for team in office.teams)
        real = staff * office.costs.day + one.km * office.costs.km + one.fare
        if real <= office.budget:
            assert most <= minutes
            assert cost <= real
            looked_at += 1
    assert looked_at > 20


# --- the same again, and more -----------------------------------------------------------------------


def test_the_same_bytes_under_two_hash_seeds(tmp_path: Path) -> None:
    raw = made(
        *("--size", "tiny", "--regency", "13.06", "--seed", "5", "--teams", "2", "--nights", "1"),
        *("--workdays", "3"),
        *(() if LONG else ("--villages", "4", "--schools", "1")),
    )
    (tmp_path / "instance.json").write_text(json.dumps(raw))
    here, there = (tmp_path / name for name in ("here.json", "there.json"))
    more = ("--rounds", "30", "--effort", "0.3") if LONG else ("--rounds", "10", "--effort", "0.1")
    instance = str(tmp_path / "instance.json")
    assert core.main([instance, "-o", str(here), *more]) == 0
    subprocess.run(
        [sys.executable, "-m", "reports.planner.core", instance, "-o", str(there), *more],
        cwd=ROOT,
        # This process has another one, of its own making.
        env={**os.environ, "PYTHONHASHSEED": str(random.randrange(2**32))},
        check=True,
        capture_output=True,
    )
    assert here.read_bytes() == there.read_bytes()


def richer(raw: Row) -> Iterator[Row]:
    for change in ("money", "team", "kit"):
        more = copy.deepcopy(raw)
        if change == "money":
            more["offices"][0]["budget"] += 900_000
        elif change == "team":
            more["teams"].append({**more["teams"][-1], "id": "T-new"})
        else:
            more["kits"].append({**more["kits"][-1], "id": "K-new"})
        yield more


def test_more_never_gives_less() -> None:
    raw = made(*LARGE)
    poorer = solve(raw, Settings(rounds=120 if LONG else 40, effort=0, bound=False))
    assert poorer["bound"] is None
    for more in richer(raw):
        plan = solve(more, Settings(rounds=3, effort=0, bound=False), parent=poorer)
        assert checked(more, plan)["objective"] >= poorer["objective"]


def test_progress_is_told_and_who_stops_gets_a_whole_plan() -> None:
    raw = example(2)
    told: list[tuple[str, int, int]] = []
    plan = solve(raw, progress=lambda *one: told.append(one), stop=lambda: True)
    assert told == [("13.06", 0, 1), ("", 1, 1)]
    assert checked(raw, plan)["objective"] > 400_000


def test_a_plan_that_was_tampered_with_does_not_pass() -> None:
    raw = example(2)
    instance = read(raw)
    plan = plan_of(instance, solved(instance, QUICK))
    for change in (
        lambda p: p.update(objective=p["objective"] + 1),
        lambda p: p["duties"][0].update(depart=p["duties"][0]["depart"] + 1),
        lambda p: p["duties"][0].update(kits=[]),
        lambda p: p["duties"][0]["stops"][0].update(expected=999),
        lambda p: p["duties"].pop(),
        lambda p: p["duties"].append(p["duties"][0]),
        lambda p: p.update(bound=1),
        lambda p: p["cost"].update({"13.06": 0}),
    ):
        other = copy.deepcopy(plan)
        change(other)
        assert tool("plan_check")["check"](raw, other).__next__()[0]
        with pytest.raises(Refused):
            judged.judge(instance, other)


# --- what cannot be kept ----------------------------------------------------------------------------


def pinned(raw: Row, *rows: tuple[str, str]) -> Row:
    other = copy.deepcopy(raw)
    other["pins"] = [{"site": site, "date": date, "team": None} for site, date in rows]
    return other


def test_a_pin_on_a_closed_day_is_named() -> None:
    raw = pinned(example(1), ("S13.07-01", "2024-11-23"))
    with pytest.raises(Refused, match=r"pins S13.07-01 2024-11-23: the site is closed"):
        solve(raw, QUICK)


def test_a_pin_when_the_team_is_off_is_named() -> None:
    raw = pinned(example(1), ("S13.07-01", "2024-11-22"))
    raw["teams"][0]["off"] = ["2024-11-22"]
    with pytest.raises(Refused, match=r"pins S13.07-01 2024-11-22: no team"):
        solve(raw, QUICK)


def test_pins_that_clash_are_named() -> None:
    """One team, one date, and four places where only three can be."""
    raw = example(1)
    date = "2024-11-20"
    some = [site["id"] for site in raw["sites"] if 3 in site["weekdays"]][:4]
    raw = pinned(raw, *((site, date) for site in some))
    with pytest.raises(Refused) as refusal:
        solve(raw, QUICK)
    assert refusal.value.code == "CLASH"
    pins = {f"pins {site} {date}": site for site in some}
    assert 0 < len(refusal.value.rows) <= len(pins)
    for name in refusal.value.rows:
        rest = pinned(raw, *((site, date) for site in some if site != pins[name]))
        checked(rest, solve(rest, QUICK))


def test_pins_that_clash_in_a_large_office_are_named() -> None:
    """No exact model there: two visits of one site on following days, beside one that can be kept."""
    raw = made(*LARGE)
    assert not small(read(raw).offices[0])
    days = [one for one in raw["workdays"] if date.fromisoformat(one).isoweekday() <= 4]
    first, second = next(
        (a, b)
        for a, b in pairwise(days)
        if date.fromisoformat(b) - date.fromisoformat(a) == timedelta(days=1)
    )
    site, other = [one["id"] for one in raw["sites"] if {1, 2, 3, 4} <= set(one["weekdays"])][:2]
    with pytest.raises(Refused) as refusal:
        solve(pinned(raw, (site, first), (site, second), (other, first)), QUICK)
    assert refusal.value.code == "CLASH"
    assert set(refusal.value.rows) == {f"pins {site} {first}", f"pins {site} {second}"}


def test_a_team_that_a_pin_names_goes_once_a_day() -> None:
    """Beside another team that is free: it may not go in its place."""
    raw = small_instance()
    raw["teams"].append({**raw["teams"][0], "id": "T2"})
    raw["kits"].append({**raw["kits"][0], "id": "K2"})
    some, day = [site["id"] for site in raw["sites"][:2]], raw["workdays"][0]
    raw["pins"] = [{"site": site, "date": day, "team": "T1"} for site in some]
    plan = solve(raw, QUICK)
    checked(raw, plan)
    [duty] = [one for one in plan["duties"] if (one["date"], one["team"]) == (day, "T1")]
    assert {stop["site"] for stop in duty["stops"]} >= set(some)
    raw["day"]["max_stops"] = 1
    with pytest.raises(Refused) as refusal:
        solve(raw, QUICK)
    assert refusal.value.code == "CLASH"
    assert set(refusal.value.rows) == {f"pins {site} {day}" for site in some}


def test_a_floor_out_of_reach_is_named_or_relaxed_when_asked() -> None:
    raw = example(2)
    code = raw["floors"][0]["district"]
    (block,) = raw["travel"]
    for site in raw["sites"]:
        if site["district"] == code:
            block["minutes"][block["nodes"].index(site["id"])] = [600] * len(block["nodes"])
    raw["pins"] = []
    with pytest.raises(Refused, match=f"floors {code}"):
        solve(raw, QUICK)
    plan = solve(raw, Settings(rounds=60, effort=0, relax=True))
    assert plan["relaxed"] == [code]
    checked(raw, plan, relaxed=True)


# --- what offices have not --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.update(teams=[]),
        lambda raw: raw.update(kits=[]),
        lambda raw: raw["offices"][0].update(budget=0),
        lambda raw: raw.update(workdays=[]),
        lambda raw: raw.update(sites=[]),
        lambda raw: [site.update(gap=dict.fromkeys(site["gap"], 0)) for site in raw["sites"]],
        lambda raw: [site.update(turnout=[]) for site in raw["sites"]],
    ],
    ids=["team", "kit", "money", "day", "site", "gap", "turnout"],
)
def test_nothing_can_be_planned_and_the_bound_says_so(change: Callable[[Row], Any]) -> None:
    raw = example(1)
    change(raw)
    plan = solve(raw, QUICK)
    assert checked(raw, plan)["objective"] == 0
    assert 0 <= plan["bound"] <= 1
    assert plan["duties"] == []


def test_more_days_than_the_solver_holds_are_refused() -> None:
    raw = example(1)
    first = date.fromisoformat(raw["election"]) - timedelta(days=MOST_DATES + 1)
    raw["workdays"] = [str(first + timedelta(days=n)) for n in range(MOST_DATES + 1)]
    with pytest.raises(Refused) as refused:
        read(raw)
    assert (refused.value.code, refused.value.where) == ("WORKDAYS", "workdays")
    assert str(MOST_DATES) in refused.value.what


def test_one_kit_for_three_teams() -> None:
    raw = example(2)
    raw["kits"] = raw["kits"][:1]
    raw["teams"] += [{**raw["teams"][0], "id": "T-3"}]
    raw["pins"], raw["floors"] = [], []
    plan = solve(raw, QUICK)
    assert checked(raw, plan)["duties"] == len({one["date"] for one in plan["duties"]})


def test_islands_without_lodging_and_a_sunday_inside_a_stay() -> None:
    raw, looked = example(3), Settings(rounds=100 if LONG else 30, effort=0)
    slept = solve(raw, looked)
    nights = [one for one in slept["duties"] if one["end"] != "13.09"]
    assert nights
    # Nobody is out on the Sunday between, so nobody can sleep away on the Saturday.
    assert "2024-11-23" in raw["workdays"]
    assert "2024-11-24" not in raw["workdays"]
    assert "2024-11-23" not in {one["date"] for one in nights}
    for site in raw["sites"]:
        site["lodging"] = False
    plan = solve(raw, looked)
    checked(raw, plan)
    assert {one["end"] for one in plan["duties"]} <= {"13.09"}
    assert plan["objective"] <= slept["objective"]


def test_the_election_moves_and_the_old_plan_is_a_beginning() -> None:
    raw = example(1)
    old = solve(raw, QUICK)
    moved = copy.deepcopy(raw)
    moved["election"], moved["workdays"] = "2024-11-24", raw["workdays"][:4]
    plan = solve(moved, QUICK, parent=old)
    assert 0 < checked(moved, plan)["objective"] <= old["objective"]
    moved["workdays"] = raw["workdays"]
    with pytest.raises(Refused, match="not before the election"):
        solve(moved, QUICK)


def test_data_edited_while_the_solver_runs_do_not_reach_it() -> None:
    raw = example(1)

    def edit(*_told: object) -> None:
        for site in raw["sites"]:
            site["gap"] = {}
        raw["teams"].clear()

    before = copy.deepcopy(raw)
    plan = solve(raw, QUICK, progress=edit)
    assert checked(before, plan)["objective"] == solve(before, QUICK)["objective"]


# --- strange instances ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw.update(format="other"), "FORMAT: instance"),
        (lambda raw: raw.update(sites={}), "FORMAT: sites"),
        (lambda raw: raw["sites"][2].update(minutes=0), "NUMBER: sites 13.07.05.2002: 'minutes'"),
        (lambda raw: raw["sites"][2].update(open=[700, 600]), "OPEN: sites 13.07.05.2002"),
        (lambda raw: raw["sites"][2]["gap"].update(umum=-3), "NUMBER: sites 13.07.05.2002"),
        (lambda raw: raw["sites"][2]["gap"].update(lain=3), "group without a weight: 'lain'"),
        (lambda raw: raw["sites"][2].update(turnout=[1001]), "TURNOUT: sites 13.07.05.2002"),
        (lambda raw: raw["sites"].append(raw["sites"][0]), "ID: sites 10"),
        (lambda raw: raw["teams"][0].update(office="99"), "REF: teams T13.07-1: unknown office"),
        (lambda raw: raw.update(travel=[]), "TRAVEL: 13.07: no travel times"),
        (lambda raw: raw["travel"][0]["nodes"].__setitem__(3, "x"), "no travel time for"),
        (lambda raw: raw["travel"][0]["km"][3].pop(), "TRAVEL: travel 13.07 km"),
        (lambda raw: raw["pins"].append({"site": "x", "date": "2024-11-20"}), "REF: pins 0"),
        (lambda raw: raw.update(election="27 November"), "DATE: election"),
        (lambda raw: raw["day"].update(min_stop=2.5), "NUMBER: day: 'min_stop'"),
    ],
)
def test_what_is_wrong_is_refused_with_its_row(change: Callable[[Row], Any], said: str) -> None:
    raw = example(1)
    change(raw)
    with pytest.raises(Refused) as refusal:
        read(raw)
    assert said in str(refusal.value)


def test_why_a_site_is_left_out() -> None:
    raw = example(1)
    gone, shut, far = (site["id"] for site in raw["sites"][:3])
    raw["sites"][0]["gap"] = {}
    raw["sites"][1]["weekdays"] = []
    for row in raw["travel"][0]["minutes"]:
        row[3] = 450
    raw["offices"][0]["budget"] = 800_000
    (one,) = solved(read(raw), QUICK)
    found = {why.site: why for why in left_out.left_out(one.office, one.duties)}
    assert found[gone].reason == left_out.NOBODY
    assert found[shut].reason == left_out.CLOSED
    assert found[far].reason == left_out.FAR
    assert found[far].numbers["minutes"] > found[far].numbers["most_minutes"]
    rest = [why for why in found.values() if why.site not in {gone, shut, far}]
    assert {why.reason for why in rest} <= {left_out.MONEY, left_out.BUSY, left_out.FITS}
    assert any(why.reason == left_out.MONEY for why in rest)


def test_prices_are_of_what_is_short() -> None:
    """Money has a price where it is short, and none where there is more than enough."""
    (office,) = read(example(1)).offices
    pricing = Pricing(office, sets.measured(office, sets.all_of(office)))
    short, _master = lp.relax(office, pricing)
    assert short.prices.rupiah > 0
    raw = example(1)
    raw["offices"][0]["budget"] = 10**9
    (rich,) = read(raw).offices
    plenty, _master = lp.relax(rich, Pricing(rich, sets.measured(rich, sets.all_of(rich))))
    assert plenty.prices.rupiah == pytest.approx(0, abs=1e-6)
    assert plenty.bound > short.bound
