"""The first sheet of an XLSX, streamed: what lies behind a limit is never unpacked.

Positions are looked at only to tell columns apart, so a cell in the last row of Excel costs no more
than one in the first; a library that builds the whole rectangle takes the memory of all between.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from functools import cache
from math import isfinite
from xml.parsers import expat

from dukcapil.core.reader.limits import MOST_PARTS, Limits, Refusal
from dukcapil.core.reader.table import Cell, Source, Table

CHUNK = 64 * 1024
#: Excel's own formats that show days or hours.
_DAYS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_PATTERN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LETTERS = re.compile(r"[A-Z]{1,3}")
_DIGITS = "0123456789"
_MIDNIGHT = time()
_EPOCH, _EPOCH_1904 = map(datetime.fromisoformat, ("1899-12-30", "1904-01-01"))
#: Somewhat before the year 10000, which no date has.
_LAST_DAY = 2_950_000


class _Enough(Exception):
    """What was looked for has been read."""


class Walker:
    """Is told what stands in a part, from its beginning on; names come without their prefix."""

    def start(self, name: str, found: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def write(self, piece: str) -> None: ...


def read(source: Source, table: Table) -> None:
    try:
        with zipfile.ZipFile(source) as packed:
            _read(Package(packed, table.limits), table)
    except expat.ExpatError as error:
        if error.code == 1:  # expat has no name for it in Python: out of memory
            raise MemoryError from error
        raise Refusal("workbook") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise Refusal("workbook") from error


def _read(package: Package, table: Table) -> None:
    index, strings, styles = Index(), Strings(), Styles()
    package.walk("xl/workbook.xml", index)
    package.walk("xl/_rels/workbook.xml.rels", index)
    package.walk(index.part("sharedStrings"), strings)
    package.walk(index.part("styles"), styles)
    package.walk(index.first_sheet(), Sheet(table, strings.found, styles.days, index.epoch))


class Package:
    """The parts of a workbook, once their number and declared sizes are within the limits.

    zipfile never unpacks more of a part than it declares.
    """

    def __init__(self, packed: zipfile.ZipFile, limits: Limits) -> None:
        parts = packed.infolist()
        if len(parts) > MOST_PARTS:
            raise Refusal("file-parts", MOST_PARTS)
        if sum(part.file_size for part in parts) > limits.unpacked:
            raise Refusal("file-unpacked", limits.unpacked)
        self.packed = packed
        self.parts = {part.filename.replace("\\", "/").casefold(): part for part in parts}
        if "[content_types].xml" not in self.parts or "xl/workbook.xml" not in self.parts:
            raise Refusal("file-type")

    def walk(self, name: str, walker: Walker) -> None:
        """A part that is missing is empty."""
        part = self.parts.get(name.casefold())
        if part is None:
            return
        if part.flag_bits & 1 or part.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise Refusal("workbook")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        start, end = walker.start, walker.end
        parser.StartElementHandler = lambda tag, found: start(
            tag.rpartition(":")[2] if ":" in tag else tag, found
        )
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2] if ":" in tag else tag)
        parser.CharacterDataHandler = walker.write
        parser.StartDoctypeDeclHandler = _no_doctype
        with self.packed.open(part) as unpacked:
            try:
                while chunk := unpacked.read(CHUNK):
                    parser.Parse(chunk)
                parser.Parse(b"", True)  # noqa: FBT003 - expat takes no names
            except _Enough:
                return


def _no_doctype(*_declared: object) -> None:
    """No spreadsheet program writes one; entities in it are how XML is made to grow."""
    raise Refusal("workbook")


class Index(Walker):
    """Where the first sheet stands, and what belongs to it."""

    def __init__(self) -> None:
        self.epoch = _EPOCH
        self.sheet = ""
        self.related: dict[str, tuple[str, str]] = {}

    def start(self, name: str, found: dict[str, str]) -> None:
        if name == "workbookPr" and found.get("date1904") in ("1", "true"):
            self.epoch = _EPOCH_1904
        elif name == "sheet" and not self.sheet:
            self.sheet = next((value for key, value in found.items() if key.endswith(":id")), "")
        elif name == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", found.get("Target", "")))
            kind = found.get("Type", "").rpartition("/")[2]
            self.related[found.get("Id", "")] = kind, target.lstrip("/")

    def part(self, kind: str) -> str:
        return next((target for is_a, target in self.related.values() if is_a == kind), "")

    def first_sheet(self) -> str:
        return self.related.get(self.sheet, ("", ""))[1]


class _Text(Walker):
    """Collects what stands in `t` and `v`, without the reading aids of Asian scripts."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.wanted = False
        self.aside = False

    def write(self, piece: str) -> None:
        if self.wanted:
            self.pieces.append(piece)

    def look(self, name: str, *, begins: bool) -> None:
        if name == "rPh":
            self.aside = begins
        elif name in ("t", "v"):
            self.wanted = begins and not self.aside

    def take(self) -> str:
        text = "".join(self.pieces)
        self.pieces.clear()
        self.wanted = False
        return _ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return sign if sign.isprintable() or sign in "\t\r\n" else found[0]


class Strings(_Text):
    """Texts that cells point to by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def start(self, name: str, _found: dict[str, str]) -> None:
        self.look(name, begins=True)

    def end(self, name: str) -> None:
        self.look(name, begins=False)
        if name == "si":
            self.found.append(self.take())


class Styles(Walker):
    """Which formats of cells show a day."""

    def __init__(self) -> None:
        self.patterns: dict[str, str] = {}
        self.inside = False
        self.days: list[bool] = []

    def start(self, name: str, found: dict[str, str]) -> None:
        if name == "cellXfs":
            self.inside = True
        elif name == "numFmt":
            self.patterns[found.get("numFmtId", "")] = found.get("formatCode", "")
        elif name == "xf" and self.inside:
            self.days.append(self._shows_days(found.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.inside = False

    def _shows_days(self, number: str) -> bool:
        if number not in self.patterns:
            return number.isdecimal() and int(number) in _DAYS
        pattern = self.patterns[number].partition(";")[0]
        return any(sign in "dmyhs" for sign in _NOT_PATTERN.sub("", pattern).casefold())


class Sheet(_Text):
    def __init__(self, table: Table, strings: list[str], days: list[bool], epoch: datetime) -> None:
        super().__init__()
        self.table = table
        self.strings = strings
        self.days = days
        self.epoch = epoch
        self.row: dict[int, Cell] = {}
        self.column = 0
        self.kind, self.style = "n", ""

    def start(self, name: str, found: dict[str, str]) -> None:
        if name == "c":
            place = found.get("r")
            self.column = _number_of(place.rstrip(_DIGITS)) if place else self.column + 1
            self.kind, self.style = found.get("t", "n"), found.get("s", "0")
        elif name == "row":
            self.column = 0
        else:
            self.look(name, begins=True)

    def end(self, name: str) -> None:
        if name == "c":
            text = self.take()
            cell = self._cell(text) if text else ""
            if cell != "":
                self.table.check(self.column, cell)
                self.row[self.column] = cell
        elif name == "row":
            if any(str(cell).strip() for cell in self.row.values()):
                self.table.add([self.row.get(n, "") for n in range(1, max(self.row) + 1)])
            self.row = {}
        elif name == "sheetData":
            raise _Enough
        else:
            self.look(name, begins=False)

    def _cell(self, text: str) -> Cell:
        if self.kind == "s":
            place = int(text)
            if not 0 <= place < len(self.strings):
                raise Refusal("workbook")
            return self.strings[place]
        if self.kind == "b":
            return text.strip() in ("1", "true")
        if self.kind == "e":
            return ""
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
