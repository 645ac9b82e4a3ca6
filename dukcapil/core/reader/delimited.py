"""A CSV, line by line: UTF-8, with comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain

from dukcapil.core.reader.limits import Refusal
from dukcapil.core.reader.table import Source, Table

#: Bytes of a line; one row of a table has fewer.
LONGEST_LINE = 256 * 1024


def read(source: Source, table: Table) -> None:
    lines = _lines(source)
    header = next((line for line in lines if line.strip()), None)
    if header is None:
        return
    delimiter = max(",;\t", key=header.count)
    csv.field_size_limit(LONGEST_LINE // 2)
    blank = 0
    try:
        for row in csv.reader(chain([header], lines), delimiter=delimiter):
            for column, cell in enumerate(row, start=1):
                if cell:
                    table.check(column, cell)
            if any(cell.strip() for cell in row):
                # Rows are told by their number, so empty ones count where others follow.
                for _empty in range(blank):
                    table.add([])
                blank = 0
                table.add(list(row))
            elif row:
                blank += 1
    except csv.Error as error:
        raise Refusal("file") from error


def _lines(source: Source) -> Iterator[str]:
    for number, raw in enumerate(iter(lambda: source.readline(LONGEST_LINE + 1), b""), start=1):
        if len(raw) > LONGEST_LINE:
            raise Refusal("file-line", LONGEST_LINE)
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise Refusal("encoding", number) from error
        if "\0" in line:
            raise Refusal("file")
        # Ends of lines as old programs write them, within what ends with a line feed.
        yield from io.StringIO(line, newline="") if "\r" in line else (line,)
