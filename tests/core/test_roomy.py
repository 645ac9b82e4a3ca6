"""What is called again and again at some depth asks the system for no memory each time."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from celery import current_app

from dukcapil.core.command import Command
from dukcapil.core.jobs import task
from dukcapil.front import Threads

#: Deeper than two pieces of 16 KB, whatever stands beneath.
_DEPTHS, _TIMES = 300, 50


def _leaf() -> None:
    """Nothing."""


def _dearest(depth: int = _DEPTHS) -> int:
    """Page faults of fifty calls, at the depth where most came."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _n in range(_TIMES):
        _leaf()
    here = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before
    return max(here, _dearest(depth - 1)) if depth else here


def _in_a_thread(run: Callable[[], Any]) -> Any:
    """One of its own, whose frames nobody made room for."""
    found: list[Any] = []
    other = Thread(target=lambda: found.append(run()))
    other.start()
    other.join()
    (answer,) = found
    return answer


def _request() -> Any:
    threads = Threads(1)

    async def asked() -> Any:
        return await threads.do(_dearest)

    return asyncio.run(asked())


def _command() -> Any:
    class Measures(Command):
        def handle(self, *args: Any, **options: Any) -> Any:
            found.append(_dearest())

    found: list[int] = []
    Measures().execute(no_color=True, force_color=False, skip_checks=True)
    return found[0]


def _job() -> Any:
    job = task("tests.measures")(_dearest)
    try:
        return job()
    finally:
        current_app.tasks.unregister("tests.measures")


def test_a_test_has_room() -> None:
    assert _dearest() < _TIMES // 2


@pytest.mark.parametrize("way", [_request, _command, _job])
def test_whatever_works_has_room(way: Callable[[], Any]) -> None:
    assert _in_a_thread(way) < _TIMES // 2


def test_without_room_one_depth_is_dear() -> None:
    """The control."""
    assert _in_a_thread(_dearest) >= _TIMES
