"""Lists too long to be held at once: the same reading, with memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import BinaryIO

from dukcapil.core import tables
from dukcapil.core.lists.grid import GridRow, read_file, said
from dukcapil.core.lists.layout import Layout, Row, begin, check, checked, since_1904
from dukcapil.core.lists.vocabulary import Vocabulary
from dukcapil.core.reader.child import CSV
from dukcapil.core.reader.limits import Limits

#: First rows of a long list, which tell what its columns hold.
_HEAD = 200


def stream_file(
    file: BinaryIO,
    name: str,
    limits: Limits,
    vocabulary: Vocabulary,
    chosen: Mapping[str, str] | None = None,
) -> tuple[Layout, Iterator[Row]]:
    """Columns at once, rows one by one; a CSV is read while they are taken. `file` has a descriptor.

    What is left out below the header is said (`said`) when the last row was taken, and only then Invalid
    is raised for what makes the whole list worthless: whoever takes the rows keeps all or none.
    """
    if tables.declared_type(name) != CSV:
        grid = read_file(file, name, limits)
        layout, rows = begin(grid.rows, (), vocabulary, chosen)
        layout.said[:0] = grid.said
        days_told = since_1904(rows, vocabulary) if grid.since_1904 else rows
        return layout, checked(days_told, vocabulary)
    about: tables.About = {}
    numbered = (GridRow(*row) for row in tables.stream_numbered(file, CSV, limits, about))
    head = list(islice(numbered, _HEAD))
    trial, rows = begin(head, (), vocabulary, chosen)
    trial.rows.extend(rows)
    check(trial, vocabulary)  # soon, where the first rows tell it
    layout, rows = begin(head, numbered, vocabulary, chosen)
    layout.said[:0] = said(about)
    return layout, checked(rows, vocabulary)
