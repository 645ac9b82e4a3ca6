"""How long an office's cards last (ADR 0058)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dukcapil.regions.enums import today_in
from events.stock.enums import Item
from events.stock.selectors import OfficeStock, Standing, standings
from reports.cover.selectors.office import net_by_day, ribbons_at, start_of

#: Cards that one ribbon prints.
PER_RIBBON = 500
#: Days with use that a mean is made of; with fewer than the least it says nothing.
MOST_DAYS, LEAST_DAYS = 10, 3
#: How far back days with use are looked for.
LOOKED_AT = timedelta(days=120)


@dataclass(frozen=True)
class Cover:
    """`cards`: in stores and bags; `ribbons`: None where nobody counts them. None: not known."""

    cards: int | None = None
    ribbons: int | None = None
    #: Cards that are used on a day of work.
    per_day: Decimal | None = None

    @property
    def printable(self) -> int | None:
        """What can be printed with what lies there."""
        if self.cards is None or self.ribbons is None:
            return self.cards
        return min(self.cards, self.ribbons * PER_RIBBON)

    @property
    def days(self) -> Decimal | None:
        if self.printable is None or not self.per_day:
            return None
        exact = Decimal(max(0, self.printable)) / self.per_day
        return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def text(self) -> str | None:
        """With one place, as programs get it."""
        return None if self.days is None else str(self.days)

    @property
    def ribbons_end_first(self) -> bool:
        return self.printable is not None and self.printable != self.cards


UNKNOWN = Cover()


def cover_of(codes: Iterable[str], day: date, item: str = Item.CARD) -> dict[str, Cover]:
    """Of each office on that day, which itself is not finished: the mean is that of days before it. Of a
    day that is over it is what lay there at its end; of one to come nobody knows.
    """
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    today = {code: today_in(code) for code in wanted}
    standing = standings(wanted, item, day - LOOKED_AT)
    found = {
        code: UNKNOWN if day > today[code] else cover_from(one, day)
        for code, one in standing.items()
    }
    over = [code for code in wanted if day < today[code]]
    return found | (_ended(standing, found, over, day, item) if over else {})


def _ended(
    standing: Mapping[str, Standing],
    found: Mapping[str, Cover],
    codes: list[str],
    day: date,
    item: str,
) -> dict[str, Cover]:
    ends = {code: start_of(code, day + timedelta(days=1)) for code in codes}
    later = net_by_day(codes, item, min(ends.values()))
    ribbons = ribbons_at(ends) if item == Item.CARD else {}
    return {
        code: _then(
            found[code],
            sum(n for on, n in later.get(code, {}).items() if on > day),
            ribbons.get(code),
            opened=_opened(standing[code].stock, ends[code]),
        )
        for code in codes
    }


def _opened(stock: OfficeStock, end: datetime) -> bool:
    return stock.opened_at is not None and stock.opened_at < end


def _then(cover: Cover, later: int, ribbons: int | None, *, opened: bool) -> Cover:
    """Before its opening an office has no stock."""
    if cover.cards is None or not opened:
        return Cover(per_day=cover.per_day)
    return Cover(cover.cards - later, ribbons, cover.per_day)


def cover_from(standing: Standing, day: date) -> Cover:
    """Ribbons print cards for adults and children: only those for adults are held against them."""
    ribbons = standing.ribbons if standing.stock.item == Item.CARD else None
    return Cover(standing.stock.left, ribbons, per_day(standing.used, day))


def per_day(used: Mapping[date, int], day: date) -> Decimal | None:
    """The mean of the last ten finished days with use."""
    worked = sorted((one for one, n in used.items() if n > 0 and one < day), reverse=True)
    chosen = worked[:MOST_DAYS]
    if len(chosen) < LEAST_DAYS:
        return None
    return Decimal(sum(used[one] for one in chosen)) / len(chosen)
