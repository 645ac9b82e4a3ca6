"""How many people a day of several stops can serve: the extreme ways, of which all others are mixed.

People are whole numbers, and so are the minutes in which they are served: what lies between two ways may
be no way at all, but no way lies outside.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise, product
from math import floor, gcd

import numpy as np

from reports.planner.core.routes import Limit

People = tuple[float, ...]
#: What so many people at each stop add up to, and the most that it may be.
Row = tuple[tuple[float, ...], float]
Whole = tuple[int, ...]
_NEARLY, _TINY = 1e-6, 1e-9


def above(values: list[int]) -> list[tuple[float, float]]:
    """The least lines above falling values at 0, 1, 2 and so on: how much each falls, and where it begins.

    Of a curve that bends both ways its highest part between two of its points is a line.
    """
    kept: list[int] = []
    for n, value in enumerate(values):
        while len(kept) > 1:
            a, b = kept[-2:]
            if (values[b] - values[a]) * (n - b) > (value - values[b]) * (b - a):
                break
            kept.pop()
        kept.append(n)
    if len(kept) == 1:
        return [(0.0, float(values[0]))]
    found = []
    for a, b in pairwise(kept):
        slope = (values[a] - values[b]) / (b - a)
        found.append((slope, values[a] + slope * a))
    return found


def corners(
    limits: tuple[Limit, ...], least: int, kits: int, each: tuple[int, ...], most: tuple[int, ...]
) -> list[People]:
    """People at each stop: `each` minutes for one of them, and no more than `most`."""
    day = _Day(limits, least, kits, each, most)
    if day.fits(day.high):
        return [tuple(float(one) for one in day.high)]
    rows = day.rows()
    found = _vertices(rows, len(most))
    # What follows for three only where something is beyond it: each row makes many more corners to try.
    if some := [row for row in day.rounded() if _beyond(row, found)]:
        found = _vertices([*rows, *some], len(most))
    alone = (found[None, :, :] >= found[:, None, :]).all(axis=2).sum(axis=1) == 1
    return [tuple(float(x) for x in one) for one in found[alone]]


def _beyond(row: Row, found: np.ndarray) -> bool:
    return bool((found @ np.array(row[0]) > row[1] + 1e-4).any())


def _vertices(rows: list[Row], n: int) -> np.ndarray:
    left, right = np.array([row for row, _rhs in rows]), np.array([rhs for _row, rhs in rows])
    some = _combined(len(rows), n)
    square = left[some]
    some = some[np.abs(np.linalg.det(square)) > 1e-9]
    points = np.linalg.solve(left[some], right[some][..., None])[..., 0]
    points = points[(points @ left.T <= right + _NEARLY).all(axis=1)]
    return np.unique(np.round(points, 6), axis=0)


@cache
def _combined(rows: int, n: int) -> np.ndarray:
    return np.array(list(combinations(range(rows), n)))


class _Day:
    def __init__(
        self,
        limits: tuple[Limit, ...],
        least: int,
        kits: int,
        each: tuple[int, ...],
        most: tuple[int, ...],
    ) -> None:
        self.limits, self.least, self.kits, self.each = limits, least, kits, each
        self.stops = range(len(most))
        self.high = tuple(min(m, self._alone(i)) for i, m in enumerate(most))
        #: So many are served in the least minutes of a stop.
        self.low = tuple(
            min(high, least * kits // minutes)
            for high, minutes in zip(self.high, each, strict=True)
        )

    def _spent(self, i: int, people: int) -> int:
        return max(self.least, -(-people * self.each[i] // self.kits))

    def fits(self, people: tuple[int, ...]) -> bool:
        return all(
            sum(self._spent(i, people[i]) for i in self.stops if bits >> i & 1) <= rhs
            for bits, rhs in self.limits
        )

    def _alone(self, i: int) -> int:
        """People at one stop, with the least at the others."""
        left = min(
            rhs - self.least * (bits.bit_count() - 1) for bits, rhs in self.limits if bits >> i & 1
        )
        return left * self.kits // self.each[i]

    def _beside(self, i: int, j: int, people: int) -> int:
        """People at one stop, with so many at another one and the least at the third."""
        most = self.high[j]
        for bits, rhs in self.limits:
            if bits >> j & 1:
                both = bits >> i & 1
                left = rhs - self.least * (bits.bit_count() - 1 - both)
                left -= both * self._spent(i, people)
                most = min(most, left * self.kits // self.each[j])
        return most

    def rows(self) -> list[Row]:
        """Most and least of each stop, what each two of them have together, and all three."""
        found: list[Row] = []
        for i in self.stops:
            one = tuple(float(i == j) for j in self.stops)
            found += [(one, float(self.high[i])), (tuple(-x for x in one), -float(self.low[i]))]
        for i, j in combinations(self.stops, 2):
            low = self.low[i]
            lines = above([self._beside(i, j, n) for n in range(low, self.high[i] + 1)])
            for slope, begin in lines:
                if slope:
                    row = tuple(slope * (s == i) + (s == j) for s in self.stops)
                    found.append((row, begin + slope * low))
        return found + [(tuple(float(x) for x in row), float(rhs)) for row, rhs in self._wholes()]

    def _wholes(self) -> list[tuple[Whole, int]]:
        if len(self.stops) < 3:
            return []
        rhs = min((rhs for bits, rhs in self.limits if bits == 7), default=None)
        if rhs is None:
            return []
        part = gcd(*self.each)
        return [(tuple(x // part for x in self.each), rhs * self.kits // part)]

    def rounded(self) -> list[Row]:
        """What follows for whole numbers of people from what three stops have together.

        Mixed integer rounding: divided by the minutes of one stop, the others counted from their most or least.
        """
        found: set[Row] = set()
        for row, rhs in self._wholes():
            for by in self.stops:
                others = [i for i in self.stops if i != by]
                for ups in product((False, True), repeat=len(others)):
                    some = self._rounded(row, rhs, by, dict(zip(others, ups, strict=True)))
                    found |= {some} if some else set()
        return sorted(found)

    def _rounded(self, row: Whole, rhs: int, by: int, ups: dict[int, bool]) -> Row | None:
        ends = {i: self.high[i] if up else self.low[i] for i, up in ups.items()}
        left = (rhs - sum(row[i] * end for i, end in ends.items())) / row[by]
        part = left - floor(left)
        if not _NEARLY < part < 1 - _NEARLY:
            return None
        new, most = [0.0] * len(row), float(floor(left))
        new[by] = 1.0
        for i, up in ups.items():
            each = (-row[i] if up else row[i]) / row[by]
            under = floor(each + _TINY)
            each = under + max(0.0, each - under - part) / (1 - part)
            new[i] = -each if up else each
            most += new[i] * ends[i]
        return tuple(new), most
