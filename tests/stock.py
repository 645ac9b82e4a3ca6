"""Cards in tests: what a keeper does, through HTTP, an hour ago and later."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from dukcapil.core.ids import uuid7
from tests.world import Answer, Caller, World, make_caller, today

TEAM = [{"name": "Siti Rahma", "function": "Pengurus barang"}]
WITNESSES = [
    {"name": "Budi Hartono", "function": "Kepala seksi", "office": "Satpol PP"},
    {"name": "Rina Sari", "function": "Auditor", "office": "Inspektorat"},
]
MINUTES = {"number": "470/12/BA/2026", "date": "2026-11-20"}
_minute = itertools.count(1)


def keepers(made: World) -> None:
    """Stock keepers of an office, of its province, of another province."""
    start = today() - timedelta(days=40)
    for name, region in (("keeper", "13.75"), ("province_keeper", "13"), ("far_keeper", "18")):
        made[name] = make_caller(name, "stock_keeper", region, start)


def later() -> datetime:
    """Each a second after the one before, all of them within the last three hours."""
    return timezone.now() - timedelta(hours=3) + timedelta(seconds=next(_minute) % 9000)


@dataclass
class Cards:
    """What one person books."""

    caller: Caller
    item: str = "card"

    def count(self, account: str, physical: int, **more: Any) -> Answer:
        return self.caller.post("stock/counts/", self.count_body(account, physical, **more))

    def count_body(self, account: str, physical: int, **more: Any) -> dict[str, Any]:
        return {
            "id": str(uuid7()),
            "account": account,
            "item": self.item,
            "physical": physical,
            "counted_at": later(),
            "team": TEAM,
            **more,
        }

    def move(self, source: str, target: str, quantity: int, **more: Any) -> Answer:
        return self.caller.post(
            "stock/movements/", self.move_body(source, target, quantity, **more)
        )

    def move_body(self, source: str, target: str, quantity: int, **more: Any) -> dict[str, Any]:
        return {
            "id": str(uuid7()),
            "item": self.item,
            "source": source,
            "target": target,
            "quantity": quantity,
            "document": "050/08/BA-DUKCAPIL/2026",
            "occurred_at": later(),
            **more,
        }

    def stock(self, region: str) -> dict[str, Any]:
        rows = self.caller.get(f"stock/?region={region}&item={self.item}").json["results"]
        return next(row for row in rows if row["region"] == region)

    def balance(self, region: str) -> dict[str, int]:
        return self.stock(region)["balance"]
