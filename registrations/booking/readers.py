"""A class list as lines: what each row says of a person, as it was brought and as it was understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.characters import REFUSAL, Unseen, plain
from dukcapil.core.errors import Invalid
from dukcapil.core.lists import clean
from dukcapil.core.lists.clean import Unreadable
from dukcapil.core.lists.grid import Grid, read_pasted, text_of
from dukcapil.core.lists.layout import Layout, Row, lay_out
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.templatetags.figures import people
from registrations.people.readers import Said, area_number, split_rt_rw
from registrations.people.validators import Nik, name_key

#: Rows of one list; all classes of a large school together.
MOST_ROWS = 5_000
#: What is read of a file with a list; a school's own sheets have many more columns than we ask for.
LIMITS = Limits(
    unpacked=40 * MB,
    # Titles, totals and blank rows do not count as people.
    rows=MOST_ROWS + 500,
    columns=100,
    cells=400_000,
    text=4_000_000,
    memory=320 * MB,
    cpu=10,
    seconds=20,
    at_once=2,
)


@dataclass
class Line:
    """A row of the list. `problem`: code and message; None when nothing is wrong."""

    row: int
    text: str
    name: str = ""
    nik: Nik | None = None
    born: date | None = None
    sex: str = ""
    village: str = ""
    problem: tuple[str, str] | None = None
    marital_status: str = ""
    address: str = ""
    rt: str = ""
    rw: str = ""
    recorded_on: date | None = None
    #: What was not understood and hinders nothing.
    notes: list[str] = field(default_factory=list)
    #: What was not understood and hinders only holding somebody new: nothing is made up of a person.
    hinders: list[str] = field(default_factory=list)
    #: Kind of a cell -> its text, for whoever mends the row.
    cells: dict[str, str] = field(default_factory=dict)

    def refuse(self, code: str, message: Any) -> None:
        if self.problem is None:
            self.problem = (code, str(message))


def from_text(text: str, chosen: Mapping[str, str] | None = None) -> list[Line]:
    """Lines as they are pasted from a sheet or a message, with or without a header."""
    return from_layout(laid_out(read_pasted(text, LIMITS), chosen))


def laid_out(grid: Grid, chosen: Mapping[str, str] | None = None) -> Layout:
    """Raises Invalid when nothing stands in it, WhichColumns when somebody has to choose."""
    if not grid.rows:
        raise Invalid("no-rows", _("The list has no rows."))
    return lay_out(grid, PEOPLE, chosen)


def from_layout(layout: Layout) -> list[Line]:
    """Raises Invalid for more rows than a list has."""
    if not layout.rows:
        raise Invalid("no-rows", _("The list has no rows."))
    if len(layout.rows) > MOST_ROWS:
        raise Invalid(
            "roster",
            _("%(count)s rows: bring at most %(most)s at once.")
            % {"count": people(len(layout.rows)), "most": people(MOST_ROWS)},
        )
    return [_line(row) for row in layout.rows]


def _line(row: Row) -> Line:
    try:
        text = plain(row.text)
    except Unseen:
        text = ""
    return line_of(row.number, row.cells, text)


def line_of(number: int, cells: Mapping[str, Any], text: str) -> Line:
    """The row that these cells make; also of cells that somebody typed to mend it."""
    line = Line(number, text)
    try:
        readable = {
            kind: plain(cell) if isinstance(cell, str) else cell for kind, cell in cells.items()
        }
    except Unseen:
        line.refuse("characters", REFUSAL)
        return line
    line.cells = {kind: text for kind, cell in readable.items() if (text := _shown(cell))}
    _read_number(line, readable.get("nik"))
    _read_birth(line, readable.get("birth_date"))
    line.name = _read(line, "name", clean.person_name, readable) or ""
    line.sex = _read(line, "sex", clean.sex_of, readable) or ""
    _read(line, "village", clean.village_words, readable, only_new=True)
    line.village = line.cells.get("village", "")
    for kind, understand in _OF_SOMEBODY_NEW.items():
        value = _read(line, kind, understand, readable, only_new=True)
        setattr(line, kind, value or getattr(line, kind))
    _read_rt_rw(line, readable)
    if line.nik is None and not (name_key(line.name) and line.born):
        line.refuse("nobody", _("Give a NIK, or name and birth date."))
    return line


#: Attribute of a line, and kind of its column.
_OF_SOMEBODY_NEW: dict[str, Callable[[Any], Any]] = {
    "marital_status": clean.marital_of,
    "address": clean.text,
    "rt": area_number,
    "rw": area_number,
    "recorded_on": clean.day_of,
}


def _read_rt_rw(line: Line, cells: Mapping[str, Any]) -> None:
    own = {name: value for name in ("rt", "rw") if (value := getattr(line, name))}
    said = Said(person=own)
    split_rt_rw(said, cells)
    line.rt, line.rw = said.person.get("rt", ""), said.person.get("rw", "")
    line.notes += [words for _field, _code, words in said.notes]


def _shown(cell: Any) -> str:
    if isinstance(cell, float) and abs(cell) >= 1e15:
        # Digits are lost: what somebody mends must not look like a good number.
        return f"{cell:E}"
    return text_of(cell)


def _read(
    line: Line,
    kind: str,
    understand: Callable[[Any], Any],
    cells: Mapping[str, Any],
    *,
    only_new: bool = False,
) -> Any:
    if kind not in line.cells:
        return None
    try:
        return understand(cells[kind])
    except Unreadable as error:
        if only_new:
            line.hinders.append(str(error.message))
        else:
            line.refuse(error.code, error.message)
        return None


def _read_number(line: Line, cell: Any) -> None:
    if "nik" not in line.cells:
        return
    try:
        digits = clean.nik_text(cell)
        line.nik = Nik(digits) if digits else None
    except Unreadable as error:
        line.refuse(error.code, error.message)


def _read_birth(line: Line, cell: Any) -> None:
    """A date that nobody can read is a remark beside a good number; one that does not exist is not."""
    if "birth_date" not in line.cells:
        return
    try:
        line.born = clean.day_of(cell)
    except Unreadable as error:
        if error.code == "date-unread" and line.nik is not None and line.nik.names_a_day:
            line.notes.append(str(error.message))
        else:
            line.refuse(error.code, error.message)
