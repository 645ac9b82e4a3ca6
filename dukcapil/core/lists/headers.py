"""Finding the header of a list: below titles, in one to three rows, above a row of numbers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from dukcapil.core.lists import words
from dukcapil.core.lists.grid import GridRow, text_of
from dukcapil.core.lists.vocabulary import Vocabulary

#: Rows in which a header is looked for, and the most rows that it has.
LOOKED_AT, TALLEST = 50, 3
#: Digits in a row that no header has.
_DATA = 8


class Header(NamedTuple):
    """`first`: its place among the rows; `levels`: of each column, its words from above."""

    first: int
    height: int
    levels: list[tuple[str, ...]]
    kinds: list[str]


def find(rows: Sequence[GridRow], vocabulary: Vocabulary) -> Header | None:
    """The rows that name the most columns; None when no row names any that a list needs."""
    best: tuple[tuple[int, int, int, int], Header] | None = None
    texts = [[text_of(cell) for cell in row.cells] for row in rows[:LOOKED_AT]]
    for first in range(len(texts)):
        for height in range(1, TALLEST + 1):
            block = texts[first : first + height]
            if len(block) < height or not _may_be_header(block[-1]):
                break
            header = _read(first, block, vocabulary)
            worth = _worth(header, block, vocabulary)
            if worth is not None and (best is None or worth > best[0]):
                best = worth, header
    return best[1] if best else _of_unknown_words(texts, rows, vocabulary)


def _of_unknown_words(
    texts: list[list[str]], rows: Sequence[GridRow], vocabulary: Vocabulary
) -> Header | None:
    """A row of words right above the first that has a number or a day of somebody."""
    looks = [
        kind.looks
        for kind in vocabulary.kinds
        if kind.looks and (kind.day or kind.name in vocabulary.needs)
    ]
    for place, row in enumerate(rows[1 : len(texts)]):
        if any(look(cell) for look in looks for cell in row.cells if text_of(cell)):
            words_only = not any(sign.isdigit() for text in texts[place] for sign in text)
            if words_only and sum(map(bool, texts[place])) > 1:
                return _read(place, [texts[place]], vocabulary)
            return None
    return None


def _may_be_header(row: Sequence[str]) -> bool:
    """Words, not people: no cell with as many digits as dates and numbers of people have."""
    return any(row) and not any(
        sum(map(str.isdigit, words.outside_brackets(text))) >= _DATA for text in row
    )


def _read(first: int, block: list[list[str]], vocabulary: Vocabulary) -> Header:
    width = max(map(len, block))
    padded = [row + [""] * (width - len(row)) for row in block]
    for level, row in enumerate(padded[:-1]):
        for place in range(1, width):
            below = any(other[place] for other in padded[level + 1 :])
            if not row[place] and below and not any(above[place] for above in padded[:level]):
                row[place] = row[place - 1]
    levels = list(zip(*padded, strict=True))
    return Header(first, len(block), levels, [vocabulary.meaning(texts) for texts in levels])


def _worth(
    header: Header, block: list[list[str]], vocabulary: Vocabulary
) -> tuple[int, int, int, int] | None:
    """More kinds that are used, fewer repeated, more known columns, fewer and earlier rows."""
    used = {kind.name: kind.single for kind in vocabulary.kinds if kind.used}
    counts = Counter(kind for kind in header.kinds if kind in used)
    known = sum(1 for kind in header.kinds if kind)
    if not set(vocabulary.needs) & set(counts):
        return None
    if header.height > 1 and not all(_names_something(row, header, vocabulary) for row in block):
        return None
    repeated = sum(count - 1 for name, count in counts.items() if used[name])
    return len(counts) - repeated, known, -header.height, -header.first


def _names_something(row: list[str], header: Header, vocabulary: Vocabulary) -> bool:
    """Part of a header is only what means something alone, or changes what a column means."""
    for text, levels, kind in zip(row, header.levels, header.kinds, strict=False):
        others = tuple(level for level in levels if level != text)
        if text and (vocabulary.meaning((text,)) or vocabulary.meaning(others) != kind):
            return True
    return False


def is_row_of_numbers(cells: Sequence[object]) -> bool:
    """1, 2, 3 ... below a header, as printed forms count their columns."""
    filled = [text_of(cell).strip("()[]. ") for cell in cells if text_of(cell)]
    numbers = [int(text) for text in filled if text.isdecimal() and len(text) < 3]
    rising = all(two == one + 1 for one, two in itertools.pairwise(numbers))
    return len(filled) >= 2 and len(numbers) == len(filled) and numbers[0] in (0, 1) and rising


class Again:
    """Tells whether a later row writes the header again, as on every printed page."""

    def __init__(self, header: Header) -> None:
        self.levels = [{words.squash(text) for text in levels} - {""} for levels in header.levels]

    def repeats(self, cells: Sequence[object]) -> bool:
        texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        if len(texts) < 2 or not _may_be_header(texts):
            return False
        same = sum(
            1
            for cell, known in zip(cells, self.levels, strict=False)
            if isinstance(cell, str) and words.squash(cell) in known
        )
        return same >= 2 and same * 3 >= len(texts) * 2


def begins_another(cells: Sequence[object], vocabulary: Vocabulary) -> bool:
    """Whether a later row is the header of other columns."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := cell.strip())]
    if len(texts) < 2 or not _may_be_header(texts):
        return False
    used = {kind.name for kind in vocabulary.kinds if kind.used}
    return len({vocabulary.meaning((text,)) for text in texts} & used) > 1
