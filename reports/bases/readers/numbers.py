"""Counts of people as offices write them. A dot or comma is understood by its whole column.

`1.234` is 1,234 people to one program and one and a bit to another. What the column does not decide
is refused with both readings; nothing is taken for zero because it is empty or a dash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from dukcapil.core.tables import Broken

#: What stands for "nobody knows", beside an empty cell.
UNKNOWN = {"-", "–", "—", "--", "...", "…", "n/a", "na", "tad", "t.a.d", "t.a.d.", "nihil data"}
LARGEST = 10**15
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_UNIT = re.compile(r"\s*(jiwa|orang|org|penduduk|keping|people)\.?$", re.IGNORECASE)
_BELOW_ZERO = re.compile(r"[-−–]\s?(.+)|\((.+)\)")
_DIGITS = re.compile(r"\d+")
_SPACED = re.compile(r"\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*")
_ONE_GROUP = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
_GROUPS = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})+")
_GROUPS_AND_REST = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*([.,])(\d+)")
_REST = re.compile(r"\d+([.,])(\d+)")
_SHORTENED = re.compile(r"\d+([.,]\d+)?e\+?\d+", re.IGNORECASE)
_ERRORS = re.compile(
    r"#(REF|N/A|NAME|VALUE|DIV/0|NULL|NUM|NILAI|NAMA|SPILL|CALC)[!?]?|#{3,}|#\?", re.IGNORECASE
)


@dataclass
class Column:
    """The counts of one column by row; what is wrong, and what was decided about all of it."""

    values: dict[int, int | None] = field(default_factory=dict)
    #: (row, what is wrong and what to do)
    errors: list[tuple[int, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass
class _Seen:
    """What the cells of a column tell of its signs."""

    #: Signs that separate thousands somewhere without doubt; that separate a rest.
    groups: set[str] = field(default_factory=set)
    rests: set[str] = field(default_factory=set)
    #: A number of thousands that is written without a sign.
    plain: str = ""
    #: row -> (text, sign, minus): one sign and three digits.
    open: dict[int, tuple[str, str, bool]] = field(default_factory=dict)
    dashes: list[int] = field(default_factory=list)


class _NoCount(Exception):
    """Says what is wrong."""


def read_column(cells: Iterable[tuple[int, Any]], *, below_zero: bool = False) -> Column:
    """Each (row, cell) as a count, or None where it is unknown."""
    column, seen = Column(), _Seen()
    for row, cell in cells:
        try:
            column.values[row] = _count(row, cell, seen, below_zero=below_zero)
        except _NoCount as error:
            column.errors.append((row, str(error)))
    _decide(column, seen)
    column.errors.sort()
    if seen.dashes:
        text = _("a dash is unknown, not zero (%(count)s cells, first in row %(row)s)")
        column.said.append(text % {"count": len(seen.dashes), "row": seen.dashes[0]})
    return column


def _count(row: int, cell: Any, seen: _Seen, *, below_zero: bool) -> int | None:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _number(cell, seen, below_zero=below_zero)
    if isinstance(cell, Broken):
        raise _NoCount(_broken(str(cell) or "#"))
    if isinstance(cell, (bool, date)):
        raise _NoCount(_("This is no number of people: %(read)s.") % {"read": cell})
    text = _UNSEEN.sub("", str(cell or ""))
    text = _SPACES.sub(" ", text).strip().removeprefix("'").strip()
    if text.casefold() in UNKNOWN:
        seen.dashes.append(row)
        return None
    if not text:
        return None
    return _written(row, _UNIT.sub("", text), seen, below_zero=below_zero)


def _number(cell: float, seen: _Seen, *, below_zero: bool) -> int:
    if cell != int(cell):
        written = repr(cell).replace(".", get_format("DECIMAL_SEPARATOR"))
        raise _NoCount(_with_rest(written, abs(cell)))
    if cell < 0 and not below_zero:
        raise _NoCount(_("A number of people is not below zero."))
    if abs(cell) >= 1000:
        seen.plain = seen.plain or str(int(cell))
    return int(cell)


def _written(row: int, text: str, seen: _Seen, *, below_zero: bool) -> int | None:
    if _ERRORS.fullmatch(text):
        raise _NoCount(_broken(text))
    if "%" in text:
        raise _NoCount(
            _("This is a percentage. Give the number of people; we compute percentages.")
        )
    minus = _BELOW_ZERO.fullmatch(text)
    if minus and not below_zero:
        raise _NoCount(_("A number of people is not below zero."))
    body = (minus[1] or minus[2]).strip() if minus else text
    if one := _ONE_GROUP.fullmatch(body):
        seen.open[row] = body, one[1], bool(minus)
        return None
    count = _plain(body, seen)
    return -count if minus else count


def _plain(text: str, seen: _Seen) -> int:
    if _DIGITS.fullmatch(text) and text.isascii():
        if len(text) > 3:
            seen.plain = seen.plain or text
        return _sized(text)
    if _SPACED.fullmatch(text):
        return _sized(text)
    if groups := _GROUPS.fullmatch(text):
        seen.groups.add(groups[1])
        return _sized(text)
    if _SHORTENED.fullmatch(text):
        text = _("A program shortened this number (%(read)s): write all of its digits.") % {
            "read": text
        }
        raise _NoCount(text)
    if (both := _GROUPS_AND_REST.fullmatch(text)) and both[1] != both[2]:
        seen.groups.add(both[1])
        return _without_rest(text, both[2], both[3], seen)
    if rest := _REST.fullmatch(text):
        return _without_rest(text, rest[1], rest[2], seen)
    raise _NoCount(
        _("“%(read)s” is no number of people. Write digits; leave it empty if it is unknown.")
        % {"read": text[:40]}
    )


def _without_rest(text: str, sign: str, rest: str, seen: _Seen) -> int:
    seen.rests.add(sign)
    if set(rest) != {"0"}:
        raise _NoCount(_with_rest(text, None))
    return _sized(text.rpartition(sign)[0])


def _sized(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    if len(digits) > len(str(LARGEST)):
        raise _NoCount(_("More digits than there are people."))
    return int(digits)


def _broken(text: str) -> str:
    return _(
        "The workbook shows %(read)s: its formula has no value. Mend it there, or leave the cell empty."
    ) % {"read": text}


def _with_rest(text: str, number: float | None) -> str:
    words = _("People are whole numbers, and this is %(read)s.") % {"read": text}
    thousands = number is not None and number < 1000 and round(number * 1000, 6)
    if thousands and thousands == int(thousands):
        # What a program makes of 1.234 when it takes the dot for the beginning of a rest.
        hint = _("If %(count)s is meant, write it without a dot.") % {"count": int(thousands)}
        words = f"{words} {hint}"
    return words


def _decide(column: Column, seen: _Seen) -> None:
    """One sign and three digits: thousands, unless the column says otherwise."""
    signs = seen.groups | {sign for _text, sign, _minus in seen.open.values()}
    for row, (text, sign, minus) in seen.open.items():
        count = int(re.sub(r"\D", "", text))
        doubt = sign in seen.rests or len(signs) > 1 or (seen.plain and sign not in seen.groups)
        if doubt:
            column.errors.append((row, _two_readings(text, count, sign, seen)))
            column.values.pop(row, None)
        else:
            column.values[row] = -count if minus else count
    if not column.errors and seen.open:
        text, sign, _minus = next(iter(seen.open.values()))
        word = _("dots") if sign == "." else _("commas")
        said = _("%(signs)s separate thousands: %(text)s is %(count)s")
        column.said.append(said % {"signs": word, "text": text, "count": re.sub(r"\D", "", text)})


def _two_readings(text: str, count: int, sign: str, seen: _Seen) -> str:
    other = next(iter(seen.rests | seen.groups - {sign}), "")
    why = (
        _("the column writes others as %(other)s") % {"other": seen.plain}
        if seen.plain and not other
        else _("the column uses dots and commas in several ways")
    )
    return _(
        "“%(text)s” can be %(count)s, or %(whole)s and a bit; %(why)s. Write %(count)s if that is meant."
    ) % {"text": text, "count": count, "whole": text.partition(sign)[0], "why": why}
