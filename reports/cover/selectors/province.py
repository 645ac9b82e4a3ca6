"""All offices of a region: what each has, how long it lasts, and how a province could share out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.templatetags.figures import decimal, people
from dukcapil.core.versions import version_of
from dukcapil.regions.enums import Level, today_in
from dukcapil.regions.models import Region
from dukcapil.regions.selectors import regions_below
from events.stock.enums import OUTER
from events.stock.selectors import OfficeStock, standings
from reports.cover.selectors.cover import LOOKED_AT, Cover, cover_from
from reports.cover.selectors.need import UNKNOWN, Need, needs_of
from reports.cover.selectors.sharing import Move, Plan, Store, share_out


@dataclass(frozen=True)
class OfficeRow:
    region: Region
    stock: OfficeStock
    cover: Cover
    need: Need

    @property
    def days(self) -> Decimal | None:
        return self.cover.days

    @property
    def short(self) -> int | None:
        """What lacks until everybody has a card; below zero: more than that lies there."""
        cards, needed = self.stock.left, self.need.cards
        return None if cards is None or needed is None else needed - cards

    @property
    def coming(self) -> int:
        """What is on its way here: sent is sent, so nobody is given the same twice."""
        return self.stock.in_transit or 0

    @property
    def with_coming(self) -> int:
        return (self.stock.left or 0) + self.coming


@dataclass(frozen=True)
class Explained:
    move: Move
    source: str
    target: str
    why: str


@dataclass(frozen=True)
class RegionStock:
    region: Region
    item: str
    #: Who runs out first stands first; who keeps nothing here last.
    rows: list[OfficeRow]
    #: The province's own store; None above a province, or where nobody keeps it.
    store: OfficeStock | None
    plan: Plan

    @property
    def kept(self) -> list[OfficeRow]:
        return [row for row in self.rows if row.stock.left is not None]

    @property
    def others(self) -> list[OfficeRow]:
        """Offices that keep no stock here."""
        return [row for row in self.rows if row.stock.left is None]

    @property
    def lines(self) -> list[Explained]:
        return list(_explained(self))


def region_stock(
    region: Region, offices: Sequence[Region], item: str, day: date, needs: Mapping[str, Need]
) -> RegionStock:
    """`offices` within the region; `needs`: of each, as the caller remembers them."""
    is_province = region.level == Level.PROVINCE
    codes = [one.pk for one in offices] + ([region.pk] if is_province else [])
    found = standings(codes, item, day - LOOKED_AT, day)
    rows = [
        OfficeRow(
            one,
            found[one.pk].stock,
            # Which days are finished says the clock of the office, as on its own page.
            cover_from(found[one.pk], today_in(one.pk)),
            needs.get(one.pk, UNKNOWN),
        )
        for one in offices
    ]
    rows.sort(key=_first)
    store = found[region.pk].stock if is_province else None
    return RegionStock(region, item, rows, store, _plan(region, rows, store))


def province_stock(province: Region, item: str, day: date) -> RegionStock:
    """As it stands at this moment."""
    offices = regions_below(province.pk, [Level.REGENCY])
    needs = needs_of([one.pk for one in offices], day)
    return region_stock(province, offices, item, day, needs)


def again(found: RegionStock, day: date) -> RegionStock:
    """The same offices as they stand by now; what they need is as it was."""
    needs = {row.region.pk: row.need for row in found.rows}
    return region_stock(found.region, [row.region for row in found.rows], found.item, day, needs)


def _first(row: OfficeRow) -> Any:
    """Who has nothing, or little, is not the last because nobody knows how long it would last."""
    left = row.stock.left
    if left == 0:
        known = 0
    elif row.days is not None:
        known = 1
    else:
        known = 2 if row.stock.low else 3
    return (left is None, known, row.days or 0, left or 0, row.region.pk)


def _plan(region: Region, rows: Iterable[OfficeRow], store: OfficeStock | None) -> Plan:
    if region.level != Level.PROVINCE:
        return Plan([], None, None)
    stores = [
        Store(row.region.pk, row.with_coming, row.cover.per_day, row.need.cards, row.stock.office)
        for row in rows
        if row.stock.left is not None
    ]
    return share_out(region.pk, (store.office if store else None) or 0, stores)


def plan_version(moves: Sequence[Move]) -> str:
    """Of what somebody looks at who carries it out."""
    return version_of({"moves": [[one.source, one.target, one.outers] for one in moves]})


def _explained(found: RegionStock) -> Iterable[Explained]:
    """Each move with why, in words: how long both last before and after all moves."""
    rows = {row.region.pk: row for row in found.rows}
    change: dict[str, int] = {}
    for one in found.plan.moves:
        change[one.source] = change.get(one.source, 0) - one.outers
        change[one.target] = change.get(one.target, 0) + one.outers
    for one in found.plan.moves:
        target = rows[one.target]
        source = rows.get(one.source)
        why = [_lasts(target, change[one.target]), _coming(target)]
        if source is None:
            left = ((found.store.office if found.store else 0) or 0) + change[one.source] * OUTER
            why.append(_("%(n)s cards stay in the store of the province") % {"n": people(left)})
        else:
            why.append(_lasts(source, change[one.source]))
            why.append(_keeps(source, change[one.source]))
        name = source.region.name if source else _("Store of the province")
        yield Explained(one, name, target.region.name, "; ".join(text for text in why if text))


def _lasts(row: OfficeRow, outers: int) -> str:
    per_day, cards = row.cover.per_day or Decimal(1), row.with_coming
    before, after = (
        (Decimal(n) / per_day).quantize(Decimal("0.1")) for n in (cards, cards + outers * OUTER)
    )
    return _("%(office)s lasts %(after)s days instead of %(before)s") % {
        "office": row.region.name,
        "after": decimal(after),
        "before": decimal(before),
    }


def _coming(row: OfficeRow) -> str:
    if not row.coming:
        return ""
    return _("%(n)s cards are on their way there already") % {"n": people(row.coming)}


def _keeps(row: OfficeRow, outers: int) -> str:
    left, needed = row.with_coming + outers * OUTER, row.need.cards
    if needed is None or left < needed:
        return _("all offices lack cards")
    return _("keeps %(left)s and needs %(need)s") % {"left": people(left), "need": people(needed)}
