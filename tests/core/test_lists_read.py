"""Lists as people bring them are read right, or refused with the right reason."""

from __future__ import annotations

import io
import random
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from dukcapil.core.errors import Invalid
from dukcapil.core.lists import clean
from dukcapil.core.lists.clean import Unreadable
from dukcapil.core.lists.grid import Broken, Sheet, WhichSheet, read_file, read_pasted
from dukcapil.core.lists.layout import Layout, WhichColumns, lay_out
from dukcapil.core.lists.people import PEOPLE
from dukcapil.core.lists.streams import stream_file
from dukcapil.core.reader.limits import Limits
from tests.engines import LONG
from tests.files.corpus import FOLDER, PEOPLE_FILES, ListFile, reading
from tests.tables import read_here

LIMITS = Limits(at_once=None)
PEOPLE_FILES_BY_NAME = {file.name: file for file in PEOPLE_FILES}


def laid_out(file: ListFile) -> Layout:
    if isinstance(file.content, str):
        grid = read_pasted(file.content, LIMITS)
    else:
        grid = read_file(io.BytesIO(file.content), file.name, LIMITS, file.sheet)
    return lay_out(grid, PEOPLE, file.chosen)


@pytest.mark.parametrize("file", PEOPLE_FILES, ids=lambda file: file.name)
def test_the_corpus_is_read_as_it_is_meant(file: ListFile) -> None:
    """One in eight by a reader's process, of the others its code alone."""
    with nullcontext() if LONG or random.random() < 1 / 8 else read_here():
        if not file.refused:
            assert reading(laid_out(file)) == file.rows
            return
        with pytest.raises(Invalid) as refused:
            laid_out(file)
        assert (refused.value.code, bool(refused.value.message)) == (file.refused, True)


def test_the_corpus_is_whole() -> None:
    """Every text has its reading, and nobody in it lives."""
    on_disk = {path.name for path in FOLDER.iterdir()} - {"expected.json"}
    assert on_disk <= {file.name for file in PEOPLE_FILES}
    assert len(PEOPLE_FILES) >= 80


# --- what is said ---------------------------------------------------------------------------------


def test_every_choice_is_said() -> None:
    text = (FOLDER / "numbers-totals-signature.csv").read_text()
    with override("en"):
        layout = lay_out(read_pasted(text), PEOPLE)
    assert layout.said == [
        "Cells are separated by semicolons.",
        "Not read, above the header: row 1.",
        "Header: row 2.",
        (
            "Read: B “NIK” as NIK, C “Nama Lengkap” as Name, D “Tgl Lahir” as Birth date,"
            " E “Jenis Kelamin” as Sex."
        ),
        "Not read: A “No” (Not used).",
        "Not read, numbers of the columns: row 3.",
        "Sums, not read as rows: row 6.",
        "Not read, below the list: row 8, 9, 11, 12.",
    ]
    assert layout.header_rows == (2,)
    assert [(row.number, row.cells) for row in layout.totals] == [
        (6, {"name": "Jumlah", "birth_date": "2"})
    ]
    assert layout.rows[0].text == "1 ; 9901015203090001 ; SITI AMINAH ; 12/03/2009 ; Perempuan"


def test_a_file_says_its_sheet_encoding_and_what_was_left_out() -> None:
    names = ("two-sheets-chosen.xlsx", "empty-sheets.xlsx", "windows-1252.csv", "utf-16.txt")
    names += ("no-header.csv", "empty-twin.csv", "header-again.csv", "dapodik.xlsx")
    with override("en"):
        books = {name: laid_out(PEOPLE_FILES_BY_NAME[name]).said for name in names}
    assert "Sheet “XII B” is read." in books["two-sheets-chosen.xlsx"]
    assert "Sheet “Sheet2” is read." in books["empty-sheets.xlsx"]
    assert (
        "The file was saved in a Windows encoding (ANSI) and is read as such."
        in books["windows-1252.csv"]
    )
    assert "The file was saved as Unicode text (UTF-16)." in books["utf-16.txt"]
    assert (
        "There is no header: columns are taken for what stands in them." in books["no-header.csv"]
    )
    assert "Column C “NIK” is empty and does not count." in books["empty-twin.csv"]
    assert "Not read, the header again: row 3." in books["header-again.csv"]
    assert "Header: row 4–5." in books["dapodik.xlsx"]
    [left] = [one for one in books["dapodik.xlsx"] if one.startswith("Not read: ")]
    assert left == (
        "Not read: A “No” (Not used), F “Data Ayah Nama” (Somebody else), G “Data Ayah Tahun Lahir”"
        " (Somebody else), H “Data Ayah NIK” (Somebody else)."
    )


def test_what_is_asked_names_the_columns() -> None:
    with override("en"), pytest.raises(WhichColumns) as asked:
        lay_out(read_pasted("NIK;Nama;NIK\n9901015203090001;SITI;9901010101800001"), PEOPLE)
    assert asked.value.problems == ["Columns A “NIK” and C “NIK” can both be NIK."]
    assert [(one.letter, one.kind, one.sample) for one in asked.value.columns] == [
        ("A", "nik", "9901015203090001"), ("B", "name", "SITI"), ("C", "nik", "9901010101800001"),
    ]  # fmt: skip
    two = PEOPLE_FILES_BY_NAME["two-sheets.xlsx"]
    with pytest.raises(WhichSheet) as sheets:
        laid_out(two)
    assert sheets.value.sheets == [
        Sheet("XII A", hidden=False, rows=4),
        Sheet("XII B", hidden=False, rows=4),
    ]
    hidden = PEOPLE_FILES_BY_NAME["hidden-sheet.xlsx"]
    with pytest.raises(WhichSheet) as sheets:
        laid_out(hidden)
    assert sheets.value.sheets[1] == Sheet("Lama", hidden=True, rows=2)


def test_a_choice_by_hand_is_no_licence() -> None:
    grid = read_pasted("NIK;Nama\n9901015203090001;SITI")
    with pytest.raises(WhichColumns):
        lay_out(grid, PEOPLE, {"B": "nik"})
    with pytest.raises(WhichColumns):
        lay_out(grid, PEOPLE, {"A": "", "B": "address"})
    with pytest.raises(Invalid) as refused:
        lay_out(grid, PEOPLE, {"A": "password"})
    assert refused.value.code == "columns"


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("a;b\n" * 9, Limits(rows=7), "file-rows"),
        ("a;b;c\n", Limits(columns=2), "file-columns"),
        ("a;b\n" * 9, Limits(cells=17), "file-cells"),
        ("a;b\n" * 9, Limits(text=30), "file-text"),
    ],
)
def test_a_paste_has_limits(text: str, limits: Limits, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_pasted(text, limits)
    assert refused.value.code == code


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Dr. H. Ali Akbar, S.Pd., M.Pd.", "Ali Akbar"), ("Hj. Siti", "Siti"), ("drg. Ani", "Ani"),
        ("Drs. Budi", "Budi"), ("Siti Aminah S.Pd", "Siti Aminah"), ("KH. Ahmad", "Ahmad"),
        ("An Nisa", "An Nisa"), ("Ma Ruf", "Ma Ruf"), ("Haji", "Haji"), ("Siti, Aminah", "Siti, Aminah"),
        ("Prof. Dr. Ir. Joko, M.Sc., Ph.D", "Joko"), ("Muh. Ali", "Muh. Ali"), ("", ""),
    ],
)  # fmt: skip
def test_titles_are_no_part_of_a_name_that_is_compared(name: str, bare: str) -> None:
    assert clean.bare_name(name) == bare


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("belum kawin", "single"), ("B", "single"), ("KAWIN", "married"), ("S", "married"),
        ("Cerai Hidup", "divorced"), ("cerai mati", "widowed"), ("1", "single"), ("", ""), ("-", ""),
        ("P", "!marital-status"), ("Janda", "!marital-status"),
    ],
)  # fmt: skip
def test_marital_status_is_not_guessed(cell: str, value: str) -> None:
    try:
        found = clean.marital_of(cell)
    except Unreadable as error:
        found = f"!{error.code}"
    assert found == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234", 1234), ("1.234.567", 1_234_567), ("12", 12), (12.0, 12), ("1 234", 1234), ("", None),
        ("1,234", "!number-ambiguous"), ("7,5", "!number"), ("12%", "!number"), (1.234, "!number"),
        ("-5", "!number"), (Broken("error", "#REF!"), "!error"), (Broken("formula", "="), "!formula"),
    ],
)  # fmt: skip
def test_counts_are_whole_numbers(cell: object, value: object) -> None:
    found: object
    try:
        found = clean.count_of(cell)
    except Unreadable as error:
        found = f"!{error.code}"
    assert found == value


def test_codes_that_lost_digits_are_no_villages() -> None:
    for cell in (13.75, "99130210011001", "990101200", 12.0):
        with pytest.raises(Unreadable):
            clean.village_words(cell)
    assert clean.village_words(9901012001.0) == ("9901012001", "", "")
    assert clean.village_words("Kelurahan Contoh") == ("", "Contoh", "kelurahan")


def test_no_message_holds_a_nik() -> None:
    for cell in ("99010152030900011", "990101520309O001", 9.90101520309e15):
        with pytest.raises(Unreadable) as refused:
            clean.nik_text(cell)
        assert "9901" not in refused.value.message + str(refused.value)


# --- long lists -----------------------------------------------------------------------------------


def test_a_long_list_is_read_while_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "warga.csv"
    line = "{n};990101520309{n:04};SITI AMINAH;12-03-2009\n"
    many = "".join(line.format(n=n) for n in range(1, 3_001))
    path.write_text(f"DAFTAR WARGA\nNo;NIK;Nama;Tgl Lahir\n{many};;;\nJumlah;3000\n")
    with path.open("rb") as file, override("en"):
        layout, rows = stream_file(file, path.name, Limits(size=None), PEOPLE)
        assert [column.kind for column in layout.columns] == [
            "ignored",
            "nik",
            "name",
            "birth_date",
        ]
        first = next(rows)
        assert (first.number, first.cells["nik"]) == (3, "9901015203090001")
        assert sum(1 for _row in rows) == 2_999
    assert layout.rows == []
    assert layout.said[-1] == "Sums, not read as rows: row 3004."


def test_a_long_list_is_refused_for_the_same_reasons(tmp_path: Path) -> None:
    for name, code in (("two-niks.csv", "which-columns"), ("every-nik-ends-in-0.csv", "nik-zeros")):
        with (FOLDER / name).open("rb") as file, pytest.raises(Invalid) as refused:
            stream_file(file, name, Limits(size=None), PEOPLE)
        assert refused.value.code == code


@pytest.mark.parametrize("name", ["half-turned-days.xlsx", "numbers-lost.xlsx", "formulas.xlsx"])
def test_the_whole_of_a_workbook_is_checked_by_the_command_too(tmp_path: Path, name: str) -> None:
    file_of_list = PEOPLE_FILES_BY_NAME[name]
    path = tmp_path / name
    path.write_bytes(file_of_list.content)
    with path.open("rb") as file, pytest.raises(Invalid) as refused:
        list(stream_file(file, name, LIMITS, PEOPLE)[1])
    assert refused.value.code == file_of_list.refused


@pytest.mark.parametrize("sign", ["\u2010", "\u2011", "\u2212", "\u2013", "|", ",", " / "])
@pytest.mark.parametrize(
    "days", [["05", "17", "1990"], ["1990", "17", "05"]], ids=["month first", "day between"]
)
def test_an_order_is_found_with_every_sign_that_a_day_is_read_with(
    days: list[str], sign: str
) -> None:
    """Else 05-07-1990 of such a list would be the fifth of July, and say nothing."""
    rows = [f"99010117059{n:05}\tContoh\t{sign.join(days)}" for n in range(5)]
    grid = read_pasted("\n".join(["NIK\tNama\tTgl Lahir", *rows]))
    with pytest.raises(Invalid) as refused:
        lay_out(grid, PEOPLE)
    assert refused.value.code == "date-order"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("1955-03-12T16:30:00.000Z", date(1955, 3, 13)),
        ("1961-12-31T14:30:00Z", date(1962, 1, 1)),
        ("2009-03-12T17:00:00.000Z", date(2009, 3, 13)),
    ],
)
def test_midnights_of_whoever_is_old_are_days_too(moment: str, day: date) -> None:
    """Until 1964 clocks in Jakarta and Jayapura stood at half hours."""
    assert clean.day_of(moment) == day


@pytest.mark.parametrize("head", ["17-05-1990", "1990-05-17"])
def test_a_part_with_the_month_first_behind_the_first_rows_is_found(
    tmp_path: Path, head: str
) -> None:
    """Also behind many rows with the day first; one slip of the pen is no other order."""
    path = tmp_path / "warga.csv"
    days = [head] * 210 + ["05/07/1990", "05/17/1990", "05/18/1990", "05/19/1990"]

    def read(days: list[str]) -> int:
        lines = [f"99010117059{n:05};Contoh;{day}\n" for n, day in enumerate(days)]
        path.write_text("NIK;Nama;Tgl Lahir\n" + "".join(lines))
        with path.open("rb") as file:
            return len(list(stream_file(file, path.name, Limits(size=None), PEOPLE)[1]))

    with pytest.raises(Invalid) as refused:
        read(days)
    assert refused.value.code == "date-order"
    one_slip = ["17-05-1990"] * 210 + ["05/17/1990"]
    assert read(one_slip) == 211


def test_one_day_between_year_and_month_is_a_slip(tmp_path: Path) -> None:
    lines = ["2009-03-12", "2009-25-11", "2009-03-31"]
    text = "NIK;Nama;Tgl Lahir\n" + "".join(
        f"99010117059{n:05};Contoh;{day}\n" for n, day in enumerate(lines, 1)
    )
    layout = lay_out(read_pasted(text), PEOPLE)
    assert [row["birth_date"] for row in reading(layout)] == [
        "2009-03-12", "!date-impossible", "2009-03-31",
    ]  # fmt: skip


def test_a_list_that_says_who_died_is_read_and_said() -> None:
    with override("en"):
        said = laid_out(PEOPLE_FILES_BY_NAME["died-and-moved.csv"]).said
        parents = laid_out(PEOPLE_FILES_BY_NAME["child-and-parents.csv"]).said
    told = "E “Ket” says of some that they died, moved away or stand twice: row 2–3."
    assert [one for one in said if told in one]
    assert not [one for one in parents if "died" in one]


def test_a_workbook_is_no_stream_and_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(PEOPLE_FILES_BY_NAME["bare-days-since-1904.xlsx"].content)
    with path.open("rb") as file:
        layout, rows = stream_file(file, path.name, LIMITS, PEOPLE)
        layout.rows.extend(rows)
    assert reading(layout) == PEOPLE_FILES_BY_NAME["bare-days-since-1904.xlsx"].rows
