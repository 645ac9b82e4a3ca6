"""Greedy by price, then large neighbourhood search: a fixed number of rounds, never a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reports.planner.core.board import REGRET, Board, Placed
from reports.planner.core.dice import Dice
from reports.planner.core.instance import Floats32, Office
from reports.planner.core.plans import MISSING, Duty
from reports.planner.core.pricing import Prices
from reports.planner.core.trips import Trip

ROUNDS = 600
#: Parts of a thousand of the plan's points that a worse plan may lose at first.
_HEAT = 1
#: Duties taken out in one round: two, and fewer than so many more.
_OUT = 5


@dataclass(frozen=True)
class Effort:
    """How long to look: rounds, a seed, and how much a crowd that is not served weighs."""

    rounds: int = ROUNDS
    seed: int = 1
    regret: int = REGRET


def priced(board: Board, prices: Prices, share: float = 1.0) -> Floats32:
    """(trips, dates): points that money, team-day and kits are worth, by whole numbers."""
    kits = np.array([one.kits for one in board.trips], dtype=np.float64)[:, None]
    days = np.array([len(one.days) for one in board.trips], dtype=np.float64)[:, None]
    cost = board.crews.least[:, None] * prices.rupiah
    found = cost + days * prices.team[None, :] + kits * prices.kit[None, :]
    return np.asarray(np.rint(found * share), dtype=np.float32)


def fill(board: Board, noise: Floats32, price: Floats32) -> None:
    """Adds trips while one is worth more than its price, then while one adds anything."""
    board.rescore(noise, price)
    _add(board)
    board.unprice()
    _add(board)


def _add(board: Board) -> None:
    while (found := board.best()) is not None:
        trip, date = found
        board.place(trip, date, board.crews.choice(trip, date))


class Search:
    """One office: a board, its prices, and the best plan found so far."""

    def __init__(self, office: Office, trips: list[Trip], prices: Prices, effort: Effort) -> None:
        self.office, self.effort = office, effort
        self.board = Board(office, trips, effort.regret)
        self.price = priced(self.board, prices)
        self.dice = Dice(effort.seed, len(office.sites))
        self.plain = np.ones(len(trips), dtype=np.float32)
        #: Where the stops of each trip lie, for choosing what is near: travel from its first one.
        self.there = office.minutes[1:, 1:] + office.minutes[1:, 1:].T
        self.best: list[Placed] = []
        self.rank = 0

    def greedy(self) -> None:
        fill(self.board, self.plain, self.price)
        self._keep()

    def begin(self, known: list[tuple[int, int, int]]) -> None:
        """From a plan that is known, as far as its trips still fit: trip, date and team of each."""
        self.board.remove(list(self.board.placed))
        for trip, date, team in known:
            if not self.board.fits(trip, date):
                continue
            crews = self.board.crews
            same = crews.can(trip, date, team)
            self.board.place(trip, date, team if same else crews.choice(trip, date))
        fill(self.board, self.plain, self.price)
        self._keep()

    def _keep(self) -> None:
        if not self.best or self.board.rank > self.rank:
            self.rank = self.board.rank
            self.best = list(self.board.placed.values())

    def run(self, stop: Callable[[], bool] | None = None) -> None:
        """The rounds: some duties out, others in; a worse plan is kept while it is still hot."""
        self._restore(self.best)
        for number in range(self.effort.rounds):
            if not self.board.placed or (stop is not None and number % 16 == 0 and stop()):
                break
            self._round(self.effort.rounds - number)
        self._restore(self.best)

    def _round(self, left: int) -> None:
        board = self.board
        mark, rank = board.begin(), board.rank
        board.remove(self._chosen())
        wide = (64, 160, 320)[self.dice.below(3)]
        noise = self.dice.many(board.n, 1024 - wide, 1024 + wide).astype(np.float32) / 1024
        price = self.price if self.dice.below(3) else self.price * np.float32(0.75)
        fill(board, np.asarray(noise, dtype=np.float32), price)
        heat = abs(rank) % MISSING * _HEAT * left // (1000 * self.effort.rounds)
        if board.rank < rank - self.dice.below(heat + 1):
            board.undo(mark)
        else:
            self._keep()

    def _restore(self, placed: list[Placed]) -> None:
        self.board.remove(list(self.board.placed))
        for one in placed:
            self.board.place(one.trip, one.date, one.team)

    def _chosen(self) -> list[int]:
        """Keys of duties to take out: any, near each other, of one week, or the poorest."""
        board, dice = self.board, self.dice
        keys = sorted(board.placed)
        most = max(4, min(_OUT, len(keys) // 4))
        many = min(len(keys), 2 + dice.below(most))
        how = dice.below(4)
        one = board.placed[keys[dice.below(len(keys))]]
        if how == 0:
            return sorted({keys[dice.below(len(keys))] for _n in range(many)})
        if how == 1:
            rank = {key: self._far(one, board.placed[key]) for key in keys}
        elif how == 2:
            rank = {key: abs(board.placed[key].date - one.date) for key in keys}
        else:
            rank = {
                key: board.share(key) * (512 + dice.below(1024)) // (board.placed[key].cost + 1000)
                for key in keys
            }
        return sorted(keys, key=lambda key: (rank[key], key))[:many]

    def _far(self, one: Placed, other: Placed) -> int:
        here = self.board.trips[one.trip].stops[0][0]
        return min(int(self.there[here, s]) for s, _d, _m in self.board.trips[other.trip].stops)

    def duties(self) -> list[Duty]:
        return self.board.duties()
