"""What a row says of its region: a code, a name, or both, and what stands above it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.errors import Invalid
from dukcapil.regions.enums import Level
from dukcapil.regions.validators import dotted, level_of
from reports.bases.readers import names
from reports.bases.readers.rows import Line

CODE, NAME = "region_code", "region_name"
#: Columns of lists that give each level its own.
CODES = {f"code_{level}": level for level in ("province", "regency", "district", "village")}
NAMES = {f"name_{level}": level for level in ("province", "regency", "district", "village")}
PLACES = (CODE, NAME, *CODES, *NAMES)
_LOST = re.compile(r"\d{2}[.,]\d{1,2}")


@dataclass
class Written:
    """What a row says of its region."""

    line: Line
    code_kind: str = ""
    code: Any = ""
    name_kind: str = ""
    name: str = ""
    #: Names of the regions above, where they have columns of their own; and the code of one.
    above: dict[str, str] = field(default_factory=dict)
    parent: str = ""

    @classmethod
    def of(cls, line: Line) -> Written:
        code_kind = next((kind for kind in (*reversed(CODES), CODE) if line.text(kind)), "")
        name_kind = next((kind for kind in (*reversed(NAMES), NAME) if line.text(kind)), "")
        found = cls(line, code_kind, line.cells.get(code_kind), name_kind, line.text(name_kind))
        if code_kind in CODES:
            found.code = _whole_code(line, code_kind)
        named = NAMES.get(name_kind)
        if named and (coded := CODES.get(code_kind)):
            if Level(named).is_below(Level(coded)):
                found.parent = code_of(found) or ""
                found.code_kind, found.code = "", ""
            elif Level(coded).is_below(Level(named)):
                found.name_kind, found.name = "", ""
        code = code_of(found)
        if code_kind == CODE and named and code and level_of(code).is_below(Level(named)):
            found.name_kind, found.name = "", ""  # the deepest name is that of a region above
        found._take_apart()
        used = {found.code_kind, found.name_kind}
        found.above = {kind: line.text(kind) for kind in NAMES if kind not in used}
        found.above = {kind: text for kind, text in found.above.items() if text}
        return found

    def _take_apart(self) -> None:
        """Code and name in one cell."""
        if not self.name and (both := names.split_code(self.line.text(self.code_kind))):
            self.name_kind, self.code, self.name = self.code_kind, *both
        elif not self.code_kind and (both := names.split_code(self.name)):
            self.code_kind, self.code, self.name = self.name_kind, *both


def _whole_code(line: Line, kind: str) -> Any:
    """The code in the column of one level: whole, or its last part beside the codes above it."""
    level = Level(CODES[kind])
    own = line.cells.get(kind)
    text = line.text(kind)
    above = next((name for name in reversed(CODES) if level.is_below(Level(CODES[name]))), None)
    size = 4 if level == Level.VILLAGE else 2
    if above is None or not text.isdigit() or len(text) > size or not line.text(above):
        return own
    return f"{_whole_code(line, above)}.{text.zfill(size)}"


def code_of(one: Written) -> str | None:
    """The dotted code; None where there is none that can be read for sure."""
    if not one.code_kind or one.code in ("", None):
        return None
    cell = one.code
    if isinstance(cell, float):
        if not cell.is_integer():
            return None
        cell = str(int(cell))
    text = re.sub(r"^'|\s", "", str(cell))
    try:
        return dotted(text)
    except Invalid:
        return None


def could_be(cell: Any, code: str) -> bool:
    """Whether a cell that a program took for a number is what became of this code."""
    text = str(cell).strip().replace(",", ".")
    if isinstance(cell, float) or _LOST.fullmatch(text):
        return text.rstrip("0").rstrip(".") == code.rstrip("0").rstrip(".")
    return False


def unreadable(one: Written) -> Invalid:
    cell, kind = one.code, one.code_kind or CODE
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        text = _(
            "The code is a number in the workbook (%(code)s), so zeros may be lost: format the"
            " column as text and write the code again."
        )
        return Invalid("code-number", text % {"code": cell}, field=kind)
    if _LOST.fullmatch(str(cell).strip()):
        text = _(
            "The code %(code)s lost its zeros in a program, and the name does not say which region it"
            " is. Write it as 13.10, as text."
        )
        return Invalid("code-number", text % {"code": cell}, field=kind)
    if not str(cell or "").strip():
        return Invalid("region-code", _("Give the region's code or its name."), field=kind)
    try:
        dotted(str(cell).strip(), field=kind)
    except Invalid as error:
        return error
    raise AssertionError("a code that can be read")
