"""The rows that a reader found, counted against the limits before anybody keeps them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime

from dukcapil.core.reader.limits import LONGEST_CELL, Limits, Refusal

#: A file, or all of its bytes.
Source = io.BufferedReader | io.BytesIO
Cell = str | float | bool | date | datetime
#: Rows, and characters in them, that are handed on at a time.
BATCH, BATCH_TEXT = 200, 100_000


class Table:
    """Takes the header and then every row; hands them on in batches."""

    def __init__(self, limits: Limits, hand_on: Callable[[list[list[Cell]]], None]) -> None:
        self.limits = limits
        self.hand_on = hand_on
        self.batch: list[list[Cell]] = []
        self.width: int | None = None
        self.rows = self.cells = self.text = self.handed_on = 0

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

    def add(self, row: list[Cell]) -> None:
        """A row whose cells were checked. The first is the header; what lies beyond it is dropped."""
        if self.width is None:
            row = [str(cell).strip() for cell in row]
            self.width = len(row)
        else:
            self.rows += 1
            if self.rows > self.limits.rows:
                raise Refusal("file-rows", self.limits.rows)
        self.batch.append(row[: self.width])
        if len(self.batch) == BATCH or self.text - self.handed_on > BATCH_TEXT:
            self.flush()

    def flush(self) -> None:
        if self.batch:
            self.hand_on(self.batch)
            self.batch, self.handed_on = [], self.text
