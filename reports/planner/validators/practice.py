"""What an office does without a planner, and why places are left out: the core's answers on plans as JSON."""

from __future__ import annotations

from typing import Any

from reports.planner.core.baselines import descending
from reports.planner.core.instance import Instance
from reports.planner.core.left_out import LeftOut, left_out
from reports.planner.core.parents import duties_of
from reports.planner.core.plans import worth

Row = dict[str, Any]


def practice(instance: Instance) -> dict[str, tuple[int, int]]:
    """Points and people by `descending` gap, and with days `filled` by neighbours."""
    found = {}
    for name, filled in (("descending", False), ("filled", True)):
        points = people = 0
        for office in instance.offices:
            won = worth(office, descending(office, filled=filled))
            points, people = points + won.points, people + sum(won.expected.values())
        found[name] = (points, people)
    return found


def places_left_out(instance: Instance, plan: Row) -> list[LeftOut]:
    """Of all offices, with the first reason that holds."""
    return [
        one
        for office in instance.offices
        for one in left_out(office, duties_of(instance, office, plan))
    ]
