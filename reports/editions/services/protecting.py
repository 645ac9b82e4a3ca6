"""Which numbers of an edition are left out, so that none of the published ones gives them away.

Regions form a tree: villages (joined where they are small), districts, regencies, the province. Only
villages are counted and rounded; every number above is the sum of the rounded ones below. So all that a
reader learns of the numbers that are left out is their sum, under the nearest region that is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reports.editions.enums import STEP


@dataclass(frozen=True)
class Cell:
    """A village's number as it would be shown, and the most that it could be: its potential voters.

    `small`: it stands for one to four people. `rest_small`: what is left of `most` does.
    """

    shown: int
    most: int
    small: bool = False
    rest_small: bool = False


def left_out(
    above: Mapping[str, str], cells: Mapping[str, Cell], never: Collection[str] = ()
) -> set[str]:
    """Codes whose number is not shown. `above`: code -> the region that it is part of; `never`: regions
    above villages whose number is small itself, or unknown.
    """
    hidden = {code for code, cell in cells.items() if cell.small or cell.rest_small} | set(never)
    while True:
        weak = [
            node
            for node, codes in _groups(above, cells, hidden).items()
            if not _uncertain([cells[code] for code in codes])
        ]
        if not weak:
            return hidden
        # The lowest first: what helps below often helps above.
        deepest = max(_depth(above, node) for node in weak)
        for node in weak:
            if _depth(above, node) == deepest:
                hidden.add(_companion(above, cells, hidden, node) or node)


def _line(above: Mapping[str, str], code: str) -> Iterable[str]:
    while code in above:
        code = above[code]
        yield code


def _depth(above: Mapping[str, str], code: str) -> int:
    return sum(1 for _node in _line(above, code))


def _groups(
    above: Mapping[str, str], cells: Mapping[str, Cell], hidden: Collection[str]
) -> dict[str, list[str]]:
    """The nearest region that is shown -> the hidden villages whose sum it tells."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code in cells:
        if code in hidden:
            nearest = next((node for node in _line(above, code) if node not in hidden), None)
            if nearest is not None:
                groups[nearest].append(code)
    return groups


def _uncertain(cells: list[Cell]) -> bool:
    """Whether the sum leaves each of these open: by five at least, and a small one may be nobody."""
    total, room = sum(cell.shown for cell in cells), sum(cell.most for cell in cells)
    for cell in cells:
        lowest = max(0, total - (room - cell.most))
        highest = min(cell.most, total)
        if highest - lowest < STEP:
            return False
        if (cell.small and lowest > 0) or (cell.rest_small and highest < cell.most):
            return False
    return True


def _companion(
    above: Mapping[str, str], cells: Mapping[str, Cell], hidden: Collection[str], node: str
) -> str | None:
    """The village to leave out as well: of those that could stand for what is hidden, the smallest."""
    choices = [code for code in cells if code not in hidden and node in _line(above, code)]

    def rank(code: str) -> tuple[bool, bool, int, str]:
        cell = cells[code]
        spare = min(cell.shown, cell.most - cell.shown)
        return _next_shown(above, hidden, code) != node, spare < STEP, cell.shown, code

    return min(choices, key=rank, default=None)


def _next_shown(above: Mapping[str, str], hidden: Collection[str], code: str) -> str | None:
    return next((one for one in _line(above, code) if one not in hidden), None)
