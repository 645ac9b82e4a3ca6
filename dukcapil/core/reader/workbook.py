"""A sheet of an XLSX, streamed.

Positions are looked at only to tell columns apart, so a cell in the last row of Excel costs no more
than one in the first; a library that builds the whole rectangle takes the memory of all between.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from functools import cache
from math import isfinite
from xml.parsers import expat

from dukcapil.core.reader.limits import Limits, Refusal
from dukcapil.core.reader.parts import Enough, Index, Package, Strings, Styles, Text, Walker
from dukcapil.core.reader.table import Broken, Cell, Source, Table, which

_LETTERS = re.compile(r"[A-Z]{1,3}")
_SPAN = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_DIGITS = "0123456789"
_MIDNIGHT = time()
_EPOCH, _EPOCH_1904 = map(datetime.fromisoformat, ("1899-12-30", "1904-01-01"))
#: Somewhat before the year 10000, which no date has.
_LAST_DAY = 2_950_000


def read(source: Source, table: Table, wanted: str = "") -> None:
    """`wanted`: the name of a sheet; without it the only one that is filled."""
    try:
        with zipfile.ZipFile(source) as packed:
            _read(Package(packed, table.limits), table, wanted)
    except expat.ExpatError as error:
        if error.code == 1:  # expat has no name for it in Python: out of memory
            raise MemoryError from error
        raise Refusal("workbook") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise Refusal("workbook") from error


def _read(package: Package, table: Table, wanted: str) -> None:
    index, strings, styles = Index(), Strings(), Styles()
    package.walk("xl/workbook.xml", index)
    package.walk("xl/_rels/workbook.xml.rels", index)
    sheets = index.worksheets()
    # Of the only sheet the rows are counted while they are read.
    only = len(sheets) == 1 and not sheets[0][1]
    counted = [
        (name, hidden, 1 if only else _count(package, part)) for name, hidden, part in sheets
    ]
    place = which(counted, wanted, table)
    if place is None:
        return
    part = sheets[place][2]
    package.walk(index.part("sharedStrings"), strings)
    package.walk(index.part("styles"), styles)
    merges = Merges(table.limits)
    if package.mentions(part, b"mergeCell "):
        package.walk(part, merges)
    table.say(since_1904=index.since_1904)
    epoch = _EPOCH_1904 if index.since_1904 else _EPOCH
    package.walk(part, Sheet(table, strings.found, styles.days, epoch, merges.found))


def _count(package: Package, part: str) -> int:
    counter = Filled()
    package.walk(part, counter)
    return counter.rows


class Filled(Walker):
    """Counts the rows in which something stands."""

    def __init__(self) -> None:
        self.rows = 0
        self.found = False

    def start(self, name: str, found: dict[str, str]) -> None:
        if name in ("v", "t", "f"):
            self.found = True

    def end(self, name: str) -> None:
        if name == "row":
            self.rows += self.found
            self.found = False
        elif name == "sheetData":
            raise Enough


class Merges(Walker):
    """Cells that are one over several rows: by the first row, column and last row."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.count = 0
        self.found: dict[int, list[tuple[int, int]]] = {}

    def start(self, name: str, found: dict[str, str]) -> None:
        if name != "mergeCell" or not (span := _SPAN.fullmatch(found.get("ref", ""))):
            return
        self.count += 1
        if self.count > self.limits.cells:
            raise Refusal("file-cells", self.limits.cells)
        first, last = int(span[2]), int(span[4])
        if last > first:
            self.found.setdefault(first, []).append((_number_of(span[1]), last))


class Sheet(Text):
    def __init__(
        self,
        table: Table,
        strings: list[str],
        days: list[bool],
        epoch: datetime,
        merges: dict[int, list[tuple[int, int]]],
    ) -> None:
        super().__init__()
        self.table = table
        self.strings = strings
        self.days = days
        self.epoch = epoch
        self.merges = merges
        #: By column: the last row into which a cell reaches, and what stands in it.
        self.reaching: dict[int, tuple[int, Cell]] = {}
        self.row: dict[int, Cell] = {}
        self.number = self.column = 0
        self.kind, self.style = "n", ""
        self.formula = False

    def start(self, name: str, found: dict[str, str]) -> None:
        if name == "c":
            place = found.get("r")
            self.column = _number_of(place.rstrip(_DIGITS)) if place else self.column + 1
            self.kind, self.style = found.get("t", "n"), found.get("s", "0")
            self.formula = False
        elif name == "row":
            self.column = 0
            place = found.get("r", "")
            self.number = int(place) if place.isdecimal() and len(place) < 8 else self.number + 1
        elif name == "f":
            self.formula = True
        else:
            self.look(name, begins=True)

    def end(self, name: str) -> None:
        if name == "c":
            text = self.take()
            cell: Cell = self._cell(text) if text else ""
            if not text and self.formula and self.kind != "str":
                cell = Broken("formula", "=")
            if cell != "":
                self.table.check(self.column, cell)
                self.row[self.column] = cell
        elif name == "row":
            if any(not isinstance(cell, str) or cell.strip() for cell in self.row.values()):
                self._fill_down()
                self.table.add(
                    self.number, [self.row.get(n, "") for n in range(1, max(self.row) + 1)]
                )
            self.row = {}
        elif name == "sheetData":
            raise Enough
        else:
            self.look(name, begins=False)

    def _fill_down(self) -> None:
        for column, (last, cell) in list(self.reaching.items()):
            if self.number > last:
                del self.reaching[column]
            elif column not in self.row:
                self.table.check(column, cell)
                self.row[column] = cell
        for column, last in self.merges.get(self.number, ()):
            if column in self.row:
                self.reaching[column] = last, self.row[column]

    def _cell(self, text: str) -> Cell:
        if self.kind == "s":
            place = int(text)
            if not 0 <= place < len(self.strings):
                raise Refusal("workbook")
            return self.strings[place]
        if self.kind == "b":
            return text.strip() in ("1", "true")
        if self.kind == "e":
            return Broken("error", text[:20])
        if self.kind == "d":
            return _iso(text)
        if self.kind == "n":
            return self._number(text)
        return text

    def _number(self, text: str) -> Cell:
        try:
            number = float(text)
        except ValueError:
            return text
        if not isfinite(number) or "_" in text:
            return text
        style = int(self.style) if self.style.isdecimal() else 0
        if style < len(self.days) and self.days[style] and 1 <= number < _LAST_DAY:
            return _day(self.epoch, number)
        return number


@cache
def _number_of(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise Refusal("workbook")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _day(epoch: datetime, number: float) -> date | datetime:
    if epoch is _EPOCH and number < 60:
        number += 1  # Excel believes in 29 February 1900
    moment = epoch + timedelta(seconds=round(number * 86_400))
    return moment.date() if moment.time() == _MIDNIGHT else moment


def _iso(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    moment = moment.replace(tzinfo=None)
    return moment.date() if moment.time() == _MIDNIGHT else moment
