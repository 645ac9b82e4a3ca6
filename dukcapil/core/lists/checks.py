"""What makes a whole list worthless, though each of its rows looks well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.core.lists.clean import Unreadable, nik_text
from dukcapil.core.lists.grid import Broken, text_of

#: So many that chance does not explain it: one list of three in a thousand ends in 0 three times.
_FEW = 3
_PARTS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})\b.*")


class _Row(Protocol):
    number: int
    cells: dict[str, Any]


class _Layout(Protocol):
    rows: list[Any]


def niks_kept_their_digits(layout: _Layout) -> None:
    """Excel keeps fifteen digits of a number; what it writes for the sixteenth is a 0."""
    cells = _cells(layout.rows, "nik")
    if len(cells) < _FEW:
        return
    read, lost = [], set[str]()
    for _number, cell in cells:
        try:
            read.append(nik_text(cell))
        except Unreadable as error:
            lost.add(error.code)
            if error.code not in ("nik-number", "nik-scientific"):
                read.append("")
    if read and not all(nik.endswith("0") for nik in read):
        return
    if not read and lost == {"nik-scientific"}:
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


def formulas_have_results(layout: _Layout) -> None:
    for kind in ("nik", "name", "birth_date"):
        cells = [cell for _number, cell in _cells(layout.rows, kind)]
        broken = [cell for cell in cells if isinstance(cell, Broken) and cell.kind == "formula"]
        if len(broken) * 2 > len(cells) >= _FEW:
            raise Invalid(
                "formula",
                _("The sheet holds formulas without results: open the file in Excel, save it, and"
                  " bring it again."),
                field="file",
            )  # fmt: skip


def days_in_one_order(layout: _Layout) -> None:
    """Lists write the day first. One that has the month first is not read by guessing each cell."""
    for kind in ("birth_date", "recorded_on"):
        _check_order(_cells(layout.rows, kind))


def _check_order(cells: Sequence[tuple[int, Any]]) -> None:
    texts = [
        (number, text_of(cell), parts)
        for number, cell in cells
        if isinstance(cell, str) and (parts := _PARTS.fullmatch(cell.strip()))
    ]
    day_first = [text for text in texts if int(text[2][1]) > 12 >= int(text[2][2])]
    month_first = [text for text in texts if int(text[2][2]) > 12 >= int(text[2][1])]
    if len(month_first) > len(day_first):
        number, read, _found = month_first[0]
        raise Invalid(
            "date-order",
            _("This list writes the month before the day (row %(row)s: “%(read)s”). Write the column"
              " as day, month, year, and bring it again.")
            % {"row": number, "read": read[:20]},
            field="birth_date",
        )  # fmt: skip
    if _half_turned(cells, day_first, len(texts)):
        raise Invalid(
            "date-order",
            _("Excel took some dates of this list for American ones: where the day is 12 or less it"
              " changed places with the month, as in row %(row)s. Take the list from where it comes"
              " from, with the column formatted as text.")
            % {"row": next(number for number, cell in cells if isinstance(cell, date))},
            field="birth_date",
        )  # fmt: skip


def _half_turned(cells: Iterable[tuple[int, Any]], day_first: Sequence[Any], texts: int) -> bool:
    """Dates where both readings are dates, and text exactly where only one is."""
    days = [cell for _number, cell in cells if isinstance(cell, date)]
    return len(days) >= _FEW and texts > 0 and len(day_first) == texts and all(
        day.day <= 12 for day in days
    )  # fmt: skip


def _cells(rows: Iterable[_Row], kind: str) -> list[tuple[int, Any]]:
    return [(row.number, row.cells[kind]) for row in rows if kind in row.cells]
