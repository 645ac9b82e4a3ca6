"""Which drills there are, what each has to come to, and the table."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.drills import access, batch, bodies, files, kills, papers, races, restore, seals

RESULTS = Path(__file__).parent / "results"

#: name -> (the drill, what is asked of it). A drill answers with its figures and whether they do.
DRILLS: dict[str, tuple[Callable[[], tuple[dict[str, Any], bool]], str]] = {
    "booking": (races.booking, "0 over, 0 lost; control overbooks >= 90 % of sessions"),
    "reveal": (races.reveal, "8 threads x 500: log rows = reveals"),
    "moves": (races.moves, "booking, cancelling, lowering mixed: every place as the rows say"),
    "guesses": (access.guesses, "1,000 parallel: <= 10 reach the hasher; 30 colleagues get in"),
    "matrix": (access.matrix, "0 leaks, 0 unlisted, with both walls and with each alone"),
    "fuzz": (access.fuzz, "500 cases an operation: 0 server errors, 0 ignored auth"),
    "files": (files.zoo, "hostile files, 8 at once: all refused, 0 workers end, /healthz in 3 s"),
    "bodies": (
        bodies.bodies,
        "400 slow, 400 promising, 400 MB: /healthz answers, all told; control stops",
    ),
    "alterations": (seals.altered, "every column of accounts and reports, many rows: 0 unseen"),
    "numbers": (
        papers.numbers,
        "64 clerks, 10 min, servers and backends killed: no gap, no double, all found; control finds",
    ),
    "codes": (
        papers.codes,
        "100,000 guesses: one body, told apart by time no better than noise, 10 a minute, 0 in logs",
    ),
    "batch": (
        batch.batch,
        "20,000 rows of 16 laptops, twice, shuffled, killed: 0 lost, 0 doubled, chain whole; control finds",
    ),
    "batch-cpu": (batch.cpu, "a row costs 0.2 ms of CPU at most: 5,000 a second and core"),
    "restore": (restore.restore, "counts and checksums equal, RPO <= 5 min, RTO <= 30 min"),
    "kills": (kills.kills, "50: 0 wrong figures, 0 acknowledged missing, rebuilt <= 10 min"),
}


def main() -> None:
    chosen = sys.argv[1:] or list(DRILLS)
    found = []
    for name in chosen:
        drill, goal = DRILLS[name]
        began = time.monotonic()
        figures, met = drill()
        seconds = round(time.monotonic() - began, 1)
        found.append({"drill": name, "goal": goal, "met": met, "seconds": seconds, **figures})
        shown = ", ".join(f"{key} {value}" for key, value in figures.items())
        print(f"{name:<11} {'met' if met else 'NOT MET':<8} {seconds:>7} s  {shown}", flush=True)
        print(f"{'':<11} asked: {goal}", flush=True)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    path.write_text(json.dumps({"machine": machine, "drills": found}, indent=2) + "\n")
    print(f"kept in {path.relative_to(Path.cwd())}")
    if not all(one["met"] for one in found):
        sys.exit(1)
