"""What makes a whole list worthless, though each of its rows looks well."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.lists.clean import SIGNS, Unreadable, nik_text
from dukcapil.core.lists.grid import Broken

#: So many that chance does not explain it: one list of three in a thousand ends in 0 three times.
_FEW = 3
#: With every sign that a day is read with: else a list that writes another one is turned in silence.
_YEAR_FIRST = re.compile(rf"\d{{4}}{SIGNS}+(\d{{1,2}}){SIGNS}+(\d{{1,2}})\b.*")
_PARTS = re.compile(rf"(\d{{1,2}}){SIGNS}+(\d{{1,2}}){SIGNS}+(\d{{4}}|\d{{2}})\b.*")


class Row(Protocol):
    number: int
    cells: dict[str, Any]


class Check(Protocol):
    """Sees every row once, keeps only counts, and raises Invalid for the whole list at the end."""

    def see(self, row: Row) -> None: ...

    def end(self) -> None: ...


class NiksKeptTheirDigits:
    """Excel keeps fifteen digits of a number; what it writes for the sixteenth is a 0."""

    def __init__(self) -> None:
        self.count, self.read, self.fine = 0, 0, False
        self.lost: set[str] = set()

    def see(self, row: Row) -> None:
        if self.fine or "nik" not in row.cells:
            return
        self.count += 1
        try:
            self.read += 1
            self.fine = not nik_text(row.cells["nik"]).endswith("0")
        except Unreadable as error:
            self.lost.add(error.code)
            if error.code in ("nik-number", "nik-scientific"):
                self.read -= 1
            else:
                self.fine = True

    def end(self) -> None:
        if self.fine or self.count < _FEW:
            return
        if not self.read and self.lost == {"nik-scientific"}:
            raise Invalid(
                "nik-scientific",
                _("Excel shortened every NIK of this list (as in 1,37E+15), and the last digits are lost."
                  " Take the list from where it comes from, with the column formatted as text."),
                field="nik",
            )  # fmt: skip
        raise Invalid(
            "nik-zeros",
            _("Every NIK of this list ends in 0: Excel took them for numbers, and the last digit is lost."
              " Take the list from where it comes from, with the column formatted as text."),
            field="nik",
        )  # fmt: skip


class FormulasHaveResults:
    def __init__(self) -> None:
        self.counts = {kind: [0, 0] for kind in ("nik", "name", "birth_date")}

    def see(self, row: Row) -> None:
        for kind, counts in self.counts.items():
            cell = row.cells.get(kind)
            if cell is not None:
                counts[0] += 1
                counts[1] += isinstance(cell, Broken) and cell.kind == "formula"

    def end(self) -> None:
        for count, broken in self.counts.values():
            if broken * 2 > count >= _FEW:
                raise Invalid(
                    "formula",
                    _("The sheet holds formulas without results: open the file in Excel, save it, and"
                      " bring it again."),
                    field="file",
                )  # fmt: skip


class DaysInOneOrder:
    """Lists write the day first. One that has the month first is not read by guessing each cell."""

    def __init__(self) -> None:
        self.columns = {kind: _Order() for kind in ("birth_date", "recorded_on")}

    def see(self, row: Row) -> None:
        for kind, order in self.columns.items():
            cell = row.cells.get(kind)
            if cell is not None:
                order.see(row.number, cell)

    def end(self) -> None:
        for order in self.columns.values():
            order.end()


class _Order:
    """Of one column."""

    def __init__(self) -> None:
        self.texts = self.day_first = self.month_first = 0
        #: With the month first, without one between them that has the day first.
        self.run = self.longest_run = 0
        self.example = (0, "")
        self.dates, self.late = 0, False
        self.year_day_month = self.year_month_day = 0
        #: The first one with the day between year and month.
        self.between = (0, "")
        #: The first real date of a sheet: its row.
        self.date_in = 0

    def see(self, number: int, cell: Any) -> None:
        if isinstance(cell, date):
            self.dates += 1
            self.late = self.late or cell.day > 12
            self.date_in = self.date_in or number
        elif isinstance(cell, str) and (parts := _PARTS.fullmatch(cell.strip())):
            self.texts += 1
            first, second = int(parts[1]), int(parts[2])
            if first > 12 >= second:
                self.day_first += 1
                self.run = 0
            elif second > 12 >= first:
                self._month_first(number, cell)
        elif isinstance(cell, str) and (parts := _YEAR_FIRST.fullmatch(cell.strip())):
            second, third = int(parts[1]), int(parts[2])
            if second > 12 >= third:
                self.year_day_month += 1
                self.between = self.between if self.between[0] else (number, cell[:20])
            elif third > 12 >= second:
                self.year_month_day += 1

    def _month_first(self, number: int, read: str) -> None:
        self.month_first += 1
        self.run += 1
        self.longest_run = max(self.longest_run, self.run)
        if not self.example[0]:
            self.example = (number, read[:20])

    def end(self) -> None:
        # A part with the month first is not excused by what stands around it.
        if self.month_first > self.day_first or self.longest_run >= _FEW:
            number, read = self.example
            raise Invalid(
                "date-order",
                _("This list writes the month before the day (row %(row)s: “%(read)s”). Write the column"
                  " as day, month, year, and bring it again.")
                % {"row": number, "read": read},
                field="birth_date",
            )  # fmt: skip
        if self.year_day_month > self.year_month_day + self.day_first:
            number, read = self.between
            raise Invalid(
                "date-order",
                _("This list writes the day between year and month (row %(row)s: “%(read)s”). Write the"
                  " column as day, month, year, and bring it again.")
                % {"row": number, "read": read},
                field="birth_date",
            )  # fmt: skip
        if self._half_turned():
            raise Invalid(
                "date-order",
                _("Excel took some dates of this list for American ones: where the day is 12 or less it"
                  " changed places with the month, as in row %(row)s. Take the list from where it comes"
                  " from, with the column formatted as text.")
                % {"row": self.date_in},
                field="birth_date",
            )  # fmt: skip

    def _half_turned(self) -> bool:
        """Dates where both readings are dates, and text exactly where only one is."""
        return self.dates >= _FEW and 0 < self.texts == self.day_first and not self.late
