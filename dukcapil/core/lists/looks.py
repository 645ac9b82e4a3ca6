"""What a cell looks like, where no header says it."""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Any

from dukcapil.core.lists import words
from dukcapil.core.lists.clean import SEXES, Unreadable, day_of, digits_of
from dukcapil.core.lists.grid import text_of

_CODE = re.compile(r"\d\d\.?\d\d\.?\d\d\.?\d{4}")
#: More digits than a date or a telephone number has: meant as a NIK, right or wrong.
_LONG, _SHORTEST = re.compile(r"\d{14,18}"), 14


def like_nik(cell: Any) -> bool:
    """Sixteen digits, or so many that nothing else can be meant."""
    text = text_of(cell)
    return len(text) >= _SHORTEST and bool(_LONG.fullmatch(digits_of(text)))


def like_day(cell: Any) -> bool:
    if isinstance(cell, date):
        return True
    if not isinstance(cell, str) or sum(sign.isdigit() for sign in cell) < 4:
        return False
    if cell.strip().isdigit():
        return False
    try:
        return day_of(cell) is not None
    except Unreadable as error:
        return error.code == "date-impossible"


def like_sex(cell: Any) -> bool:
    word = words.squash(text_of(cell))
    return not word.isdigit() and word in SEXES


def like_village_code(cell: Any) -> bool:
    return bool(_CODE.fullmatch(text_of(cell)))


def like_running_number(cells: list[Any]) -> bool:
    """1, 2, 3 ..., as rows are counted."""
    numbers = [text_of(cell).rstrip(".)") for cell in cells]
    if not all(number.isdecimal() and len(number) < 6 for number in numbers):
        return False
    counted = [int(number) for number in numbers]
    return all(two - one == 1 for one, two in itertools.pairwise(counted))
