"""Reading a class list, pasted or as CSV or XLSX: every row becomes a line, with its problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from dukcapil.core.characters import REFUSAL, Unseen, plain
from dukcapil.core.errors import Invalid
from dukcapil.core.reader.limits import MB, Limits
from dukcapil.core.tables import Rows, text_of
from registrations.people.validators import Nik, name_key, parse_nik

#: Rows of one list; a school has fewer.
MOST_ROWS = 1_000
#: What is read of a file with a list; a school's own sheets have many more columns than we ask for.
LIMITS = Limits(
    unpacked=40 * MB,
    rows=MOST_ROWS,
    cells=50_000,
    text=1_000_000,
    memory=256 * MB,
    cpu=5,
    seconds=10,
    at_once=2,
)

#: As long as the column of the table.
LONGEST_NAME = 150

#: Names that people give to columns -> what stands in them.
_COLUMNS = {
    "nik": "nik",
    "no ktp": "nik",
    "nama": "name",
    "nama lengkap": "name",
    "name": "name",
    "tanggal lahir": "born",
    "tgl lahir": "born",
    "lahir": "born",
    "birth date": "born",
    "jenis kelamin": "sex",
    "jk": "sex",
    "l/p": "sex",
    "sex": "sex",
    "desa": "village",
    "kelurahan": "village",
    "desa/kelurahan": "village",
    "kode desa": "village",
    "village": "village",
}
_SEX = {"L": "M", "LAKI LAKI": "M", "M": "M", "P": "F", "PEREMPUAN": "F", "F": "F"}
_DATE = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[ T]00:00:00)?")
_CODE = re.compile(r"\d{2}\.?\d{2}\.?\d{2}\.?\d{4}")
#: More digits than a date has, and no village code: meant as a NIK, right or wrong.
_NUMBER = re.compile(r"\d{11,}")


@dataclass
class Line:
    """A row of the list as brought. `problem`: code and message; None when nothing is wrong."""

    row: int
    text: str
    name: str = ""
    nik: Nik | None = None
    born: date | None = None
    sex: str = ""
    village: str = ""
    problem: tuple[str, str] | None = field(default=None)

    def refuse(self, code: str, message: Any) -> None:
        if self.problem is None:
            self.problem = (code, str(message))


def from_rows(rows: Rows) -> list[Line]:
    """Lines of a table with a header. Raises Invalid when the header names nobody."""
    if not rows:
        raise Invalid("roster", _("The list has no rows."), field="file")
    names = {name: _COLUMNS.get(_plain(name)) for name in rows[0] if name}
    if not {"nik", "name"} & set(names.values()):
        raise Invalid(
            "roster",
            _("The first row names the columns: NIK, Nama, Tanggal lahir; also Desa and L/P."),
            field="file",
        )
    _refuse_too_many(rows)
    lines = []
    for number, row in enumerate(rows, start=2):
        cells = {kind: row.get(name) for name, kind in names.items() if kind}
        if any(text_of(value) for value in cells.values()):
            lines.append(_line(number, cells, " ; ".join(text_of(v) for v in row.values())))
    return _refuse_repeated(lines)


def from_text(text: str) -> list[Line]:
    """Lines as they are pasted from a sheet or a message, with or without a header."""
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1)]
    lines = [(n, line) for n, line in lines if line]
    if not lines:
        raise Invalid("roster", _("The list has no rows."), field="pasted")
    _refuse_too_many(lines)
    delimiter = max("\t;,", key=lambda sign: sum(line.count(sign) for _n, line in lines))
    cells = [(n, [cell.strip() for cell in line.split(delimiter)]) for n, line in lines]
    header = [_COLUMNS.get(_plain(cell)) for cell in cells[0][1]]
    if {"nik", "name"} & set(header):
        return _refuse_repeated(
            [
                _line(n, dict(zip(header, row, strict=False)), delimiter.join(row))
                for n, row in cells[1:]
            ]
        )
    return _refuse_repeated([_line(n, _guess_kinds(row), delimiter.join(row)) for n, row in cells])


def _refuse_too_many(rows: Iterable[Any]) -> None:
    count = len(list(rows))
    if count > MOST_ROWS:
        raise Invalid(
            "roster",
            _("%(count)s rows: bring at most %(most)s at once.")
            % {"count": count, "most": MOST_ROWS},
            field="file",
        )


def _plain(text: Any) -> str:
    return " ".join(text_of(text).casefold().replace("_", " ").replace(".", " ").split())


def _guess_kinds(cells: list[str]) -> dict[str, str]:
    """Kind of cell -> cell, for a row without a header."""
    kinds: dict[str, str] = {}
    for cell in cells:
        plain = re.sub(r"\s", "", cell)
        if _DATE.fullmatch(cell):
            kind = "born"
        elif _CODE.fullmatch(plain) and len(plain.replace(".", "")) == 10:
            kind = "village"
        elif _NUMBER.fullmatch(plain.replace(".", "")):
            kind = "nik"
        elif cell.upper() in ("L", "P"):
            kind = "sex"
        elif re.fullmatch(r"\d{0,4}\.?", plain):
            continue  # a running number, or nothing
        else:
            kind = "name" if "name" not in kinds else "village"
        kinds.setdefault(kind, cell)
    return kinds


def _line(row: int, cells: dict[Any, Any], text: str) -> Line:
    line = Line(row, "")
    try:
        line.text = plain(text)
        cells = {
            name: plain(value) if isinstance(value, str) else value for name, value in cells.items()
        }
    except Unseen:
        line.refuse("characters", REFUSAL)
        return line
    line.name = " ".join(text_of(cells.get("name")).split())
    if len(line.name) > LONGEST_NAME:
        line.refuse("name", _("A name has at most %(most)s letters.") % {"most": LONGEST_NAME})
    line.village = text_of(cells.get("village"))
    if sex := name_key(text_of(cells.get("sex"))):
        line.sex = _SEX.get(sex, "")
        if not line.sex:
            line.refuse("sex", _("This is no sex: write L or P."))
    number = cells.get("nik")
    if isinstance(number, float):
        line.refuse(
            "nik-number",
            _("The sheet keeps the NIK as a number and lost digits: format the column as text."),
        )
    elif typed := text_of(number):
        try:
            line.nik = parse_nik(typed)
        except Invalid:
            line.refuse("nik", _nik_message(typed))
    line.born = _date(line, cells.get("born"))
    if line.nik is None and not (name_key(line.name) and line.born):
        line.refuse("nobody", _("Give a NIK, or name and birth date."))
    return line


def _nik_message(typed: str) -> str:
    digits = sum(c.isdigit() for c in typed)
    return _("A NIK has exactly 16 digits; this one has %(count)s.") % {"count": digits}


def _date(line: Line, value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of(value)
    if not text:
        return None
    if match := _DATE.fullmatch(text):
        first, month, last = (int(part) for part in match.groups())
        year, day = (first, last) if first > 31 else (last, first)
        try:
            parsed = date(year, month, day)
        except ValueError:
            parsed = None
        if parsed and parsed.year >= 1890:
            return parsed
    line.refuse("date", _("This is no date: write it as 17-08-2007 or 2007-08-17."))
    return None


def _refuse_repeated(lines: list[Line]) -> list[Line]:
    """The second row of one person is refused, with the number of the first."""
    seen: dict[Any, int] = {}
    for line in lines:
        key = line.nik.text if line.nik else (name_key(line.name), line.born)
        if line.problem is None and key in seen:
            line.refuse("twice", _("Stands in row %(row)s already.") % {"row": seen[key]})
        seen.setdefault(key, line.row)
    return lines
