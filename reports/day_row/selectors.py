"""The province's daily row: one of each office and day. A flow is of that day; a stock is its last value.
What nobody counted is unknown, not zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.db import Found, at_once
from dukcapil.core.errors import Invalid
from dukcapil.regions.models import Region
from dukcapil.regions.validators import inside_sql, span
from registrations.cards.enums import TO_PRINT
from registrations.documents.selectors import counted_part
from reports.cover.selectors.cover import cover_of
from reports.daily.selectors.daily import day_of_regencies
from reports.day_row.enums import COLUMNS, RECAP_COLUMNS, Column, Nature

_CELLS = f"""
SELECT day.regency_id AS region, day.service_date AS day, c.service, c.reason, sum(c.n)::bigint AS n
  FROM reports_regencyday day
  LEFT JOIN reports_daycount c
    ON c.day_id = day.id AND c.service_date = day.service_date AND c.outcome = 'done'
 WHERE {inside_sql("day.regency_id")}
   AND day.service_date BETWEEN %(first)s AND %(last)s AND day.latest
 GROUP BY 1, 2, 3, 4
"""

_BESIDE = """
SELECT said.office, days.day::date AS day, said.what, said.n
  FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') days(day),
       LATERAL day_row_beside(%(offices)s, days.day::date) said
"""

#: Whose newest status of that day or before it says print-ready. An office without any keeps none: unknown.
_PRINT_READY = f"""
SELECT said.office_id AS office, count(*) FILTER (WHERE said.code = ANY (%(ready)s)) AS n
  FROM (SELECT DISTINCT ON (status.resident_id) status.office_id, status.code
          FROM registrations_recordstatus status
          JOIN regions_region office ON office.code = status.office_id
         WHERE {inside_sql("status.office_id")}
           AND timezone(office.timezone, status.at)::date <= %(last)s
         ORDER BY status.resident_id, status.at DESC, status.newest DESC, status.entered_at DESC) said
 GROUP BY 1
"""

#: By the day on which the village wrote it down; an office whose villages keep no register: unknown.
_BURIALS = f"""
SELECT office_id AS office, count(*) FILTER (
           WHERE state <> 'void' AND received IS NULL
             AND reported_on BETWEEN %(first)s AND %(last)s) AS n
  FROM registrations_burial WHERE {inside_sql("office_id")} GROUP BY 1
"""

#: The most days of one recap.
MOST_DAYS = 31

_PARTS_OF_RECORDED = ("print_ready", "sent", "duplicate")
_PARTS_OF_PRINTED = ("printed_ready", "printed_suket", "printed_again", "printed_unsaid")


@dataclass(frozen=True)
class OfficeRow:
    region: str
    name: str
    #: When the office confirmed its day; none before that.
    reported_at: datetime | None
    values: dict[str, int | None]
    #: Of a recap on how many of its days a column is known; a stock is of the last of them.
    days: dict[str, int] = field(default_factory=dict)

    @property
    def printed(self) -> int | None:
        return _sum(self.values[name] for name in _PARTS_OF_PRINTED)

    @property
    def recorded_residual(self) -> int | None:
        """What of the recordings is none of PRR, SFE and duplicate; 0 when the row adds up. Of a recap
        only where all of them are known on the same days.
        """
        if len({self.days.get(name, 0) for name in (*_PARTS_OF_RECORDED, "recorded")}) > 1:
            return None
        parts = _sum(self.values[name] for name in _PARTS_OF_RECORDED)
        recorded = self.values["recorded"]
        return None if parts is None or recorded is None else recorded - parts


@dataclass(frozen=True)
class DayRows:
    region: Region
    day: date
    rows: list[OfficeRow] = field(default_factory=list)
    columns: tuple[Column, ...] = COLUMNS
    #: Of a recap the first day; `day` is its last one.
    first: date | None = None

    @property
    def total(self) -> dict[str, int | None]:
        """Over the offices that know it; `known` says how many these are."""
        return {
            column.name: known_sum(row.values[column.name] for row in self.rows)
            for column in self.columns
        }

    @property
    def known(self) -> dict[str, int]:
        return {
            column.name: sum(row.values[column.name] is not None for row in self.rows)
            for column in self.columns
        }


def day_rows(region: Region, day: date) -> DayRows:
    """Of every office within a region, or of one office."""
    offices = day_of_regencies(region.pk, day)
    codes = [office["region"] for office in offices]
    days = _days_of(at_once(_parts(region, codes, day, day)))
    left = cover_of(codes, day)
    rows = []
    for office in offices:
        code = office["region"]
        said = days[code].get(str(day), _Day())
        values = values_of(said.cells, said.counted, said.beside)
        values["cards_left"] = left[code].cards
        rows.append(OfficeRow(code, office["name"], office["confirmed_at"], values))
    return DayRows(region, day, rows)


def recap_rows(region: Region, first: date, last: date) -> DayRows:
    """Days together: a flow is summed over the days on which it is known, a stock is its last value."""
    if not 0 <= (last - first).days < MOST_DAYS:
        text = _("A period runs forward, over at most %(most)s days.")
        raise Invalid("period", text % {"most": MOST_DAYS}, field="first")
    offices = day_of_regencies(region.pk, last)
    codes = [office["region"] for office in offices]
    within = {**span(region.pk), "first": first, "last": last}
    found = at_once(
        {
            # What was left of suket when the last day ended is what the next one begins with.
            **_parts(region, codes, first, last, beside=last + timedelta(days=1)),
            "ready": (_PRINT_READY, {**within, "ready": list(TO_PRINT)}),
            "burials": (_BURIALS, within),
        }
    )
    days = _days_of(found)
    left = cover_of(codes, last)
    ready, burials = (
        {row["office"]: row["n"] for row in found[name]} for name in ("ready", "burials")
    )
    rows = []
    for office in offices:
        code = office["region"]
        values, known = _together(days[code], first, last)
        values |= {
            "cards_left": left[code].cards,
            "print_ready_left": ready.get(code),
            "burials": burials.get(code),
        }
        rows.append(OfficeRow(code, office["name"], office["confirmed_at"], values, known))
    return DayRows(region, last, rows, RECAP_COLUMNS, first)


def _parts(
    region: Region, offices: list[str], first: date, last: date, beside: date | None = None
) -> dict[str, Any]:
    """Reads of what is said of days; `beside`: up to which day that of SIAK and of suket."""
    return {
        "cells": (_CELLS, {**span(region.pk), "first": first, "last": last}),
        "counted": counted_part(region.pk, first, last),
        "beside": (_BESIDE, {"offices": offices, "first": first, "last": beside or last}),
    }


@dataclass
class _Day:
    #: None: there is no report of the day.
    cells: dict[tuple[str, str], int] | None = None
    counted: Counter[str] = field(default_factory=Counter)
    beside: dict[str, int] = field(default_factory=dict)


def _days_of(found: Found) -> dict[str, dict[str, _Day]]:
    """Office -> day as text -> what is said of it."""
    days: dict[str, dict[str, _Day]] = defaultdict(lambda: defaultdict(_Day))
    for row in found["cells"]:
        day = days[row["region"]][row["day"]]
        day.cells = day.cells or {}
        if row["n"] is not None:
            day.cells[row["service"], row["reason"]] = row["n"]
    for row in found["counted"]:
        days[row["office"]][row["day"]].counted[row["what"]] += row["quantity"]
    for row in found["beside"]:
        days[row["office"]][row["day"]].beside[row["what"]] = row["n"]
    return days


def _together(
    days: dict[str, _Day], first: date, last: date
) -> tuple[dict[str, int | None], dict[str, int]]:
    """Values of an office, and on how many days each column is known."""
    span_of = [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    each = [
        values_of(day.cells, day.counted, day.beside, RECAP_COLUMNS)
        for day in (days.get(text, _Day()) for text in span_of)
    ]
    values: dict[str, int | None] = {}
    known: dict[str, int] = {}
    for column in RECAP_COLUMNS:
        said = [one[column.name] for one in each if one[column.name] is not None]
        known[column.name] = len(said)
        # What stands: of suket on the last day itself, of what is counted by hand what was said last.
        values[column.name] = (
            known_sum(said)
            if column.nature == Nature.FLOW
            else (said[-1] if said and column.counted else each[-1][column.name])
        )
    after = days.get(str(last + timedelta(days=1)), _Day())
    values["suket_left"] = after.beside.get("suket_before")
    return values, known


def values_of(
    cells: dict[tuple[str, str], int] | None,
    counted: dict[str, int],
    beside: dict[str, int],
    columns: tuple[Column, ...] = COLUMNS,
) -> dict[str, int | None]:
    """`beside`: by `day_row_beside`, codes of SIAK and suket of days before."""
    found = {column.name: _value(column, cells, counted) for column in columns}
    said = {code: n for code, n in beside.items() if code != "suket_before"}
    for column in columns:
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


def known_sum(values: Any) -> int | None:
    found = [value for value in values if value is not None]
    return sum(found) if found else None
