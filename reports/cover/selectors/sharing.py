"""How whole outers are moved within a province so that its offices run out together: a pure function."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from events.stock.enums import OUTER


@dataclass(frozen=True)
class Store:
    """An office as it stands, with what is on its way there. `per_day` None: nobody knows how long its
    cards last, so it neither gives nor gets; `need` None: it gives nothing, for it may need all of it.
    """

    code: str
    cards: int
    per_day: Decimal | None = None
    need: int | None = None
    #: What lies in its stores and can be sent on from there; None: all of it.
    in_stores: int | None = None

    def days(self, outers: int = 0) -> Fraction:
        """How long its cards last with so many outers more; exactly, so that no outer too many is moved."""
        return Fraction(self.cards + outers * OUTER) / Fraction(self.per_day or 1)

    @property
    def is_short(self) -> bool:
        return self.need is not None and self.cards < self.need


@dataclass(frozen=True)
class Move:
    #: Code of an office, or of the province for its store.
    source: str
    target: str
    outers: int

    @property
    def cards(self) -> int:
        return self.outers * OUTER


@dataclass(frozen=True)
class Plan:
    """The shortest cover before and after; None where no office's is known."""

    moves: list[Move]
    before: Fraction | None
    after: Fraction | None


def share_out(province: str, in_store: int, offices: Sequence[Store]) -> Plan:
    """The moves after which the office that runs out first lasts as long as it can, with as few outers
    moved as that takes. No office falls below its own need, unless every office is short of it. The
    same stores always give the same moves.
    """
    known = sorted((one for one in offices if one.per_day), key=lambda one: one.code)
    if not known:
        return Plan([], None, None)
    needing = [one for one in known if one.need is not None]
    all_short = all(one.is_short for one in needing)
    gives = {one.code: _givable(one, all_short=all_short) for one in known}
    goal = _goal(known, gives, in_store // OUTER)
    wants = {one.code: _lacks(one, goal) for one in known}
    spare = {
        one.code: min(gives[one.code], _above(one, goal)) for one in known if not wants[one.code]
    }
    before = min(one.days() for one in known)
    return Plan(
        _moves(province, in_store // OUTER, known, wants, spare) if goal > before else [],
        before,
        max(before, goal),
    )


def _givable(one: Store, *, all_short: bool) -> int:
    if one.need is None:
        return 0
    floor = 0 if all_short else one.need
    if one.cards <= floor:
        return 0
    most = one.cards if one.in_stores is None else one.in_stores
    return min(one.cards - floor, most) // OUTER


def _goal(known: Sequence[Store], gives: dict[str, int], pool: int) -> Fraction:
    """The best shortest cover: all that may be given is gathered, and each outer goes to whoever runs
    out first. One outer never helps anybody more than the one who lasts shortest, so this is the most.
    """
    waiting = [(one.days(-gives[one.code]), one.code, -gives[one.code]) for one in known]
    by_code = {one.code: one for one in known}
    heapq.heapify(waiting)
    for _outer in range(pool + sum(gives.values())):
        _shortest, code, outers = waiting[0]
        heapq.heapreplace(waiting, (by_code[code].days(outers + 1), code, outers + 1))
    return waiting[0][0]


def _lacks(one: Store, goal: Fraction) -> int:
    """Outers without which this office would not last that long."""
    missing = goal * Fraction(one.per_day or 0) - one.cards
    return max(0, math.ceil(missing / OUTER))


def _above(one: Store, goal: Fraction) -> int:
    """Outers that it could give and still last that long."""
    return max(0, math.floor((one.cards - goal * Fraction(one.per_day or 0)) / OUTER))


def _moves(
    province: str,
    in_store: int,
    known: Sequence[Store],
    wants: dict[str, int],
    spare: dict[str, int],
) -> list[Move]:
    """The province's store first, then whoever lasts longest after each outer; to who lasts shortest."""
    by_code = {one.code: one for one in known}
    givers = [(-by_code[code].days(-1), code, 1) for code, most in spare.items() if most]
    heapq.heapify(givers)
    found: dict[tuple[str, str], int] = {}
    for one in sorted(known, key=lambda one: (one.days(), one.code)):
        for _outer in range(wants[one.code]):
            if in_store:
                source, in_store = province, in_store - 1
            else:
                _longest, source, given = givers[0]
                if given < spare[source]:
                    longest = -by_code[source].days(-given - 1)
                    heapq.heapreplace(givers, (longest, source, given + 1))
                else:
                    heapq.heappop(givers)
            found[source, one.code] = found.get((source, one.code), 0) + 1
    return [Move(source, target, outers) for (source, target), outers in found.items()]
