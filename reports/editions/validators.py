"""How numbers of an edition are made coarse."""

from __future__ import annotations

from reports.editions.enums import FEWEST, STEP


def rounded(count: int) -> int:
    """The nearest multiple of `STEP`; nobody is unrecorded less than not at all."""
    return (max(count, 0) + STEP // 2) // STEP * STEP


def is_small(count: int) -> bool:
    """A number that stands for so few people that they might be known."""
    return 0 < count < STEP


def joined(voters: list[tuple[str, int]]) -> list[list[str]]:
    """Codes with their potential voters, in the order of the codes -> codes that go together.

    Neighbours are those whose codes follow each other: no map is needed to see what was joined.
    """
    groups: list[list[str]] = []
    count = FEWEST
    for code, people in voters:
        if count < FEWEST:
            groups[-1].append(code)
            count += people
        else:
            groups.append([code])
            count = people
    if count < FEWEST and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    return groups
