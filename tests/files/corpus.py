"""Files and pastes as people bring them, each with its expected reading; everybody in them is made up.

Texts lie in `people/` as they are, their readings in `people/expected.json`; workbooks are built here.
A row of a reading has the number of the sheet, and of each column that was read the cleaned value, or
`!` and the code with which the cell is refused. Who reads them through another door asks `PEOPLE_FILES`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from dukcapil.core.lists import clean
from dukcapil.core.lists.clean import Unreadable
from dukcapil.core.lists.layout import Layout
from tests import biff
from tests.engines import LONG, dice

FOLDER = Path(__file__).with_name("people")
SITI = ("9901015203090001", "SITI AMINAH", "2009-03-12", "F")
BUDI = ("9901012511080002", "BUDI SANTOSO", "2008-11-25", "M")
AHMAD = ("9901010503090003", "AHMAD FAUZI", "2009-03-05", "M")
DEWI = ("9901017101090004", "DEWI LESTARI", "2009-01-31", "F")
KINDS = ("nik", "name", "birth_date", "sex", "village")
HEAD = ["NIK", "Nama", "Tanggal Lahir", "L/P"]


@dataclass(frozen=True)
class ListFile:
    """`content`: bytes of a file; or text, which is pasted. Either `rows` or `refused`, a code."""

    name: str
    content: bytes | str
    rows: list[dict[str, Any]] = field(default_factory=list)
    refused: str = ""
    sheet: str = ""
    chosen: Mapping[str, str] | None = None


def reading(layout: Layout) -> list[dict[str, Any]]:
    """What a layout says of people, as the expected readings are written."""
    return [{"row": row.number, **_cleaned(row.cells)} for row in layout.rows]


def _cleaned(cells: Mapping[str, Any]) -> dict[str, str]:
    understand: dict[str, Callable[[Any], Any]] = {
        "nik": clean.nik_text,
        "name": clean.person_name,
        "birth_date": clean.day_of,
        "sex": clean.sex_of,
        "village": lambda cell: " ".join(clean.village_words(cell)[:2]).strip(),
    }
    found = {}
    for kind in KINDS:
        if kind not in cells:
            continue
        try:
            value = understand[kind](cells[kind])
        except Unreadable as error:
            value = f"!{error.code}"
        if value:
            found[kind] = str(value)
    return found


def rows(*given: tuple[int, tuple[str, ...]]) -> list[dict[str, Any]]:
    return [
        {"row": number, **{kind: text for kind, text in zip(KINDS, person, strict=False) if text}}
        for number, person in given
    ]


# --- workbooks ------------------------------------------------------------------------------------


def person(one: tuple[str, ...]) -> list[Any]:
    """As a school writes it."""
    return [one[0], one[1], date.fromisoformat(one[2]), "P" if one[3] == "F" else "L"]


def xlsx(*sheets: tuple[str, Callable[[Worksheet, Any], object]], **options: Any) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, **options})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, write in sheets:
        write(book.add_worksheet(name), day)
    book.close()
    return target.getvalue()


def listed(*people: list[Any], first: int = 0) -> Callable[[Worksheet, Any], None]:
    """Rows of cells, from a row on."""

    def write(sheet: Worksheet, day: Any) -> None:
        for row, cells in enumerate(people, start=first):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif cell is not None:
                    sheet.write(row, column, cell)

    return write


def _dapodik(sheet: Worksheet, day: Any) -> None:
    sheet.merge_range("A1:H1", "Daftar Peserta Didik")
    sheet.merge_range("A2:H2", "SMA CONTOH")
    for column, text in enumerate(["No", "NIK", "Nama", "Tanggal Lahir", "JK"]):
        sheet.merge_range(3, column, 4, column, text)
    sheet.merge_range("F4:H4", "Data Ayah")
    sheet.write_row("F5", ["Nama", "Tahun Lahir", "NIK"])
    for row, (number, one) in enumerate([(1, SITI), (2, BUDI)], start=5):
        sheet.write(row, 0, number)
        listed([None, *person(one), "JOKO", "1980", "9901010101800001"], first=row)(sheet, day)


def _merged_village(sheet: Worksheet, day: Any) -> None:
    listed(["Desa", *HEAD], *[["", *person(one)] for one in (SITI, BUDI, AHMAD)])(sheet, day)
    sheet.merge_range("A2:A3", "Contoh")
    sheet.write_string("A4", "Contoh Raya")


def _formulas(sheet: Worksheet, day: Any) -> None:
    listed(HEAD, *[["", *person(one)[1:]] for one in (SITI, BUDI, AHMAD)])(sheet, day)


def _hidden(sheet: Worksheet, day: Any) -> None:
    listed(HEAD, person(SITI))(sheet, day)
    sheet.hide()


def _number(one: tuple[str, ...]) -> list[Any]:
    return [int(one[0]), *person(one)[1:]]


def without_results(content: bytes, formula: str) -> bytes:
    """As programs write that compute nothing: the first column holds formulas alone."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.namelist():
            raw = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                for row in (2, 3, 4):
                    place = f'<c r="B{row}"'.encode()
                    cell = f'<c r="A{row}"><f>{formula}</f><v></v></c>'.encode()
                    raw = raw.replace(f'<c r="A{row}" t="s"><v>2</v></c>'.encode(), b"")
                    raw = raw.replace(place, cell + place)
            new.writestr(part, raw)
    return target.getvalue()


_SPACES = {
    "office": "office", "table": "table", "text": "text", "style": "style", "calcext": "calc",
}  # fmt: skip


def ods(sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> bytes:
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in _SPACES.items()
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties'
        f' table:display="{shown}"/></style:style>'
        for name, shown in (("shown", "true"), ("hidden", "false"))
    )
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{"hidden" if name in hidden else "shown"}">'
        + "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in lines
        )
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
        ' table:number-columns-repeated="1024"/></table:table-row></table:table>'
        for name, lines in sheets.items()
    )
    content = (
        f"<office:document-content{spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", content)
    return target.getvalue()


#: An error, and a formula that nobody computed.
_ODS_CELLS = {
    "": "<table:table-cell/>",
    "=A99": '<table:table-cell table:formula="of:=A99"/>',
    "#REF!": '<table:table-cell table:formula="of:=A99" office:value-type="string"'
    ' office:string-value="" calcext:value-type="error"><text:p>#REF!</text:p></table:table-cell>',
}


def _ods_cell(cell: Any) -> str:
    """In brackets: how many rows a cell reaches down."""
    if isinstance(cell, tuple):
        text, rows = cell
        spans = f'<table:table-cell table:number-rows-spanned="{rows}"'
        return _ods_cell(text).replace("<table:table-cell", spans)
    if cell in _ODS_CELLS:
        return _ODS_CELLS[cell]
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell}"/>'
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    return (
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
    )


_THREE = (SITI, BUDI, AHMAD)
_LIST = [HEAD, *map(person, _THREE)]
_READ = rows(*enumerate(_THREE, start=2))
#: Days since 1899 as bare numbers.
_SERIALS = [[one[0], one[1], n, person(one)[3]] for one, n in zip(_THREE, (39884, 39777, 39877), strict=True)]  # fmt: skip
_MACS = [
    [one[0], one[1], n - 1462, s] for one, (_n, _m, n, s) in zip(_THREE, _SERIALS, strict=True)
]
#: 12 March and 5 March as an American Excel takes them; 25 November it leaves a text.
_TURNED = [
    [SITI[0], SITI[1], date(2009, 12, 3)], [AHMAD[0], AHMAD[1], date(2009, 5, 3)],
    ["9901010102090007", "RUSLI", date(2009, 2, 1)], [BUDI[0], BUDI[1], "25/11/2008"],
]  # fmt: skip


def _text_days(people: list[list[Any]]) -> list[list[Any]]:
    return [
        [f"{cell:%d-%m-%Y}" if isinstance(cell, date) else cell for cell in row] for row in people
    ]


def workbooks() -> list[ListFile]:
    formulas = without_results(xlsx(("Daftar", _formulas)), "Data!A1")
    lost = [[float(f"{one[0][:-1]}0"), *person(one)[1:]] for one in _THREE]
    exact = [[1375015203090001, "SITI AMINAH"], [1375012511080002, "BUDI SANTOSO"], [1375010503090000, "AHMAD FAUZI"]]  # fmt: skip
    return [
        ListFile("plain.xlsx", xlsx(("Daftar", listed(*_LIST))), _READ),
        ListFile("macros.xlsm", xlsx(("Daftar", listed(*_LIST))), _READ),
        ListFile("far-below.xlsx", xlsx(("Daftar", listed(*_LIST, first=99))),
                 rows(*enumerate(_THREE, start=101))),
        ListFile("dapodik.xlsx", xlsx(("Daftar Siswa", _dapodik)), rows((6, SITI), (7, BUDI))),
        ListFile("merged-village.xlsx", xlsx(("Daftar", _merged_village)),
                 rows((2, (*SITI, "Contoh")), (3, (*BUDI, "Contoh")), (4, (*AHMAD, "Contoh Raya")))),
        ListFile("bare-days.xlsx", xlsx(("Daftar", listed(HEAD, *_SERIALS))), _READ),
        ListFile("since-1904.xlsx", xlsx(("Daftar", listed(*_LIST)), date_1904=True), _READ),
        ListFile("bare-days-since-1904.xlsx",
                 xlsx(("Daftar", listed(HEAD, *_MACS)), date_1904=True), _READ),
        ListFile("half-turned-days.xlsx", xlsx(("Daftar", listed(HEAD[:3], *_TURNED))),
                 refused="date-order"),
        ListFile("numbers-whole.xlsx", xlsx(("Daftar", listed(HEAD[:2], *exact))),
                 rows((2, ("1375015203090001", "SITI AMINAH")), (3, ("1375012511080002", "BUDI SANTOSO")),
                      (4, ("!nik-number", "AHMAD FAUZI")))),
        ListFile("numbers-lost.xlsx", xlsx(("Daftar", listed(HEAD, *lost))), refused="nik-zeros"),
        ListFile("formulas.xlsx", formulas, refused="formula"),
        ListFile("errors.xlsx", xlsx(("Daftar", _with_error)),
                 rows((2, SITI), (3, ("!error", *BUDI[1:])))),
        ListFile("two-sheets.xlsx", xlsx(("XII A", listed(*_LIST)), ("XII B", listed(*_LIST))),
                 refused="which-sheet"),
        ListFile("two-sheets-chosen.xlsx",
                 xlsx(("XII A", listed(*_LIST)), ("XII B", listed(HEAD, person(DEWI)))),
                 rows((2, DEWI)), sheet="XII B"),
        ListFile("hidden-sheet.xlsx", xlsx(("Daftar", listed(*_LIST)), ("Lama", _hidden)),
                 refused="which-sheet"),
        ListFile("empty-sheets.xlsx", xlsx(("Sheet1", listed()), ("Sheet2", listed(*_LIST)), ("Sheet3", listed())),
                 _READ),
        ListFile("empty.xlsx", xlsx(("Sheet1", listed())), refused="no-rows"),
        ListFile("locked.xlsx", biff.compound({"EncryptedPackage": b"x"}), refused="file-password"),
        ListFile("plain.xls", biff.workbook({"Daftar": _text_days(_LIST)}), _READ),
        ListFile("merged.xls", biff.workbook(
            {"Daftar": [["Desa", *HEAD], ["Contoh", *_text_days(_LIST)[1]], ["", *_text_days(_LIST)[2]]]},
            merges=[(1, 2, 0, 0)]),
            rows((2, (*SITI, "Contoh")), (3, (*BUDI, "Contoh")))),
        ListFile("hidden.xls", biff.workbook({"A": _text_days(_LIST), "B": [["x"]]}, hidden=("B",)),
                 refused="which-sheet"),
        ListFile("page.xls", b"<html><table><tr><td>NIK</td></tr></table></html>", refused="file-type"),
        ListFile("plain.ods", ods({"Daftar": [["", ""], *_LIST]}), rows(*enumerate(_THREE, start=3))),
        ListFile("merged-and-broken.ods", ods({"Daftar": [
            ["Desa", *HEAD], [("Contoh", 2), *person(SITI)], ["", *person(BUDI)],
            ["", "#REF!", *person(AHMAD)[1:]], ["", "=A99", *person(DEWI)[1:]]]}),
            rows((2, (*SITI, "Contoh")), (3, (*BUDI, "Contoh")), (4, ("!error", *AHMAD[1:])),
                 (5, ("!formula", *DEWI[1:])))),
        ListFile("hidden.ods", ods({"A": _LIST, "B": [["x"]]}, hidden=("B",)), refused="which-sheet"),
        ListFile("chosen.ods", ods({"A": _LIST, "B": [HEAD, person(DEWI)]}), rows((2, DEWI)), sheet="B"),
    ]  # fmt: skip


def _with_error(sheet: Worksheet, day: Any) -> None:
    listed(HEAD, person(SITI), ["", *person(BUDI)[1:]])(sheet, day)
    sheet.write_formula("A3", "=A99", None, "#REF!")


def texts() -> list[ListFile]:
    """Files that end in .txt are pasted."""
    expected = json.loads((FOLDER / "expected.json").read_text())
    found = []
    for name, reading_of in expected.items():
        content: bytes | str = (FOLDER / name).read_bytes()
        if name.endswith(".txt") and isinstance(content, bytes) and not content.startswith(b"\xff"):
            content = content.decode()
        found.append(ListFile(name, content, **reading_of))
    return found


PEOPLE_FILES = [*texts(), *workbooks()]


#: Doors that give a file to the same reader.
_DOORS = ("class list", "import")


def drawn_files(door: str) -> list[ListFile]:
    """For one of the doors: `tests/core/test_lists_read.py` reads all. Of each kind of file, each reason to refuse one
    and whatever is chosen by hand one goes through either door, and one in four of the others, by the dice of the
    run; pasted ones, which need no process to read them, through both. With LONG=yes all.
    """
    if LONG:
        return PEOPLE_FILES
    kinds: dict[tuple[str, str, str], list[ListFile]] = {}
    for file in PEOPLE_FILES:
        by_hand = file.name if file.sheet or file.chosen is not None else ""
        ending = file.name.rpartition(".")[2] if isinstance(file.content, bytes) else "pasted"
        kinds.setdefault((ending, file.refused, by_hand), []).append(file)
    fall = dice("doors of lists")
    whole = fall.sample(sorted(kinds), len(kinds))
    mine = [kind for n, kind in enumerate(whole) if kind[0] == "pasted" or _DOORS[n % 2] == door]
    return [file for kind in mine for file in fall.sample(kinds[kind], (len(kinds[kind]) + 3) // 4)]
