"""What ends is started again, later and later, and takes nobody along."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from dukcapil import processes
from dukcapil.processes import CALM, Kept, Pauses


def test_pauses_grow_to_the_longest_and_are_forgotten() -> None:
    pauses = Pauses(8)
    assert [pauses.after(1) for _n in range(7)] == [0, 1, 2, 4, 8, 8, 8]
    assert pauses.after(CALM) == 0
    assert pauses.after(CALM - 1) == 1
    for _n in range(5_000):
        assert pauses.after(0) <= 8


def test_one_that_ends_at_every_start_waits_and_its_neighbour_stays() -> None:
    """Twelve ends in a row: eight within a minute once ended everything."""
    told: list[str] = []
    starts: list[float] = []

    def start() -> subprocess.Popen[bytes]:
        starts.append(time.monotonic())
        code = "import os, signal; os.kill(os.getpid(), signal.SIGABRT)"
        return processes.spawn([sys.executable, "-S", "-c", code])

    engine = processes.spawn([sys.executable, "-c", "import time; time.sleep(60)"])
    kept = Kept("web", start, longest=0.3)
    try:
        deadline = time.monotonic() + 60
        while len(starts) < 13 and time.monotonic() < deadline:
            kept.look(told.append)
            time.sleep(0.01)
        assert len(starts) == 13
        assert engine.poll() is None
    finally:
        processes.stop(kept.process, signal.SIGKILL)
        processes.stop(engine, signal.SIGKILL)
    assert told[0] == "web had stopped (SIGABRT); started again at once."
    assert told[1] == "web had stopped (SIGABRT); started again in 0.3 s."
    assert len(told) == 12
    later = [second - first for first, second in pairwise(starts[1:])]
    assert min(later) >= 0.3


@pytest.mark.parametrize(("code", "said"), [("exit(3)", "exit 3"), ("exit(0)", "exit 0")])
def test_how_it_ended_is_told(code: str, said: str) -> None:
    process = processes.spawn([sys.executable, "-S", "-c", f"import sys; sys.{code}"])
    process.wait(20)
    assert processes.how_it_ended(process) == said
