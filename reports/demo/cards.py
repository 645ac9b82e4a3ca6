"""A month of cards of the demonstration: counted, received, taken to events and back, spoiled, destroyed.

Everything is booked in the order in which it happened, through the verbs of pages and API; the prints of
the events move their own cards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from dukcapil.accounts.scoping import Actor, scoped
from dukcapil.core.db import EVERYBODY
from dukcapil.core.ids import uuid7
from dukcapil.regions.enums import zone_of
from dukcapil.regions.models import Region
from events.planning.models.event import ServiceEvent
from events.stock.enums import OUTER, Item
from events.stock.models import StockAccount
from events.stock.selectors import bag_of
from events.stock.services.counting import count
from events.stock.services.moving import move
from events.stock.services.requests import ask_stock, decide_request
from events.stock.validators import Minutes
from reports.demo.accounts import actor

PROVINCE = "13"
#: Who keeps the cards of the province, and of each office.
KEEPERS = {PROVINCE: "stok-provinsi", "13.75": "stok", "13.06": "operator-agam"}
#: Days before today of the first count; nothing moves before it.
OPENED = 30
#: What lay there then. Agam has less than its threshold of a thousand, even with what came.
OPENING = {PROVINCE: 7 * OUTER, "13.75": 1_312, "13.06": 960}
RIBBONS = {"13.75": 9, "13.06": 4}
CHILD_CARDS = {"13.75": 400}
#: Cards that go along to an event, and to the large one of today.
BAG, LARGE_BAG = 50, 100
#: Keeper of the stock and examiner sign a count, two of other offices a destruction.
TEAM = [
    {"name": "Contoh Pengurus", "function": "Pengurus barang"},
    {"name": "Contoh Pemeriksa", "function": "Pemeriksa"},
]
WITNESSES = [
    {"name": "Contoh Saksi Satu", "function": "Kepala seksi", "office": "Satpol PP (contoh)"},
    {"name": "Contoh Saksi Dua", "function": "Auditor", "office": "Inspektorat (contoh)"},
]


@dataclass(frozen=True)
class Flow:
    """Cards that changed hands so many days ago. `paper`: what its document is called."""

    days_ago: int
    hour: int
    source: str
    target: str
    quantity: int
    paper: str
    supplier: str = ""
    funds: str = ""
    reason: str = ""
    #: Before two witnesses, with minutes.
    witnessed: bool = False


#: What happens beside the events, oldest first. Agam's last outer is still on its way.
FLOWS = {
    PROVINCE: [
        Flow(
            *(28, 10, "centre", "province:13", 3 * OUTER, "BAST"),
            supplier="Ditjen Dukcapil (contoh)",
            funds="APBN",
        )
    ],
    "13.75": [
        Flow(25, 9, "province:13", "in_transit:13.75", OUTER, "BA-Distribusi"),
        Flow(24, 11, "in_transit:13.75", "office:13.75", OUTER, "BA-Penerimaan"),
        Flow(19, 15, "public:13.75", "handed_in:13.75:data_changed", 12, "Daftar-KTP-Lama"),
        Flow(16, 15, "public:13.75", "handed_in:13.75:moved", 5, "Daftar-KTP-Lama"),
        Flow(15, 8, "office:13.75", "spoiled:13.75:physical", 2, "BA-Rusak", reason="Tertekuk"),
        *(
            Flow(
                *(5, 10, source, "destroyed:13.75", quantity, "BA-Pemusnahan"),
                reason="Dipotong lalu dibakar",
                witnessed=True,
            )
            for source, quantity in (
                ("handed_in:13.75:data_changed", 12),
                ("spoiled:13.75:physical", 2),
            )
        ),
    ],
    "13.06": [
        Flow(
            *(22, 10, "grant:13.06", "office:13.06", 60, "BAST-Hibah"),
            supplier="Pemerintah Kabupaten Agam (contoh)",
            funds="APBD (hibah)",
        ),
        Flow(18, 14, "public:13.06", "handed_in:13.06:damaged", 4, "Daftar-KTP-Lama"),
        Flow(1, 9, "province:13", "in_transit:13.06", OUTER, "BA-Distribusi"),
    ],
}
#: Counts of the month: days before today, what was missing, and why.
COUNTS = {
    "13.75": (8, 1, "Satu kartu dipakai untuk uji pencetak dan tidak tercatat"),
    "13.06": (9, 0, ""),
}


def open_stores() -> None:
    """The first counts, and what comes to the province."""
    with scoped(EVERYBODY):
        today = timezone.localdate()
        for place, username in KEEPERS.items():
            by = actor(username)
            store = f"province:{place}" if place == PROVINCE else f"office:{place}"
            opened = when(place, today, OPENED, 7)
            _count(by, store, Item.CARD, OPENING[place], opened)
            if place in CHILD_CARDS:
                _count(by, store, Item.CHILD_CARD, CHILD_CARDS[place], opened)
        Month(PROVINCE, today).go_on_until(0)


def ask_for_cards() -> None:
    """Bukittinggi asked for more than it got; Agam waits for an answer."""
    with scoped(EVERYBODY):
        for place, asked, granted, reason in (
            ("13.75", 2 * OUTER, OUTER, "Perekaman pemula menjelang pemilihan contoh"),
            ("13.06", 2 * OUTER, None, "Sisa mendekati ambang; satu outer di jalan belum cukup"),
        ):
            request = ask_stock(
                by=actor(KEEPERS[place]),
                office=Region.objects.get(pk=place),
                item=Item.CARD,
                asked=asked,
                reason=reason,
            )
            if granted is not None:
                decide_request(
                    by=actor(KEEPERS[PROVINCE]),
                    request_id=request.pk,
                    granted=granted,
                    note="Satu outer dahulu; stok provinsi dibagi rata",
                )


class Month:
    """What is due at one place beside its events, while they are made day by day."""

    def __init__(self, place: str, today: date) -> None:
        self.place, self.today = place, today
        due: list[tuple[int, Callable[[], None]]] = [
            (flow.days_ago, partial(self._book, flow)) for flow in FLOWS[place]
        ]
        if place in COUNTS:
            due.append((COUNTS[place][0], self._count))
        self.due = sorted(due, key=lambda one: -one[0])

    def go_on_until(self, days_ago: int) -> None:
        """Book what happened before the day that lies so many days back."""
        while self.due and self.due[0][0] > days_ago:
            self.due.pop(0)[1]()

    def _book(self, flow: Flow) -> None:
        at = when(self.place, self.today, flow.days_ago, flow.hour)
        keeper = PROVINCE if f"province:{PROVINCE}" in (flow.source, flow.target) else self.place
        _move(
            keeper,
            at,
            source=flow.source,
            target=flow.target,
            quantity=flow.quantity,
            document=_document(flow.paper, at),
            reason=flow.reason,
            supplier=flow.supplier,
            funds=flow.funds,
            minutes=None if not flow.witnessed else Minutes(_document(flow.paper, at), at.date()),
            witnesses=WITNESSES if flow.witnessed else (),
        )

    def _count(self) -> None:
        days_ago, missing, reason = COUNTS[self.place]
        store, at = f"office:{self.place}", when(self.place, self.today, days_ago, 16)
        by = actor(KEEPERS[self.place])
        there = StockAccount.objects.get(key=store, item=Item.CARD).balance
        _count(by, store, Item.CARD, there - missing, at, reason)
        _count(by, store, Item.RIBBON, RIBBONS[self.place], at)


def pack(event: ServiceEvent, at: datetime, quantity: int = BAG) -> None:
    """Cards go along to an event."""
    office = event.office_id
    _move(
        office,
        at,
        source=f"office:{office}",
        target=f"event:{event.pk}",
        quantity=quantity,
        document=_document("Serah-Terima", at),
        event=event.pk,
    )


def unpack(event: ServiceEvent, at: datetime) -> None:
    """What was not used comes back."""
    office = event.office_id
    _move(
        office,
        at,
        source=f"event:{event.pk}",
        target=f"office:{office}",
        quantity=bag_of(event.pk).left,
        document=_document("Pengembalian", at),
        event=event.pk,
    )


def when(place: str, today: date, days_ago: int, hour: int) -> datetime:
    zone = ZoneInfo(zone_of(place))
    return datetime.combine(today - timedelta(days=days_ago), time(hour), zone)


def _document(paper: str, at: datetime) -> str:
    return f"Contoh/{paper}/{at:%d-%m-%Y}"


def _move(keeper: str, at: datetime, **what: Any) -> None:
    move(by=actor(KEEPERS[keeper]), movement_id=uuid7(), item=Item.CARD, occurred_at=at, **what)


def _count(
    by: Actor, store: str, item: Item, physical: int, at: datetime, reason: str = ""
) -> None:
    count(
        by=by,
        count_id=uuid7(),
        account=store,
        item=item,
        physical=physical,
        counted_at=at,
        team=TEAM,
        reason=reason,
    )
