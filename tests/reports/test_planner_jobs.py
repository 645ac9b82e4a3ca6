"""Plans by the API and the job: asked for, made by a real worker, killed, stopped, refused with the row."""

from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dukcapil import processes
from dukcapil.accounts.models import User
from dukcapil.accounts.scoping import scoped
from dukcapil.core.command import use_role
from dukcapil.core.db import EVERYBODY
from dukcapil.core.errors import Invalid
from dukcapil.core.lasting import Lease
from dukcapil.regions.models import Region
from events.resources.services import add_device, make_team
from reports.planner.models.inputs import PlanPin
from reports.planner.models.plans import Plan, PlanDuty, PlanLeftOut, PlanStop
from reports.planner.readers import check_time
from reports.planner.services import solving
from reports.planner.services.asking import request_plan
from reports.planner.services.inputs import fix_visit, take_away
from reports.tasks import solve_plan
from tests import engines
from tests.forked import a_worker
from tests.plans import OPTIMUM, checked, example, small_instance
from tests.registrations.test_missing import closed, make_election
from tests.world import Answer, Caller, World, make_resident, today

pytestmark = pytest.mark.filterwarnings("ignore:builtin type .* has no __module__")

#: Modules that load numpy or the solvers as soon as they are imported.
_LOADING = (
    "reports.planner.core",
    "reports.planner.validators.moving",
    "reports.planner.validators.practice",
)


def test_pages_and_other_workers_start_without_the_solvers() -> None:
    """Only `limits` of the core is plain; whoever needs more imports it inside of a function."""
    reports = settings.BASE_DIR / "reports"
    loading = {
        f"{path.relative_to(reports)}: {node.module}"
        for path in reports.rglob("*.py")
        if "core" not in path.relative_to(reports).parts
        and path.name not in ("moving.py", "practice.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom)
        and str(node.module).startswith(_LOADING)
        and node.module != "reports.planner.core.limits"
    }
    assert loading == set()


# --- a real worker --------------------------------------------------------------------------------


def _start() -> subprocess.Popen[bytes]:
    """As `serve` starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "dukcapil.celery", *processes.PLANNER],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "dukcapil.settings",
            "DUKCAPIL_DB_ROLE": "worker",
            "DATABASE_WORKER_URL": engines.database_url("worker"),
        },
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def planner() -> Iterator[subprocess.Popen[bytes]]:
    process = _start()
    try:
        yield process
    finally:
        _kill(process)


def wait_for(found: Callable[[], Any], seconds: float = 60, every: float = 0.2) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(every)
    pytest.fail("did not happen in time")


def over(caller: Caller, address: str) -> Any:
    answer = caller.get(address.removeprefix("/api/v1/")).json
    return answer if answer["state"] not in ("waiting", "solving") else None


def rows_of(plan: uuid.UUID) -> tuple[int, int, int]:
    with scoped(EVERYBODY):
        return (
            PlanDuty.objects.filter(plan=plan).count(),
            PlanStop.objects.filter(duty__plan=plan).count(),
            PlanLeftOut.objects.filter(plan=plan).count(),
        )


def ask(caller: Caller, instance: Any = None, **body: Any) -> Answer:
    sent = {"instance": small_instance() if instance is None else instance}
    return caller.post("plans/", sent | body)


def solved(world: World, instance: Any = None, **body: Any) -> Any:
    """The answer once this process made the plan, as the worker does."""
    asked = ask(world["head"], instance, **body)
    assert asked.status == 202, asked.json
    work(asked.json["id"])
    return world["head"].get(f"plans/{asked.json['id']}/").json


def work(plan: str) -> bool:
    use_role("worker")
    try:
        return solving.solve_plan(uuid.UUID(plan))
    finally:
        use_role("web")


def come_out(head: Caller, number: int, status: str) -> None:
    """An example with its optimum and the proof of it."""
    raw, optimum = example(number), OPTIMUM[number]
    answer = wait_for(lambda: over(head, status), 240, every=1)
    assert (answer["state"], answer["objective"], answer["bound"]) == ("done", optimum, optimum)
    figures = checked(raw, answer["plan"])
    assert (figures["objective"], figures["bound"]) == (optimum, optimum)
    assert head.get(f"plans/{answer['id']}/instance/").json == raw


@pytest.mark.long
@pytest.mark.timeout(800)
def test_the_examples_come_out_with_their_optimum(kept: World) -> None:
    """In every run one of them does so, below."""
    with planner():
        for number in OPTIMUM:
            come_out(kept["head"], number, ask(kept["head"], example(number)).json["status"])


@pytest.mark.timeout(400)
def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_one_does_it(kept: World) -> None:
    head = kept["head"]
    # Some seconds of exact search: long enough to be killed in.
    number = random.choice(tuple(OPTIMUM))
    asked = ask(head, example(number))
    assert (asked.status, asked.headers["Location"]) == (202, asked.json["status"])
    plan = uuid.UUID(asked.json["id"])
    first = a_worker(*processes.PLANNER[1:])
    try:
        wait_for(lambda: head.get(f"plans/{plan}/").json["state"] == "solving")
        # That is written before the search begins.
        time.sleep(0.3)
    finally:
        first.kill()
    assert head.get(f"plans/{plan}/").json["state"] == "solving"
    assert rows_of(plan) == (0, 0, 0)
    assert not work(str(plan)), "its lease has not run out"
    use_role("worker")
    with scoped(EVERYBODY):
        Plan.objects.filter(pk=plan).update(due_at=timezone.now())
        assert Plan.objects.get(pk=plan).attempts == 1
    use_role("web")
    assert solving.waiting_plans() == [plan]
    with planner():
        solve_plan.delay(str(plan))
        come_out(head, number, asked.json["status"])


def test_a_try_that_lost_its_lease_writes_nothing(kept: World) -> None:
    plan = uuid.UUID(ask(kept["head"]).json["id"])

    def slow(row: Plan, asker: Any, lease: Lease) -> solving.Made:
        with scoped(EVERYBODY):
            Plan.objects.filter(pk=plan).update(due_at=timezone.now())
        # Another worker, that thinks that this one has died.
        assert solving.solve_plan(plan)
        return solving.PLANS.make(row, asker, lease)

    use_role("worker")
    assert not replace(solving.PLANS, make=slow).run(plan)
    use_role("web")
    with scoped(EVERYBODY):
        assert Plan.objects.get(pk=plan).state == "done"
        duties = PlanDuty.objects.filter(plan=plan)
        assert duties.count() == duties.values("day", "team").distinct().count() > 0


def test_what_fails_again_and_again_is_given_up(kept: World) -> None:
    plan = uuid.UUID(ask(kept["head"]).json["id"])

    def fails(_row: Plan, _asker: Any, _lease: Lease) -> solving.Made:
        raise OSError("no disk")

    queue = replace(solving.PLANS, make=fails)
    for tries in (1, 2, 3):
        use_role("worker")
        assert not queue.run(plan)
        use_role("web")
        with scoped(EVERYBODY):
            found = Plan.objects.get(pk=plan)
        assert (found.state, found.attempts) == ("waiting", tries)
    use_role("worker")
    assert queue.run_due() == 0
    use_role("web")
    assert kept["head"].get(f"plans/{plan}/").json["state"] == "failed"


# --- the plan -------------------------------------------------------------------------------------


def test_the_same_question_gives_the_same_bytes_and_a_parent_is_never_worse(kept: World) -> None:
    first, second = solved(kept), solved(kept)
    assert json.dumps(first["plan"]) == json.dumps(second["plan"])
    figures = checked(small_instance(), first["plan"])
    assert figures["objective"] == first["objective"] == first["bound"]
    richer = small_instance()
    richer["offices"][0]["budget"] *= 2
    richer["teams"].append({**richer["teams"][0], "id": "T2"})
    richer["kits"].append({**richer["kits"][0], "id": "K2"})
    more = solved(kept, richer, parent=first["id"])
    checked(richer, more["plan"])
    assert more["objective"] > first["objective"]
    again = solved(kept, richer, parent=more["id"], seed=7)
    assert again["objective"] == more["objective"]


def test_a_plan_is_kept_with_what_it_leaves_out_and_why(kept: World) -> None:
    raw = small_instance()
    raw["sites"][2]["gap"] = {"umum": 0, "pemula": 0}
    raw["sites"][1]["off"] = raw["workdays"]
    answer = solved(kept, raw)
    with scoped(EVERYBODY):
        left = PlanLeftOut.objects.filter(plan=answer["id"]).order_by("site")
        assert [(one.site, one.reason) for one in left] == [
            ("13.75.01.1002", "no_date"),
            ("13.75.01.1003", "nobody"),
        ]
        # As programs read it, in the order of the page: who is expected nowhere stands last.
        told = [(one["site"], one["reason"], one["numbers"]) for one in answer["left_out"]]
        assert told == [(one.site, one.reason, one.numbers) for one in left]
        assert answer["left_out"][1]["numbers"] == {"missing": 0}
        plan = Plan.objects.get(pk=answer["id"])
        assert plan.cost == sum(answer["plan"]["cost"].values()) > 0
        assert {"highspy", "ortools"} <= plan.versions.keys()
        # Beside what an office does without a planner, reckoned by the same job.
        assert {
            name: pair[0] <= plan.objective for name, pair in plan.versions["practice"].items()
        } == {
            "descending": True,
            "filled": True,
        }
        assert (plan.progress, plan.given, plan.office_id) == (100, True, "13.75")


def test_where_nothing_can_be_done_the_plan_is_empty(kept: World) -> None:
    poor: dict[str, Callable[[Any], None]] = {
        "budget": put("offices", 0, "budget", value=0),
        "team": put("teams", value=[]),
        "kit": put("kits", value=[]),
        "days": put("workdays", value=[]),
    }
    for what, change in poor.items():
        raw = broken(change)
        answer = solved(kept, raw)
        found = (answer["state"], answer["objective"], answer["plan"]["duties"])
        assert found == ("done", 0, []), what
        checked(raw, answer["plan"])


def test_visits_that_cannot_all_be_kept_are_named(kept: World) -> None:
    raw = small_instance()
    # One team, and three places that do not fit into one day together.
    raw["day"] |= {"max_stops": 1}
    raw["pins"] = [{"site": f"13.75.01.100{n}", "date": "2024-11-25", "team": None} for n in (1, 2)]
    answer = solved(kept, raw)
    assert (answer["state"], answer["plan"], answer["refused"]["code"]) == ("failed", None, "CLASH")
    assert answer["refused"]["rows"] == [f"pins 13.75.01.100{n} 2024-11-25" for n in (1, 2)]


# --- stopping -------------------------------------------------------------------------------------


def test_a_plan_that_waits_is_stopped_and_never_made(kept: World) -> None:
    head = kept["head"]
    plan = ask(head).json["id"]
    assert head.post(f"plans/{plan}/stop/", {}).json["state"] == "stopped"
    assert head.post(f"plans/{plan}/stop/", {}).json["state"] == "stopped"
    assert not work(plan)
    assert rows_of(uuid.UUID(plan)) == (0, 0, 0)


def test_a_plan_under_way_ends_with_what_was_found(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = kept["head"]
    plan = ask(head, example(1)).json["id"]
    monkeypatch.setattr("dukcapil.core.lasting.EVERY", 0.05)
    make = Lease.__enter__

    def stopped(lease: Lease) -> Lease:
        """Somebody asks while the job is at it."""
        use_role("web")
        head.post(f"plans/{plan}/stop/", {})
        use_role("worker")
        entered = make(lease)
        wait_for(lease.stopped, 10)
        return entered

    monkeypatch.setattr(Lease, "__enter__", stopped)
    assert not work(plan)
    answer = head.get(f"plans/{plan}/").json
    assert (answer["state"], answer["bound"]) == ("stopped", None)
    assert checked(example(1), answer["plan"])["objective"] == answer["objective"] > 0


def test_too_much_memory_ends_a_plan_by_name(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert solving.too_much_memory() in ("", "memory")
    monkeypatch.setattr(solving, "MOST_MEMORY", 1)
    assert solving.too_much_memory() == "memory"
    monkeypatch.setattr("dukcapil.core.lasting.EVERY", 0.01)
    answer = solved(kept, example(1))
    assert (answer["state"], answer["refused"]["code"]) == ("failed", "MEMORY")
    assert rows_of(uuid.UUID(answer["id"])) == (0, 0, 0)


# --- the bound of many places ---------------------------------------------------------------------


def test_many_places_get_their_bound_afterwards(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "BOUNDED_AT_ONCE", 0)
    # Else it is solved exactly, and needs no bound.
    monkeypatch.setattr("reports.planner.core.solve.small", lambda _office: False)
    answer = solved(kept)
    assert (answer["state"], answer["bound"], answer["plan"]["bound"]) == ("done", None, None)
    plan = uuid.UUID(answer["id"])
    assert solving.waiting_bounds() == [plan]
    use_role("worker")
    assert solving.bound_plan(plan)
    use_role("web")
    assert solving.waiting_bounds() == []
    later = kept["head"].get(f"plans/{plan}/").json
    assert (later["state"], later["bound_scope"]) == ("done", "all")
    assert later["bound"] >= later["objective"] == answer["objective"]
    checked(small_instance(), later["plan"])


def test_a_bound_that_cannot_be_found_is_given_up_and_the_plan_stays(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "BOUNDED_AT_ONCE", 0)
    monkeypatch.setattr("reports.planner.core.solve.small", lambda _office: False)
    plan = uuid.UUID(solved(kept)["id"])
    monkeypatch.setattr(solving, "LONGEST_BOUND", -1)
    use_role("worker")
    solving.bound_plan(plan)
    use_role("web")
    assert solving.waiting_bounds() == []
    assert kept["head"].get(f"plans/{plan}/").json["state"] == "done"


# --- strangers' instances -------------------------------------------------------------------------


def broken(change: Callable[[Any], Any]) -> Any:
    raw = small_instance()
    change(raw)
    return raw


def put(*way: Any, value: Any) -> Callable[[Any], None]:
    def change(raw: Any) -> None:
        for step in way[:-1]:
            raw = raw[step]
        raw[way[-1]] = value

    return change


def drop(*way: Any) -> Callable[[Any], None]:
    def change(raw: Any) -> None:
        for step in way[:-1]:
            raw = raw[step]
        del raw[way[-1]]

    return change


HOSTILE: dict[str, tuple[Callable[[Any], None], str]] = {
    "format": (put("format", value="jemput-bola-instance/2"), ""),
    "no list": (drop("floors"), "floors"),
    "a name": (put("catatan", value="x"), "catatan"),
    "text for a number": (put("offices", 0, "budget", value="3000000"), "offices/0/budget"),
    "below zero": (put("sites", 1, "gap", "umum", value=-1), "sites/1/gap/umum"),
    "far too many": (put("sites", 1, "gap", "umum", value=10**9), "sites/1/gap/umum"),
    "true for 1": (put("sites", 0, "minutes", value=True), "sites/0/minutes"),
    "no minutes": (put("sites", 0, "minutes", value=0), "sites/0/minutes"),
    "a group": (put("sites", 0, "gap", "anak", value=1), "sites/0/gap/anak"),
    "a fraction": (put("sites", 0, "setup", value=1.5), "sites/0/setup"),
    "weekday": (put("sites", 0, "weekdays", value=[0]), "sites/0/weekdays/0"),
    "hours": (put("sites", 0, "open", value=[960, 480]), "sites/0/open"),
    "a day": (put("workdays", 0, value="2024-02-30"), "workdays/0"),
    "a day written otherwise": (put("workdays", 0, value="20241125"), "workdays/0"),
    "order of days": (put("workdays", value=["2024-11-26", "2024-11-25"]), "workdays"),
    "after the election": (put("workdays", value=["2024-11-28"]), "workdays"),
    "an object": (put("sites", 2, value=[]), "sites/2"),
    "an office": (put("teams", 0, "office", value="13.76"), "teams/0"),
    "twice": (put("sites", 1, "id", value="13.75.01.1001"), "sites"),
    "no way": (put("travel", value=[]), "travel"),
    "a way less": (drop("travel", 0, "minutes", 2), "travel/0/minutes/0"),
    "a way to nowhere": (put("travel", 0, "minutes", 1, 2, value=None), "travel/0/minutes/1"),
    "a place": (put("pins", value=[{"site": "x", "date": "2024-11-25", "team": None}]), "pins/0"),
    "nul": (put("sites", 0, "name", value="Desa\x00"), "sites/0/name"),
    "marks of direction": (put("id", value="kecil\u202e"), "id"),
    "a person": (put("sites", 0, "name", value="NIK 1375015511070001"), "sites/0/name"),
    "long": (put("sites", 0, "id", value="x" * 61), "sites/0/id"),
    "days": (put("workdays", value=[f"20{n:02d}-01-01" for n in range(63)]), "workdays"),
    "a closed day": (
        put("pins", value=[{"site": "13.75.01.1001", "date": "2024-11-24", "team": None}]),
        "pins/0",
    ),
    "a floor": (put("floors", value=[{"district": "13.75.01", "min_visits": 99}]), "floors/0"),
    "a floor elsewhere": (
        put("floors", value=[{"district": "13.75.02", "min_visits": 1}]),
        "floors/0",
    ),
}


def test_what_is_wrong_with_an_instance_is_said_with_its_row(made: World) -> None:
    for name, (change, where) in HOSTILE.items():
        answer = ask(made["head"], broken(change))
        assert answer.status == 422, (name, answer.json)
        pointer = f"/instance/{where}" if where else "/instance"
        pointers = [error["pointer"] for error in answer.json["errors"]]
        assert pointers == [pointer], (name, answer.json)
    with scoped(EVERYBODY):
        assert not Plan.objects.exists()


def test_instances_that_are_none_are_refused(made: World) -> None:
    head = made["head"]
    for raw in ([], "x", 1, None, {}, {"format": "jemput-bola-instance/1"}):
        assert head.post("plans/", {"instance": raw}).status == 422
    assert head.post("plans/", b'{"instance": {"id": NaN}}').status == 400
    assert head.post("plans/", b'{"instance": {"id": 1e400}}').status == 400
    assert head.post("plans/", b'{"instance": ' + b"[" * 5000).status == 400
    assert head.post("plans/", b" " * (12 * 1024 * 1024 + 1)).status == 413


def many(places: int, offices: int) -> Any:
    """So many places of so many offices."""
    raw = small_instance()
    site = raw["sites"][0]
    for name in ("offices", "teams", "kits", "sites", "travel"):
        raw[name] = []
    for n in range(offices):
        office = f"K{n}"
        raw["offices"].append({"id": office, "budget": 9_000_000})
        raw["teams"].append({"id": f"T{n}", "office": office, "staff": 3, "max_kits": 1, "off": []})
        raw["kits"].append({"id": f"S{n}", "office": office, "off": []})
        ids = [f"{office}-{k}" for k in range(places // offices)]
        raw["sites"] += [{**site, "id": one, "office": office} for one in ids]
        ways = [[9] * (len(ids) + 1) for _one in range(len(ids) + 1)]
        part = {"office": office, "nodes": [office, *ids], "minutes": ways, "km": ways}
        raw["travel"].append({**part, "fare": None})
    return raw


def test_five_thousand_places_are_told_how_long(made: World) -> None:
    """Of many offices they are taken; of few they would take longer than a job has, and too many none takes."""
    taken = ask(made["head"], many(5000, 50))
    assert taken.status == 202
    assert 60 <= taken.json["seconds"] <= 420
    assert made["head"].get(f"plans/{taken.json['id']}/").json["seconds"] == taken.json["seconds"]
    refused = ask(made["head"], small_instance() | {"sites": [{}] * 10_001})
    assert (refused.status, refused.json["type"]) == (422, "/problems/plan-too-large")
    assert refused.json["seconds"] > 420
    large = many(0, 4)
    large["sites"] = [{"office": f"K{n % 4}"} for n in range(5000)]
    large["teams"] *= 6
    large["workdays"] = ["2024-11-26"] * 50
    with pytest.raises(Invalid) as error:
        check_time(large)
    assert error.value.extra["seconds"] > 420
    assert str(-(-error.value.extra["seconds"] // 60)) in str(error.value.message)


# --- who ------------------------------------------------------------------------------------------


def test_plans_are_those_of_their_office(made: World) -> None:
    plan = ask(made["head"]).json["id"]
    nobody = uuid.uuid4()
    for address in (f"plans/{plan}/", f"plans/{plan}/instance/"):
        for name in ("head", "operator", "province_officer"):
            assert made[name].get(address).status == 200
        for name in ("neighbour", "neighbour_head", "other_province_officer"):
            answer = made[name].get(address)
            assert answer.status == 404
            assert answer.json == made[name].get(address.replace(plan, str(nobody))).json
        assert made["village_verifier"].get(address).status == 403
    assert made["neighbour_head"].post(f"plans/{plan}/stop/", {}).status == 404
    assert ask(made["neighbour_head"], parent=plan).status == 404
    for name in ("operator", "nation_viewer", "api_client", "administrator"):
        assert ask(made[name]).status == 403
    own = ask(made["province_officer"]).json["id"]
    assert made["province_officer"].get(f"plans/{own}/").json["office"] == "13"
    assert made["head"].get(f"plans/{own}/").status == 404


def test_either_an_instance_or_an_office_with_its_days(made: World) -> None:
    head, week = made["head"], {"from": str(today()), "until": str(today() + timedelta(days=6))}
    wrong = {
        "office": ({"instance": small_instance(), "office": "13.75"}, "office"),
        "nothing": ({}, "office"),
        "no end": ({"office": "13.75", "from": str(today())}, "until"),
        "the past": ({"office": "13.75", **week, "from": str(today() - timedelta(1))}, "from"),
        "the wrong way round": (
            {"office": "13.75", **week, "until": str(today() - timedelta(1))},
            "until",
        ),
        "unknown": ({"kantor": "13.75", **week}, "kantor"),
    }
    for body, pointer in wrong.values():
        answer = head.post("plans/", body)
        assert answer.status == 422, answer.json
        assert [error["pointer"] for error in answer.json["errors"]] == [f"/{pointer}"]
    assert head.post("plans/", {"office": "13.06", **week}).status == 404


def test_nobody_fills_the_queue_alone(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.planner.services.asking.MOST_WAITING", 2)
    head = made["head"]
    assert [ask(head).status for _n in range(3)] == [202, 202, 409]
    assert ask(made["neighbour_head"], small_instance("13.06")).status == 202
    monkeypatch.setattr("reports.planner.services.asking.MOST_WAITING", 9)
    monkeypatch.setattr("reports.planner.services.asking.MOST_AN_HOUR", 2)
    assert ask(head).status == 429


def test_no_plan_for_a_posting_that_ended(kept: World) -> None:
    plan = ask(kept["head"]).json["id"]
    with scoped(EVERYBODY):
        posting = Plan.objects.get(pk=plan).asked_by
    posting.ends_on = today() - timedelta(days=2)
    posting.save()
    assert not work(plan)
    with scoped(EVERYBODY):
        assert Plan.objects.get(pk=plan).state == "stopped"


def test_the_command_makes_what_waits(kept: World) -> None:
    by = kept["head"].actor
    with scoped(by.scope):
        plan = request_plan(by=by, instance=small_instance())
    said = StringIO()
    call_command("solve_plans", "--dry-run", stdout=said)
    assert str(plan.pk) in said.getvalue()
    call_command("solve_plans", stdout=said)
    use_role("web")
    with scoped(EVERYBODY):
        assert Plan.objects.get(pk=plan.pk).state == "done"


def test_a_plan_says_what_was_changed_since_it_was_made(kept: World) -> None:
    """Asked once with a key and sent twice; then a place is fixed and let go, and the election moves."""
    head, by = kept["head"], kept["head"].actor
    make_election(kept)
    with scoped(kept["operator"].actor.scope):
        office = Region.objects.get(pk="13.75")
        make_team(by=kept["operator"].actor, office=office, name="Tim 1", clerks=[])
        add_device(by=kept["operator"].actor, office=office, label="Set 1", kind="set")
    closed()
    first = today() + timedelta(days=1)
    body = {"office": "13.75", "from": str(first), "until": str(first + timedelta(days=13))}
    asked, again = (
        head.post("plans/", body, **{"Idempotency-Key": "rencana-1"}) for _n in range(2)
    )
    assert (asked.status, again.status) == (202, 202)
    assert asked.json == again.json
    assert asked.headers["Location"] == f"/api/v1/plans/{asked.json['id']}/"
    address = f"plans/{asked.json['id']}/"
    work(asked.json["id"])
    assert head.get(address).json["inputs_changed_at"] is None
    client = Client()
    client.force_login(User.objects.get(pk=by.user_id))
    page = client.get(f"/rencana/{asked.json['id']}/").content.decode()
    assert "rencana ini belum mengetahuinya" not in page
    with scoped(by.scope):
        pin = fix_visit(by=by, office=office, site="13.75.01.1001", day=first + timedelta(days=4))
    one = head.get(address).json["inputs_changed_at"]
    assert one is not None
    with scoped(by.scope):
        take_away(by=by, office=office, model=PlanPin, row=pin.pk)
    assert kept["province_officer"].get(address).json["inputs_changed_at"] > one
    election = head.get("elections/?region=13.75").json["results"][0]["id"]
    moved = {"held_on": str(first + timedelta(days=7)), "source": "Keputusan KPU"}
    path = f"elections/{election}/decisions/"
    assert kept["province_officer"].post(path, moved).status == 201
    page = client.get(f"/rencana/{asked.json['id']}/").content.decode()
    assert "rencana ini belum mengetahuinya" in page
    assert "bukan pada hari yang dituju rencana ini" in page


def test_an_office_plans_of_what_it_holds(kept: World) -> None:
    head, by = kept["head"], kept["operator"].actor
    week = {"office": "13.75", "from": str(today()), "until": str(today() + timedelta(days=9))}
    refused = head.post("plans/", week)
    assert (refused.status, refused.json["type"]) == (422, "/problems/no-team")
    with scoped(by.scope):
        office = Region.objects.get(pk="13.75")
        make_team(by=by, office=office, name="Tim 1", clerks=[])
        add_device(by=by, office=office, label="Set 1", kind="set")
        for _n in range(20):
            make_resident(kept)
    closed()
    asked = head.post("plans/", week | {"seed": 3})
    assert asked.status == 202, asked.json
    assert work(asked.json["id"])
    answer = kept["province_officer"].get(f"plans/{asked.json['id']}/").json
    instance = head.get(f"plans/{asked.json['id']}/instance/").json
    assert sum(sum(site["gap"].values()) for site in instance["sites"]) == 20
    assert (answer["state"], answer["office"]) == ("done", "13.75")
    assert checked(instance, answer["plan"])["expected"] > 0
    # Sent back, it is an instance like any other, and gives the same.
    again = solved(kept, instance, seed=3)
    assert again["plan"] == answer["plan"]
    with scoped(EVERYBODY):
        stop = PlanStop.objects.filter(duty__plan=answer["id"]).first()
        assert stop is not None
        assert stop.village_id == stop.site
