"""The threads that Django runs in: the last one at work comes first, and who waits keeps their turn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from dukcapil.front import Threads

COUNT = 4


def carried_out(work: Callable[[Threads], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(asyncio.wait_for(work(Threads(COUNT)), 10))


def test_one_after_the_other_is_served_by_one_thread() -> None:
    async def work(threads: Threads) -> set[int]:
        return {await threads.do(threading.get_ident) for _n in range(50)}

    assert len(carried_out(work)) == 1


def test_all_threads_work_at_once() -> None:
    meet = threading.Barrier(COUNT, timeout=10)

    async def work(threads: Threads) -> set[int]:
        def job() -> int:
            meet.wait()
            return threading.get_ident()

        both = [await asyncio.gather(*(threads.do(job) for _n in range(COUNT))) for _m in range(3)]
        return {ident for idents in both for ident in idents}

    assert len(carried_out(work)) == COUNT


def test_who_waits_for_a_thread_keeps_their_turn() -> None:
    begun: list[int] = []
    first, others = threading.Event(), threading.Event()

    async def work(threads: Threads) -> None:
        held = [asyncio.ensure_future(threads.do(first.wait))]
        held += [asyncio.ensure_future(threads.do(others.wait)) for _n in range(COUNT - 1)]
        waiting = [asyncio.ensure_future(threads.do(lambda n=n: begun.append(n))) for n in range(9)]
        await asyncio.sleep(0)
        assert not begun
        # One thread alone is free, so that theirs is the only order.
        first.set()
        await asyncio.gather(*waiting)
        others.set()
        await asyncio.gather(*held)

    carried_out(work)
    assert begun == [*range(9)]


@pytest.mark.parametrize("many", [1, COUNT + 1])
def test_a_job_that_fails_keeps_no_thread(many: int) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    async def work(threads: Threads) -> Any:
        answers = [
            await asyncio.gather(*(threads.do(fails) for _n in range(many))) for _m in range(COUNT)
        ]
        assert answers == [[None] * many] * COUNT
        return await threads.do(lambda: "served")

    assert carried_out(work) == "served"
