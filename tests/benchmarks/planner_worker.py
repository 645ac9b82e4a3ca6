"""python -m tests.benchmarks.planner_worker INSTANCE.json: a plan and its bound in a process like the worker's.

It has loaded Django, Celery and all tasks first, as a child of the worker has; nothing is saved. The
memory is the most that it ever had.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dukcapil.settings")

import django

django.setup()

from dukcapil.celery import app  # noqa: E402 - Django is set up first
from reports.planner.core.left_out import left_out  # noqa: E402 - Django is set up first
from reports.planner.core.reading import read  # noqa: E402 - Django is set up first
from reports.planner.core.solve import Settings, plan_of, solved  # noqa: E402 - Django is set up first
from reports.planner.services.solving import bound_of  # noqa: E402 - Django is set up first


def _loaded() -> None:
    app.loader.init_worker()
    app.finalize()


def _made(raw: dict[str, Any]) -> dict[str, Any]:
    begun = time.process_time()
    instance = read(raw)
    parts = solved(instance, Settings(bound=False))
    plan = plan_of(instance, parts)
    left = [one for part in parts for one in left_out(part.office, part.duties)]
    planned = time.process_time()
    bound, all_priced = 0, True
    for office in read(raw).offices:
        points, whole = bound_of(office, lambda: False)
        bound, all_priced = bound + points, all_priced and whole
    return {
        "objective": plan["objective"],
        "left_out": len(left),
        "bound": max(bound, plan["objective"]),
        "all_priced": all_priced,
        "seconds": round(planned - begun, 2),
        "bound_seconds": round(time.process_time() - planned, 2),
    }


def main() -> int:
    _loaded()
    found = _made(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
