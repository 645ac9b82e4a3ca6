"""A table as text: UTF-8, UTF-16 or Windows-1252, with tab, semicolon, comma or bar between its cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from dukcapil.core.reader.limits import Refusal
from dukcapil.core.reader.table import Source, Table, beginning

#: Bytes of a line; one row of a table has fewer.
LONGEST_LINE = 256 * 1024
#: Lines that are looked at for what stands between the cells, and characters of each.
_LOOKED_AT, _LOOKED_INTO = 64, 4_000
_MOST_BLANK = 2_000
_WINDOWS = "cp1252"
_SEPARATORS = "\t;,|"
#: Signs in there stand between no cells: `12|03|2009` is a day.
_QUOTED = re.compile(r'"[^"]*"|\b\d{1,2}\|\d{1,2}\|(?:\d{2}|\d{4})\b')
_SAID = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
#: No text has these; what has them and is no UTF-8 is no table at all.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def read(source: Source, table: Table) -> None:
    encoding = _encoding_of(beginning(source, 4))
    if encoding == "utf-8":
        lines = _lines(source, table)
    else:
        table.say(encoding=encoding)
        lines = _wide_lines(source, encoding)
    head = _head(lines)
    said = _SAID.fullmatch(head[0]) if head else None
    if said:
        del head[0]  # a word to the program that opens the file, which does not count it
    separator = said[1] if said and said[1] in _SEPARATORS else separator_of(head)
    table.say(separator=separator)
    csv.field_size_limit(LONGEST_LINE // 2)
    take(csv.reader(chain(head, lines), delimiter=separator), separator, table)


def take(rows: Iterator[list[str]], separator: str, table: Table) -> None:
    """Rows with their numbers, as a program that opens the file counts them."""
    try:
        for number, row in enumerate(rows, start=1):
            while row and not row[-1].strip():
                row.pop()
            for column, cell in enumerate(row, start=1):
                if cell:
                    table.check(column, cell)
            if swallowed(row, separator):
                raise Refusal("file-quotes", number)
            if row:
                table.add(number, list(row))
    except csv.Error as error:
        raise Refusal("file") from error


def _head(lines: Iterator[str]) -> list[str]:
    head: list[str] = []
    filled = 0
    while filled < _LOOKED_AT and len(head) < _MOST_BLANK:
        line = next(lines, None)
        if line is None:
            break
        head.append(line)
        filled += bool(line.strip())
    return head


def separator_of(lines: list[str]) -> str:
    """What stands equally often in the most lines. Commas with a blank behind them are a last resort:
    titles, addresses and places of birth have them."""
    looked_at = [_QUOTED.sub("", line[:_LOOKED_INTO]) for line in lines if line.strip()]

    def worth(sign: str) -> int:
        counts = Counter(
            line.count(sign) - (line.count(", ") if sign == "," else 0) for line in looked_at
        )
        del counts[0]
        return max((lines * min(count, 2) for count, lines in counts.items()), default=0)

    best = max(_SEPARATORS, key=worth)
    return best if worth(best) else ","


def swallowed(row: list[str], separator: str) -> bool:
    """Whether a cell holds whole rows, for a quotation mark that was never closed."""
    signs = min(2, len(row) - 1)
    return signs > 0 and any(
        line.count(separator) >= signs
        for cell in row
        if "\n" in cell or "\r" in cell
        for line in cell.splitlines()[1:]
    )


def _encoding_of(begins: bytes) -> str:
    """UTF-16 has a mark, or a zero in every other byte; the rest is told line by line."""
    if begins.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if len(begins) == 4 and not begins[1] and not begins[3] and begins[0] and begins[2]:
        return "utf-16-le"
    if len(begins) == 4 and not begins[0] and not begins[2] and begins[1] and begins[3]:
        return "utf-16-be"
    return "utf-8"


def _lines(source: Source, table: Table) -> Iterator[str]:
    """UTF-8, or Windows-1252 from the first line on that is none; a file in both is refused."""
    encoding = ""
    for number, raw in enumerate(iter(lambda: source.readline(LONGEST_LINE + 1), b""), start=1):
        if len(raw) > LONGEST_LINE:
            raise Refusal("file-line", LONGEST_LINE)
        if raw.isascii():
            line = raw.decode("ascii")
        else:
            found, line = _decoded(raw, number)
            if encoding and found != encoding:
                raise Refusal("encoding", number)
            if found != encoding and found == _WINDOWS:
                table.say(encoding=found)
            if found == _WINDOWS or not line.isascii():  # a mark alone says UTF-8 and no more
                encoding = found
        if "\0" in line or (encoding == _WINDOWS and _CONTROL.search(line)):
            raise Refusal("file")
        # Ends of lines as old programs write them, within what ends with a line feed.
        yield from io.StringIO(line, newline="") if "\r" in line else (line,)


def _decoded(raw: bytes, number: int) -> tuple[str, str]:
    with suppress(UnicodeDecodeError):
        return "utf-8", raw.decode("utf-8-sig" if number == 1 else "utf-8")
    try:
        return _WINDOWS, raw.decode(_WINDOWS)
    except UnicodeDecodeError as error:
        raise Refusal("encoding", number) from error


def _wide_lines(source: Source, encoding: str) -> Iterator[str]:
    text = io.TextIOWrapper(source, encoding, newline="")
    number = 0
    try:
        while line := text.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise Refusal("file-line", LONGEST_LINE)
            if "\0" in line:
                raise Refusal("file")
            yield line
    except UnicodeError as error:
        raise Refusal("encoding", number + 1) from error
