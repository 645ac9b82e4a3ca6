"""Instances of the planner, small enough to write by hand, and the judge that stands beside the project."""

from __future__ import annotations

import copy
import json
import runpy
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

Row = dict[str, Any]
SHARED = Path(settings.BASE_DIR).parent / "shared"

_SITE = {
    "kind": "village",
    "district": "13.75.01",
    "lat": -0.3,
    "lon": 100.4,
    "turnout": [500, 300],
    "minutes": 6,
    "setup": 30,
    "open": [480, 960],
    "weekdays": [1, 2, 3, 4, 5, 6],
    "off": [],
    "only": None,
    "lodging": False,
}


def small_instance(office: str = "13.75") -> Row:
    """One team, one set, two days and three villages."""
    sites = [
        {**_SITE, "id": f"{office}.01.100{n}", "name": f"Desa {n}", "office": office, "gap": gap}
        for n, gap in enumerate(
            ({"umum": 80, "pemula": 10}, {"umum": 60, "pemula": 0}, {"umum": 30, "pemula": 30}), 1
        )
    ]
    ways = [[0, 20, 30, 40], [20, 0, 15, 25], [30, 15, 0, 15], [40, 25, 15, 0]]
    return {
        "format": "jemput-bola-instance/1",
        "id": f"kecil-{office}",
        "workdays": ["2024-11-25", "2024-11-26"],
        "election": "2024-11-27",
        "day": {
            "start": 420,
            "end": 1110,
            "minutes": 480,
            "min_stop": 45,
            "max_stops": 3,
            "max_km": 240,
            "max_nights": 0,
            "rest_days": 3,
        },
        "weights": {"pemula": 2000, "umum": 1000},
        "costs": {"km": 2500, "day": 150_000, "night": 300_000},
        "offices": [{"id": office, "lat": -0.3, "lon": 100.4, "budget": 3_000_000}],
        "teams": [{"id": "T1", "office": office, "staff": 3, "max_kits": 1, "off": []}],
        "kits": [{"id": "K1", "office": office, "off": []}],
        "sites": copy.deepcopy(sites),
        "travel": [
            {
                "office": office,
                "nodes": [office, *(site["id"] for site in sites)],
                "minutes": copy.deepcopy(ways),
                "km": copy.deepcopy(ways),
                "fare": None,
            }
        ],
        "floors": [],
        "pins": [],
        "announced": [],
    }


def example(number: int) -> Row:
    path = SHARED / "data" / "planner" / f"example-{number}.json"
    return dict(json.loads(path.read_text()))


#: Proven for the three examples.
OPTIMUM = {1: 406_192, 2: 545_708, 3: 119_636}


@cache
def _judge() -> dict[str, Any]:
    return runpy.run_path(str(SHARED / "tools" / "plan_check.py"))


def checked(instance: Row, plan: Row) -> Row:
    """The figures that the judge computes; it found no fault."""
    *faults, figures = _judge()["check"](instance, plan)
    assert not faults, faults
    return dict(figures)
