"""The rows that a reader found, counted against the limits before anybody keeps them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime

from dukcapil.core.reader.limits import LONGEST_CELL, Limits, Refusal

#: A file, or all of its bytes.
Source = io.BufferedReader | io.BytesIO


def beginning(source: Source, length: int) -> bytes:
    """Its first bytes, which are read again afterwards."""
    begins = source.peek(length) if isinstance(source, io.BufferedReader) else source.getvalue()
    return begins[:length]


#: Rows, and characters in them, that are handed on at a time.
BATCH, BATCH_TEXT = 200, 100_000


class Broken:
    """A cell that shows no value: `error` with its text, or a `formula` that nobody computed."""

    def __init__(self, kind: str, text: str = "") -> None:
        self.kind = kind
        self.text = text


Cell = str | float | bool | date | datetime | Broken


class Table:
    """Takes every row; hands them on in batches."""

    def __init__(self, limits: Limits, hand_on: Callable[[dict[str, object]], object]) -> None:
        self.limits = limits
        self.hand_on = hand_on
        self.batch: list[list[Cell]] = []
        self.rows = self.cells = self.text = self.handed_on = 0

    def say(self, **about: object) -> None:
        """What was found out about the file."""
        self.flush()
        self.hand_on({"about": about})

    def check(self, column: int, cell: Cell) -> None:
        """Count a filled cell; `column` begins with 1."""
        if column > self.limits.columns:
            raise Refusal("file-columns", self.limits.columns)
        self.cells += 1
        if self.cells > self.limits.cells:
            raise Refusal("file-cells", self.limits.cells)
        length = len(cell) if isinstance(cell, str) else 10
        if length > LONGEST_CELL:
            raise Refusal("file-cell", LONGEST_CELL)
        self.text += length
        if self.text > self.limits.text:
            raise Refusal("file-text", self.limits.text)

    def add(self, number: int, row: list[Cell]) -> None:
        """A row whose cells were checked, with its number in the sheet. One more may be a header."""
        self.rows += 1
        if self.rows > self.limits.rows + 1:
            raise Refusal("file-rows", self.limits.rows)
        self.batch.append([number, *row])
        if len(self.batch) == BATCH or self.text - self.handed_on > BATCH_TEXT:
            self.flush()

    def flush(self) -> None:
        if self.batch:
            self.hand_on({"rows": self.batch})
            self.batch, self.handed_on = [], self.text


def which(sheets: list[tuple[str, bool, int]], wanted: str, table: Table) -> int | None:
    """The place of the sheet to be read: the wanted one, or the only one that is filled.

    `sheets`: name, hidden, filled rows. None: all are empty. Says what there is; of several that are
    filled, and of a hidden one, nobody but the person at the door knows which is meant.
    """
    filled = [place for place, (_name, _hidden, rows) in enumerate(sheets) if rows]
    found = [place for place, (name, _hidden, _rows) in enumerate(sheets) if name == wanted]
    if wanted and found:
        chosen = found[0]
    elif len(filled) == 1 and not sheets[filled[0]][1]:
        chosen = filled[0]
    else:
        table.say(sheets=sheets)
        if filled:
            raise Refusal("which-sheet")
        return None
    table.say(sheets=sheets, sheet=sheets[chosen][0])
    return chosen
