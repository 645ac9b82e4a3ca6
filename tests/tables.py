"""Rows of a file as dicts, and as they come: short ways to the reader for what is tried about it."""

from __future__ import annotations

import io
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any, BinaryIO, Self
from unittest import mock

from dukcapil.core.errors import Invalid
from dukcapil.core.reader import child, start
from dukcapil.core.reader.limits import Limits
from dukcapil.core.reader.table import Table
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


# --- without a process for each file --------------------------------------------------------------


class _Told:
    """What a reader would have said, by the reader's own code; to whom it listens it looks like the process."""

    returncode = None

    def __init__(self, content: bytes, declared: str, sheet: str, limits: Limits) -> None:
        self.stdout = os.fdopen(os.memfd_create("said"), "w+b", buffering=0)
        table = Table(limits, lambda message: self.stdout.write(child.line_of(message)))
        child.tell(io.BytesIO(content), content[:100], declared, sheet, table)
        self.stdout.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failed: object) -> None:
        self.stdout.close()

    def kill(self) -> None:
        """There is nothing to end."""


def _told(content: bytes, arguments: Iterable[str]) -> Any:
    declared, sheet, *limits = arguments
    if child.kind_of(content) not in (child.CSV, child.WORKBOOK):
        # Read by a compiled module, which is for a reader's process alone.
        return _IN_A_PROCESS(content, (declared, sheet, *limits))
    name = bytes.fromhex(sheet.partition("=")[2]).decode()
    return _Told(content, declared.partition("=")[2], name, Limits.of(limits))


_IN_A_PROCESS = start.reader_given


def read_here() -> Any:
    """A context in which CSV and XLSX are read by the reader's code without its process, whose start takes ten
    times what a short list does. For what is asked about the reading of many files; the process with its walls is
    `tests/core/test_strangers.py`'s, and every door's that is tried with a file.
    """
    return mock.patch.multiple(start, reader_given=_told, make_ready=lambda: None)
