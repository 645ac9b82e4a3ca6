"""What an office has, what went in and out, and how many cards it uses a day."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.utils import timezone

from dukcapil.accounts.scoping import Actor
from dukcapil.core.db import dicts, rows
from dukcapil.core.errors import NotFound
from dukcapil.regions.models import inside
from dukcapil.regions.validators import NATION
from events.stock.enums import THRESHOLD, AccountKind, Item
from events.stock.models import Movement, StockAccount, StockCount, StockRequest
from events.stock.validators import settled

_K = AccountKind


@dataclass(frozen=True)
class OfficeStock:
    """Of one item, at one moment. Before an office's first count nothing is known."""

    region: str
    item: str
    opened_at: datetime | None = None
    #: The last count of the office's own store.
    counted_at: datetime | None = None
    office: int | None = None
    event: int | None = None
    in_transit: int | None = None
    printed: int | None = None
    spoiled: int | None = None
    handed_in: int | None = None
    destroyed: int | None = None
    difference: int | None = None
    threshold: int = THRESHOLD

    @property
    def left(self) -> int | None:
        """What can be printed: stores and bags."""
        return None if self.office is None or self.event is None else self.office + self.event

    @property
    def low(self) -> bool:
        return self.left is not None and self.left < self.threshold


#: What `OfficeStock` has of an account's kind.
SHOWN = (
    "office",
    "event",
    "in_transit",
    "printed",
    "spoiled",
    "handed_in",
    "destroyed",
    "difference",
)

_BALANCES = f"""
SELECT office.code, stock.opened_at, stock.counted_at,
       {", ".join(f"stock.{kind}" for kind in SHOWN)}, threshold.least
  FROM unnest(%(codes)s::text[]) AS office (code)
  LEFT JOIN LATERAL (
      SELECT max(opened_at) FILTER (WHERE own) AS opened_at,
             max(counted_at) FILTER (WHERE own) AS counted_at,
             {", ".join(f"coalesce(sum(balance) FILTER (WHERE kind = '{kind}' OR kind = 'province' AND '{kind}' = 'office'), 0)::bigint AS {kind}" for kind in SHOWN)}
        FROM (SELECT *, kind = 'province' OR kind = 'office' AND point_id IS NULL AS own
                FROM events_stockaccount
               WHERE (office_id = office.code OR province_id = office.code) AND item = %(item)s) account
  ) stock ON true
  LEFT JOIN LATERAL (
      SELECT least FROM events_stockthreshold
       WHERE office_id = office.code AND item = %(item)s AND valid_from <= %(today)s
       ORDER BY valid_from DESC, at DESC LIMIT 1
  ) threshold ON true
"""


def balances(codes: Iterable[str], item: str, today: date | None = None) -> dict[str, OfficeStock]:
    """Of offices (or provinces: their own store) -> what each has, in one query. Every code is there."""
    params = {"codes": list(codes), "item": item, "today": today or timezone.localdate()}
    return {row["code"]: _stock(row, item) for row in dicts(_BALANCES, params)}


def _stock(row: dict[str, Any], item: str) -> OfficeStock:
    code, least = row.pop("code"), row.pop("least")
    known = row if row["opened_at"] else {}
    return OfficeStock(code, item, threshold=THRESHOLD if least is None else least, **known)


@dataclass(frozen=True)
class Bag:
    """What an event took along, and what became of it. `taken + difference = printed + spoiled +
    returned + left`, where nothing went another way.
    """

    taken: int = 0
    printed: int = 0
    spoiled: int = 0
    #: To a store, or to whom it was lent by.
    returned: int = 0
    left: int = 0
    #: What was missing (negative) or too much, by counts and by prints from an empty bag.
    difference: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)

    @property
    def filled(self) -> bool:
        return self != Bag()


_BAGS = """
WITH bag AS (
    SELECT id, event_id, item FROM events_stockaccount
     WHERE event_id = ANY (%(events)s) AND item = ANY (%(items)s) AND moves > 0
), flow AS (
    SELECT bag.event_id AS event, bag.item, 'bag' AS given, move.target_kind AS taken, move.target_id AS other,
           move.quantity, other.event_id IS NOT DISTINCT FROM bag.event_id AS inside
      FROM bag JOIN events_movement move ON move.source_id = bag.id
      JOIN events_stockaccount other ON other.id = move.target_id
    UNION ALL
    SELECT bag.event_id, bag.item, move.source_kind, 'bag', move.source_id, move.quantity,
           other.event_id IS NOT DISTINCT FROM bag.event_id
      FROM bag JOIN events_movement move ON move.target_id = bag.id
      JOIN events_stockaccount other ON other.id = move.source_id
    UNION ALL
    SELECT event_id, item, source_kind, target_kind, target_id, quantity, false
      FROM events_movement move
     WHERE event_id = ANY (%(events)s) AND act IN ('record', 'void')
       AND source_kind IN ('printed', 'difference') AND target_kind <> 'event'
       AND (event_id, item) IN (SELECT event_id, item FROM bag)
       -- A card of a store, printed before there was a bag, is none of the bag's when it is void.
       AND (act = 'record' OR EXISTS (
           SELECT 1 FROM events_movement card WHERE card.record = move.record
              AND card.act = 'record' AND card.source_kind IN ('event', 'difference')))
)
SELECT event, flow.item, given, taken, coalesce(other.card_class, '') AS class, sum(quantity)::bigint
  FROM flow JOIN events_stockaccount other ON other.id = flow.other
 WHERE NOT inside GROUP BY 1, 2, 3, 4, 5
"""
_ELSEWHERE = (_K.OFFICE, _K.IN_TRANSIT, _K.EVENT)
_GONE = (_K.SPOILED, _K.DESTROYED)


def bags_of(events: Collection[uuid.UUID], item: str = "card") -> dict[uuid.UUID, Bag]:
    """The bags of each event together, in one query; an event without one has nothing in it."""
    return {event: bags[item] for event, bags in _bags(events, [item]).items()}


def bags_by_item(event: uuid.UUID) -> dict[str, Bag]:
    """Item -> what an event took along of it, in one query."""
    return _bags([event], Item.moved())[event]


def _bags(events: Collection[uuid.UUID], items: Collection[str]) -> dict[uuid.UUID, dict[str, Bag]]:
    flows: dict[tuple[uuid.UUID, str], list[tuple[str, str, str, int]]] = {}
    params = {"events": list(events), "items": list(items)}
    for event, item, given, taken, card_class, n in rows(_BAGS, params) if events else []:
        flows.setdefault((event, item), []).append((given, taken, card_class, n))
    return {event: {item: _bag(flows.get((event, item), [])) for item in items} for event in events}


def bag_of(event: uuid.UUID, item: str = "card") -> Bag:
    return bags_of([event], item)[event]


def _bag(flows: list[tuple[str, str, str, int]]) -> Bag:
    def net(kinds: Collection[str]) -> int:
        """What arrived there, less what came back from there."""
        arrived = sum(one[3] for one in flows if one[1] in kinds)
        return arrived - sum(one[3] for one in flows if one[0] in kinds)

    by_class: dict[str, int] = {}
    for given, taken, card_class, quantity in flows:
        if _K.SPOILED in (taken, given):
            sign = 1 if taken == _K.SPOILED else -1
            by_class[card_class] = by_class.get(card_class, 0) + sign * quantity
    return Bag(
        taken=sum(one[3] for one in flows if one[1] == "bag" and one[0] in _ELSEWHERE),
        printed=net((_K.PRINTED,)),
        spoiled=net(_GONE),
        returned=sum(one[3] for one in flows if one[0] == "bag" and one[1] in _ELSEWHERE),
        left=net(("bag",)),
        difference=-net((_K.DIFFERENCE,)),
        by_class=by_class,
    )


def bag_accounts(event: uuid.UUID) -> list[StockAccount]:
    """The bags of an event, of the event first, then of its teams."""
    bags = StockAccount.objects.filter(event_id=event).select_related("team")
    return sorted(bags, key=lambda bag: (bag.item, bag.team_id or 0))


_AT = """
SELECT coalesce(sum(change), 0)::bigint FROM (
    SELECT quantity AS change FROM events_movement
     WHERE target_id = %(id)s AND received_at > %(at)s AND occurred_at > %(at)s
    UNION ALL
    SELECT - quantity FROM events_movement
     WHERE source_id = %(id)s AND received_at > %(at)s AND occurred_at > %(at)s) changes
"""


def balance_at(account: StockAccount, moment: datetime) -> int:
    """What the books had then: what occurred after it is taken out again."""
    return account.balance - int(rows(_AT, {"id": account.pk, "at": moment})[0][0])


@dataclass(frozen=True)
class StatementRow:
    """A movement, seen from one account."""

    movement: Movement
    #: Positive: came in.
    change: int
    #: Of the account, after it.
    balance: int
    other: StockAccount


def statement(
    account: StockAccount,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    acts: Collection[str] = (),
    before: datetime | None = None,
    limit: int = 50,
) -> list[StatementRow]:
    """Like a bank's, the newest first, in the order of booking. `since`, `until`: when it occurred;
    `before`: `received_at` of the last row of the page before. Two queries, however long it is.
    """
    conditions = "".join(
        text
        for text, wanted in (
            (" AND occurred_at >= %(since)s", since),
            (" AND occurred_at < %(until)s", until),
            (" AND act = ANY (%(acts)s)", acts),
            (" AND received_at < %(before)s", before),
            # Nothing is received before it occurred.
            (" AND received_at >= %(since)s", since),
        )
        if wanted
    )
    side = (
        "(SELECT id, received_at FROM events_movement WHERE {side} = %(account)s"
        f"{conditions} ORDER BY received_at DESC LIMIT %(limit)s)"
    )
    params: dict[str, Any] = {
        "account": account.pk,
        "since": since,
        "until": until,
        "acts": list(acts),
        "before": before,
        "limit": limit,
    }
    both = " UNION ALL ".join(side.format(side=name) for name in ("source_id", "target_id"))
    found = rows(f"SELECT id FROM ({both}) sides ORDER BY received_at DESC LIMIT %(limit)s", params)
    moves = Movement.objects.select_related("source", "target", "by", "event", "count")
    by_id = moves.in_bulk([one[0] for one in found])
    return [_seen_from(account, by_id[one[0]]) for one in found]


def _seen_from(account: StockAccount, move: Movement) -> StatementRow:
    if move.target_id == account.pk:
        return StatementRow(move, move.quantity, move.target_balance, move.source)
    return StatementRow(move, -move.quantity, move.source_balance, move.target)


_USE = """
SELECT office.code, (move.occurred_at AT TIME ZONE office.timezone)::date,
       sum(move.change)::bigint
  FROM regions_region office
  JOIN events_stockaccount used ON used.office_id = office.code AND used.item = %(item)s
       AND used.kind IN ('printed', 'spoiled')
  JOIN LATERAL (
      SELECT occurred_at, quantity AS change FROM events_movement
       WHERE target_id = used.id AND act IN ('record', 'move')
         AND received_at >= (%(since)s::timestamp AT TIME ZONE office.timezone)
         AND source_kind NOT IN ('printed', 'spoiled')
      UNION ALL
      SELECT occurred_at, - quantity FROM events_movement
       WHERE source_id = used.id
         AND (act = 'void' AND target_kind <> 'spoiled'
              OR act = 'move' AND target_kind IN ('office', 'province', 'event'))
         AND received_at >= (%(since)s::timestamp AT TIME ZONE office.timezone)
  ) move ON move.occurred_at >= (%(since)s::timestamp AT TIME ZONE office.timezone)
 WHERE office.code = ANY (%(codes)s)
 GROUP BY 1, 2
"""


def use_by_day(codes: Iterable[str], item: str, since: date) -> dict[str, dict[date, int]]:
    """Office -> local day -> cards printed and spoiled, less those that a void gave back or somebody took
    back; in one query. A day on which nothing was used does not stand here.
    """
    used: dict[str, dict[date, int]] = {code: {} for code in codes}
    for code, day, cards in rows(_USE, {"codes": list(used), "item": item, "since": since}):
        used[code][day] = cards
    return {code: settled(days) for code, days in used.items()}


@dataclass(frozen=True)
class Standing:
    """What an office has, what it used on each day, and its ribbons; None where nobody counts these."""

    stock: OfficeStock
    used: Mapping[date, int]
    ribbons: int | None


_STANDING = f"""
WITH kept AS ({_BALANCES}),
     used AS (SELECT code, jsonb_object_agg(day, cards) AS days
                FROM ({_USE}) AS used (code, day, cards) GROUP BY code)
SELECT kept.*, used.days,
       (SELECT sum(balance)::bigint FROM events_stockaccount ribbon
         WHERE ribbon.office_id = kept.code AND ribbon.item = 'ribbon'
           AND ribbon.counted_at IS NOT NULL) AS ribbons
  FROM kept LEFT JOIN used ON used.code = kept.code
"""


def standings(
    codes: Iterable[str], item: str, since: date, today: date | None = None
) -> dict[str, Standing]:
    """`balances`, `use_by_day` and ribbons in one query, for pages of many offices."""
    params = {"codes": list(codes), "item": item, "since": since}
    found = {}
    for row in dicts(_STANDING, params | {"today": today or timezone.localdate()}):
        days, ribbons = orjson.loads(row.pop("days") or "{}"), row.pop("ribbons")
        used = settled({date.fromisoformat(day): cards for day, cards in days.items()})
        stock = _stock(row, item)
        found[stock.region] = Standing(stock, used, ribbons)
    return found


def accounts_of(place: str, item: str = "") -> list[StockAccount]:
    """Every account of an office or a province that something happened in."""
    found = StockAccount.objects.filter(Q(office_id=place) | Q(province_id=place))
    if item:
        found = found.filter(item=item)
    return list(found.select_related("point", "event", "team").order_by("item", "kind", "key"))


def movements_in(
    region: str, *, item: str = "", event: uuid.UUID | None = None
) -> QuerySet[Movement]:
    """What came in or went out of a region's accounts: transfers are seen from either end."""
    found = Movement.objects.select_related("source", "target")
    if event is not None:
        found = found.filter(event_id=event)
    if item:
        found = found.filter(item=item)
    if region == NATION:
        return found
    own = StockAccount.objects.filter(
        inside("office_id", region) | inside("province_id", region)
    ).values("pk")
    return found.filter(Q(source__in=own) | Q(target__in=own))


def requests_in(region: str, *, waiting: bool = False) -> QuerySet[StockRequest]:
    """The newest first."""
    found = StockRequest.objects.filter(inside("office_id", region))
    if waiting:
        found = found.filter(decided_at=None)
    return found.select_related("office", "asked_by", "decided_by").order_by("-asked_at")


def counts_of(account: StockAccount, limit: int = 20) -> list[StockCount]:
    newest = StockCount.objects.filter(account=account).select_related("by")
    return list(newest.order_by("-counted_at", "-received_at")[:limit])


def get_movement_or_404(by: Actor, movement_id: uuid.UUID) -> Movement:
    """Of an account that the actor's region holds, or the other end of one."""
    found = movements_in(by.office or by.region).filter(pk=movement_id).first()
    if found is None:
        raise NotFound
    return found
