"""The parts of an XLSX, streamed: what lies behind a limit is never unpacked."""

from __future__ import annotations

import posixpath
import re
import zipfile
from xml.parsers import expat

from dukcapil.core.reader.limits import (
    LONGEST_SHEET_NAME,
    MOST_PARTS,
    MOST_SHEETS,
    Limits,
    Refusal,
)

CHUNK = 64 * 1024
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: Excel's own formats that show days or hours.
_DAYS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_PATTERN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Enough(Exception):
    """What was looked for has been read."""


class Walker:
    """Is told what stands in a part, from its beginning on; names come without their prefix."""

    def start(self, name: str, found: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def write(self, piece: str) -> None: ...


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

    def mentions(self, name: str, words: bytes) -> bool:
        """Whether these bytes stand in a part: faster than to walk through it."""
        part = self.parts.get(name.casefold())
        if part is None or part.compress_type not in _PACKINGS:
            return False
        before = b""
        with self.packed.open(part) as unpacked:
            while chunk := unpacked.read(CHUNK):
                if words in before + chunk:
                    return True
                before = chunk[-len(words) :]
        return False

    def walk(self, name: str, walker: Walker) -> None:
        """A part that is missing is empty."""
        part = self.parts.get(name.casefold())
        if part is None:
            return
        if part.flag_bits & 1 or part.compress_type not in _PACKINGS:
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
            except Enough:
                return


def _no_doctype(*_declared: object) -> None:
    """No spreadsheet program writes one; entities in it are how XML is made to grow."""
    raise Refusal("workbook")


class Index(Walker):
    """Which sheets there are, where each stands, and what belongs to them."""

    def __init__(self) -> None:
        self.since_1904 = False
        #: Name, hidden, number of the relation.
        self.sheets: list[tuple[str, bool, str]] = []
        self.related: dict[str, tuple[str, str]] = {}

    def start(self, name: str, found: dict[str, str]) -> None:
        if name == "workbookPr" and found.get("date1904") in ("1", "true"):
            self.since_1904 = True
        elif name == "sheet":
            if len(self.sheets) == MOST_SHEETS:
                raise Refusal("file-parts", MOST_SHEETS)
            place = next((value for key, value in found.items() if key.endswith(":id")), "")
            hidden = found.get("state", "visible") != "visible"
            self.sheets.append((found.get("name", "")[:LONGEST_SHEET_NAME], hidden, place))
        elif name == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", found.get("Target", "")))
            kind = found.get("Type", "").rpartition("/")[2]
            self.related[found.get("Id", "")] = kind, target.lstrip("/")

    def part(self, kind: str) -> str:
        return next((target for is_a, target in self.related.values() if is_a == kind), "")

    def worksheets(self) -> list[tuple[str, bool, str]]:
        """Name, hidden and part of each sheet that has cells; pictures of data have none."""
        found = []
        for name, hidden, place in self.sheets:
            kind, part = self.related.get(place, ("", ""))
            if kind in ("worksheet", ""):
                found.append((name, hidden, part))
        return found


class Text(Walker):
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


class Strings(Text):
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
