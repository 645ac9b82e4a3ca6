"""Which public figures are left out: counts under five, and whatever would let them be derived.

Regions form a tree, and what a region counts between two days is the sum of what its parts count
between them, so one hidden part among shown ones is no secret: another is hidden with it. Rows count
from different days, and what others show tells of a region what it counted after their days too: it
is judged by all days that a row of it, or of a region above it, ever counted from, and by every
publication that showed it. No two of these may lie one to four people apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import NATION, ancestor, level_of

#: The smallest count of people that may be shown, but zero.
SMALLEST = 5
LEVELS = (Level.NATION, Level.PROVINCE, Level.REGENCY)


@dataclass(frozen=True)
class Counted:
    """A region's ledger in one release: since the basis' day, and on the release's own day.

    `marks`: what it counts after other days that something public tells of (`marks_of`).
    `apart`: other counts that are shown in the same family, each with its own marks.
    `total`, `rest`: recorded and unrecorded people as they would be shown; None where unknown.
    """

    since: int
    today: int
    pemula: int = 0
    marks: frozenset[int] = frozenset()
    apart: tuple[frozenset[int], ...] = ()
    total: int | None = None
    rest: int | None = None

    @property
    def moved(self) -> int:
        """About how many people a companion would hide."""
        return min((abs(mark) for mark in self.marks if mark), default=abs(self.since)) + self.today


def marks_of(now: Mapping[str, int], shown: Iterable[Mapping[str, int]]) -> frozenset[int]:
    """What a region counts after each day (`now`), and after each publication that showed it.

    `shown`: the same days as each of those publications counted them.
    """
    since_then = (now[day] - then[day] for then in shown for day in then if day in now)
    return frozenset((*now.values(), *since_then))


def safe(count: int) -> bool:
    return count == 0 or abs(count) >= SMALLEST


def _apart(marks: Collection[int]) -> bool:
    """Whether no two of these, nor one and zero, differ by a small count."""
    return all(safe(later - one) for one, later in pairwise(sorted({0, *marks})))


def is_small(counted: Counted) -> bool:
    """Whether showing this region's figures would show a count under five."""
    cells = (counted.pemula, counted.today - counted.pemula, counted.total, counted.rest)
    lines = ({counted.since, counted.today, *counted.marks}, *counted.apart)
    return not (
        all(safe(cell) for cell in cells if cell is not None)
        and all(_apart(line) for line in lines)
    )


@dataclass(frozen=True)
class LeftOut:
    """Codes whose counts since the basis' day, and whose counts of the day, are not shown."""

    since: set[str]
    today: set[str]


def left_out(
    counted: Mapping[str, Counted],
    hidden_before: Collection[str] = (),
    hidden_at_start: Collection[str] = (),
) -> LeftOut:
    """What to leave out of a tree of nation, provinces and regencies.

    `hidden_before`: codes left out of the publication before. Their count of the day stays out
    too: taken off what is shown now, it would give what was hidden then.
    `hidden_at_start`: codes left out of a publication of the day from which a row of theirs, or of a
    region above, counts now: shown, they would tell what they counted up to that publication.
    """
    small = {code for code, cell in counted.items() if is_small(cell)}
    since = _closed(counted, small | set(hidden_at_start))
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
        moved = counted[code].moved
        return moved == 0, moved, code

    return min(choices, key=rank)
