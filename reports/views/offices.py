"""The offices of a day as their page lists them: chosen, sorted, and those of the nation by province."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from dukcapil.regions.enums import Level
from dukcapil.regions.validators import ancestor
from reports.bases.validators import percent
from reports.daily.selectors.daily import counted_in

Row = dict[str, Any]

#: Which offices: whose day lacks this.
_SHOWN: dict[str, Callable[[Row], bool]] = {
    "all": bool,
    "no-report": lambda row: row["revision"] is None,
    "not-confirmed": lambda row: not row["confirmed_at"],
    "not-locked": lambda row: not row["locked_at"],
}


def _standing(row: Row) -> int:
    """How far the day is: who has no report first."""
    return sum(row[name] is not None for name in ("revision", "confirmed_at", "locked_at"))


#: How they are sorted, each with its code last.
_ORDERS: dict[str, Callable[[Row], Any]] = {
    "missing": _standing,
    "code": lambda row: row["region"],
    "recorded": lambda row: (row["recorded"] is None, -(row["recorded"] or 0)),
    "rate": lambda row: Decimal(row["rates"]["reporting_rate"] or -1),
    "on-time": lambda row: Decimal(row["rates"]["on_time_rate"] or -1),
}


@dataclass(frozen=True)
class Choice:
    """`province`: of the nation, the one that stands open."""

    show: str = "all"
    order: str = "missing"
    province: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> Choice:
        show, order = query.get("show", ""), query.get("order", "")
        return cls(
            show if show in _SHOWN else "all",
            order if order in _ORDERS else "missing",
            query.get("open", ""),
        )

    def of(self, rows: list[Row]) -> list[Row]:
        chosen = [row for row in rows if _SHOWN[self.show](row)]
        return sorted(chosen, key=lambda row: (_ORDERS[self.order](row), row["region"]))


def folded(rows: list[Row], choice: Choice) -> list[Row]:
    """A row for each province with what its offices sum to, in the same order; the open one with its
    offices.
    """
    offices: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        offices[ancestor(row["region"], Level.PROVINCE)].append(row)
    provinces = [_province(code, found) for code, found in offices.items()]
    for province in provinces:
        province["open"] = province["region"] == choice.province
    return sorted(provinces, key=lambda row: (_BY_PROVINCE[choice.order](row), row["region"]))


_BY_PROVINCE: dict[str, Callable[[Row], Any]] = {
    **_ORDERS,
    "missing": lambda row: (-row["not_reported"], -row["not_confirmed"]),
}


def _province(code: str, offices: list[Row]) -> Row:
    rates = [row["rates"] for row in offices]
    due, confirmed, on_time = (
        sum(rate[name] for rate in rates) for name in ("due", "confirmed", "on_time")
    )
    return {
        "region": code,
        "name": offices[0]["province"],
        "offices": offices,
        "not_reported": sum(row["revision"] is None for row in offices),
        "not_confirmed": sum(not row["confirmed_at"] for row in offices),
        "not_locked": sum(not row["locked_at"] for row in offices),
        **{name: counted_in(offices, name) for name in ("recorded", "ikd_activated", "failed")},
        "rates": {
            "due": due,
            "confirmed": confirmed,
            "reporting_rate": percent(confirmed, due),
            "on_time_rate": percent(on_time, due),
        },
    }
