"""Which public figures are left out: counts under five, and whatever would let them be derived.

Regions form a tree, and every count of a region is the sum of its parts, so one hidden part among
shown ones is no secret: another is hidden with it. A figure is also compared with the one that was
shown before, with its day and with the basis, so that no difference of two answers is such a count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import NATION, ancestor, level_of

#: The smallest count of people that may be shown, but zero.
SMALLEST = 5
LEVELS = (Level.NATION, Level.PROVINCE, Level.REGENCY)


@dataclass(frozen=True)
class Counted:
    """A region's ledger in one release: since the basis' day, and on the release's own day.

    `before`: `since` as it was last shown for this region on the same basis' day, else zero.
    `total`, `rest`: recorded and unrecorded people as they would be shown; None where unknown.
    """

    since: int
    today: int
    pemula: int = 0
    before: int = 0
    total: int | None = None
    rest: int | None = None


def safe(count: int) -> bool:
    return count == 0 or abs(count) >= SMALLEST


def is_small(counted: Counted) -> bool:
    """Whether showing this region's figures would show a count under five."""
    since_shown = counted.since - counted.before
    cells = (
        *(
            counted.since,
            since_shown,
            counted.today,
            counted.pemula,
            counted.today - counted.pemula,
        ),
        since_shown - counted.today,
    )
    shown = [value for value in (counted.total, counted.rest) if value is not None]
    return not all(safe(cell) for cell in (*cells, *shown))


@dataclass(frozen=True)
class LeftOut:
    """Codes whose counts since the basis' day, and whose counts of the day, are not shown."""

    since: set[str]
    today: set[str]


def left_out(counted: Mapping[str, Counted], hidden_before: Collection[str] = ()) -> LeftOut:
    """What to leave out of a tree of nation, provinces and regencies.

    `hidden_before`: codes left out of the publication before. Their count of the day stays out
    too: taken off what is shown now, it would give what was hidden then.
    """
    since = _closed(counted, {code for code, cell in counted.items() if is_small(cell)})
    return LeftOut(since, _closed(counted, since | set(hidden_before)))


def _closed(counted: Mapping[str, Counted], small: set[str]) -> set[str]:
    """Hides further regions until no sum has exactly one hidden part, which could be computed."""
    hidden = set(small)
    parts = _parts(counted)
    while True:
        with_one_hidden = [
            (parent, hidden_here)
            for parent, below in parts.items()
            if len(hidden_here := [code for code in (parent, *below) if code in hidden]) == 1
        ]
        if not with_one_hidden:
            return hidden
        for parent, [only] in with_one_hidden:
            hidden.add(_companion(parent, only, parts[parent], counted, hidden))


def _parts(counted: Mapping[str, Counted]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = defaultdict(list)
    for code in counted:
        if code != NATION:
            above = LEVELS[LEVELS.index(level_of(code)) - 1]
            parts[ancestor(code, above)].append(code)
    return {parent: sorted(below) for parent, below in parts.items() if parent in counted}


def _companion(
    parent: str, only: str, below: list[str], counted: Mapping[str, Counted], hidden: set[str]
) -> str:
    """The region to hide beside the only hidden one: the smallest part with a count."""
    choices = [code for code in below if code not in hidden and code != only]
    if not choices:
        return parent

    def rank(code: str) -> tuple[bool, int, str]:
        cell = counted[code]
        moved = abs(cell.since - cell.before) + cell.today
        return moved == 0, moved, code

    return min(choices, key=rank)
