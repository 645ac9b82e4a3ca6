"""Numbers drawn from a seed: the same on every machine and under every version of numpy."""

from __future__ import annotations

import numpy as np

from reports.planner.core.instance import Ints


class Dice:
    """Raw bits of PCG64, which numpy keeps as they are."""

    def __init__(self, *seed: int) -> None:
        self.bits = np.random.PCG64(np.random.SeedSequence(list(seed)))
        self.some: list[int] = []

    def below(self, n: int) -> int:
        """A whole number from 0, less than n."""
        if not self.some:
            self.some = [int(one) for one in self.bits.random_raw(256)]
        return self.some.pop() % n

    def many(self, n: int, low: int, high: int) -> Ints:
        """n whole numbers from low, less than high."""
        raw = self.bits.random_raw(n)
        found: Ints = (raw % np.uint64(high - low)).astype(np.int64) + low
        return found
