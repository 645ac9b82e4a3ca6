"""What calamine does not tell of an open document: merged cells, errors, formulas without results."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.parsers import expat

from dukcapil.core.reader.limits import Limits, Refusal
from dukcapil.core.reader.table import Broken

_CHUNK = 64 * 1024
#: What zipfile says of a file that is damaged, or packed in a way that nobody uses.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError)


class Remarks:
    """Of one sheet, by its name: what calamine leaves out, by row and column from 0 on."""

    def __init__(self, sheet: str, limits: Limits) -> None:
        self.sheet = sheet
        self.limits = limits
        self.inside = False
        self.row = self.column = 0
        self.next_row = self.next_column = 0
        self.merges: dict[int, list[tuple[int, int]]] = {}
        self.broken: dict[int, dict[int, Broken]] = {}
        self.count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "table":
            self.inside = attributes.get("table:name") == self.sheet
        elif not self.inside:
            return
        elif name == "table-row":
            self.row, self.next_column = self.next_row, 0
            self.next_row += _count(attributes, "table:number-rows-repeated")
        elif name in ("table-cell", "covered-table-cell"):
            self.column = self.next_column
            self.next_column += _count(attributes, "table:number-columns-repeated")
            self._look(attributes)

    def end(self, tag: str) -> None:
        if self.inside and tag.rpartition(":")[2] == "table":
            self.inside = False
            self.sheet = ""  # a second one of this name is not read

    def _look(self, attributes: dict[str, str]) -> None:
        rows = _count(attributes, "table:number-rows-spanned")
        error = attributes.get("calcext:value-type") == "error"
        formula = "table:formula" in attributes and "office:value-type" not in attributes
        if rows > 1:
            self.merges.setdefault(self.row, []).append((self.column, self.row + rows - 1))
        if error or formula:
            broken = Broken("error", "#") if error else Broken("formula", "=")
            self.broken.setdefault(self.row, {})[self.column] = broken
        self.count += rows > 1 or error or formula
        if self.count > self.limits.cells:
            raise Refusal("file-cells", self.limits.cells)


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isdecimal() and len(text) < 8 else 1


def read(content: bytes, sheet: str, limits: Limits) -> Remarks:
    """`content`: a packed open document whose parts are within the limits."""
    remarks = Remarks(sheet, limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = remarks.start, remarks.end
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, packed.open("content.xml") as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk)
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes no names
    except (expat.ExpatError, *UNREADABLE) as error:
        raise Refusal("workbook") from error
    return remarks


def _no_doctype(*_declared: object) -> None:
    raise Refusal("workbook")
