"""The province's daily row: one of each office and day. A flow is of that day; a stock is its last value.
What nobody counted is unknown, not zero.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dukcapil.core.db import at_once
from dukcapil.regions.models import Region
from dukcapil.regions.validators import inside_sql, span
from registrations.documents.selectors import counted_part
from reports.cover.selectors.cover import cover_of
from reports.daily.selectors.daily import day_of_regencies
from reports.day_row.enums import COLUMNS, Column

_CELLS = f"""
SELECT day.regency_id AS region, c.service, c.reason, sum(c.n)::bigint AS n
  FROM reports_regencyday day
  JOIN reports_daycount c ON c.day_id = day.id AND c.service_date = day.service_date
 WHERE {inside_sql("day.regency_id")}
   AND day.service_date = %(day)s AND day.latest AND c.outcome = 'done'
 GROUP BY 1, 2, 3
"""

_BESIDE = "SELECT office, what, n FROM day_row_beside(%(offices)s, %(day)s)"

_PARTS_OF_RECORDED = ("print_ready", "sent", "duplicate")
_PARTS_OF_PRINTED = ("printed_ready", "printed_suket", "printed_again", "printed_unsaid")


@dataclass(frozen=True)
class OfficeRow:
    region: str
    name: str
    #: When the office confirmed its day; none before that.
    reported_at: datetime | None
    values: dict[str, int | None]

    @property
    def printed(self) -> int | None:
        return _sum(self.values[name] for name in _PARTS_OF_PRINTED)

    @property
    def recorded_residual(self) -> int | None:
        """What of the recordings is none of PRR, SFE and duplicate; 0 when the row adds up."""
        parts = _sum(self.values[name] for name in _PARTS_OF_RECORDED)
        recorded = self.values["recorded"]
        return None if parts is None or recorded is None else recorded - parts


@dataclass(frozen=True)
class DayRows:
    region: Region
    day: date
    rows: list[OfficeRow] = field(default_factory=list)

    @property
    def total(self) -> dict[str, int | None]:
        """Over the offices that know it; `known` says how many these are."""
        return {
            column.name: _known_sum(row.values[column.name] for row in self.rows)
            for column in COLUMNS
        }

    @property
    def known(self) -> dict[str, int]:
        return {
            column.name: sum(row.values[column.name] is not None for row in self.rows)
            for column in COLUMNS
        }


def day_rows(region: Region, day: date) -> DayRows:
    """Of every office within a region, or of one office."""
    offices = day_of_regencies(region.pk, day)
    cells: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    codes = [office["region"] for office in offices]
    found = at_once(
        {
            "cells": (_CELLS, {**span(region.pk), "day": day}),
            "counted": counted_part(region.pk, day, day),
            "beside": (_BESIDE, {"offices": codes, "day": day}),
        }
    )
    for cell in found["cells"]:
        cells[cell["region"]][cell["service"], cell["reason"]] = cell["n"]
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found["counted"]:
        of_office = counted[row["office"]]
        of_office[row["what"]] = of_office.get(row["what"], 0) + row["quantity"]
    beside: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found["beside"]:
        beside[row["office"]][row["what"]] = row["n"]
    left = cover_of(codes, day)
    return DayRows(
        region,
        day,
        [
            OfficeRow(
                office["region"],
                office["name"],
                office["confirmed_at"],
                _values(
                    cells[office["region"]] if office["revision"] is not None else None,
                    counted[office["region"]],
                    beside[office["region"]],
                )
                | {"cards_left": left[office["region"]].cards},
            )
            for office in offices
        ],
    )


def _values(
    cells: dict[tuple[str, str], int] | None, counted: dict[str, int], beside: dict[str, int]
) -> dict[str, int | None]:
    """`beside`: by `day_row_beside`, codes of SIAK and suket of days before."""
    found = {column.name: _value(column, cells, counted) for column in COLUMNS}
    said = {code: n for code, n in beside.items() if code != "suket_before"}
    for column in COLUMNS:
        if column.codes and said and found[column.name] is None:
            found[column.name] = sum(said.get(code, 0) for code in column.codes)
    return found | {"suket_before": beside.get("suket_before")}


def _value(
    column: Column, cells: dict[tuple[str, str], int] | None, counted: dict[str, int]
) -> int | None:
    """A day without a report says nothing of the ledger; what was counted beside it is known all the same."""
    parts: list[Any] = [counted[what] for what in column.counted if what in counted]
    if column.services and cells is not None:
        parts += [
            n
            for (service, reason), n in cells.items()
            if service in column.services and (not column.reasons or reason in column.reasons)
        ] or [0]
    return sum(parts) if parts else None


def _sum(values: Any) -> int | None:
    found = list(values)
    return None if None in found else sum(found)


def _known_sum(values: Any) -> int | None:
    found = [value for value in values if value is not None]
    return sum(found) if found else None
