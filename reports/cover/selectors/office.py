"""An office's stock as its page shows it: few queries, whatever its accounts and movements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from dukcapil.accounts.permissions import Role
from dukcapil.core.db import dicts
from dukcapil.regions.enums import bounds, zone_of
from events.incidents.models import Task
from events.planning.enums import EventState
from events.planning.models.event import ServiceEvent
from events.stock.enums import AccountKind, Act, Item
from events.stock.models import Movement, StockAccount
from registrations.ledger.enums import Outcome, RowKind
from registrations.ledger.models import ServiceRecord
from registrations.ledger.validators import CARD_ITEMS
from reports.cover.selectors.words import account_words

_K = AccountKind
#: Groups of an office's accounts, in the order of the page.
_GROUPS: tuple[tuple[AccountKind, ...], ...] = (
    (_K.OFFICE, _K.PROVINCE),
    (_K.EVENT, _K.IN_TRANSIT),
    (_K.SPOILED, _K.HANDED_IN),
    (_K.PRINTED, _K.DESTROYED, _K.DIFFERENCE),
)
#: What lies in the office's hands: cards left.
IN_HAND = (_K.OFFICE, _K.EVENT)
#: With these an account is named without another query.
NAMES = ("office", "province", "point", "event", "team")


@dataclass(frozen=True)
class Row:
    account: StockAccount
    words: str


@dataclass(frozen=True)
class OfficeAccounts:
    """Every account of an office, or of a province's store, of all items."""

    code: str
    rows: list[Row]
    #: Whether bags are called by the title of their event.
    titled: bool = True

    def of(self, item: str, *kinds: AccountKind) -> list[Row]:
        return [
            row
            for row in self.rows
            if row.account.item == item and (not kinds or row.account.kind in kinds)
        ]

    def sum_of(self, item: str, *kinds: AccountKind) -> int:
        return sum(row.account.balance for row in self.of(item, *kinds))

    def is_open(self, item: str) -> bool:
        return self.store(item) is not None

    def store(self, item: str) -> Row | None:
        """The store of the office itself, once it was counted."""
        stores = self.of(item, *_K.stores())
        found = (row for row in stores if row.account.point_id is None and row.account.opened_at)
        return next(found, None)

    def groups(self, item: str) -> list[tuple[str, list[Row]]]:
        """Those that hold something, and the stores."""
        found = []
        for kinds in _GROUPS:
            rows = [
                row
                for row in self.of(item, *kinds)
                if row.account.balance or row.account.kind in _K.stores()
            ]
            if rows:
                found.append((str(kinds[0].label), rows))
        return found

    @property
    def supplies(self) -> list[Row]:
        """Ribbons, film, kits: what is counted and never moved."""
        return [row for row in self.rows if row.account.item not in Item.moved()]


_ORDER = {kind: number for number, kind in enumerate(kind for group in _GROUPS for kind in group)}


def accounts_of(code: str, *, titled: bool = True) -> OfficeAccounts:
    own = Q(office=code) | Q(province=code)
    found = StockAccount.objects.filter(own).select_related(*NAMES)
    ordered = sorted(
        found,
        key=lambda one: (_ORDER.get(AccountKind(one.kind), 9), one.point_id is not None, one.key),
    )
    rows = [Row(one, account_words(one, code, titled=titled)) for one in ordered]
    return OfficeAccounts(code, rows, titled)


NET = """
SELECT region.code AS office,
       (moved.occurred_at AT TIME ZONE region.timezone)::date AS day,
       sum(CASE WHEN moved.target_id = account.id THEN moved.quantity ELSE - moved.quantity END)::bigint
           AS net
  FROM events_stockaccount account
  JOIN regions_region region ON region.code = coalesce(account.office_id, account.province_id)
  JOIN events_movement moved ON account.id IN (moved.source_id, moved.target_id)
 WHERE (account.office_id = ANY (%(codes)s) OR account.province_id = ANY (%(codes)s))
   AND account.item = %(item)s
   AND account.kind = ANY (%(kinds)s) AND moved.received_at >= %(since)s
   AND moved.occurred_at >= %(since)s
 GROUP BY 1, 2
"""


def net_by_day(codes: Iterable[str], item: str, since: datetime) -> dict[str, dict[date, int]]:
    """office -> local day -> what its stores and bags together gained on it."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for row in dicts(NET, net_params(codes, item, since)):
        found[row["office"]][row["day"]] = row["net"]
    return found


def net_params(codes: Iterable[str], item: str, since: datetime) -> dict[str, Any]:
    return {
        "codes": list(codes),
        "item": item,
        "kinds": [str(kind) for kind in (*IN_HAND, _K.PROVINCE)],
        "since": since,
    }


_RIBBONS = """
SELECT ribbon.office_id AS office, sum(newest.physical)::bigint AS ribbons
  FROM unnest(%(codes)s::text[], %(ends)s::timestamptz[]) AS ended (code, at)
  JOIN events_stockaccount ribbon ON ribbon.office_id = ended.code AND ribbon.item = 'ribbon'
  JOIN LATERAL (
      SELECT physical FROM events_stockcount
       WHERE account_id = ribbon.id AND counted_at < ended.at
       ORDER BY counted_at DESC, received_at DESC LIMIT 1
  ) newest ON true
 GROUP BY 1
"""


def ribbons_at(ends: Mapping[str, datetime]) -> dict[str, int]:
    """Of each office its ribbons by the counts before that moment; without one it is not there."""
    params = {"codes": list(ends), "ends": list(ends.values())}
    return {row["office"]: row["ribbons"] for row in dicts(_RIBBONS, params)}


_BOOKED = """
SELECT max(moved.received_at) AS at
  FROM events_stockaccount account
  JOIN LATERAL (
      (SELECT received_at FROM events_movement
        WHERE source_id = account.id ORDER BY received_at DESC LIMIT 1)
      UNION ALL
      (SELECT received_at FROM events_movement
        WHERE target_id = account.id ORDER BY received_at DESC LIMIT 1)
  ) moved ON true
 WHERE account.office_id = ANY (%(codes)s) AND account.item = %(item)s
   AND account.kind = ANY (%(kinds)s)
"""


def booked_at(codes: Iterable[str], item: str = Item.CARD) -> datetime | None:
    """When the newest movement came of what is in these offices' hands: so far their books are kept."""
    params = {"codes": list(codes), "item": item, "kinds": [str(kind) for kind in IN_HAND]}
    found: datetime | None = dicts(_BOOKED, params)[0]["at"]
    return found


def start_of(code: str, day: date) -> datetime:
    return bounds(day, zone_of(code))[0]


@dataclass(frozen=True)
class Line:
    """A movement as a statement shows it. `came`, `balance`: of the account whose statement it is."""

    movement: Movement
    words: str
    note: str
    came: bool = False
    balance: int | None = None


#: Relations of both ends, so that each is named without another query.
BOTH_ENDS = ("by", *(f"{end}__{name}" for end in ("source", "target") for name in NAMES))


def line_of(
    movement: Movement, own: str, account_id: int | None = None, *, titled: bool = True
) -> Line:
    """`account_id`: of the account whose statement it is; without one both ends are named."""
    source, target = (
        account_words(one, own, titled=titled) for one in (movement.source, movement.target)
    )
    came = movement.target_id == account_id
    if account_id is None:
        words = _("%(source)s to %(target)s") % {"source": source, "target": target}
    elif came:
        words = _("from %(source)s") % {"source": source}
    else:
        words = _("to %(target)s") % {"target": target}
    parts = [movement.document, movement.supplier, movement.funds, movement.reason]
    if movement.act in (Act.OPENING, Act.COUNT):
        parts.insert(0, str(movement.get_act_display()))
    return Line(
        movement,
        words,
        " · ".join(part for part in parts if part),
        came,
        movement.target_balance if came else movement.source_balance,
    )


#: By whom it was done with a hand: what records print stands in the statement.
_BY_HAND = (Act.MOVE, Act.OPENING, Act.COUNT)


def newest_lines(found: OfficeAccounts, item: str, since: datetime, most: int) -> list[Line]:
    """What somebody moved or counted last at an office."""
    accounts = [row.account.pk for row in found.of(item)]

    def newest(end: str) -> QuerySet[Movement, Any]:
        moved = Movement.objects.filter(
            **{f"{end}__in": accounts}, received_at__gte=since, act__in=_BY_HAND
        )
        return moved.order_by("-received_at", "-pk").values("pk")[:most]

    # Each end by its own index: no movement is read that could not be shown.
    rows = Movement.objects.filter(pk__in=newest("source").union(newest("target")))
    return [
        line_of(one, found.code, titled=found.titled)
        for one in rows.select_related(*BOTH_ENDS).order_by("-received_at", "-pk")[:most]
    ]


def printed_since(code: str, item: str, moment: datetime) -> int:
    """Cards that an office printed after it by its service ledger, voided ones left out."""
    services = [service for service, card in CARD_ITEMS.items() if card == item]
    printed = ServiceRecord.objects.filter(
        office=code,
        service__in=services,
        outcome=Outcome.DONE,
        row_kind=RowKind.RECORD,
        occurred_at__gt=moment,
    )
    # One that is in doubt used its card too.
    return printed.exclude(later__row_kind=RowKind.VOID).count()


def tasks_of_keeper(code: str) -> QuerySet[Task]:
    """What an office's stock keeper is asked to do and has not done, by the day on which it is due.
    A task names a function by a word, and whoever wrote it may have read another language.
    """
    named = Q()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            named |= Q(owner__iexact=str(Role.STOCK_KEEPER.label))
    found = Task.objects.filter(named, office=code, done_at=None)
    return found.order_by("due", "pk")[:20]


#: Days that a curve looks back.
BACK = timedelta(days=31)


def events_ahead(code: str, today: date) -> list[ServiceEvent]:
    """Events of an office into whose bags something may be put."""
    found = ServiceEvent.objects.filter(
        office=code, state__in=EventState.ahead(), ends_on__gte=today - timedelta(days=1)
    )
    return list(found.order_by("starts_on", "title")[:60])
