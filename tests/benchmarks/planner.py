"""The planner beside what offices do without one, each in a process of its own: points, CPU seconds, memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from tests import world
from tests.benchmarks.rows import row

TOOLS = Path(settings.BASE_DIR).parent / "shared" / "tools"
#: Seconds on one core: a province's plan and what its bound may take more; a regency's likewise.
_PROVINCE = (60, 150)
_REGENCY = (5, 15)
_AGAIN = 2
_MEMORY = 400


def planner(made: world.World) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for share in (".6", ".3"):
            name = f"planner, province at {share} of its money"
            instance = _made(here, "--size", "province", "--budget-share", share)
            yield from _beside(name, instance, _PROVINCE)
        regency = _made(here, "--size", "medium", "--villages", "116", "--regency", "13.01")
        yield from _beside("planner, regency of 150 sites", regency, _REGENCY)
        yield from _again(_made(here, "--size", "small"), here)


def _made(here: Path, *arguments: str) -> Path:
    path = here / f"{'-'.join(one.strip('-.') for one in arguments)}.json"
    program = [sys.executable, str(TOOLS / "plan_instances.py"), *arguments, "-o", str(path)]
    subprocess.run(program, check=True)
    return path


def _solved(instance: Path, *arguments: str) -> dict[str, Any]:
    return _told("reports.planner.core", str(instance), *arguments)


def _told(module: str, *arguments: str) -> dict[str, Any]:
    """What a module says at its end, as JSON."""
    program = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        program, check=True, capture_output=True, text=True, cwd=settings.BASE_DIR
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _beside(name: str, instance: Path, most: tuple[int, int]) -> Iterator[dict[str, Any]]:
    """The plan alone, then with its bound; both baselines in the same process."""
    plan = _solved(instance, "--no-bound", "--effort", "0")
    points = plan["objective"] / 1000
    usual, filled = plan["descending"][0] / 1000, plan["filled"][0] / 1000
    yield row(f"{name} / descending gap", points, usual, ">= 1.3", "points", points >= 1.3 * usual)
    yield row(f"{name} / filled days", points, filled, ">= 1.15", "points", points >= 1.15 * filled)
    seconds = plan["seconds"]
    yield row(name, seconds, most[0], f"<= {most[0]}", "s", seconds <= most[0])
    # As the job finds it, in a process that has loaded what the planner's worker has.
    worker = _told("tests.benchmarks.planner_worker", str(instance))
    more = worker["bound_seconds"]
    yield row(f"{name}: its bound", more, most[1], f"<= {most[1]}", "s", more <= most[1])
    better = 100 * worker["bound"] / worker["objective"] - 100
    kind = "" if worker["all_priced"] else ", among the trips looked at"
    yield row(f"{name}: better possible at most{kind}", better, 0, "shown", "%", ok=better >= 0)
    memory = worker["megabytes"]
    yield row(
        f"{name}: the worker's memory", memory, _MEMORY, f"<= {_MEMORY}", "MB", memory <= _MEMORY
    )


def _again(instance: Path, here: Path) -> Iterator[dict[str, Any]]:
    """From yesterday's plan, as each evening."""
    old = here / "plan.json"
    first = _solved(instance, "--no-bound", "-o", str(old))
    plan = _solved(instance, "--no-bound", "--parent", str(old), "--rounds", "150")
    assert plan["objective"] >= first["objective"]
    seconds = plan["seconds"]
    yield row("planner, again from the old plan", seconds, _AGAIN, "<= 2", "s", seconds <= _AGAIN)
