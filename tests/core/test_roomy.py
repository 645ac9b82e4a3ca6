"""What is called again and again at some depth asks the system for no memory each time."""

from __future__ import annotations

import resource
from collections.abc import Callable
from threading import Thread

#: Deeper than two pieces of 16 KB, whatever stands beneath.
_DEPTHS, _TIMES = 300, 50


def _leaf() -> None:
    """Nothing."""


def _dearest(depth: int) -> int:
    """Page faults of fifty calls, at the depth where most came."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _n in range(_TIMES):
        _leaf()
    here = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before
    return max(here, _dearest(depth - 1)) if depth else here


def _run(found: list[int], of: Callable[[int], int]) -> None:
    found.append(of(_DEPTHS))


def test_no_depth_is_dearer_than_others() -> None:
    assert _dearest(_DEPTHS) < _TIMES // 2


def test_without_room_one_is() -> None:
    """The control: a thread begins with pieces of its own."""
    found: list[int] = []
    other = Thread(target=_run, args=(found, _dearest))
    other.start()
    other.join()
    assert found[0] >= _TIMES
