"""Rows of a file as dicts, and as they come: short ways to the reader for what is tried about it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, BinaryIO

from dukcapil.core.errors import Invalid
from dukcapil.core.reader.limits import Limits
from dukcapil.core.tables import (
    WIDEST,
    About,
    Broken,
    NumberedRow,
    Rows,
    WhichSheet,
    read_numbered,
    stream_numbered,
    text_of,
)

#: More blank rows than these are no gap in a list.
_FEW = 100


def read_rows(file: BinaryIO, name: str = "", limits: Limits = WIDEST) -> Rows:
    """Rows of a file whose first row is the header; blank rows between them count."""
    try:
        numbered, about = read_numbered(file, name, limits)
    except WhichSheet as error:
        raise Invalid(
            "which-sheet", "Leave one sheet in the workbook: the list.", field="file"
        ) from error
    rows = _headed(iter(numbered), about)
    header = next(rows, [])
    return [dict(zip(header, row, strict=True)) for row in rows]


def stream(file: BinaryIO, declared: str, limits: Limits) -> Generator[list[Any], None, None]:
    """Header and rows, each as long as the header, while the file is still being read.

    `file` has a descriptor, which the reader inherits with all that is left in it.
    """
    about: About = {}
    with closing(stream_numbered(file, declared, limits, about)) as rows:
        yield from _headed(rows, about)


def _headed(rows: Iterator[NumberedRow], about: About) -> Iterator[list[Any]]:
    """The first row as the header, the others as long as it is; of a CSV blank ones, too."""
    before, first = next(rows, (0, []))
    header = [text_of(cell) for cell in first]
    if not header:
        return
    yield header
    width = len(header)
    for number, row in rows:
        if "separator" in about and number - before <= _FEW:
            yield from ([""] * width for _blank in range(number - before - 1))
        before = number
        cells = ["" if isinstance(cell, Broken) else cell for cell in row[:width]]
        yield cells + [""] * (width - len(cells))
