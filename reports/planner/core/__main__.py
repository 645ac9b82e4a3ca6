"""python -m reports.planner.core INSTANCE.json: a plan, and what it took, as JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from reports.planner.core.instance import Refused
from reports.planner.core.reading import read
from reports.planner.core.solve import Settings, baselines, solve


def main(argv: list[str] | None = None) -> int:
    """0, or 1 where the instance is refused."""
    asked = _asked(argv)
    raw = json.loads(asked.instance.read_text(encoding="utf-8"))
    parent = json.loads(asked.parent.read_text(encoding="utf-8")) if asked.parent else None
    settings = Settings(
        seed=asked.seed,
        rounds=asked.rounds,
        effort=asked.effort,
        bound=not asked.no_bound,
        relax=asked.relax,
    )
    begun = time.process_time()
    try:
        plan = solve(raw, settings, parent=parent)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    seconds = time.process_time() - begun
    if asked.output:
        asked.output.write_text(json.dumps(plan, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(_told(raw, plan, seconds)) + "\n")
    return 0


def _told(raw: Any, plan: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Figures beside those of both baselines: points and people."""
    found = {key: plan[key] for key in ("objective", "expected", "bound", "proven", "all_priced")}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return found | baselines(read(raw)) | {"seconds": round(seconds, 2), "megabytes": memory}


def _asked(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--parent", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--effort", type=float, default=Settings.effort)
    parser.add_argument("--no-bound", action="store_true")
    parser.add_argument("--relax", action="store_true")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
